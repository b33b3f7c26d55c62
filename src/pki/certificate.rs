//! One certificate: from what it shall say to its DER, byte for byte as Go's `crypto/x509` writes it.

use jiff::Timestamp;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, IsCa, Issuer, PublicKeyData, SignatureAlgorithm,
    SigningKey,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::catalogue::Usage;
use super::der;
use super::key::{BadKey, PrivateKey};
use super::sans::Sans;
use super::source::Serial;
use super::subject::Subject;

/// What a certificate says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'a> {
    /// The holder's distinguished name.
    pub subject: &'a Subject,
    /// What the key may be used for.
    pub role: CertificateRole,
    /// Its names and addresses; the extension is left out where there are none.
    pub sans: &'a Sans,
    /// A number that no other certificate of the same signer has.
    pub serial: Serial,
    /// Written in whole seconds; the rest is cut off.
    pub not_before: Timestamp,
    /// Its last second, in whole seconds too.
    pub not_after: Timestamp,
}

/// Whether a certificate signs others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateRole {
    /// A CA: it may sign certificates and nothing else.
    Authority,
    /// It may sign none.
    Leaf(Usage),
}

/// A CA as a signer: its Name as its certificate has it, whatever wrote it, and its subject key id.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// DER.
    pub name: &'a [u8],
    /// Its subject key identifier; none where the signer has none.
    pub key_id: Option<&'a [u8]>,
    /// What it signs with.
    pub key: &'a PrivateKey,
}

