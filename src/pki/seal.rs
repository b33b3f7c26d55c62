//! The kubeadm-certs Secret's encryption: AES-256-GCM with the nonce in front.

use std::fmt::{self, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The certificate key: 32 bytes, handed from control plane to control plane by its operator.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateKey(Zeroizing<[u8; 32]>);

/// Why certificates cannot be encrypted or decrypted. Nothing here shows a part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// A text that is no certificate key.
    #[error(
        "the certificate key is not 64 hexadecimal digits; make one with `kubewright certs certificate-key`"
    )]
    Key,
    /// The library has refused to encrypt.
    #[error("the certificates could not be encrypted")]
    Seal,
    /// Another key, or a changed text.
    #[error("the certificates could not be decrypted; is this the certificate key they were uploaded with?")]
    Open,
}

impl CertificateKey {
    /// `random` has to come from the system's random source.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// The key as the configuration, the flag and the join command write it.
    pub fn from_hex(text: &Secret) -> Result<Self, BadSeal> {
        let digits = text.expose_secret().as_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        if digits.len() != 2 * bytes.len() {
            return Err(BadSeal::Key);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Ok(Self(bytes))
    }

    /// 64 hexadecimal digits in small letters.
    pub fn to_hex(&self) -> Secret {
        // With all its room at once, so that no copy of the key is left behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * self.0.len()));
        for byte in self.0.iter() {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Secret::new(text.as_str())
    }

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
        UnboundKey::new(&AES_256_GCM, self.0.as_slice()).map(LessSafeKey::new)
    }
}

fn hex(digit: u8) -> Result<u8, BadSeal> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(BadSeal::Key),
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CertificateKey(…)")
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
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"ä".repeat(32)] {
            assert_eq!(CertificateKey::from_hex(&Secret::new(text)).unwrap_err(), BadSeal::Key);
        }
        assert_eq!(format!("{:?}", CertificateKey::new([7; 32])), "CertificateKey(…)");
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
            let key = CertificateKey::from_hex(&CertificateKey::new(key).to_hex()).unwrap();
            let sealed = key.seal(&content, nonce).unwrap();
            prop_assert_eq!(sealed.len(), 12 + content.len() + 16);
            prop_assert_eq!(&*key.open(&sealed).unwrap(), &content);
        }
    }
}
