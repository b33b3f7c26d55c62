//! The files, and the minors whose kubeadm reads them.

use std::sync::LazyLock;

use crate::kubeadms::minor::{Format, Minor};
use crate::kubeadms::source::{self, Source};
use crate::kubeadms::{say, yaml};
use crate::program;

static MINORS: LazyLock<Vec<Minor>> =
    LazyLock::new(|| Minor::wanted().filter(|minor| can_be_compared(*minor)).collect());

/// Those that kubewright knows and whose kubeadm is here, among `MINORS`.
pub fn minors() -> Vec<Minor> {
    MINORS.clone()
}

fn can_be_compared(minor: Minor) -> bool {
    let (is_here, is_known) = (minor.has_kubeadm(), program::knows(minor));
    if !is_here {
        say(&format!("there is no kubeadm {}: it is left out", minor.version()));
    } else if !is_known {
        say(&format!("kubewright does not know {}: it is left out", minor.version()));
    }
    is_here && is_known
}

pub struct Case(Source);

/// `tests/migrate/*.yaml`
pub fn own() -> Vec<Case> {
    cases("tests/migrate")
}

/// Those, and `tests/configs/*.yaml`, of which some have no document.
pub fn all() -> Vec<Case> {
    let others = cases("tests/configs").into_iter().filter(|case| !yaml::documents(&case.0.text).is_empty());
    own().into_iter().chain(others).collect()
}

fn cases(folder: &str) -> Vec<Case> {
    source::all(folder).into_iter().map(Case).collect()
}

impl Case {
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn text(&self, minor: Minor) -> String {
        self.0.text.replace("${VERSION}", minor.version()).replace("${DIR}", "/etc")
    }

    pub fn has(&self, format: Format) -> bool {
        self.0.has(format)
    }

    /// Whether the minor's kubeadm knows the formats of it. Where it does not know a field, it is to say so.
    pub fn is_read_by(&self, minor: Minor) -> bool {
        Format::ALL.into_iter().all(|format| !self.has(format) || minor.reads(format)) && self.0.is_of(minor)
    }

    /// v1beta3 has no documents of `reset` and `upgrade`.
    pub fn goes_back(&self) -> bool {
        !self.0.text.contains("ResetConfiguration") && !self.0.text.contains("UpgradeConfiguration")
    }
}