/// Why a certificate was not made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Its end has a year of more than four digits.
    #[error("a validity beyond the year 9999 cannot be written into a certificate")]
    Time(#[from] time::error::ComponentRange),
    /// The library refuses the template.
    #[error("rcgen could not lay out the certificate")]
    Layout(#[from] rcgen::Error),
    /// The library's DER cannot be taken apart to be signed.
    #[error("rcgen laid out the certificate in another way than RFC 5280 has it")]
    Shape,
    /// The key does not sign.
    #[error("the certificate could not be signed")]
    Key(#[from] BadKey),
}

/// A certificate that signs itself.
pub fn self_signed(template: &Template<'_>, key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
    let name = template.subject.to_der();
    issue(template, key, Signer { name: &name, key_id: None, key })
}

/// A certificate for `key`, signed by `signer`.
pub fn issue(template: &Template<'_>, key: &PrivateKey, signer: Signer<'_>) -> Result<Vec<u8>, IssueError> {
    let draft = draft(template, key, signer)?;
    let [tbs, algorithm, _] = sequence(&draft).ok_or(IssueError::Shape)?;
    let tbs = with_names(tbs.whole, signer.name, &template.subject.to_der()).ok_or(IssueError::Shape)?;
    signed(&tbs, algorithm.whole, signer.key)
}

/// A request for a certificate (PKCS #10, RFC 2986) of `key`, its names as the one extension that is asked for.
pub fn request(subject: &Subject, sans: &Sans, key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if !sans.is_empty() {
        params.custom_extensions = vec![plain(SUBJECT_ALT_NAME, subject_alt_name(sans))];
    }
    let draft = params.serialize_request(&Unsigned { key })?;
    let [info, algorithm, _] = sequence(draft.der()).ok_or(IssueError::Shape)?;
    let [version, _, spki, attributes] = sequence(info.whole).ok_or(IssueError::Shape)?;
    let name = subject.to_der();
    let fields = [version.whole, name.as_slice(), spki.whole, attributes.whole].concat();
    signed(&der::wrap(der::SEQUENCE, &fields), algorithm.whole, key)
}

/// What is signed, how, and the signature: the outermost shape of certificates and requests.
fn signed(content: &[u8], algorithm: &[u8], key: &PrivateKey) -> Result<Vec<u8>, IssueError> {
    let signature = [&[0][..], &key.sign(content)?].concat();
    let parts = [content, algorithm, &der::wrap(der::BIT_STRING, &signature)];
    Ok(der::wrap(der::SEQUENCE, &parts.concat()))
}

/// A certificate that has signed itself, again, by the same key: with this life and, where one is given, this serial number. Every
/// other byte of what is signed stays, but for the name of the signature's algorithm, which is the key's.
pub fn again(
    old: &[u8],
    key: &PrivateKey,
    serial: Option<Serial>,
    (not_before, not_after): (Timestamp, Timestamp),
) -> Result<Vec<u8>, IssueError> {
    // Of a serial number that stays, the draft's is not taken.
    let params = params(serial.unwrap_or(Serial::FIRST), not_before, not_after)?;
    let draft = laid_out(&params, key, key)?;
    let [tbs, algorithm, _] = sequence(&draft).ok_or(IssueError::Shape)?;
    let mut fields = Fields::of(old).ok_or(IssueError::Shape)?;
    let new = Fields::in_tbs(tbs.whole).ok_or(IssueError::Shape)?;
    fields.serial = if serial.is_some() { new.serial } else { fields.serial };
    (fields.algorithm, fields.validity) = (new.algorithm, new.validity);
    signed(&fields.to_tbs(), algorithm.whole, key)
}

/// Whether two certificates say the same of the same key, byte by byte, whatever their lives, serial numbers and signatures.
pub fn is_again(one: &[u8], other: &[u8]) -> bool {
    let kept = |der| Fields::of(der).map(|fields| (fields.version, fields.names_and_key(), fields.rest));
    kept(one).is_some_and(|kept_of_one| kept(other) == Some(kept_of_one))
}

/// What a TBSCertificate consists of, each with its tag and length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fields<'a> {
    /// The first version does not say so.
    version: Option<&'a [u8]>,
    serial: &'a [u8],
    algorithm: &'a [u8],
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    key: &'a [u8],
    /// Unique identifiers and extensions.
    rest: Vec<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Of a whole certificate.
    fn of(certificate: &'a [u8]) -> Option<Self> {
        let [tbs, _, _] = sequence(certificate)?;
        Self::in_tbs(tbs.whole)
    }

    fn in_tbs(tbs: &'a [u8]) -> Option<Self> {
        let (outer, _) = der::split(tbs)?;
        let mut elements = der::elements(outer.content)?.into_iter().peekable();
        let version = elements.next_if(|first| first.tag == der::VERSION).map(|version| version.whole);
        let mut next = || elements.next().map(|element| element.whole);
        let (serial, algorithm, issuer) = (next()?, next()?, next()?);
        let (validity, subject, key) = (next()?, next()?, next()?);
        let rest = elements.map(|element| element.whole).collect();
        Some(Self { version, serial, algorithm, issuer, validity, subject, key, rest })
    }

    fn names_and_key(&self) -> [&'a [u8]; 3] {
        [self.issuer, self.subject, self.key]
    }

    fn to_tbs(&self) -> Vec<u8> {
        let own = [self.serial, self.algorithm, self.issuer, self.validity, self.subject, self.key];
        let all = self.version.into_iter().chain(own).chain(self.rest.iter().copied());
        der::wrap(der::SEQUENCE, &all.collect::<Vec<_>>().concat())
    }
}

/// All of the certificate but the two Names and the signature, as rcgen writes it.
fn draft(template: &Template<'_>, key: &PrivateKey, signer: Signer<'_>) -> Result<Vec<u8>, IssueError> {
    let mut params = params(template.serial, template.not_before, template.not_after)?;
    params.custom_extensions = extensions(template, key, signer.key_id);
    laid_out(&params, key, signer.key)
}

/// Without names and extensions.
fn params(
    serial: Serial,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, IssueError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(serial.get().into());
    params.not_before = OffsetDateTime::from_unix_timestamp(not_before.as_second())?;
    params.not_after = OffsetDateTime::from_unix_timestamp(not_after.as_second())?;
    params.is_ca = IsCa::NoCa;
    Ok(params)
}

fn laid_out(
    params: &CertificateParams,
    key: &PrivateKey,
    signer: &PrivateKey,
) -> Result<Vec<u8>, IssueError> {
    let issuer = Issuer::new(CertificateParams::default(), Unsigned { key: signer });
    Ok(params.signed_by(&Unsigned { key }, &issuer)?.der().to_vec())
}

/// Stands for a key while rcgen lays out a certificate. Signing is left out, since the layout is signed only once its
/// Names are right.
struct Unsigned<'a> {
    key: &'a PrivateKey,
}

