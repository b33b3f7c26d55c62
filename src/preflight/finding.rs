//! What a check has found, and the filter that makes it bearable.

use serde::{Deserialize, Serialize};

/// Something on the host that the configuration does not get along with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// kubeadm's name of the check, which `--ignore-preflight-errors` takes: `NumCPU`, `Port-6443`.
    pub id: String,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What was seen that shows it.
    pub evidence: String,
    /// The command that fixes it, or what to do where no command can.
    pub fix: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The cluster may come up, and the user should know.
    Warning,
    /// init refuses to go on.
    Error,
}

impl Finding {
    /// One that stops the run; evidence and fix are still to be given.
    pub fn error(id: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, id.into(), message.into())
    }

    /// One that the user should know of; evidence and fix are still to be given.
    pub fn warning(id: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id.into(), message.into())
    }

    fn new(severity: Severity, id: String, message: String) -> Self {
        Self { id, severity, message, evidence: String::new(), fix: String::new() }
    }

    fn is_named(&self, names: &[String]) -> bool {
        names.iter().any(|name| name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case(&self.id))
    }

    pub(super) fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// With what was seen that shows it.
    #[must_use]
    pub fn seen(self, evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), ..self }
    }

    /// With the command that helps, or what to do where no command can.
    #[must_use]
    pub fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }
}

/// Makes the errors of the named checks warnings. Names are compared without case; `all` names every check.
pub fn ignore(findings: Vec<Finding>, names: &[String]) -> Vec<Finding> {
    findings
        .into_iter()
        .map(|finding| if finding.is_named(names) { finding.into_warning() } else { finding })
        .collect()
}

/// Whether any finding forbids to go on.
pub fn is_fatal(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
