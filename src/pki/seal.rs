//! The kubeadm-certs Secret's encryption: AES-256-GCM with the nonce in front.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::config::CertificateKey;

/// Why certificates cannot be encrypted or decrypted. Nothing here shows a part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// The library has refused to encrypt.
    #[error("the certificates could not be encrypted")]
    Seal,
    /// Another key, or a changed text.
    #[error("the certificates could not be decrypted; is this the certificate key they were uploaded with?")]
    Open,
}

impl CertificateKey {
    /// `nonce`, then `content` encrypted and authenticated: what the real kubeadm decrypts. A nonce must be random and
    /// serve for one content alone.
    pub fn seal(&self, content: &[u8], nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, BadSeal> {
        let mut body = content.to_vec();
        let cipher = self.cipher().map_err(|_| BadSeal::Seal)?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body)
            .map_err(|_| BadSeal::Seal)?;
        Ok([&nonce[..], &body].concat())
    }

    /// The content of what [`seal`](Self::seal) or the real kubeadm made.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadSeal> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(BadSeal::Open)?;
        let mut body = Zeroizing::new(body.to_vec());
        let cipher = self.cipher().map_err(|_| BadSeal::Open)?;
        let content = cipher
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut body)
            .map_err(|_| BadSeal::Open)?
            .len();
        body.truncate(content);
        Ok(body)
    }

    fn cipher(&self) -> Result<LessSafeKey, aws_lc_rs::error::Unspecified> {
        UnboundKey::new(&AES_256_GCM, self.bytes()).map(LessSafeKey::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_is_go_s_byte_for_byte() {
        let key = CertificateKey::new(std::array::from_fn(|index| u8::try_from(index).unwrap()));
        let go = include_bytes!("../../tests/golden/pki/sealed.bin");
        assert_eq!(key.seal(b"content\n", [7; 12]).unwrap(), go);
        assert_eq!(key.open(go).unwrap().as_slice(), b"content\n");
    }

    #[test]
    fn a_changed_byte_or_another_key_does_not_open() {
        let key = CertificateKey::new([1; 32]);
        let mut sealed = key.seal(b"content", [2; 12]).unwrap();
        assert_eq!(CertificateKey::new([3; 32]).open(&sealed).unwrap_err(), BadSeal::Open);
        sealed[13] ^= 1;
        assert_eq!(key.open(&sealed).unwrap_err(), BadSeal::Open);
        assert_eq!(key.open(&sealed[..11]).unwrap_err(), BadSeal::Open);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(key: [u8; 32], nonce: [u8; 12], content in prop::collection::vec(any::<u8>(), 0..100)) {
            let key = CertificateKey::new(key);
            let sealed = key.seal(&content, nonce).unwrap();
            prop_assert_eq!(sealed.len(), 12 + content.len() + 16);
            prop_assert_eq!(&*key.open(&sealed).unwrap(), &content);
        }
    }
}