impl PublicKeyData for Unsigned<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.public_bits()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl SigningKey for Unsigned<'_> {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}

/// The TBSCertificate with its issuer and subject replaced. rcgen rebuilds Names from a map, which loses a CA's
/// repeated attributes and the string types; the chain then no longer holds.
fn with_names(tbs: &[u8], issuer: &[u8], subject: &[u8]) -> Option<Vec<u8>> {
    let [version, serial, algorithm, _, validity, _, spki, extensions] = sequence(tbs)?;
    let fields = [
        version.whole,
        serial.whole,
        algorithm.whole,
        issuer,
        validity.whole,
        subject,
        spki.whole,
        extensions.whole,
    ];
    Some(der::wrap(der::SEQUENCE, &fields.concat()))
}

/// The `N` elements of the sequence that `input` begins with.
fn sequence<const N: usize>(input: &[u8]) -> Option<[der::Element<'_>; N]> {
    let (outer, _) = der::split(input)?;
    der::elements(outer.content)?.try_into().ok()
}

const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const SUBJECT_KEY_ID: &[u64] = &[2, 5, 29, 14];
const AUTHORITY_KEY_ID: &[u64] = &[2, 5, 29, 35];
const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];

/// In the order in which Go writes them.
fn extensions(template: &Template<'_>, key: &PrivateKey, issuer_id: Option<&[u8]>) -> Vec<CustomExtension> {
    let mut list = vec![critical(KEY_USAGE, key_usage(template.role))];
    list.extend(extended_key_usage(template.role).map(|content| plain(EXTENDED_KEY_USAGE, content)));
    list.push(critical(BASIC_CONSTRAINTS, basic_constraints(template.role)));
    list.extend(subject_key_id(template.role, key).map(|content| plain(SUBJECT_KEY_ID, content)));
    list.extend(issuer_id.map(|id| plain(AUTHORITY_KEY_ID, authority_key_id(id))));
    if !template.sans.is_empty() {
        list.push(plain(SUBJECT_ALT_NAME, subject_alt_name(template.sans)));
    }
    list
}

fn plain(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(oid, content)
}

fn critical(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    let mut extension = plain(oid, content);
    extension.set_criticality(true);
    extension
}

/// digitalSignature and keyEncipherment, and keyCertSign for a CA; the first byte counts the unused bits.
fn key_usage(role: CertificateRole) -> Vec<u8> {
    let bits: [u8; 2] = match role {
        CertificateRole::Authority => [2, 0b1010_0100],
        CertificateRole::Leaf(_) => [5, 0b1010_0000],
    };
    der::wrap(der::BIT_STRING, &bits)
}

/// id-kp-serverAuth and id-kp-clientAuth.
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

fn extended_key_usage(role: CertificateRole) -> Option<Vec<u8>> {
    let purposes: &[&[u8]] = match role {
        CertificateRole::Authority => return None,
        CertificateRole::Leaf(Usage::Server) => &[SERVER_AUTH],
        CertificateRole::Leaf(Usage::Client) => &[CLIENT_AUTH],
        CertificateRole::Leaf(Usage::Both) => &[SERVER_AUTH, CLIENT_AUTH],
    };
    let list: Vec<u8> = purposes.iter().flat_map(|oid| der::wrap(der::OBJECT_IDENTIFIER, oid)).collect();
    Some(der::wrap(der::SEQUENCE, &list))
}

/// CA:FALSE is the default, which DER leaves out.
fn basic_constraints(role: CertificateRole) -> Vec<u8> {
    let content: &[u8] = match role {
        CertificateRole::Authority => &[0x01, 0x01, 0xff],
        CertificateRole::Leaf(_) => &[],
    };
    der::wrap(der::SEQUENCE, content)
}

