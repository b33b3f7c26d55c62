//! Public keys as Go reads them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
    VerificationAlgorithm,
};

use super::reader::{NULL, Reader};
use super::words::Unread;
use crate::pki::der;

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Of so many bits.
    Rsa(usize),
    /// On this curve.
    Ecdsa(Curve),
    /// On Ed25519's curve.
    Ed25519,
    /// DSA, and kinds that Go does not know: nothing can be checked with it.
    Other,
}

/// The curves that Go reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-224, with which the library checks nothing.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

/// The DER of a SubjectPublicKeyInfo, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// All of it.
    pub raw: &'a [u8],
    /// The content of the BIT STRING.
    pub bits: &'a [u8],
    /// Which algorithm's, and of which size.
    pub key: Key,
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

impl<'a> PublicKey<'a> {
    /// Takes it apart, by Go's rules.
    pub fn parse(raw: &'a [u8]) -> Result<Self, Unread> {
        let malformed = || Unread::Malformed("public key");
        let mut info = Reader::new(raw).inside(der::SEQUENCE).ok_or_else(malformed)?;
        let mut algorithm = info.inside(der::SEQUENCE).ok_or_else(malformed)?;
        let kind = algorithm.oid().ok_or_else(malformed)?;
        let parameters = parameters(algorithm).ok_or_else(malformed)?;
        let (unused, whole) = info.bits().ok_or_else(malformed)?;
        // One that ends within a byte is another key than it looks like, for Go too.
        let bits = if unused == 0 { whole } else { &[] };
        let key = match kind {
            RSA => rsa(parameters, bits)?,
            ECDSA => ecdsa(parameters, bits)?,
            ED25519 if parameters.is_empty() && bits.len() == 32 => Key::Ed25519,
            ED25519 if parameters.is_empty() && whole.len() == 32 => Key::Other,
            ED25519 => return Err(Unread::Key),
            DSA => dsa(parameters, bits)?,
            _ => Key::Other,
        };
        Ok(Self { raw, bits, key })
    }
}

/// The one element behind an algorithm's identifier, whole; empty where there is none.
pub fn parameters(mut rest: Reader<'_>) -> Option<&[u8]> {
    if rest.is_empty() { Some(&[]) } else { rest.any().map(|element| element.whole) }
}

fn rsa(parameters: &[u8], bits: &[u8]) -> Result<Key, Unread> {
    if parameters != NULL {
        return Err(Unread::Key);
    }
    let mut numbers = Reader::new(bits).inside(der::SEQUENCE).ok_or(Unread::Key)?;
    let modulus = numbers.integer().and_then(positive).ok_or(Unread::Key)?;
    numbers.count().filter(|exponent| *exponent > 0).ok_or(Unread::Key)?;
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    Ok(Key::Rsa(modulus.len().saturating_mul(8).saturating_sub(unused)))
}

/// Without its sign.
fn positive(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x80..=0xff, ..] | [0] => None,
        [0, rest @ ..] => Some(rest),
        _ => Some(bytes),
    }
}

fn ecdsa(parameters: &[u8], point: &[u8]) -> Result<Key, Unread> {
    let curve = curve(parameters)?;
    let (length, algorithm): (usize, Option<&'static dyn VerificationAlgorithm>) = match curve {
        Curve::P224 => (57, None),
        Curve::P256 => (65, Some(&ECDSA_P256_SHA256_ASN1)),
        Curve::P384 => (97, Some(&ECDSA_P384_SHA384_ASN1)),
        Curve::P521 => (133, Some(&ECDSA_P521_SHA512_ASN1)),
    };
    let is_whole = point.len() == length && point.first() == Some(&0x04);
    // Whether it lies on its curve.
    let lies = algorithm.is_none_or(|algorithm| ParsedPublicKey::new(algorithm, point).is_ok());
    if is_whole && lies { Ok(Key::Ecdsa(curve)) } else { Err(Unread::Point) }
}

/// By its name; curves may also be written out, as nobody should.
pub fn curve(parameters: &[u8]) -> Result<Curve, Unread> {
    let mut reader = Reader::new(parameters);
    if reader.next_is(der::SEQUENCE) {
        return Err(Unread::ExplicitCurve);
    }
    match reader.oid().ok_or(Unread::Key)? {
        [0x2b, 0x81, 0x04, 0x00, 0x21] => Ok(Curve::P224),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Ok(Curve::P256),
        [0x2b, 0x81, 0x04, 0x00, 0x22] => Ok(Curve::P384),
        [0x2b, 0x81, 0x04, 0x00, 0x23] => Ok(Curve::P521),
        _ => Err(Unread::Curve),
    }
}

fn dsa(parameters: &[u8], bits: &[u8]) -> Result<Key, Unread> {
    let mut group = Reader::new(parameters).inside(der::SEQUENCE).ok_or(Unread::Key)?;
    let numbers = [Reader::new(bits).integer(), group.integer(), group.integer(), group.integer()];
    let all = numbers.into_iter().all(|number| number.and_then(positive).is_some());
    if all { Ok(Key::Other) } else { Err(Unread::Key) }
}

/// Whether a private key (PKCS#8 or SEC 1) names its curve, as Go wants it; of other keys nothing is said.
pub fn names_its_curve(private: &[u8]) -> bool {
    let Some(mut fields) = Reader::new(private).inside(der::SEQUENCE) else { return true };
    if fields.integer().is_none() {
        return true;
    }
    if let Some(mut algorithm) = fields.inside(der::SEQUENCE) {
        return algorithm.oid() != Some(ECDSA)
            || parameters(algorithm).is_none_or(|found| curve(found).is_ok());
    }
    let in_key = fields.inside(der::OCTET_STRING).and_then(|_| fields.inside(super::reader::constructed(0)));
    in_key.is_none_or(|found| curve(found.rest()).is_ok())
}
