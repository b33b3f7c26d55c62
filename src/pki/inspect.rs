//! What a certificate on disk says.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;

use super::certificate;
use super::form::{self, BadPem, Wanted};
use super::go::{self, Unread, usage};
use super::key::PrivateKey;
use super::pem;
use super::verify;
use crate::config::KeyAlgorithm;

/// A certificate's facts, owned. Names are given raw as well, since equality of issuer and subject is one of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCert {
    /// The whole certificate.
    pub der: Vec<u8>,
    /// The DER of the subject's Name.
    pub subject: Vec<u8>,
    /// The DER of the issuer's Name.
    pub issuer: Vec<u8>,
    /// The subject's, which is the user for Kubernetes.
    pub common_name: Option<String>,
    /// The issuer's.
    pub issuer_common_name: Option<String>,
    /// The subject's, which are the groups for Kubernetes.
    pub organizations: Vec<String>,
    /// Big-endian, without sign.
    pub serial: Vec<u8>,
    /// Of the subject alternative names.
    pub dns_names: Vec<String>,
    /// Of the subject alternative names.
    pub ip_addresses: Vec<IpAddr>,
    /// `None`: the certificate does not say, so any use is allowed (RFC 5280, 4.2.1.12).
    pub extended_usages: Option<Vec<ExtendedUsage>>,
    /// Whether it is a CA in its basic constraints.
    pub is_ca: bool,
    /// Whether its key usage allows it to sign certificates, or does not say.
    pub may_sign: bool,
    /// It holds from this second on.
    pub not_before: Timestamp,
    /// It holds up to this second.
    pub not_after: Timestamp,
    /// The DER of the SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// The content of the SubjectPublicKeyInfo's BIT STRING.
    pub public_bits: Vec<u8>,
    /// The kind and size of its key.
    pub key: KeyKind,
    /// By which certificates that it signs name its key.
    pub subject_key_id: Option<Vec<u8>>,
    /// By which it names the key that has signed it.
    pub authority_key_id: Option<Vec<u8>>,
    /// It names the certificate that has signed it by issuer and serial number, too.
    pub names_authority_serial: bool,
    /// `None`: the certificate does not say.
    pub key_usages: Option<KeyUsages>,
    /// How many CAs may stand below it, where it says so.
    pub path_length: Option<i64>,
    /// The algorithm of its signature, where that is broken and Go refuses it.
    pub broken_signature: Option<&'static str>,
}

/// What a certificate's key may do, as far as TLS and CAs need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsages {
    /// In a handshake of TLS.
    pub digital_signature: bool,
    /// In one of RSA's old handshakes.
    pub key_encipherment: bool,
    /// Of certificates.
    pub cert_sign: bool,
}

/// What a certificate's key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Of so many bits.
    Rsa(usize),
    /// On a curve of so many bits.
    Ecdsa(usize),
    /// Neither of the two.
    Other,
}

/// What a certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtendedUsage {
    /// serverAuth.
    ServerAuth,
    /// clientAuth.
    ClientAuth,
    /// anyExtendedKeyUsage.
    Any,
    /// Anything else.
    Other,
}

/// Why a file's certificates cannot be used. Nothing here shows a part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// The file is of another form.
    #[error(transparent)]
    Pem(BadPem),
    /// There is none in it.
    #[error("it holds no certificate in PEM")]
    None,
    /// Go does not read it, and so nothing in Kubernetes.
    #[error("its certificate number {position} {why}")]
    Unread {
        /// From 1, among the file's certificates.
        position: usize,
        /// What Go does not take.
        why: Unread,
    },
}

/// The certificates of one PEM file. The first is the file's own; any others are its chain or, in a CA's file, are
/// carried along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The first.
    pub own: FoundCert,
    /// All others, in the order of the file.
    pub others: Vec<FoundCert>,
}

impl Bundle {
    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &FoundCert> {
        std::iter::once(&self.own).chain(&self.others)
    }
}

/// Reads all certificates of a PEM file, as Kubernetes' own programs read the files of a control plane.
///
/// # Errors
/// There is none, or one of them cannot be read.
pub fn certificates(text: &[u8]) -> Result<Bundle, BadCertificate> {
    let mut found = each(text)?.into_iter();
    let own = found.next().ok_or(BadCertificate::None)??;
    Ok(Bundle { own, others: found.collect::<Result<_, _>>()? })
}

/// Reads the certificates that a client trusts, as clients read them: those that cannot be read are left out, and given
/// beside the others.
///
/// # Errors
/// There is none, or none that can be read.
pub fn trusted(text: &[u8]) -> Result<(Bundle, Vec<BadCertificate>), BadCertificate> {
    let (mut found, mut bad) = (Vec::new(), Vec::new());
    for cert in each(text)? {
        match cert {
            Ok(cert) => found.push(cert),
            Err(why) => bad.push(why),
        }
    }
    if found.is_empty() {
        return Err(bad.first().copied().unwrap_or(BadCertificate::None));
    }
    let own = found.remove(0);
    Ok((Bundle { own, others: found }, bad))
}

