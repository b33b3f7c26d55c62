//! Preflight's findings as text.

use super::text::{error_line, say, warn};
use crate::preflight::{Finding, Severity};

/// Each finding: kubeadm's name of the check, what is wrong, what shows it, and what fixes it.
pub fn findings(all: &[Finding]) {
    for finding in all {
        let line = format!("[{}]: {}", name(finding), finding.message);
        match finding.severity {
            Severity::Error => error_line(&line),
            Severity::Warning => warn(&line),
        }
        for (word, text) in [("seen", &finding.evidence), ("fix", &finding.fix)] {
            if !text.is_empty() {
                say(&format!("    {word}: {text}"));
            }
        }
    }
}

/// `ERROR Port-6443`, as scripts look for it in kubeadm's output: in brackets, with a colon behind them.
fn name(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
    };
    format!("{severity} {}", finding.id)
}
