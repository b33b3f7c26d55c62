//! The system's random source, in the shapes that init needs.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;

use crate::config::TokenString;
use crate::secret::Secret;

/// The system gives no random bytes: nothing that is secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoRandom;

impl From<Unspecified> for NoRandom {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// As many random bytes as the array has.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

/// A new bootstrap token: six and sixteen letters and digits.
pub fn token() -> Result<TokenString, NoRandom> {
    Ok(TokenString { id: word(6)?, secret: Secret::new(word(16)?) })
}

const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// The largest multiple of 36 in a byte: what is beyond would make some letters likelier than others.
const FAIR: u8 = 252;

fn word(length: usize) -> Result<String, NoRandom> {
    let mut word = String::with_capacity(length);
    while word.len() < length {
        let drawn = bytes::<32>()?;
        let fair = drawn.into_iter().filter(|byte| *byte < FAIR);
        word.extend(
            fair.take(length - word.len()).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])),
        );
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_kubernetes_form_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        let plain = |text: &str| text.bytes().all(|byte| LETTERS.contains(&byte));
        assert!(one.id.len() == 6 && plain(&one.id));
        assert!(one.secret.expose_secret().len() == 16 && plain(one.secret.expose_secret()));
        assert_ne!(one.secret, other.secret);
    }
}
