//! PEM in and out (RFC 7468). The only module that names the PEM package.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pemfile::{Error, Item, read_one_from_slice};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// What is wrong with a PEM text; never a part of it, since it may be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPem {
    #[error("a PEM block has no END line")]
    NoEnd,
    #[error("a PEM block's BEGIN line is malformed")]
    BadBegin,
    #[error(
        "a PEM block's body is not base64 (encrypted keys are not read: store the key in the clear, mode 0600)"
    )]
    BadBody,
}

impl From<Error> for BadPem {
    fn from(error: Error) -> Self {
        match error {
            Error::MissingSectionEnd { .. } => Self::NoEnd,
            Error::IllegalSectionStart { .. } => Self::BadBegin,
            Error::Base64Decode(_) => Self::BadBody,
        }
    }
}

/// Every block of `text` that is a certificate, in order.
pub fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadPem> {
    let found = blocks(text)?.into_iter().filter_map(|item| match item {
        Item::X509Certificate(der) => Some(der),
        _ => None,
    });
    Ok(found.collect())
}

/// The first private key of `text`: PKCS#1, SEC 1 or PKCS#8. Other blocks, such as `EC PARAMETERS`, are passed over.
pub fn private_key(text: &[u8]) -> Result<Option<Zeroizing<PrivateKeyDer<'static>>>, BadPem> {
    Ok(blocks(text)?.into_iter().find_map(key_of))
}

/// What its block is called.
pub fn label(key: &PrivateKeyDer<'_>) -> Option<&'static str> {
    match key {
        PrivateKeyDer::Pkcs1(_) => Some("RSA PRIVATE KEY"),
        PrivateKeyDer::Sec1(_) => Some("EC PRIVATE KEY"),
        PrivateKeyDer::Pkcs8(_) => Some("PRIVATE KEY"),
        _ => None,
    }
}

fn key_of(item: Item) -> Option<Zeroizing<PrivateKeyDer<'static>>> {
    match item {
        Item::Pkcs1Key(key) => Some(Zeroizing::new(key.into())),
        Item::Sec1Key(key) => Some(Zeroizing::new(key.into())),
        Item::Pkcs8Key(key) => Some(Zeroizing::new(key.into())),
        _ => None,
    }
}

/// Every `PUBLIC KEY` of `text` as the DER of its SubjectPublicKeyInfo.
pub fn public_keys(text: &[u8]) -> Result<Vec<Vec<u8>>, BadPem> {
    let found = blocks(text)?.into_iter().filter_map(|item| match item {
        Item::SubjectPublicKeyInfo(spki) => Some(spki.as_ref().to_vec()),
        _ => None,
    });
    Ok(found.collect())
}

fn blocks(mut text: &[u8]) -> Result<Vec<Item>, BadPem> {
    let mut found = Vec::new();
    while let Some((item, rest)) = read_one_from_slice(text)? {
        found.push(item);
        text = rest;
    }
    Ok(found)
}

/// `der` under `label`, in lines of 64 characters, as Go writes it. Wiped on drop, since it may be a key.
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // All the room at once: a buffer that grows leaves copies of the key behind.
    let room = body.len() + body.len() / 64 + 2 * label.len() + 40;
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    text.extend(format!("-----BEGIN {label}-----\n").bytes());
    for line in body.as_bytes().chunks(64) {
        text.extend(line);
        text.push(b'\n');
    }
    text.extend(format!("-----END {label}-----\n").bytes());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_malformed_is_named_and_not_shown() {
        for (text, wrong) in [
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n", BadPem::NoEnd),
            ("-----BEGIN PRIVATE KEY--\nc2VjcmV0\n-----END PRIVATE KEY-----\n", BadPem::BadBegin),
            ("-----BEGIN PRIVATE KEY-----\nDEK-Info: c2VjcmV0\n-----END PRIVATE KEY-----\n", BadPem::BadBody),
        ] {
            let found = private_key(text.as_bytes()).unwrap_err();
            assert_eq!(found, wrong);
            assert!(!format!("{found} {found:?}").contains("c2VjcmV0"));
        }
    }

    #[test]
    fn other_text_and_other_blocks_are_passed_over() {
        let text = b"Subject: x\n-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n\
            -----BEGIN EC PRIVATE KEY-----\nAQID\n-----END EC PRIVATE KEY-----\n";
        assert_eq!(private_key(text).unwrap().unwrap().secret_der(), [1, 2, 3]);
        assert!(certificates(text).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(der in prop::collection::vec(any::<u8>(), 0..300)) {
            let text = encode("CERTIFICATE", &der);
            let found = certificates(&text).unwrap();
            prop_assert_eq!(found[0].as_ref(), &der[..]);
        }
    }
}
