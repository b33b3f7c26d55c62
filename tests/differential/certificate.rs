//! One certificate → its properties, as (path, value).

use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate, X509CertificationRequest, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::kubeadms::compare::Property::{self, Exact, Near};

pub fn parse(der: &[u8]) -> X509Certificate<'_> {
    X509Certificate::from_der(der).expect("a certificate").1
}

/// `started`: the second at which the program began; times are told relative to it.
pub fn properties(der: &[u8], started: i64) -> Vec<(&'static str, Property)> {
    let certificate = parse(der);
    let validity = certificate.validity();
    let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    let mut all = vec![
        ("version", Exact(certificate.version().to_string())),
        ("serial", Exact(serial(certificate.raw_serial()).to_owned())),
        ("signature", Exact(certificate.signature_algorithm.algorithm.to_id_string())),
        ("subject", Exact(name(certificate.subject()))),
        ("issuer", Exact(name(certificate.issuer()))),
        ("begins", Near(from - started)),
        ("ends", Near(to - started)),
        ("life", Near(to - from)),
        ("key", Exact(public_key(certificate.public_key()))),
        ("extensions", Exact(extensions(&certificate))),
    ];
    for extension in certificate.extensions() {
        all.extend(extension_properties(extension.parsed_extension(), certificate.public_key()));
    }
    all
}

/// The same of a request for a certificate (RFC 2986).
pub fn request_properties(der: &[u8]) -> Vec<(&'static str, Property)> {
    let request = request(der);
    let info = &request.certification_request_info;
    let mut all = vec![
        ("version", Exact(info.version.to_string())),
        ("signature", Exact(request.signature_algorithm.algorithm.to_id_string())),
        ("signed", Exact(format!("{:?}", request.verify_signature()))),
        ("subject", Exact(name(&info.subject))),
        ("key", Exact(public_key(&info.subject_pki))),
        ("attributes", Exact(info.attributes().len().to_string())),
    ];
    for extension in request.requested_extensions().into_iter().flatten() {
        all.extend(extension_properties(extension, &info.subject_pki));
    }
    all
}

/// When it begins and ends, in seconds since the epoch.
pub fn times(der: &[u8]) -> [i64; 2] {
    let validity = parse(der).validity().clone();
    [validity.not_before.timestamp(), validity.not_after.timestamp()]
}

pub fn requested_key(der: &[u8]) -> Vec<u8> {
    request(der).certification_request_info.subject_pki.subject_public_key.data.to_vec()
}

fn request(der: &[u8]) -> X509CertificationRequest<'_> {
    X509CertificationRequest::from_der(der).expect("a request").1
}

/// Random, so only its form counts (RFC 5280, 4.1.2.2).
fn serial(bytes: &[u8]) -> &'static str {
    match bytes {
        [first, ..] if *first < 0x80 && bytes.len() <= 20 && bytes.iter().any(|byte| *byte != 0) => {
            "positive, 20 octets at most"
        }
        _ => "not what RFC 5280 wants",
    }
}

/// In the order of the encoding; a `+` joins what shares one RDN; each value with its string type.
fn name(name: &X509Name) -> String {
    let rdns = name.iter_rdn().map(|rdn| {
        let parts = rdn.iter().map(|part| {
            let value = String::from_utf8_lossy(part.attr_value().data);
            format!("{}={value}({})", part.attr_type().to_id_string(), part.attr_value().header.tag())
        });
        parts.collect::<Vec<_>>().join("+")
    });
    rdns.collect::<Vec<_>>().join(",")
}

pub fn public_key(info: &SubjectPublicKeyInfo) -> String {
    match info.parsed().expect("a public key") {
        PublicKey::RSA(key) => {
            format!("RSA-{} exponent {}", key.key_size(), key.try_exponent().expect("an exponent"))
        }
        PublicKey::EC(_) => {
            let curve: Oid =
                info.algorithm.parameters.as_ref().expect("a curve").as_oid().expect("a named curve");
            format!("EC {}", curve.to_id_string())
        }
        other => format!("{other:?}"),
    }
}

/// The object ids in order, `!` behind the critical ones.
fn extensions(certificate: &X509Certificate) -> String {
    let ids = certificate.extensions().iter().map(|extension| {
        format!("{}{}", extension.oid.to_id_string(), if extension.critical { "!" } else { "" })
    });
    ids.collect::<Vec<_>>().join(" ")
}

fn extension_properties(
    extension: &ParsedExtension,
    key: &SubjectPublicKeyInfo,
) -> Vec<(&'static str, Property)> {
    match extension {
        ParsedExtension::KeyUsage(usage) => vec![("key usage", Exact(usage.to_string()))],
        ParsedExtension::ExtendedKeyUsage(usage) => vec![("extended key usage", Exact(format!("{usage:?}")))],
        ParsedExtension::BasicConstraints(basic) => vec![("basic constraints", Exact(format!("{basic:?}")))],
        ParsedExtension::SubjectKeyIdentifier(id) => {
            vec![("subject key id", Exact(key_id_method(id.0, key)))]
        }
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            let parts = [
                id.key_identifier.is_some(),
                id.authority_cert_issuer.is_some(),
                id.authority_cert_serial.is_some(),
            ];
            vec![("authority key id", Exact(format!("key, issuer, serial: {parts:?}")))]
        }
        ParsedExtension::SubjectAlternativeName(names) => {
            let mut texts: Vec<String> = names.general_names.iter().map(general_name).collect();
            let order = Exact(texts.join(" "));
            texts.sort();
            vec![("names", Exact(texts.join(" "))), ("names in order", order)]
        }
        other => vec![("unexpected extension", Exact(format!("{other:?}")))],
    }
}

pub fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::DNSName(text) => format!("DNS:{text}"),
        GeneralName::IPAddress(bytes) => format!("IP:{}", address(bytes)),
        other => format!("{other:?}"),
    }
}

fn address(bytes: &[u8]) -> String {
    match bytes.len() {
        4 => std::net::Ipv4Addr::from(<[u8; 4]>::try_from(bytes).unwrap()).to_string(),
        16 => std::net::Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap()).to_string(),
        _ => format!("{bytes:?}"),
    }
}

/// The ways of RFC 5280, 4.2.1.2 and RFC 7093, 2: which digest of the key the id is.
fn key_id_method(id: &[u8], key: &SubjectPublicKeyInfo) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
    let bits = key.subject_public_key.data.as_ref();
    let methods =
        [("SHA-1 of the key", &SHA1_FOR_LEGACY_USE_ONLY), ("SHA-256 of the key, cut to 20 octets", &SHA256)];
    let found = methods.iter().find(|(_, algorithm)| digest(algorithm, bits).as_ref()[..20] == *id);
    found.map_or_else(|| format!("no digest of the key, {} octets", id.len()), |(name, _)| (*name).to_owned())
}
