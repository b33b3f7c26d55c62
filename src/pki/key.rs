//! Private keys: made, read, written, and never shown.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm,
};
use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

use crate::config::KeyAlgorithm;

use super::pem::{self, BadPem};
use super::{der, inspect, rsa};

/// Why a key could not be read, made, used or written. None of these holds any part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error(transparent)]
    Pem(BadPem),
    #[error("it holds no private key in PEM: RSA PRIVATE KEY, EC PRIVATE KEY or PRIVATE KEY is wanted")]
    NoPrivateKey,
    #[error("it holds no public key in PEM: PUBLIC KEY is wanted")]
    NoPublicKey,
    #[error(
        "its private key is damaged or of an unsupported kind: RSA from 2048 bits or ECDSA P-256, P-384, P-521 are"
    )]
    Unsupported,
    #[error("the system's random source failed")]
    Random,
    #[error("the cryptographic library could not make a key")]
    Generate,
    #[error("the cryptographic library could not sign")]
    Sign,
    #[error("the cryptographic library could not write the key")]
    Write,
}

/// An RSA or ECDSA private key. Wiped on drop; `Debug` tells nothing of it.
pub struct PrivateKey {
    pair: Zeroizing<KeyPair>,
    kind: Kind,
}

/// What Kubernetes signs with: RSA with SHA-256 of any size, or ECDSA with the digest of the curve's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521,
}

/// The DER of a SubjectPublicKeyInfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PrivateKey {
    /// A new key from the system's random source. RSA takes from tens to hundreds of milliseconds.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, BadKey> {
        let ecdsa = |curve| KeyPair::generate_for(curve).map_err(|_| BadKey::Generate);
        Self::new(match algorithm {
            KeyAlgorithm::Rsa2048 => rsa::generate(rsa::Size::Bits2048),
            KeyAlgorithm::Rsa3072 => rsa::generate(rsa::Size::Bits3072),
            KeyAlgorithm::Rsa4096 => rsa::generate(rsa::Size::Bits4096),
            KeyAlgorithm::EcdsaP256 => ecdsa(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyAlgorithm::EcdsaP384 => ecdsa(&rcgen::PKCS_ECDSA_P384_SHA384),
        }?)
    }

    /// The first private key in `text`: PKCS#1, SEC 1 or PKCS#8, as Kubernetes reads them.
    pub fn from_pem(text: &[u8]) -> Result<Self, BadKey> {
        let der = pem::private_key(text).map_err(BadKey::Pem)?.ok_or(BadKey::NoPrivateKey)?;
        Self::new(KeyPair::try_from(&*der).map_err(|_| BadKey::Unsupported)?)
    }

    /// Ed25519, which rcgen reads too, is none of Kubernetes' kinds.
    fn new(pair: KeyPair) -> Result<Self, BadKey> {
        let pair = Zeroizing::new(pair);
        let kind = Kind::of(pair.algorithm()).ok_or(BadKey::Unsupported)?;
        Ok(Self { pair, kind })
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.pair.subject_public_key_info())
    }

    /// `RSA PRIVATE KEY` (PKCS#1) or `EC PRIVATE KEY` (SEC 1), the forms that kubeadm writes.
    pub fn to_pem(&self) -> Result<Zeroizing<Vec<u8>>, BadKey> {
        match self.kind.ecdsa() {
            None => {
                Ok(pem::encode("RSA PRIVATE KEY", pkcs1(self.pair.serialized_der()).ok_or(BadKey::Write)?))
            }
            Some(curve) => ec_pem(curve, self.pair.serialized_der()),
        }
    }

    /// The signature of `message`, as an X.509 certificate carries it.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BadKey> {
        self.pair.sign(message).map_err(|_| BadKey::Sign)
    }

    pub(super) fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.pair.algorithm()
    }

    /// The content of the SubjectPublicKeyInfo's BIT STRING.
    pub(super) fn public_bits(&self) -> &[u8] {
        self.pair.public_key_raw()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PrivateKey(…)")
    }
}

