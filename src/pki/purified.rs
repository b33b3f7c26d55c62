//! A file of others' making → the blocks that it is wanted for, and nothing of what stands around them.
//!
//! PEM is read wherever it stands: a file of keys may be one of commands as well.

use zeroize::Zeroizing;

use super::inspect::{self, BadCertificate};
use super::key::{self, BadKey};
use super::{FileKind, FoundCert};

/// Why a file is not of the kind that it should be; never a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOfItsKind {
    /// Of a file of certificates.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// Of a file of keys.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// The certificates, the one private key, or the public keys of `text`, written as they are encoded.
///
/// # Errors
/// There is none of the kind in it, or one cannot be read.
pub fn purified(kind: FileKind, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOfItsKind> {
    match kind {
        FileKind::Certificate | FileKind::Request => Ok(Zeroizing::new(certificates_alone(text)?)),
        FileKind::PrivateKey => Ok(key::alone(text)?),
        FileKind::PublicKey | FileKind::SharedPublicKey => {
            let keys = key::public_keys(text)?;
            let written = keys.iter().map(key::PublicKey::to_pem);
            Ok(Zeroizing::new(written.flat_map(|pem| pem.to_vec()).collect()))
        }
    }
}

/// The certificates of a PEM file, written as they are encoded.
///
/// # Errors
/// As [`certificates`](super::certificates).
pub fn certificates_alone(text: &[u8]) -> Result<Vec<u8>, BadCertificate> {
    Ok(inspect::certificates(text)?.iter().flat_map(FoundCert::to_pem).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &[u8] = include_bytes!("../../tests/golden/pki/p256-ca.crt");
    const OTHER_CA: &[u8] = include_bytes!("../../tests/golden/pki/rsa-ca.crt");
    const KEY: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.key");
    const CRON: &[u8] = b"* * * * * root touch /pwned\n";

    fn public(key: &[u8]) -> Vec<u8> {
        super::super::PrivateKey::from_pem(key).unwrap().public_key().to_pem().to_vec()
    }

    #[test]
    fn only_the_wanted_blocks_are_left() {
        let public_key = public(KEY);
        for (kind, wanted) in [
            (FileKind::Certificate, [CA, OTHER_CA].concat()),
            (FileKind::PrivateKey, KEY.to_vec()),
            (FileKind::SharedPublicKey, public_key.clone()),
        ] {
            let text = [CRON, &wanted, CRON].concat();
            assert_eq!(**purified(kind, &text).unwrap(), wanted);
            assert_eq!(**purified(kind, &wanted).unwrap(), wanted);
        }
        let mixed = [CRON, KEY, CA, &public_key].concat();
        assert_eq!(**purified(FileKind::Certificate, &mixed).unwrap(), *CA);
        assert_eq!(**purified(FileKind::PrivateKey, &mixed).unwrap(), *KEY);
    }

    #[test]
    fn what_has_none_of_the_kind_is_refused() {
        for (kind, text) in [
            (FileKind::Certificate, CRON),
            (FileKind::Certificate, KEY),
            (FileKind::PrivateKey, CA),
            (FileKind::PrivateKey, b"ssh-ed25519 AAAA root@evil"),
            (FileKind::SharedPublicKey, KEY),
            (FileKind::SharedPublicKey, b""),
        ] {
            assert!(purified(kind, text).is_err(), "{kind:?}");
        }
    }
}
