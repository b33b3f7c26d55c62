//! Private keys: made, read, written, and never shown.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};
use rustls_pki_types::PrivateKeyDer;
use zeroize::Zeroizing;

use crate::config::KeyAlgorithm;

use super::form::{self, BadPem, Wanted};
use super::{der, go, inspect, pem, rsa};

/// Why a key could not be read, made, used or written. None of these holds any part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// The file is of another form.
    #[error(transparent)]
    Pem(BadPem),
    /// There is no private key in the file.
    #[error("it holds no private key in PEM: RSA PRIVATE KEY, EC PRIVATE KEY or PRIVATE KEY is wanted")]
    NoPrivateKey,
    /// There is no public key in the file.
    #[error("it holds no public key in PEM: PUBLIC KEY is wanted")]
    NoPublicKey,
    /// It is damaged, or of a kind that this program does not make.
    #[error(
        "its private key is damaged or of an unsupported kind: RSA from 2048 bits or ECDSA P-256, P-384, P-521 are"
    )]
    Unsupported,
    /// It is on a curve that is given by its numbers.
    #[error(
        "its private key writes its elliptic curve out in numbers instead of naming it, which Go does not read; `openssl ec -in \
         FILE -param_enc named_curve -out NEW` names it"
    )]
    ExplicitCurve,
    /// There were no random numbers.
    #[error("the system's random source failed")]
    Random,
    /// No key came of it.
    #[error("the cryptographic library could not make a key")]
    Generate,
    /// The key that came of it does not hold.
    #[error("a new key does not verify what it has signed: this machine's processor or memory is faulty")]
    Faulty,
    /// A signature did not come about.
    #[error("the cryptographic library could not sign")]
    Sign,
    /// The key has no text.
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
        let key = Self::new(match algorithm {
            KeyAlgorithm::Rsa2048 => rsa::generate(rsa::Size::Bits2048),
            KeyAlgorithm::Rsa3072 => rsa::generate(rsa::Size::Bits3072),
            KeyAlgorithm::Rsa4096 => rsa::generate(rsa::Size::Bits4096),
            KeyAlgorithm::EcdsaP256 => ecdsa(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyAlgorithm::EcdsaP384 => ecdsa(&rcgen::PKCS_ECDSA_P384_SHA384),
        }?)?;
        key.holds().then_some(key).ok_or(BadKey::Faulty)
    }

    /// The first private key in `text` that can be read: PKCS#1, SEC 1 or PKCS#8. Other blocks, such as `EC PARAMETERS`,
    /// are skipped, as Kubernetes does it.
    pub fn from_pem(text: &[u8]) -> Result<Self, BadKey> {
        let blocks = pem::blocks(text);
        let mut bad = None;
        for der in blocks.iter().filter_map(key_of) {
            match Self::from_der(&der) {
                Ok(key) => return Ok(key),
                Err(why) => bad = bad.or(Some(why)),
            }
        }
        match (bad, form::of(text, Wanted::Key)) {
            (_, Some(encrypted @ BadPem::EncryptedKey)) => Err(BadKey::Pem(encrypted)),
            (Some(why), _) => Err(why),
            (None, Some(instead)) => Err(BadKey::Pem(instead)),
            (None, None) => Err(BadKey::NoPrivateKey),
        }
    }

    fn from_der(der: &PrivateKeyDer<'_>) -> Result<Self, BadKey> {
        if !go::names_its_curve(der.secret_der()) {
            return Err(BadKey::ExplicitCurve);
        }
        Self::new(KeyPair::try_from(der).map_err(|_| BadKey::Unsupported)?)
    }

    /// Whether it verifies what it signs: a fault of the machine while it was made would show nowhere else until a
    /// cluster does not start.
    fn holds(&self) -> bool {
        const MESSAGE: &[u8] = b"a new key is tried once";
        let verifier = UnparsedPublicKey::new(self.kind.verifier(), self.public_bits());
        self.sign(MESSAGE).is_ok_and(|signature| verifier.verify(MESSAGE, &signature).is_ok())
    }

    /// Ed25519, which rcgen reads too, is none of Kubernetes' kinds.
    fn new(pair: KeyPair) -> Result<Self, BadKey> {
        let pair = Zeroizing::new(pair);
        let kind = Kind::of(pair.algorithm()).ok_or(BadKey::Unsupported)?;
        Ok(Self { pair, kind })
    }

    /// The half that may be shown.
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

    fn verifier(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rsa => &RSA_PKCS1_2048_8192_SHA256,
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::P384 => &ECDSA_P384_SHA384_ASN1,
            Self::P521 => &ECDSA_P521_SHA512_ASN1,
        }
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
    /// The DER of the SubjectPublicKeyInfo.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// As a `PUBLIC KEY` block.
    pub fn to_pem(&self) -> Zeroizing<Vec<u8>> {
        pem::encode("PUBLIC KEY", &self.0)
    }
}

