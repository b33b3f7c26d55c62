//! Whether one certificate was signed with the key of another, by the algorithms that Go checks.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use super::keys::{Curve, Key, PublicKey, parameters};
use super::reader::{NULL, Reader, constructed};
use super::words::Untrusted;
use crate::pki::der;

/// How a certificate says that it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// PKCS#1 v1.5.
    Rsa(Hash),
    /// PSS, with a salt as long as the digest.
    RsaPss(Hash),
    /// Over any curve.
    Ecdsa(Hash),
    /// Over its own.
    Ed25519,
    /// Once usual, broken since.
    Broken(&'static str),
    /// One that Go does not know.
    Unknown,
}

/// The digests that are still taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

const PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
const ED25519_OID: &[u8] = &[0x2b, 0x65, 0x70];

#[rustfmt::skip]
const ALGORITHMS: &[(&[u8], Algorithm)] = &[
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], Algorithm::Broken("MD5")),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], Algorithm::Broken("SHA-1")),
    (&[0x2b, 0x0e, 0x03, 0x02, 0x1d], Algorithm::Broken("SHA-1")),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], Algorithm::Broken("SHA-1")),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], Algorithm::Rsa(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], Algorithm::Rsa(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], Algorithm::Rsa(Hash::Sha512)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], Algorithm::Ecdsa(Hash::Sha256)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], Algorithm::Ecdsa(Hash::Sha384)),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], Algorithm::Ecdsa(Hash::Sha512)),
];

/// Identifiers of hashes, with the length of the salt that Go wants beside them.
#[rustfmt::skip]
const HASHES: &[(&[u8], Hash, i64)] = &[
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], Hash::Sha256, 32),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], Hash::Sha384, 48),
    (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], Hash::Sha512, 64),
];

impl Algorithm {
    /// Of an AlgorithmIdentifier's content; `None` where that cannot be read.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(content);
        let oid = reader.oid()?;
        let parameters = parameters(reader)?;
        let known = ALGORITHMS.iter().find(|(known, _)| *known == oid).map(|(_, algorithm)| *algorithm);
        Some(match oid {
            PSS => pss(parameters).unwrap_or(Self::Unknown),
            ED25519_OID if parameters.is_empty() => Self::Ed25519,
            _ => known.unwrap_or(Self::Unknown),
        })
    }
}

/// One hash for all, and a salt as long as that.
fn pss(parameters: &[u8]) -> Option<Algorithm> {
    let mut fields = Reader::new(parameters).inside(der::SEQUENCE)?;
    let hash = hash(fields.inside(constructed(0))?.inside(der::SEQUENCE)?)?;
    let mut generator = fields.inside(constructed(1))?.inside(der::SEQUENCE)?;
    let is_usual = generator.oid()? == MGF1 && self::hash(generator.inside(der::SEQUENCE)?)? == hash;
    let salt = fields.inside(constructed(2))?.count()?;
    let trailer = fields.optional(constructed(3))?.map_or(Some(1), |mut trailer| trailer.count())?;
    let (_, hash, _) = HASHES.iter().find(|(oid, _, length)| *oid == hash && *length == salt)?;
    (is_usual && trailer == 1).then_some(Algorithm::RsaPss(*hash))
}

fn hash(mut identifier: Reader<'_>) -> Option<&[u8]> {
    let oid = identifier.oid()?;
    let parameters = parameters(identifier)?;
    (parameters.is_empty() || parameters == NULL).then_some(oid)
}

/// What is signed, how, and what stands as the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The DER of what is signed.
    pub content: &'a [u8],
    /// By which it is signed.
    pub algorithm: Algorithm,
    /// As it is in the BIT STRING.
    pub signature: &'a [u8],
}

/// Checks the signature of `of` with the key of `by`; both are names for people.
pub fn check(signed: Signed<'_>, key: PublicKey<'_>, of: &str, by: &str) -> Result<(), Untrusted> {
    let wrong = || Untrusted::Signature { of: of.to_owned(), by: by.to_owned() };
    let unknown = || Untrusted::UnknownAlgorithm { of: of.to_owned() };
    let verifier = match signed.algorithm {
        Algorithm::Broken(algorithm) => {
            return Err(Untrusted::BrokenAlgorithm { of: of.to_owned(), algorithm });
        }
        Algorithm::Unknown => return Err(unknown()),
        Algorithm::Rsa(_) | Algorithm::RsaPss(_) | Algorithm::Ecdsa(_) | Algorithm::Ed25519 => {
            verifier(signed.algorithm, key.key).ok_or_else(wrong)?
        }
    };
    UnparsedPublicKey::new(verifier, key.bits).verify(signed.content, signed.signature).map_err(|_| wrong())
}

/// Nothing where the key is of another kind than the signature.
fn verifier(algorithm: Algorithm, key: Key) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (algorithm, key) {
        (Algorithm::Rsa(Hash::Sha256), Key::Rsa(_)) => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (Algorithm::Rsa(Hash::Sha384), Key::Rsa(_)) => &RSA_PKCS1_2048_8192_SHA384,
        (Algorithm::Rsa(Hash::Sha512), Key::Rsa(_)) => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        (Algorithm::RsaPss(Hash::Sha256), Key::Rsa(_)) => &RSA_PSS_2048_8192_SHA256,
        (Algorithm::RsaPss(Hash::Sha384), Key::Rsa(_)) => &RSA_PSS_2048_8192_SHA384,
        (Algorithm::RsaPss(Hash::Sha512), Key::Rsa(_)) => &RSA_PSS_2048_8192_SHA512,
        (Algorithm::Ecdsa(hash), Key::Ecdsa(curve)) => ecdsa(hash, curve)?,
        (Algorithm::Ed25519, Key::Ed25519) => &ED25519,
        (
            Algorithm::Rsa(_)
            | Algorithm::RsaPss(_)
            | Algorithm::Ecdsa(_)
            | Algorithm::Ed25519
            | Algorithm::Broken(_)
            | Algorithm::Unknown,
            _,
        ) => return None,
    })
}

fn ecdsa(hash: Hash, curve: Curve) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (curve, hash) {
        (Curve::P224, _) => return None,
        (Curve::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256) => &ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &ECDSA_P521_SHA512_ASN1,
    })
}
