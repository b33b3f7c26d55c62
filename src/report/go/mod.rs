//! Values, texts and numbers as Go's programs hold, compare and print them: what templates of kubeadm's work with.

mod compare;
mod json;
mod print;
mod quote;
mod value;

pub use compare::{Incomparable, equal, less};
pub use json::{compact, indented};
pub use print::plain;
pub use quote::{BadQuote, escaped, unquoted};
pub use value::Value;
