//! The certificate key: with it the certificates that control planes share are encrypted in the kubeadm-certs Secret.

use std::fmt::{self, Write};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::Problem;
use crate::secret::Secret;

/// An AES-256 key, handed from control plane to control plane by its operator.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateKey(Zeroizing<[u8; 32]>);

impl CertificateKey {
    /// `random` has to come from the system's random source.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// The key itself.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
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
}

/// As the configuration, the flag and the join command write it.
impl FromStr for CertificateKey {
    type Err = Problem;

    /// # Errors
    /// [`Problem::BadCertificateKey`], which shows nothing of the text.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let digits = text.as_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        if digits.len() != 2 * bytes.len() {
            return Err(Problem::BadCertificateKey);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn hex(digit: u8) -> Result<u8, Problem> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(Problem::BadCertificateKey),
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CertificateKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"ä".repeat(32)] {
            assert!(matches!(text.parse::<CertificateKey>(), Err(Problem::BadCertificateKey)), "{text}");
        }
        assert_eq!(format!("{:?}", CertificateKey::new([7; 32])), "CertificateKey(…)");
    }

    #[test]
    fn digits_are_read_in_any_case_and_written_small() {
        let key: CertificateKey = "0AfF".repeat(16).parse().unwrap();
        assert_eq!(key.to_hex().expose_secret(), "0aff".repeat(16));
    }
}
