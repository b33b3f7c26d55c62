//! Bytes of a file → its text, or which encoding they are in; the characters of a text that nobody sees; and an error → its words.

mod causes;
mod encoding;
mod odd;

pub use causes::{causes, in_full};
pub use encoding::{Encoding, NotUtf8, decode};
pub use odd::{Odd, before_comment, name_of, odd_characters, shown};
