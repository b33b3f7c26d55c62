//! What an upgrade meets: an id, a place, and what to do.

use serde::Serialize;

/// Something that stands in the way of an upgrade, or that comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// By which programs know it, and its page of the guide; kubeadm's own where kubeadm has one.
    pub id: &'static str,
    /// Whether the upgrade can begin.
    pub severity: Severity,
    /// Where it was found.
    pub place: Place,
    /// The versions that are met by it.
    pub upgrades: Vec<String>,
    /// What is wrong, or what happens.
    pub message: String,
    /// What was seen that shows it.
    pub evidence: String,
    /// What to do about it.
    pub fix: String,
}

/// What a finding means for the upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It comes of the upgrade, or was not looked at.
    Info,
    /// The upgrade can begin, and the user should know.
    Warning,
    /// The upgrade cannot begin.
    Error,
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "in", rename_all = "lowercase")]
pub enum Place {
    /// The cluster as a whole.
    Cluster,
    /// A node, by its name.
    Node {
        /// The node's.
        name: String,
    },
    /// A member of etcd, by its name; one that has never started has its peer URL.
    Etcd {
        /// The member's.
        name: String,
    },
    /// The host that this program runs on.
    Host,
}

impl Finding {
    /// One without an upgrade: whoever judges a hop knows which it is.
    pub(super) fn new(
        severity: Severity,
        id: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> Self {
        let (upgrades, evidence, fix) = (Vec::new(), String::new(), String::new());
        Self { id, severity, place, upgrades, message: message.into(), evidence, fix }
    }

    pub(super) fn error(id: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, place, message)
    }

    pub(super) fn warning(id: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, place, message)
    }

    pub(super) fn info(id: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, id, place, message)
    }

    /// With what was seen that shows it.
    pub(super) fn seen(self, evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), ..self }
    }

    /// With what to do about it.
    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    /// Whether it is the same but for the upgrade that meets it.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        Self { upgrades: Vec::new(), ..self.clone() } == Self { upgrades: Vec::new(), ..other.clone() }
    }

    /// Whether it keeps the upgrade to `version` from beginning.
    pub fn forbids(&self, version: &str) -> bool {
        self.severity == Severity::Error && self.upgrades.iter().any(|met| met == version)
    }
}

impl Place {
    /// For people; empty for the cluster, which goes without saying.
    pub fn text(&self) -> String {
        match self {
            Self::Cluster => String::new(),
            Self::Node { name } => format!("node {name}"),
            Self::Etcd { name } => format!("etcd {name}"),
            Self::Host => "this host".to_owned(),
        }
    }
}

/// Makes the errors of these ids warnings. Ids are compared without case; `all` names every one.
pub fn ignore(findings: &mut [Finding], names: &[String]) {
    let is_named =
        |id: &str| names.iter().any(|name| name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case(id));
    for finding in findings {
        if finding.severity == Severity::Error && is_named(finding.id) {
            finding.severity = Severity::Warning;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_that_are_named_become_warnings() {
        let mut all = vec![
            Finding::error("EtcdAlarm", Place::Cluster, ""),
            Finding::error("EtcdLearner", Place::Cluster, ""),
            Finding::info("NotSeen", Place::Host, ""),
        ];
        ignore(&mut all, &["etcdalarm".to_owned(), "NotSeen".to_owned()]);
        let severities: Vec<Severity> = all.iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Warning, Severity::Error, Severity::Info]);
        ignore(&mut all, &["all".to_owned()]);
        assert!(all.iter().all(|finding| finding.severity != Severity::Error));
    }
}
