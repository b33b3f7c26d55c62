//! New RSA keys, which are most of the time of `init phase certs all`.
//!
//! Graviola makes them much faster than aws-lc, with FIPS 186-5's method and s2n-bignum's verified arithmetic, on
//! processors that have the instructions it is written in; elsewhere aws-lc does. aws-lc loads every key all the same,
//! and so checks what was made.

use rcgen::{KeyPair, RsaKeySize};

use super::key::BadKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Bits2048,
    Bits3072,
    Bits4096,
}

/// A new key with the public exponent 65537.
pub(super) fn generate(size: Size) -> Result<KeyPair, BadKey> {
    if fast::is_here() { fast::generate(size) } else { generate_anywhere(size) }
}

fn generate_anywhere(size: Size) -> Result<KeyPair, BadKey> {
    let size = match size {
        Size::Bits2048 => RsaKeySize::_2048,
        Size::Bits3072 => RsaKeySize::_3072,
        Size::Bits4096 => RsaKeySize::_4096,
    };
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size).map_err(|_| BadKey::Generate)
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod fast {
    use graviola::signing::rsa::{KeySize, SigningKey};
    use rcgen::KeyPair;
    use zeroize::Zeroizing;

    use super::{BadKey, Size};

    /// PKCS#8 of 4096 bits takes 2,400 bytes.
    const ROOM: usize = 4096;

    /// What Graviola asks of the processor; it would end the program without.
    #[cfg(target_arch = "x86_64")]
    pub fn is_here() -> bool {
        is_x86_feature_detected!("adx")
            && is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("ssse3")
    }

    /// What Graviola asks of the processor; it would end the program without.
    #[cfg(target_arch = "aarch64")]
    pub fn is_here() -> bool {
        use std::arch::is_aarch64_feature_detected;
        is_aarch64_feature_detected!("aes")
            && is_aarch64_feature_detected!("neon")
            && is_aarch64_feature_detected!("pmull")
            && is_aarch64_feature_detected!("sha2")
    }

    /// A new key, in a fraction of the time that `generate_anywhere` takes.
    pub fn generate(size: Size) -> Result<KeyPair, BadKey> {
        let size = match size {
            Size::Bits2048 => KeySize::Rsa2048,
            Size::Bits3072 => KeySize::Rsa3072,
            Size::Bits4096 => KeySize::Rsa4096,
        };
        let key = SigningKey::generate(size).map_err(|_| BadKey::Generate)?;
        let mut room = Zeroizing::new([0; ROOM]);
        let encoded = key.to_pkcs8_der(room.as_mut_slice()).map_err(|_| BadKey::Generate)?;
        KeyPair::try_from(encoded).map_err(|_| BadKey::Generate)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod fast {
    use rcgen::KeyPair;

    use super::{BadKey, Size};

    /// Never: there is no faster way for this processor.
    pub fn is_here() -> bool {
        false
    }

    /// A new key, as for any processor.
    pub fn generate(size: Size) -> Result<KeyPair, BadKey> {
        super::generate_anywhere(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::PublicKeyData as _;

    #[test]
    fn both_ways_make_keys_of_the_wanted_size() {
        for (size, bytes) in [(Size::Bits2048, 256), (Size::Bits3072, 384), (Size::Bits4096, 512)] {
            for key in [generate(size).unwrap(), generate_anywhere(size).unwrap()] {
                // RFC 8017, A.1.1: the modulus, with a zero before it, and the exponent 65537.
                let public = key.der_bytes();
                assert!(public.ends_with(&[2, 3, 1, 0, 1]));
                assert_eq!(public.len() - 5 - 4 - 4 - 1, bytes, "{size:?}");
            }
        }
    }
}