impl Kind {
    fn of(algorithm: &SignatureAlgorithm) -> Option<Self> {
        let kinds = [
            (&rcgen::PKCS_RSA_SHA256, Self::Rsa),
            (&rcgen::PKCS_ECDSA_P256_SHA256, Self::P256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Self::P384),
            (&rcgen::PKCS_ECDSA_P521_SHA512, Self::P521),
        ];
        kinds.into_iter().find(|(known, _)| *known == algorithm).map(|(_, kind)| kind)
    }

    fn ecdsa(self) -> Option<&'static EcdsaSigningAlgorithm> {
        match self {
            Self::Rsa => None,
            Self::P256 => Some(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Self::P384 => Some(&ECDSA_P384_SHA384_ASN1_SIGNING),
            Self::P521 => Some(&ECDSA_P521_SHA512_ASN1_SIGNING),
        }
    }
}

impl PublicKey {
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    pub fn to_pem(&self) -> Zeroizing<Vec<u8>> {
        pem::encode("PUBLIC KEY", &self.0)
    }
}

/// All public keys in `text`, of which there may be several while service account keys are rotated: `PUBLIC KEY`s, and
/// those of the certificates.
pub fn public_keys(text: &[u8]) -> Result<Vec<PublicKey>, BadKey> {
    let plain = pem::public_keys(text).map_err(BadKey::Pem)?;
    let bundle = inspect::certificates(text).ok();
    let certified = bundle.iter().flat_map(|bundle| bundle.iter().map(|cert| cert.public_key.clone()));
    let keys: Vec<_> = plain.into_iter().chain(certified).map(PublicKey).collect();
    if keys.is_empty() { Err(BadKey::NoPublicKey) } else { Ok(keys) }
}

/// The first private key in `text`, of any kind that TLS can be spoken with, in the block that it stands in.
pub fn alone(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let key = pem::private_key(text).map_err(BadKey::Pem)?.ok_or(BadKey::NoPrivateKey)?;
    KeyPair::try_from(&*key).map(Zeroizing::new).map_err(|_| BadKey::Unsupported)?;
    Ok(pem::encode(pem::label(&key).ok_or(BadKey::Unsupported)?, key.secret_der()))
}

/// PKCS#8 holds PKCS#1 in its OCTET STRING, behind a version and the algorithm; PKCS#1 itself has only integers.
fn pkcs1(key: &[u8]) -> Option<&[u8]> {
    let fields = der::elements(der::split(key)?.0.content)?;
    match fields.as_slice() {
        [_, algorithm, inner, ..] if algorithm.tag == der::SEQUENCE => Some(inner.content),
        _ => Some(key),
    }
}

/// The library writes the curve and the public key along, as Go does.
fn ec_pem(curve: &'static EcdsaSigningAlgorithm, key: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let pair = EcdsaKeyPair::from_private_key_der(curve, key).map_err(|_| BadKey::Write)?;
    let sec1 = pair.private_key().as_der().map_err(|_| BadKey::Write)?;
    Ok(pem::encode("EC PRIVATE KEY", sec1.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_keys_read_back_as_the_same_key() {
        for (algorithm, label) in [
            (KeyAlgorithm::Rsa2048, "-----BEGIN RSA PRIVATE KEY-----\n"),
            (KeyAlgorithm::EcdsaP256, "-----BEGIN EC PRIVATE KEY-----\n"),
            (KeyAlgorithm::EcdsaP384, "-----BEGIN EC PRIVATE KEY-----\n"),
        ] {
            let key = PrivateKey::generate(algorithm).unwrap();
            let text = key.to_pem().unwrap();
            assert!(text.starts_with(label.as_bytes()));
            let again = PrivateKey::from_pem(&text).unwrap();
            assert_eq!(again.public_key(), key.public_key());
            assert_eq!(again.to_pem().unwrap(), text);
        }
    }

    #[test]
    fn what_holds_no_key_is_refused() {
        assert_eq!(PrivateKey::from_pem(b"nothing").unwrap_err(), BadKey::NoPrivateKey);
        let damaged = pem::encode("RSA PRIVATE KEY", &[0x30, 0x01, 0x00]);
        assert_eq!(PrivateKey::from_pem(&damaged).unwrap_err(), BadKey::Unsupported);
        assert_eq!(public_keys(&damaged).unwrap_err(), BadKey::NoPublicKey);
    }

    #[test]
    fn debug_tells_nothing_of_a_key() {
        let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(…)");
    }
}
