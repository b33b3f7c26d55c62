//! What an earlier init has left on a host × what this one would write → what is its own, and what is in the way.
//!
//! Nothing is kept of a run but its files: what means the same as what this run would write is an earlier run's of the
//! same arguments, kubeadm's too, and so are the data and the ports of the programs that those files start.

use std::path::{Path, PathBuf};

use super::inputs::{
    self, CONFIG_FILE, FLAGS_FILE, INSTANCE_FILE, Inputs, certificate_path, kubelet_path, manifest_path,
};
use super::render::{ca_key, kubelet_settings, pod_text};
use super::{Content, PlanError};
use crate::config::{Etcd, Spec};
use crate::facts::{Facts, FolderState, LocalEtcd, PortState};
use crate::manifests::differences;
use crate::manifests::kubelet_env::Taints;
use crate::manifests::static_pod::{StaticPod, static_pods};
use crate::pki::{self, Ca, Contents, Item};
use crate::preflight::{self, Finding};

/// What is here of an earlier init. By default, nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviousInit {
    /// Files that fit.
    own: Vec<PathBuf>,
    /// Files that do not, each with what is wrong about it.
    strange: Vec<(PathBuf, String)>,
    /// The folder whose data the etcd of a manifest that fits has written.
    etcd_folder: Option<PathBuf>,
}

const KUBELET: &str = "kubelet";

/// # Errors
/// The files cannot be rendered.
pub fn previous_init(inputs: &Inputs<'_>) -> Result<PreviousInit, PlanError> {
    let ca = ca_key(&inputs::existing(inputs.spec.cluster, inputs.files));
    let mut earlier = PreviousInit::default();
    for pod in static_pods(inputs.spec) {
        if let Some(text) = pod_text(inputs, pod, ca, None)? {
            earlier.sort(manifest_path(pod), &Content::new(text), inputs);
        }
    }
    for (name, text) in kubelet_settings(inputs, Taints::Later)? {
        earlier.sort(kubelet_path(name), &Content::new(text), inputs);
    }
    earlier.etcd_folder = etcd_folder(inputs, &earlier.own);
    Ok(earlier)
}

/// The manifests of a control plane that joins which are here and are not what it would write, each with what differs. That of
/// etcd depends on its members: it is judged with these.
///
/// # Errors
/// They cannot be rendered.
pub fn strange_manifests(inputs: &Inputs<'_>) -> Result<Vec<(PathBuf, String)>, PlanError> {
    let ca = ca_key(&inputs::existing(inputs.spec.cluster, inputs.files));
    let mut strange = Vec::new();
    for pod in [StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler] {
        let path = manifest_path(pod);
        let Some(found) = inputs.files.get(&path) else { continue };
        let wanted = pod_text(inputs, pod, ca, None)?.map(Content::new);
        let all = wanted.map(|wanted| differences(&path, found, &wanted)).unwrap_or_default();
        strange.extend((!all.is_empty()).then(|| (path, in_short(&all))));
    }
    Ok(strange)
}

fn unfit(path: &Path, found: &Content, wanted: &Content, inputs: &Inputs<'_>) -> Option<String> {
    let differences = differences(path, found, wanted);
    if !differences.is_empty() {
        return Some(in_short(&differences));
    }
    let lacking = made_before(path, inputs.spec).into_iter().find(|path| !inputs.files.contains_key(path))?;
    Some(format!(
        "it fits, but {} is not here, which init makes before it: it is another cluster's",
        lacking.display()
    ))
}

/// Whether two files at this place mean the same.
pub(super) fn fits(path: &Path, found: &Content, wanted: &Content) -> bool {
    differences(path, found, wanted).is_empty()
}

fn differences(path: &Path, found: &Content, wanted: &Content) -> Vec<String> {
    let text = |content: &Content| String::from_utf8_lossy(content.bytes()).into_owned();
    let (found, wanted) = (text(found), text(wanted));
    if path == kubelet_path(FLAGS_FILE) {
        differences::of_kubelet_flags(&found, &wanted)
    } else if [CONFIG_FILE, INSTANCE_FILE].iter().any(|name| path == kubelet_path(name)) {
        differences::of_documents(&found, &wanted)
    } else {
        differences::of_pods(&found, &wanted)
    }
}

/// How many differences are told.
const TOLD: usize = 4;