/// Each certificate of a PEM file, or why it cannot be read.
///
/// # Errors
/// There is none.
pub fn each(text: &[u8]) -> Result<Vec<Result<FoundCert, BadCertificate>>, BadCertificate> {
    let blocks = pem::certificates(text);
    if blocks.is_empty() {
        let instead = form::of(text, Wanted::Certificate);
        return Err(instead.map_or(BadCertificate::None, BadCertificate::Pem));
    }
    let read = |(der, position): (&Vec<u8>, usize)| {
        read(der).map_err(|why| BadCertificate::Unread { position, why })
    };
    Ok(blocks.iter().zip(1..).map(read).collect())
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
    /// The facts of one DER certificate; `None` where it is none that Go reads.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        read(der).ok()
    }

    /// Whether `key` is this certificate's.
    pub fn belongs_to(&self, key: &PrivateKey) -> bool {
        self.public_bits == key.public_bits()
    }

    /// Whether `ca` may sign certificates, and has signed this one.
    pub fn is_signed_by(&self, ca: &Self) -> bool {
        ca.is_ca && ca.may_sign && self.issuer == ca.subject && verify::signed(self, ca).is_ok()
    }

    /// Whether the two are one certificate that was issued twice: they say the same of the same key, whatever their lives.
    pub fn is_again(&self, other: &Self) -> bool {
        certificate::is_again(&self.der, &other.der)
    }

    /// As a file has it.
    pub fn to_pem(&self) -> Vec<u8> {
        pem::encode("CERTIFICATE", &self.der).to_vec()
    }
}

fn read(der: &[u8]) -> Result<FoundCert, Unread> {
    let cert = go::Certificate::parse(der)?;
    let extensions = &cert.extensions;
    Ok(FoundCert {
        der: der.to_vec(),
        subject: cert.subject.raw.to_vec(),
        issuer: cert.issuer.raw.to_vec(),
        common_name: cert.subject.common.clone(),
        issuer_common_name: cert.issuer.common.clone(),
        organizations: cert.subject.organizations.clone(),
        serial: cert
            .serial
            .strip_prefix(&[0])
            .filter(|rest| !rest.is_empty())
            .unwrap_or(cert.serial)
            .to_vec(),
        dns_names: extensions.names.dns.iter().map(|name| (*name).to_owned()).collect(),
        ip_addresses: extensions.names.addresses.clone(),
        extended_usages: extended_usages(&extensions.usages),
        is_ca: extensions.basic.is_some_and(|basic| basic.is_ca),
        may_sign: extensions.may_sign != Some(false),
        not_before: cert.not_before,
        not_after: cert.not_after,
        public_key: cert.key.raw.to_vec(),
        public_bits: cert.key.bits.to_vec(),
        key: key_kind(cert.key.key),
        subject_key_id: extensions.subject_key_id.map(<[u8]>::to_vec),
        authority_key_id: extensions.authority_key_id.map(<[u8]>::to_vec),
        names_authority_serial: extensions.names_authority_serial,
        key_usages: extensions.key_usage.map(|bits| KeyUsages {
            digital_signature: bits & 0b1000_0000 != 0,
            key_encipherment: bits & 0b0010_0000 != 0,
            cert_sign: bits & 0b0000_0100 != 0,
        }),
        path_length: extensions.basic.and_then(|basic| basic.path_length),
        broken_signature: match cert.signed.algorithm {
            go::Algorithm::Broken(name) => Some(name),
            _ => None,
        },
    })
}

fn extended_usages(usages: &[&[u8]]) -> Option<Vec<ExtendedUsage>> {
    const KNOWN: &[(&[u8], ExtendedUsage)] = &[
        (usage::SERVER, ExtendedUsage::ServerAuth),
        (usage::CLIENT, ExtendedUsage::ClientAuth),
        (usage::ANY, ExtendedUsage::Any),
    ];
    let named = KNOWN.iter().filter(|(oid, _)| usages.contains(oid)).map(|(_, usage)| *usage);
    let other = usages.iter().any(|oid| KNOWN.iter().all(|(known, _)| known != oid));
    (!usages.is_empty()).then(|| named.chain(other.then_some(ExtendedUsage::Other)).collect())
}

fn key_kind(key: go::Key) -> KeyKind {
    match key {
        go::Key::Rsa(bits) => KeyKind::Rsa(bits),
        go::Key::Ecdsa(go::Curve::P224) => KeyKind::Ecdsa(224),
        go::Key::Ecdsa(go::Curve::P256) => KeyKind::Ecdsa(256),
        go::Key::Ecdsa(go::Curve::P384) => KeyKind::Ecdsa(384),
        go::Key::Ecdsa(go::Curve::P521) => KeyKind::Ecdsa(521),
        go::Key::Ed25519 | go::Key::Other => KeyKind::Other,
    }
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
        assert_eq!(error, BadCertificate::Unread { position: 2, why: Unread::NotACertificate });
        assert_eq!(error.to_string(), "its certificate number 2 is not an X.509 certificate");
        assert!(!format!("{error}{error:?}").contains("hunter2"));
        assert_eq!(certificates(b"hello").unwrap_err(), BadCertificate::None);
        assert_eq!(certificates(b"").unwrap_err(), BadCertificate::Pem(BadPem::Empty));
    }

    #[test]
    fn one_that_cannot_be_read_is_left_out_of_what_a_client_trusts() {
        let good = include_bytes!("../../tests/golden/pki/p256-ca.crt");
        let broken = pem::encode("CERTIFICATE", b"hunter2");
        let (bundle, bad) = trusted(&[broken.as_slice(), good].concat()).unwrap();
        assert_eq!(bundle, certificates(good).unwrap());
        assert_eq!(bad, [BadCertificate::Unread { position: 1, why: Unread::NotACertificate }]);
        assert_eq!(trusted(&broken).unwrap_err(), bad[0]);
    }
}
