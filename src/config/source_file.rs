//! A configuration file's name and text, which its errors quote.

use std::fmt;

/// A configuration file as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
}

impl SourceFile {
    /// `name` is what errors call it.
    pub fn new(name: String, text: String) -> Self {
        Self { name, text }
    }

    /// As errors call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole of it; there may be secrets in it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The name alone: the text may hold secrets.
impl fmt::Debug for SourceFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SourceFile({:?})", self.name)
    }
}