/// RFC 7093, method 1: the first 160 bits of the public key's SHA-256. Only CAs carry one.
fn subject_key_id(role: CertificateRole, key: &PrivateKey) -> Option<Vec<u8>> {
    match role {
        CertificateRole::Authority => {
            Some(der::wrap(der::OCTET_STRING, &Sha256::digest(key.public_bits())[..20]))
        }
        CertificateRole::Leaf(_) => None,
    }
}

fn authority_key_id(id: &[u8]) -> Vec<u8> {
    der::wrap(der::SEQUENCE, &der::wrap(der::context(0), id))
}

/// GeneralNames: `[2]` for a DNS name, `[7]` for the four or sixteen bytes of an address.
fn subject_alt_name(sans: &Sans) -> Vec<u8> {
    let names = sans.dns_names.iter().flat_map(|name| der::wrap(der::context(2), name.as_bytes()));
    let addresses = sans.ip_addresses.iter().flat_map(|ip| match ip {
        std::net::IpAddr::V4(ip) => der::wrap(der::context(7), &ip.octets()),
        std::net::IpAddr::V6(ip) => der::wrap(der::context(7), &ip.octets()),
    });
    der::wrap(der::SEQUENCE, &names.chain(addresses).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::super::inspect;
    use super::*;

    macro_rules! golden {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/golden/pki/", $name))
        };
    }

    fn key(text: &[u8]) -> PrivateKey {
        PrivateKey::from_pem(text).unwrap()
    }

    fn found(text: &[u8]) -> inspect::FoundCert {
        inspect::certificates(text).unwrap().own
    }

    fn names() -> Sans {
        let names = ["kubernetes", "node-1", "*.example.com"].map(String::from);
        Sans::new(names, ["10.96.0.1", "fd00::1"].map(|ip| ip.parse().unwrap()))
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn template<'a>(
        subject: &'a Subject,
        role: CertificateRole,
        sans: &'a Sans,
        not_after: &str,
    ) -> Template<'a> {
        Template {
            subject,
            role,
            sans,
            serial: Serial::new(0x7ead_beef_0000_0001).unwrap(),
            not_before: time("2026-01-02T03:04:05.999Z"),
            not_after: time(not_after),
        }
    }

    fn authority(key: &PrivateKey) -> Vec<u8> {
        let subject = Subject::named("kubernetes");
        let sans = Sans::new(["kubernetes".to_owned()], []);
        let serial = Serial::new(1).unwrap();
        let template = Template {
            serial,
            ..template(&subject, CertificateRole::Authority, &sans, "2056-01-02T03:09:05Z")
        };
        self_signed(&template, key).unwrap()
    }

    fn leaf(ca: &[u8], ca_key: &PrivateKey, key: &PrivateKey) -> Vec<u8> {
        let ca = found(ca);
        let signer = Signer { name: &ca.subject, key_id: ca.subject_key_id.as_deref(), key: ca_key };
        let subject = Subject::named("node-1");
        issue(
            &template(&subject, CertificateRole::Leaf(Usage::Both), &names(), "2027-01-02T03:09:05Z"),
            key,
            signer,
        )
        .unwrap()
    }

    /// All that is signed: with ECDSA, the signature itself is never the same twice.
    fn signed_part(der: &[u8]) -> &[u8] {
        let [tbs, _, _] = sequence(der).unwrap();
        tbs.whole
    }

    #[test]
    fn rsa_certificates_are_go_s_byte_for_byte() {
        let (ca_key, leaf_key) = (key(golden!("rsa-ca.key")), key(golden!("rsa-leaf.key")));
        assert_eq!(authority(&ca_key), found(golden!("rsa-ca.crt")).der);
        assert_eq!(leaf(golden!("rsa-ca.crt"), &ca_key, &leaf_key), found(golden!("rsa-leaf.crt")).der);
    }

    #[test]
    fn ecdsa_certificates_are_go_s_up_to_the_signature() {
        for (ca_key, leaf_key, ca, leaf_cert) in [
            (
                &golden!("p256-ca.key")[..],
                &golden!("p256-leaf.key")[..],
                &golden!("p256-ca.crt")[..],
                &golden!("p256-leaf.crt")[..],
            ),
            (
                golden!("p384-ca.key"),
                golden!("p384-leaf.key"),
                golden!("p384-ca.crt"),
                golden!("p384-leaf.crt"),
            ),
        ] {
            let (ca_key, leaf_key) = (key(ca_key), key(leaf_key));
            assert_eq!(signed_part(&authority(&ca_key)), signed_part(&found(ca).der));
            assert_eq!(signed_part(&leaf(ca, &ca_key, &leaf_key)), signed_part(&found(leaf_cert).der));
        }
    }

    #[test]
    fn several_organizations_and_late_dates_are_written_as_go_does() {
        let (ca_key, leaf_key) = (key(golden!("rsa-ca.key")), key(golden!("rsa-leaf.key")));
        let ca = found(golden!("rsa-ca.crt"));
        let signer = Signer { name: &ca.subject, key_id: ca.subject_key_id.as_deref(), key: &ca_key };
        let subject =
            Subject { common_name: "u".into(), organizations: vec!["system:masters".into(), "a_b".into()] };
        let sans = Sans::default();
        let template =
            template(&subject, CertificateRole::Leaf(Usage::Client), &sans, "2056-01-02T03:09:05Z");
        assert_eq!(issue(&template, &leaf_key, signer).unwrap(), found(golden!("rsa-client.crt")).der);
    }

    #[test]
    fn a_ca_of_someone_else_s_making_is_named_as_it_names_itself() {
        let (ca_key, leaf_key) = (key(golden!("rsa-ca.key")), key(golden!("rsa-leaf.key")));
        let made = leaf(golden!("odd-ca.crt"), &ca_key, &leaf_key);
        assert_eq!(made, found(golden!("odd-leaf.crt")).der);
        assert_eq!(inspect::FoundCert::from_der(&made).unwrap().issuer, found(golden!("odd-ca.crt")).subject);
    }

    #[test]
    fn a_request_carries_subject_names_and_key_and_is_signed_by_that_key() {
        use x509_parser::prelude::{FromDer, X509CertificationRequest};
        for text in [&golden!("rsa-leaf.key")[..], golden!("p256-leaf.key"), golden!("p384-leaf.key")] {
            let key = key(text);
            let subject = Subject { common_name: "u".into(), organizations: vec!["a_b".into(), "a".into()] };
            let der = request(&subject, &names(), &key).unwrap();
            let (rest, read) = X509CertificationRequest::from_der(&der).unwrap();
            assert!(rest.is_empty());
            read.verify_signature().unwrap();
            let info = &read.certification_request_info;
            assert_eq!(info.subject.as_raw(), subject.to_der());
            assert_eq!(info.subject_pki.raw, key.public_key().as_der());
            let extensions: Vec<_> = read.requested_extensions().unwrap().collect();
            assert_eq!(extensions.len(), 1);
        }
    }

    #[test]
    fn a_request_without_names_asks_for_no_extension() {
        use x509_parser::prelude::{FromDer, X509CertificationRequest};
        let der = request(&Subject::named("u"), &Sans::default(), &key(golden!("p256-leaf.key"))).unwrap();
        let read = X509CertificationRequest::from_der(&der).unwrap().1;
        assert!(read.requested_extensions().is_none());
    }

    #[test]
    fn keys_are_written_as_go_does() {
        for text in [
            &golden!("rsa-ca.key")[..],
            golden!("rsa-leaf.key"),
            golden!("p256-ca.key"),
            golden!("p256-leaf.key"),
            golden!("p384-ca.key"),
            golden!("p384-leaf.key"),
        ] {
            assert_eq!(*key(text).to_pem().unwrap(), text);
        }
    }
}
