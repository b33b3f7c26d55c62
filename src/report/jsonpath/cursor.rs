//! A place in a text that is read from left to right.

/// A place in a template's text.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At its beginning.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character, which stays; `None` at the end.
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character; `None` at the end.
    pub fn take(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    /// Whether this stood here; it is behind then.
    pub fn skip(&mut self, word: &str) -> bool {
        let is_here = self.rest().starts_with(word);
        if is_here {
            self.at += word.len();
        }
        is_here
    }

    /// What comes next as long as `is_wanted` says so.
    pub fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|char| !is_wanted(char)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// For `since`.
    pub const fn mark(&self) -> usize {
        self.at
    }

    /// What was read from the byte `mark` on.
    pub fn since(&self, mark: usize) -> &'a str {
        &self.text[mark..self.at]
    }

    /// Which character this is, the first being 1.
    pub fn characters(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }
}
