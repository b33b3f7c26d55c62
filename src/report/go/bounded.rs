//! A text that grows up to a bound: what would be longer is an error, and is never held.

use std::fmt;

/// A text that grows up to a bound.
#[derive(Debug)]
pub struct Bounded {
    text: String,
    most: usize,
}

impl Bounded {
    /// Up to `most` bytes; a write beyond them fails.
    pub const fn new(most: usize) -> Self {
        Self { text: String::new(), most }
    }

    /// What was written so far.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.most.saturating_sub(self.text.len()) {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
