//! A PEM block with a key in it → its kind, and the public half.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair,
};
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

pub struct Key {
    pub kind: String,
    /// What stands in the BIT STRING of an SPKI.
    pub public: Vec<u8>,
}

/// `None` for a certificate or any other block. A key that its label does not describe is told as such.
pub fn read(block: &Pem) -> Option<Key> {
    let der = &block.contents;
    let found = match block.label.as_str() {
        "PUBLIC KEY" => public(der),
        "RSA PRIVATE KEY" => rsa::KeyPair::from_der(der).ok().map(|pair| rsa(&pair)),
        "EC PRIVATE KEY" => elliptic(|algorithm| EcdsaKeyPair::from_private_key_der(algorithm, der).ok()),
        "PRIVATE KEY" => rsa::KeyPair::from_pkcs8(der).map_or_else(
            |_| elliptic(|algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der).ok()),
            |pair| Some(rsa(&pair)),
        ),
        _ => return None,
    };
    Some(found.unwrap_or_else(|| Key { kind: "not what its label says".to_owned(), public: Vec::new() }))
}

fn public(der: &[u8]) -> Option<Key> {
    let (rest, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    let kind = crate::certificate::public_key(&info);
    rest.is_empty().then(|| Key { kind, public: info.subject_public_key.data.to_vec() })
}

fn rsa(pair: &rsa::KeyPair) -> Key {
    Key {
        kind: format!("RSA-{}", pair.public_modulus_len() * 8),
        public: pair.public_key().as_ref().to_vec(),
    }
}

fn elliptic(load: impl Fn(&'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair>) -> Option<Key> {
    let curves = [("P-256", &ECDSA_P256_SHA256_ASN1_SIGNING), ("P-384", &ECDSA_P384_SHA384_ASN1_SIGNING)];
    let (name, pair) = curves.iter().find_map(|(name, algorithm)| Some((name, load(algorithm)?)))?;
    Some(Key { kind: format!("EC {name}"), public: pair.public_key().as_ref().to_vec() })
}
