//! A node's upgrade to another version, as far as it happens on the node: its static pods one after the other, each with the way back,
//! and its kubelet's settings.
//!
//! The version is that of the cluster in the inputs. Everything is rendered, and every key made, before the first write; what means
//! the same as what is here stays as it is.

mod addons;
mod backups;
mod control_plane;
mod edits;
mod etcd;
mod kubelet;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use addons::addon_edits;
pub use backups::Backups;
use control_plane::control_plane;
pub use edits::{LocalEdits, edit_facts, local_edits};
pub use etcd::etcd_upgrade;

use super::inputs::{Inputs, observed_paths};
use super::{
    Action, Content, Effect, File, Paths, Phase, PlanError, Renewal, StepId, Work, authority_keys,
    host_effects, renewal_paths,
};
use crate::config::Spec;
use crate::manifests::static_pod::StaticPod;
use crate::pki::{KeySource, Remark};

/// All that an upgrade of a node is planned from.
#[derive(Debug)]
pub struct UpgradeInputs<'a> {
    /// The cluster as it is to be, and this node's files as they are.
    pub inputs: &'a Inputs<'a>,
    /// Those that are carried out, in their order.
    pub phases: &'a [Phase],
    /// The certificates of what changes are renewed.
    pub renews: bool,
    /// What becomes of this host's etcd.
    pub etcd: EtcdUpgrade,
    /// What somebody has changed in the manifests and is to stay.
    pub keeps: LocalEdits,
    /// Where copies of what is replaced go.
    pub backups: Backups,
}

/// What becomes of this host's etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EtcdUpgrade {
    /// It is left alone, or there is none.
    Stays,
    /// Its static pod becomes that of the new version.
    Goes(EtcdHop),
}

/// How this host's etcd gets to its new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdHop {
    /// The tag of the image that it runs in between, where etcd's own rules want one.
    pub bridge: Option<String>,
    /// Whether the earlier etcd takes over again whatever the new one has done: its minor stays, or other members of the earlier one
    /// keep the cluster's version where it is.
    pub may_return: bool,
    /// Where the member serves clients.
    pub client_urls: Vec<String>,
    /// Whether there are others that could lead meanwhile.
    pub has_others: bool,
}

impl EtcdUpgrade {
    fn hop(&self) -> Option<&EtcdHop> {
        if let Self::Goes(hop) = self { Some(hop) } else { None }
    }

    /// The tag of the image that it runs in between.
    pub fn bridge(&self) -> Option<&str> {
        self.hop()?.bridge.as_deref()
    }
}

/// What there is to do on the host, by the steps of the order.
#[derive(Debug, Default)]
pub struct UpgradePlan {
    /// What each step comes to.
    pub steps: Vec<(StepId, Vec<Effect>)>,
    /// What takes each step back.
    pub ways_back: Vec<(StepId, Vec<Effect>)>,
    /// What becomes of the certificates, by kubeadm's names.
    pub renewals: Vec<Renewal>,
    /// What the user should know of the certificates that are renewed.
    pub remarks: Vec<Remark>,
    /// What becomes of the static pods.
    pub pods: Vec<(StaticPod, PodChange)>,
}

/// What becomes of a static pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodChange {
    /// It is what the new version has.
    Kept,
    /// Its manifest is replaced.
    Replaced,
}

impl UpgradePlan {
    /// Every effect, in the order of the steps.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.steps.iter().flat_map(|(_, effects)| effects)
    }

    /// Every file that is written, on the way there.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.effects().flat_map(|effect| effect.action.describe().subject.written())
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut File> {
        let effects = self.steps.iter_mut().flat_map(|(_, effects)| effects);
        effects.flat_map(|effect| match &mut effect.action {
            Action::WriteFile(file) => std::slice::from_mut(file),
            Action::Replace(files) => files.as_mut_slice(),
            _ => &mut [],
        })
    }

    /// The file that etcd's data are kept in.
    pub fn snapshot(&self) -> Option<&Path> {
        self.effects().find_map(|effect| match &effect.action {
            Action::SnapshotEtcd(wanted) => Some(wanted.path.as_path()),
            _ => None,
        })
    }

    /// Whether nothing on the host changes.
    pub fn changes_nothing(&self) -> bool {
        let changes = |effect: &Effect| !matches!(effect.action, Action::KeepFile(_));
        !self.effects().any(changes)
    }

    fn add(&mut self, step: StepId, phase: Phase, actions: Vec<Action>) {
        let effects = actions.into_iter().map(|action| Effect { phase, action });
        self.steps.push((step, effects.collect()));
    }
}

/// Plans what `phases` do on the host; nothing is written yet.
///
/// # Errors
/// Keys or certificates that cannot be made or used; a patch that does not fit; a manifest that is missing.
pub fn upgrade(inputs: &UpgradeInputs<'_>, keys: &dyn KeySource) -> Result<UpgradePlan, PlanError> {
    let mut plan = UpgradePlan::default();
    for phase in inputs.phases {
        match phase.entry().work {
            Work::UpgradeControlPlane => control_plane(&mut plan, inputs, *phase, keys)?,
            Work::LocalKubelet => {
                let actions = kubelet::local(inputs.inputs)?;
                plan.add(StepId::LocalKubelet, *phase, actions);
            }
            Work::UpgradeKubelet => {
                let actions = kubelet::settings(inputs)?;
                plan.add(StepId::KubeletSettings, *phase, actions);
            }
            Work::KubeletFlags => {
                let actions = kubelet::flags(inputs);
                plan.add(StepId::KubeletFlags, *phase, actions);
            }
            _ => {}
        }
    }
    Ok(plan)
}

/// Every file that an upgrade may replace, keep or read, but for those that kubeconfigs name ([`super::named_files`]).
pub fn upgrade_paths(spec: Spec<'_>) -> Vec<PathBuf> {
    let own = observed_paths(spec, &Paths::default()).into_iter();
    let renewed = renewal_paths(spec, Path::new(super::KUBERNETES));
    let mut all: Vec<PathBuf> = own.chain(authority_keys(spec)).chain(renewed).collect();
    all.sort();
    all.dedup();
    all
}

/// A file that is there, as text.
fn text_of<'a>(inputs: &'a Inputs<'_>, path: &Path) -> Option<&'a str> {
    inputs.files.get(path).and_then(|found| std::str::from_utf8(found.bytes()).ok())
}

/// The file that is there; it is missed where it is not.
fn wanted<'a>(inputs: &'a Inputs<'_>, path: &Path, made_by: &'static str) -> Result<&'a Content, PlanError> {
    inputs.files.get(path).ok_or_else(|| host_effects::missing(path, made_by))
}
