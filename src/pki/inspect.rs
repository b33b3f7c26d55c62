//! What a certificate on disk says.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::AttributeTypeAndValue;

use super::key::PrivateKey;
use super::pem::{self, BadPem};
use crate::config::KeyAlgorithm;

/// A certificate's facts, owned. Names are given raw as well, since equality of issuer and subject is one of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCert {
    pub der: Vec<u8>,
    /// The DER of the two Names.
    pub subject: Vec<u8>,
    pub issuer: Vec<u8>,
    pub common_name: Option<String>,
    pub issuer_common_name: Option<String>,
    pub organizations: Vec<String>,
    /// Big-endian, without sign.
    pub serial: Vec<u8>,
    pub dns_names: Vec<String>,
    pub ip_addresses: Vec<IpAddr>,
    /// `None`: the certificate does not say, so any use is allowed (RFC 5280, 4.2.1.12).
    pub extended_usages: Option<Vec<ExtendedUsage>>,
    /// Whether it is a CA in its basic constraints.
    pub is_ca: bool,
    /// Whether its key usage allows it to sign certificates, or does not say.
    pub may_sign: bool,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// The DER of the SubjectPublicKeyInfo, and the content of its BIT STRING.
    pub public_key: Vec<u8>,
    pub public_bits: Vec<u8>,
    pub key: KeyKind,
    pub subject_key_id: Option<Vec<u8>>,
}

/// What a certificate's key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Of so many bits.
    Rsa(usize),
    /// On a curve of so many bits.
    Ecdsa(usize),
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtendedUsage {
    ServerAuth,
    ClientAuth,
    Any,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    #[error(transparent)]
    Pem(BadPem),
    #[error("it holds no certificate in PEM")]
    None,
    #[error("its certificate number {position} is not an X.509 certificate")]
    Malformed {
        /// From 1, among the file's certificates.
        position: usize,
    },
}

/// The certificates of one PEM file. The first is the file's own; any others are its chain or, in a CA's file, are
/// carried along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub own: FoundCert,
    pub others: Vec<FoundCert>,
}

impl Bundle {
    pub fn iter(&self) -> impl Iterator<Item = &FoundCert> {
        std::iter::once(&self.own).chain(&self.others)
    }
}

/// Reads all certificates of a PEM file.
///
/// # Errors
/// There is none, or one of them cannot be read.
pub fn certificates(text: &[u8]) -> Result<Bundle, BadCertificate> {
    let blocks = pem::certificates(text).map_err(BadCertificate::Pem)?;
    let mut found =
        blocks.iter().zip(1..).map(|(der, position)| read(der).ok_or(BadCertificate::Malformed { position }));
    let own = found.next().ok_or(BadCertificate::None)??;
    Ok(Bundle { own, others: found.collect::<Result<_, _>>()? })
}

impl KeyKind {
    /// Whether a new key of `algorithm` would be of this kind.
    pub fn is(self, algorithm: KeyAlgorithm) -> bool {
        self.to_string() == algorithm.name()
    }
}

/// As `encryptionAlgorithm` has it.
impl fmt::Display for KeyKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(out, "RSA-{bits}"),
            Self::Ecdsa(bits) => write!(out, "ECDSA-P{bits}"),
            Self::Other => out.write_str("a key of another kind"),
        }
    }
}

impl FoundCert {
    /// The facts of one DER certificate; `None` where it is none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        read(der)
    }

    /// Whether `key` is this certificate's.
    pub fn belongs_to(&self, key: &PrivateKey) -> bool {
        self.public_bits == key.public_bits()
    }

    /// Whether `ca` may sign certificates, and has signed this one.
    pub fn is_signed_by(&self, ca: &Self) -> bool {
        let parsed = || {
            Some((X509Certificate::from_der(&self.der).ok()?.1, X509Certificate::from_der(&ca.der).ok()?.1))
        };
        ca.is_ca
            && ca.may_sign
            && self.issuer == ca.subject
            && parsed().is_some_and(|(own, ca)| own.verify_signature(Some(ca.public_key())).is_ok())
    }

    pub fn to_pem(&self) -> Vec<u8> {
        pem::encode("CERTIFICATE", &self.der).to_vec()
    }
}

fn read(der: &[u8]) -> Option<FoundCert> {
    let (rest, cert) = X509Certificate::from_der(der).ok()?;
    let (dns_names, ip_addresses) = alternative_names(&cert);
    let tbs = &cert.tbs_certificate;
    let facts = FoundCert {
        der: der.to_vec(),
        subject: tbs.subject.as_raw().to_vec(),
        issuer: tbs.issuer.as_raw().to_vec(),
        common_name: texts(tbs.subject.iter_common_name()).into_iter().next(),
        issuer_common_name: texts(tbs.issuer.iter_common_name()).into_iter().next(),
        organizations: texts(tbs.subject.iter_organization()),
        serial: tbs.serial.to_bytes_be(),
        dns_names,
        ip_addresses,
        extended_usages: extended_usages(&cert),
        is_ca: tbs.is_ca(),
        may_sign: tbs.key_usage().ok()?.is_none_or(|usage| usage.value.key_cert_sign()),
        not_before: moment(tbs.validity.not_before),
        not_after: moment(tbs.validity.not_after),
        public_key: tbs.subject_pki.raw.to_vec(),
        public_bits: tbs.subject_pki.subject_public_key.data.to_vec(),
        key: key_kind(&cert),
        subject_key_id: subject_key_id(&cert),
    };
    rest.is_empty().then_some(facts)
}

