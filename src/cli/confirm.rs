//! A question that only a yes answers.

use std::io::{BufRead as _, Read as _};

use super::failure::Failure;
use crate::report;

/// In bytes. Nothing longer is a yes.
const LONGEST_ANSWER: u64 = 1000;

/// As kubeadm asks: only `y` or `yes` is a yes, and no answer is a no.
pub fn confirmed(question: &str) -> Result<bool, Failure> {
    report::ask(&format!("{question} [y/N]: "));
    let mut answer = Vec::new();
    let line = std::io::stdin().lock().take(LONGEST_ANSWER).read_until(b'\n', &mut answer);
    line.map_err(Failure::NoAnswer)?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes)))
}
