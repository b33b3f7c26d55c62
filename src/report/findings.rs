//! Preflight's findings as text.

use super::text::{error_line, say, warn};
use crate::preflight::{Finding, Severity, Sum};

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

/// One line: how many checks have come to what.
pub fn preflight_sum(sum: Sum) {
    say(&format!("[preflight] {}", counted(sum)));
}

/// `38 ok, 2 warnings, 1 error`, without what there is none of.
fn counted(Sum { passed, warnings, errors }: Sum) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let parts = [
        (passed, format!("{passed} ok")),
        (warnings, plural(warnings, "warning")),
        (errors, plural(errors, "error")),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, part)| part).collect();
    if parts.is_empty() { "nothing to check".to_owned() } else { parts.join(", ") }
}

/// `ERROR Port-6443`, as scripts look for it in kubeadm's output: in brackets, with a colon behind them.
fn name(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
    };
    format!("{severity} {}", finding.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_none_of_is_not_counted() {
        for (sum, told) in [
            ((38, 2, 1), "38 ok, 2 warnings, 1 error"),
            ((1, 0, 0), "1 ok"),
            ((0, 1, 2), "1 warning, 2 errors"),
            ((0, 0, 0), "nothing to check"),
        ] {
            let (passed, warnings, errors) = sum;
            assert_eq!(counted(Sum { passed, warnings, errors }), told);
        }
    }
}
