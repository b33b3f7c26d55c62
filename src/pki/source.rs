//! Where new keys and serial numbers come from.

use aws_lc_rs::rand;

use crate::config::KeyAlgorithm;

use super::key::{BadKey, PrivateKey};

/// Makes the keys and serial numbers of [`mint`](super::mint), from several threads at once. `owner` is the item's stem
/// or the kubeconfig's file name, so that tests can hand out a known key for each.
pub trait KeySource: Sync {
    /// A new key.
    fn key(&self, owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey>;
    /// A new certificate's serial number.
    fn serial(&self, owner: &str) -> Result<Serial, BadKey>;
}

/// The system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeys;

impl KeySource for SystemKeys {
    fn key(&self, _owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        PrivateKey::generate(algorithm)
    }

    fn serial(&self, _owner: &str) -> Result<Serial, BadKey> {
        loop {
            let mut bytes = [0; 8];
            rand::fill(&mut bytes).map_err(|_| BadKey::Random)?;
            if let Some(serial) = Serial::new(u64::from_be_bytes(bytes) >> 1) {
                return Ok(serial);
            }
        }
    }
}

/// For a plan that is only tried: keys that take next to no time, whatever kind is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PassingKeys;

impl KeySource for PassingKeys {
    fn key(&self, owner: &str, _algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        SystemKeys.key(owner, KeyAlgorithm::EcdsaP256)
    }

    fn serial(&self, owner: &str) -> Result<Serial, BadKey> {
        SystemKeys.serial(owner)
    }
}

/// A certificate's serial number: from 1 to 2⁶³ - 2, the range that kubeadm draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serial(u64);

impl Serial {
    /// The smallest.
    pub(super) const FIRST: Self = Self(1);

    /// `None` outside of the range.
    pub fn new(number: u64) -> Option<Self> {
        (1..i64::MAX as u64).contains(&number).then_some(Self(number))
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_positive_and_fits_eight_signed_bytes() {
        let largest = i64::MAX as u64 - 1;
        for (number, fits) in
            [(0, false), (1, true), (largest, true), (largest + 1, false), (u64::MAX, false)]
        {
            assert_eq!(Serial::new(number).is_some(), fits, "{number}");
        }
        assert_ne!(SystemKeys.serial("a").unwrap(), SystemKeys.serial("a").unwrap());
    }
}
