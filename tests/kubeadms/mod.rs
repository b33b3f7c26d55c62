//! What the comparisons with the real kubeadms share: the minors, the cases, what is compared, and what may differ.
#![allow(dead_code, reason = "each comparison uses a part of it")]

pub mod compare;
pub mod digests;
pub mod known;
pub mod minor;
pub mod source;
pub mod yaml;

use std::io::Write;

/// Past the capture of `cargo test`, so that the count shows when all is well too.
#[allow(clippy::explicit_write, reason = "eprintln! is what the capture takes")]
pub fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}
