//! Bytes of a file → its text, or which encoding they are in; and the characters of a text that nobody sees.

mod encoding;
mod odd;

pub use encoding::{Encoding, NotUtf8, decode};
pub use odd::{Odd, before_comment, name_of, odd_characters, shown};
