//! What somebody has changed in this host's manifests: for a plan, which looks at no more than it may.

use std::path::PathBuf;

use super::this_node::by_its_files;
use crate::cli::failure::Failure;
use crate::cli::plan_inputs::{self, host_inputs};
use crate::cli::target::ApplyTarget;
use crate::config::{ClusterSpec, RunOptions, Spec};
use crate::facts::{ManifestEdit, Unseen};
use crate::host::{Node, observe};
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::manifests::rootless::Identities;
use crate::manifests::static_pod::{PodInputs, StaticPod};
use crate::plan::{self, Files, HostInputs, Paths, manifest_path, observed_paths};

/// The node's name, and what is not by the cluster's stored configuration and these patches.
pub fn observe_edits(
    host: &Node,
    cluster: &ClusterSpec,
    patches: &Patches,
) -> Result<(String, Vec<ManifestEdit>), Unseen> {
    let unseen =
        |error: Failure| Unseen::new("what was changed by hand in the manifests of this host", error);
    edits(host, cluster, patches).map_err(unseen)
}

/// The patches of a folder, for a cluster that is looked at.
pub fn read_patches(folder: Option<PathBuf>, cluster: &ClusterSpec) -> Result<Patches, Failure> {
    let options = RunOptions { patches: folder, ..RunOptions::default() };
    let patches = plan_inputs::read_patches(&options, cluster.minor)?;
    plan_inputs::tell_ignored(&patches);
    Ok(patches)
}

fn edits(
    host: &Node,
    cluster: &ClusterSpec,
    patches: &Patches,
) -> Result<(String, Vec<ManifestEdit>), Failure> {
    let node = by_its_files(host, host)?;
    let spec = Spec { cluster, node: &node };
    let files = files(host, spec)?;
    let accounts = plan_inputs::accounts(&ApplyTarget::Host, cluster, &files)?;
    let seen = host_inputs(&observe::facts(host), Resolver::Other);
    let inputs = pod_inputs(&seen, accounts.map(|accounts| accounts.identities));
    let edits = plan::edit_facts(&files, &plan::local_edits(spec, &files, &inputs, patches));
    Ok((node.name.to_string(), edits))
}

/// The manifests, and the host's accounts where the control plane is not root's.
fn files(host: &Node, spec: Spec<'_>) -> Result<Files, Failure> {
    let manifests: Vec<PathBuf> = StaticPod::ALL.into_iter().map(manifest_path).collect();
    let all = observed_paths(spec, &Paths::default()).into_iter();
    let read: Vec<PathBuf> = all
        .filter(|path| manifests.contains(path) || ACCOUNTS.iter().any(|file| path.ends_with(file)))
        .collect();
    let found = host.tree().read(&read)?;
    Ok(found.into_iter().map(|(path, found)| (path, found.content)).collect())
}

/// Those that every user may read.
const ACCOUNTS: [&str; 3] = ["etc/login.defs", "etc/passwd", "etc/group"];

/// What the static pods of this host depend on.
pub fn pod_inputs(seen: &HostInputs, identities: Option<Identities>) -> PodInputs {
    PodInputs {
        host_ca_dirs: seen.ca_directories.clone(),
        proxy_env: seen.proxies.clone(),
        identities,
        ..PodInputs::default()
    }
}