fn in_short(differences: &[String]) -> String {
    let told = differences.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    match differences.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told}, and {more} more"),
    }
}

/// What all of a cluster's control planes share: it is made once, and before any manifest. The kubelet's settings wait for
/// nothing but the cluster's CA, and etcd for nothing but its own beside that.
fn made_before(path: &Path, spec: Spec<'_>) -> Vec<PathBuf> {
    let only = |authorities: &[Ca]| -> Vec<PathBuf> {
        authorities.iter().map(|ca| certificate_path(spec.cluster, &ca.certificate_path())).collect()
    };
    if path.starts_with(inputs::KUBELET) {
        return only(&[Ca::Cluster]);
    }
    if path == manifest_path(StaticPod::Etcd) {
        return only(&[Ca::Cluster, Ca::Etcd]);
    }
    let shared = |item: &Item| match item.contents {
        Contents::Authority(_) => Some(item.certificate_path()),
        Contents::ServiceAccountKeys => Some(item.key_path()),
        Contents::Leaf(_) => None,
    };
    let below = pki::catalogue(spec).iter().filter_map(shared).collect::<Vec<_>>();
    below.iter().map(|path| certificate_path(spec.cluster, path)).collect()
}

fn etcd_folder(inputs: &Inputs<'_>, own: &[PathBuf]) -> Option<PathBuf> {
    let Etcd::Local(local) = &inputs.spec.cluster.etcd else { return None };
    let path = own.iter().find(|path| **path == manifest_path(StaticPod::Etcd))?;
    let manifest = String::from_utf8_lossy(inputs.files.get(path)?.bytes());
    (LocalEtcd::parse(&manifest).ok()?.data_dir == local.data_dir).then(|| local.data_dir.clone())
}

impl PreviousInit {
    /// By whether it means the same as what this run would write there.
    fn sort(&mut self, path: PathBuf, wanted: &Content, inputs: &Inputs<'_>) {
        let Some(found) = inputs.files.get(&path) else { return };
        match unfit(&path, found, wanted, inputs) {
            None => self.own.push(path),
            Some(why) => self.strange.push((path, why)),
        }
    }

    /// The facts without what an earlier run of the same arguments accounts for.
    #[must_use]
    pub fn mask_own_resources(&self, mut facts: Facts) -> Facts {
        for path in self.own.iter().chain(self.strange.iter().map(|(path, _)| path)) {
            // What is strange has a finding of its own.
            facts.files.entry(path.clone()).and_modify(|found| *found = Ok(false));
        }
        let started = |state: &PortState| state.holder().is_some_and(|name| self.starts(name));
        facts.ports.values_mut().filter(|state| started(state)).for_each(|state| *state = PortState::Free);
        if let Some(state) = self.etcd_folder.as_ref().and_then(|folder| facts.folders.get_mut(folder)) {
            *state = state.clone().map(|_| FolderState::Empty);
        }
        facts
    }

    /// Whether a file that fits makes a process of this name run.
    fn starts(&self, process: &str) -> bool {
        let is_own = |path: PathBuf| self.own.contains(&path);
        process == KUBELET && is_own(kubelet_path(CONFIG_FILE))
            || StaticPod::of_process(process).is_some_and(|pod| is_own(manifest_path(pod)))
    }

    /// What is in the way, under kubeadm's ids. Settings of a kubelet that has not started any of the static pods may be
    /// anybody's, and are written over, as kubeadm does it.
    pub fn findings(&self, facts: &Facts) -> Vec<Finding> {
        let has_run = self.has_run(facts);
        let strange = self.strange.iter().filter(|(path, _)| has_run || !path.starts_with(inputs::KUBELET));
        strange.map(|(path, why)| preflight::in_the_way(path, why.as_str())).collect()
    }

    fn has_run(&self, facts: &Facts) -> bool {
        let is_pod = |name: &str| name != KUBELET && self.starts(name);
        facts.ports.values().filter_map(PortState::holder).any(is_pod)
            || self.etcd_folder.as_ref().is_some_and(|path| facts.folder(path) == Ok(FolderState::Filled))
    }

    /// The files that fit and stay.
    pub fn own(&self) -> &[PathBuf] {
        &self.own
    }
}

#[cfg(test)]
#[path = "previous_init_tests.rs"]
mod tests;
