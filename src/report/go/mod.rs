//! Values, texts and numbers as Go's programs hold, compare and print them: what templates of kubeadm's work with.

mod bounded;
mod compare;
mod float;
mod json;
mod print;
mod printf;
mod quote;
mod value;
mod verb;

pub use bounded::Bounded;
pub use compare::{Incomparable, equal, less};
pub use json::{compact, indented};
pub use print::{plain, sprint, sprintln};
pub use printf::printf;
pub use quote::{BadQuote, escaped, is_print, quoted, unquoted, unquoted_char};
pub use value::{Numbers, Value};
