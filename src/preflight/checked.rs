//! What checks have come to: those that have nothing to say, by the ids that their findings would have, and what the others have found.

use super::table::CHECKS;
use super::{Finding, Gate, Severity, ignore, is_fatal, judge};
use crate::config::Spec;
use crate::facts::Facts;

/// The checks of one gate, or of several one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Of checks that are all right, as in `NumCPU` and `Port-6443`.
    pub passed: Vec<String>,
    /// What was told already, at a gate before.
    pub told: Vec<Finding>,
    /// What is to be told.
    pub findings: Vec<Finding>,
}

/// How many checks have come to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Of them nothing is to be told.
    pub passed: usize,
    /// The cluster may come up.
    pub warnings: usize,
    /// They stop the run.
    pub errors: usize,
}

impl Checked {
    /// Makes the checks of a gate.
    pub fn at(gate: Gate, spec: Spec<'_>, facts: &Facts) -> Self {
        let checks = CHECKS.iter().filter(|check| check.at.contains(&gate));
        let passed = checks.flat_map(|check| check.ids(spec)).collect();
        Self { passed, ..Self::default() }.with(judge(gate, spec, facts))
    }

    /// With findings of other origin.
    #[must_use]
    pub fn with(mut self, findings: Vec<Finding>) -> Self {
        self.passed.retain(|id| !findings.iter().any(|finding| finding.id == *id));
        self.findings.extend(findings);
        self
    }

    /// With a check that was made elsewhere and is all right, unless it has a finding here.
    #[must_use]
    pub fn with_passed(mut self, id: &str) -> Self {
        if !self.findings.iter().any(|finding| finding.id == id) {
            self.passed.push(id.to_owned());
        }
        self
    }

    /// The errors of the named checks as warnings.
    #[must_use]
    pub fn ignoring(self, names: &[String]) -> Self {
        Self { findings: ignore(self.findings, names), ..self }
    }

    /// With those of a later gate.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        self.told.append(&mut self.findings);
        self.told.extend(later.told);
        self.passed.extend(later.passed);
        Self { findings: later.findings, ..self }
    }

    /// All findings, those that were told before first.
    pub fn into_findings(self) -> Vec<Finding> {
        self.told.into_iter().chain(self.findings).collect()
    }

    /// Whether any finding forbids to go on.
    pub fn is_fatal(&self) -> bool {
        is_fatal(&self.findings)
    }

    /// How many there are of each.
    pub fn sum(&self) -> Sum {
        let all = || self.told.iter().chain(&self.findings);
        let of = |severity| all().filter(|finding| finding.severity == severity).count();
        Sum { passed: self.passed.len(), warnings: of(Severity::Warning), errors: of(Severity::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::config::fixture::config;

    #[test]
    fn every_check_is_counted_by_what_it_has_looked_at() {
        let checked = Checked::at(Gate::Init, config().spec(), &fixture::facts());
        assert!(checked.findings.is_empty(), "{:?}", checked.findings);
        for id in [
            "NumCPU",
            "Port-6443",
            "Port-10250",
            "Port-2379",
            "FileExisting-ip",
            "DirAvailable--var-lib-etcd",
        ] {
            assert_eq!(checked.passed.iter().filter(|passed| *passed == id).count(), 1, "{id}");
        }
        assert!(!checked.passed.iter().any(|id| id.starts_with("ExternalEtcd") || id.ends_with('-')));
    }

    #[test]
    fn what_has_a_finding_has_not_passed() {
        let mut facts = fixture::facts();
        (facts.cpus, facts.user) = (Ok(1), 1000);
        let sound = Checked::at(Gate::Init, config().spec(), &fixture::facts()).sum();
        let checked = Checked::at(Gate::Init, config().spec(), &facts).ignoring(&["numcpu".to_owned()]);
        assert_eq!(checked.sum(), Sum { passed: sound.passed - 2, warnings: 1, errors: 1 });
        let more = checked
            .with(vec![Finding::error("Port-6443", "")])
            .with_passed("NumCPU")
            .with_passed("ImagePull");
        assert_eq!(more.sum(), Sum { passed: sound.passed - 2, warnings: 1, errors: 2 });
    }

    #[test]
    fn of_two_gates_all_is_counted_and_only_the_new_is_told() {
        let one = Checked::default().with_passed("Mem").with(vec![Finding::warning("Swap", "")]);
        let both = one.then(Checked::default().with_passed("CRI").with(vec![Finding::error("Port-1", "")]));
        assert_eq!(both.findings.len(), 1);
        assert_eq!(both.sum(), Sum { passed: 2, warnings: 1, errors: 1 });
        assert_eq!(both.into_findings().len(), 2);
    }
}
