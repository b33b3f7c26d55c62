//! Values that must never be printed: private keys, bootstrap tokens, certificate keys.

use std::fmt;
use zeroize::Zeroizing;

/// A secret text, wiped on drop: no `Display`, no `Serialize`, a blank `Debug` and one loud accessor.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller's own copy is not wiped.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself. Whoever calls this answers for where it goes: a 0600 file, a TLS connection, the
    /// join command that the user asked for, a sealed text; never a log, an error or a child's arguments.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
