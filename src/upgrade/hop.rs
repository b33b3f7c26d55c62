//! One way that a cluster could go: from the version that it has to another.

use semver::Version;

use crate::config::{Allowed, ClusterSpec, Etcd};
use crate::facts::UpgradeFacts;
use crate::versions::facts::etcd_version;
use crate::versions::{KubernetesVersion, Minor, PatchRelease, semantic};

/// What becomes of changes that somebody has made by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditChoice {
    /// Nobody has said: they are in the way.
    #[default]
    Unsaid,
    /// They are made in the new version's manifests, too.
    Keep,
    /// They go.
    Drop,
}

/// A version that a cluster could have next, and all that this is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// What was seen.
    pub facts: &'a UpgradeFacts,
    /// As the cluster stores it.
    pub cluster: &'a ClusterSpec,
    /// Of the newest API server.
    pub from: &'a KubernetesVersion,
    /// The version that the control plane would have.
    pub to: &'a KubernetesVersion,
    /// The table of the new version's minor.
    pub minor: &'static Minor,
    /// Which versions before a release may be taken.
    pub allowed: Allowed,
    /// Whether etcd is upgraded too.
    pub with_etcd: bool,
    /// What becomes of changes by hand.
    pub edits: EditChoice,
}

impl<'a> Hop<'a> {
    /// What the new patch of Kubernetes has.
    pub fn release(&self) -> &'static PatchRelease {
        self.minor.release(self.to)
    }

    /// The tag of etcd that the cluster's configuration names, in the place of the version's own.
    pub fn pinned_etcd(&self) -> Option<&'a str> {
        match &self.cluster.etcd {
            Etcd::Local(local) => local.image.tag.as_deref(),
            Etcd::External(_) => None,
        }
    }

    /// The etcd that the control planes would run; none where it is another's, or its tag is no version.
    pub fn etcd(&self) -> Option<Version> {
        match &self.cluster.etcd {
            Etcd::Local(_) => etcd_version(self.pinned_etcd().unwrap_or(self.release().images.etcd)),
            Etcd::External(_) => None,
        }
    }

    /// Whether any member of etcd gets another version.
    pub fn changes_etcd(&self) -> bool {
        let new = self.etcd();
        let is_older = |version: &Version| new.as_ref().is_some_and(|new| core(version) < core(new));
        self.with_etcd && self.members().any(|(_, version)| is_older(&version))
    }

    /// The members of etcd that tell their version, by their names.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Version)> {
        let said = self.facts.etcd.members().iter();
        said.filter_map(|told| Some((told.name(), semantic(&told.status.as_ref().ok()?.version)?)))
    }
}

/// The three numbers.
pub fn core(version: &Version) -> (u64, u64, u64) {
    (version.major, version.minor, version.patch)
}