/// All public keys in `text`, of which there may be several while service account keys are rotated: `PUBLIC KEY`s, and
/// those of the certificates.
pub fn public_keys(text: &[u8]) -> Result<Vec<PublicKey>, BadKey> {
    let plain = pem::public_keys(text);
    let bundle = inspect::certificates(text).ok();
    let certified = bundle.iter().flat_map(|bundle| bundle.iter().map(|cert| cert.public_key.clone()));
    let keys: Vec<_> = plain.into_iter().chain(certified).map(PublicKey).collect();
    if keys.is_empty() { Err(BadKey::NoPublicKey) } else { Ok(keys) }
}

/// The public half of the first private key in `text`, of any kind that TLS can be spoken with, short RSA keys among them; nothing of
/// the private half is kept.
///
/// # Errors
/// There is none, or none that can be read.
pub fn public_half(text: &[u8]) -> Result<PublicKey, BadKey> {
    let blocks = pem::blocks(text);
    let half = |der: PrivateKeyDer<'_>| {
        let pair = KeyPair::try_from(&der).map(Zeroizing::new);
        pair.map_or_else(
            |_| rsa_public(&der).or_else(|| ec_public(&der)),
            |pair| Some(PublicKey(pair.subject_public_key_info())),
        )
    };
    let found = blocks.iter().filter(|block| !block.has_headers).filter_map(key_of).find_map(half);
    found.ok_or_else(|| {
        match (form::of(text, Wanted::Key), blocks.iter().any(|block| key_of(block).is_some())) {
            (Some(encrypted @ BadPem::EncryptedKey), _) => BadKey::Pem(encrypted),
            (_, true) => BadKey::Unsupported,
            (Some(instead), false) => BadKey::Pem(instead),
            (None, false) => BadKey::NoPrivateKey,
        }
    })
}

/// Modulus and exponent stand in the open, second and third, in an RSA key of any length (PKCS#1).
fn rsa_public(key: &PrivateKeyDer<'_>) -> Option<PublicKey> {
    /// rsaEncryption, and the NULL behind it.
    const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let inner = match key {
        PrivateKeyDer::Pkcs1(key) => key.secret_pkcs1_der(),
        PrivateKeyDer::Pkcs8(key) => pkcs1(key.secret_pkcs8_der())?,
        _ => return None,
    };
    let fields = der::elements(der::split(inner)?.0.content)?;
    let [_, modulus, exponent, _, ..] = fields.as_slice() else { return None };
    let numbers = der::wrap(der::SEQUENCE, &[modulus.whole, exponent.whole].concat());
    let bits = der::wrap(der::BIT_STRING, &[&[0], numbers.as_slice()].concat());
    let all = der::wrap(der::SEQUENCE, &[der::wrap(der::SEQUENCE, RSA), bits].concat());
    go::is_public_key(&all).then_some(PublicKey(all))
}

/// A key on a curve that the library has not, as tools write it: its public half stands beside it (SEC 1 in PKCS#8).
fn ec_public(key: &PrivateKeyDer<'_>) -> Option<PublicKey> {
    /// `[1]`, constructed.
    const PUBLIC: u8 = 0xa1;
    let PrivateKeyDer::Pkcs8(key) = key else { return None };
    let fields = der::elements(der::split(key.secret_pkcs8_der())?.0.content)?;
    let [_, algorithm, inner, ..] = fields.as_slice() else { return None };
    let parts = der::elements(der::split(inner.content)?.0.content)?;
    let bits = parts.iter().find(|part| part.tag == PUBLIC)?.content;
    let all = der::wrap(der::SEQUENCE, &[algorithm.whole, bits].concat());
    go::is_public_key(&all).then_some(PublicKey(all))
}

/// The first private key in `text` that can be read, of any kind that TLS can be spoken with, in the block that it is in.
pub fn alone(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let blocks = pem::blocks(text);
    let is_key = |der: &PrivateKeyDer<'_>| KeyPair::try_from(der).map(Zeroizing::new).is_ok();
    let found = blocks.iter().find(|block| key_of(block).as_ref().is_some_and(is_key));
    let Some((block, label)) = found.and_then(|block| Some((block, std::str::from_utf8(block.label).ok()?)))
    else {
        let has_one = blocks.iter().any(|block| key_of(block).is_some());
        let otherwise = if has_one { BadKey::Unsupported } else { BadKey::NoPrivateKey };
        return Err(form::of(text, Wanted::Key).filter(|_| !has_one).map_or(otherwise, BadKey::Pem));
    };
    Ok(pem::encode(label, &block.content))
}

/// What a block's label says that it is; nothing where that is no private key.
fn key_of<'a>(block: &'a pem::Block<'_>) -> Option<PrivateKeyDer<'a>> {
    let der = block.content.as_slice();
    match block.label {
        b"RSA PRIVATE KEY" => Some(PrivateKeyDer::Pkcs1(der.into())),
        b"EC PRIVATE KEY" => Some(PrivateKeyDer::Sec1(der.into())),
        b"PRIVATE KEY" => Some(PrivateKeyDer::Pkcs8(der.into())),
        _ => None,
    }
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