fn texts<'a>(attributes: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> Vec<String> {
    attributes.filter_map(|attribute| attribute.as_str().ok().map(str::to_owned)).collect()
}

/// "No well-defined expiry" (99991231235959Z) lies past the last moment that can be counted here.
fn moment(time: ASN1Time) -> Timestamp {
    Timestamp::from_second(time.timestamp()).unwrap_or(Timestamp::MAX)
}

fn alternative_names(cert: &X509Certificate<'_>) -> (Vec<String>, Vec<IpAddr>) {
    let mut dns_names = Vec::new();
    let mut ip_addresses = Vec::new();
    let extension = cert.subject_alternative_name().ok().flatten();
    for name in extension.iter().flat_map(|extension| &extension.value.general_names) {
        match name {
            GeneralName::DNSName(name) => dns_names.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => ip_addresses.extend(address(bytes)),
            _ => {}
        }
    }
    (dns_names, ip_addresses)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}

fn extended_usages(cert: &X509Certificate<'_>) -> Option<Vec<ExtendedUsage>> {
    let usage = cert.extended_key_usage().ok().flatten()?.value;
    let known = [
        (usage.server_auth, ExtendedUsage::ServerAuth),
        (usage.client_auth, ExtendedUsage::ClientAuth),
        (usage.any, ExtendedUsage::Any),
    ];
    let named = known.into_iter().filter(|(present, _)| *present).map(|(_, usage)| usage);
    let other = usage.code_signing
        || usage.email_protection
        || usage.time_stamping
        || usage.ocsp_signing
        || !usage.other.is_empty();
    Some(named.chain(other.then_some(ExtendedUsage::Other)).collect())
}

/// A point is as long as two numbers of whole octets, so that P-521 looks like 528 bits.
fn key_kind(cert: &X509Certificate<'_>) -> KeyKind {
    match cert.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => KeyKind::Rsa(key.key_size()),
        Ok(PublicKey::EC(point)) => KeyKind::Ecdsa(point.key_size().min(521)),
        Ok(_) | Err(_) => KeyKind::Other,
    }
}

fn subject_key_id(cert: &X509Certificate<'_>) -> Option<Vec<u8>> {
    cert.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_a_certificate_are_read() {
        let leaf = certificates(include_bytes!("../../tests/golden/pki/rsa-leaf.crt")).unwrap().own;
        assert_eq!(leaf.common_name.as_deref(), Some("node-1"));
        assert_eq!(leaf.dns_names, ["*.example.com", "kubernetes", "node-1"]);
        assert_eq!(leaf.ip_addresses, ["10.96.0.1", "fd00::1"].map(|ip| ip.parse::<IpAddr>().unwrap()));
        assert_eq!(leaf.extended_usages, Some(vec![ExtendedUsage::ServerAuth, ExtendedUsage::ClientAuth]));
        assert_eq!(leaf.issuer_common_name.as_deref(), Some("kubernetes"));
        assert!(leaf.key.is(KeyAlgorithm::Rsa2048) && !leaf.key.is(KeyAlgorithm::EcdsaP256));
        assert!(!leaf.is_ca && !leaf.may_sign && leaf.subject_key_id.is_none());
        assert_eq!(leaf.not_after.to_string(), "2027-01-02T03:09:05Z");
        assert_eq!(leaf.serial, [0x7e, 0xad, 0xbe, 0xef, 0, 0, 0, 1]);
    }

    #[test]
    fn a_key_is_of_the_kind_that_its_algorithm_makes() {
        for algorithm in KeyAlgorithm::ALL {
            let text = match algorithm {
                KeyAlgorithm::Rsa2048 => &include_bytes!("../../tests/golden/pki/rsa-leaf.crt")[..],
                KeyAlgorithm::EcdsaP256 => include_bytes!("../../tests/golden/pki/p256-leaf.crt"),
                KeyAlgorithm::EcdsaP384 => include_bytes!("../../tests/golden/pki/p384-leaf.crt"),
                KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => continue,
            };
            let kind = certificates(text).unwrap().own.key;
            let fitting: Vec<_> = KeyAlgorithm::ALL.into_iter().filter(|other| kind.is(*other)).collect();
            assert_eq!(fitting, [algorithm]);
        }
    }

    #[test]
    fn a_ca_of_someone_else_s_making_is_read_too() {
        let ca = certificates(include_bytes!("../../tests/golden/pki/odd-ca.crt")).unwrap().own;
        assert!(ca.is_ca && ca.may_sign);
        assert_eq!(ca.common_name.as_deref(), Some("Grün & Söhne"));
        assert_eq!(ca.organizations, ["a", "b"]);
        assert_eq!(ca.subject_key_id, Some(vec![1, 2, 3]));
        assert_eq!(ca.subject, ca.issuer);
    }

    #[test]
    fn a_file_with_a_broken_certificate_is_refused_by_its_position() {
        let good = include_bytes!("../../tests/golden/pki/p256-ca.crt");
        let broken = pem::encode("CERTIFICATE", b"hunter2");
        let text = [&good[..], broken.as_slice()].concat();
        let error = certificates(&text).unwrap_err();
        assert_eq!(error, BadCertificate::Malformed { position: 2 });
        assert!(!format!("{error}{error:?}").contains("hunter2"));
        assert_eq!(certificates(b"").unwrap_err(), BadCertificate::None);
    }
}
