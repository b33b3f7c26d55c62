//! Whether this host may join, and this cluster may be joined.

use std::path::{Path, PathBuf};

use super::request::JoinRequest;
use super::{SearchOutcome, own};
use crate::cli::failure::Failure;
use crate::cli::plan_inputs;
use crate::cli::preflight::{conclude, pass, pull_and_pass, run_checks};
use crate::cli::target::ApplyTarget;
use crate::config::Spec;
use crate::facts::{Facts, HostFacts, NodeSeen};
use crate::host::observe;
use crate::join::{Earlier, Trace, TraceKind, mask_own_resources, node_user, previous_join};
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::pki::{self, Ca};
use crate::plan::{self, Files, Inputs, Paths, Phase};
use crate::preflight::{self, Checked, Finding, Gate, MANIFESTS};
use crate::report;

/// A host that was looked at.
#[derive(Debug)]
pub struct Looked {
    /// What preflight asked for.
    pub facts: Facts,
    /// What was told already.
    pub checked: Checked,
}

/// What is wrong with the host, whichever cluster it joins; nothing where preflight is left out.
pub fn host(request: &JoinRequest<'_>, host: &HostFacts) -> Result<Option<Looked>, Failure> {
    if !is_judged(request) {
        return Ok(None);
    }
    report::say("[preflight] Running pre-flight checks");
    let facts = observe::preflight_facts(request.host, request.before(), host);
    let checked =
        pass(&request.target, run_checks(Gate::JoinHost, request.before(), &request.join.run, &facts))?;
    Ok(Some(Looked { facts, checked }))
}

/// What is wrong with the host as a node of this cluster, and with the cluster for this node.
pub fn in_cluster(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    host: &HostFacts,
    found: &SearchOutcome,
    files: &Files,
    patches: &Result<Patches, Failure>,
    looked: Option<Looked>,
) -> Result<Vec<Finding>, Failure> {
    let earlier = look_back_at(request, spec, found, files)?;
    may_join(request, spec, found, files, earlier)?;
    let Some(Looked { facts, checked }) = looked else { return Ok(Vec::new()) };
    let checked = if spec.node.is_control_plane() {
        // Which ports, images and folders matter was not known before.
        let strange = strange_manifests(request, spec, host, files, patches, earlier)?;
        control_plane(request, spec, host, earlier, strange, checked)?
    } else {
        worker(request, spec, &mask_own_resources(facts, earlier, &[]), checked)?
    };
    Ok(conclude(checked))
}

fn worker(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    facts: &Facts,
    before: Checked,
) -> Result<Checked, Failure> {
    pass(&request.target, before.then(run_checks(Gate::JoinWorker, spec, &request.join.run, facts)))
}

/// An earlier run's own that do not fit are not written over.
fn strange_manifests(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    host: &HostFacts,
    files: &Files,
    patches: &Result<Patches, Failure>,
    earlier: Earlier,
) -> Result<Vec<Finding>, Failure> {
    // Patches that cannot be read are told before the first write.
    let patches = match (earlier, patches) {
        (Earlier::NothingFound, _) | (Earlier::OfThisCluster, Err(_)) => return Ok(Vec::new()),
        (Earlier::OfThisCluster, Ok(patches)) => patches,
    };
    let (seen, paths) = (plan_inputs::host_inputs(host, Resolver::Other), Paths::default());
    let accounts = plan::accounts(spec.cluster, files).ok().flatten();
    let inputs = Inputs::new(spec, files, patches, &seen, &paths, host.now);
    let strange = plan::strange_manifests(&Inputs { accounts, ..inputs })?;
    let finding = |(path, why): &(PathBuf, String)| {
        preflight::in_the_way(path, why.as_str())
            .fix("join with the arguments of before; to begin afresh: kubewright reset")
    };
    Ok(preflight::ignore(strange.iter().map(finding).collect(), &request.join.run.ignore_preflight_errors))
}

fn control_plane(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    host: &HostFacts,
    earlier: Earlier,
    strange: Vec<Finding>,
    before: Checked,
) -> Result<Checked, Failure> {
    let facts = mask_own_resources(observe::preflight_facts(request.host, spec, host), earlier, MANIFESTS);
    let checked = run_checks(Gate::JoinControlPlane, spec, &request.join.run, &facts).with(strange);
    let checked = before.then(checked);
    match request.target {
        ApplyTarget::Host => pull_and_pass(spec, &request.join.run, &facts, checked),
        ApplyTarget::Listing | ApplyTarget::Folder(_) => pass(&request.target, checked),
    }
}

/// A folder is no host.
fn is_judged(request: &JoinRequest<'_>) -> bool {
    let host = match request.target {
        ApplyTarget::Host | ApplyTarget::Listing => true,
        ApplyTarget::Folder(_) => false,
    };
    host && request.phases.contains(&Phase::JoinPreflight)
}

/// Refuses a host that another cluster's files are on.
fn look_back_at(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    found: &SearchOutcome,
    files: &Files,
) -> Result<Earlier, Failure> {
    let own_ca = plan::certificate_path(spec.cluster, &Ca::Cluster.certificate_path());
    let is_another = spec.node.is_control_plane() && own_ca != request.join.ca_cert_path;
    let mut paths = vec![
        (plan::kubelet_kubeconfig(), TraceKind::Kubeconfig),
        (plan::bootstrap_path(), TraceKind::Kubeconfig),
        (request.join.ca_cert_path.clone(), TraceKind::Authority),
    ];
    paths.extend(is_another.then_some((own_ca, TraceKind::Authority)));
    let traces: Vec<Trace<'_>> = paths
        .iter()
        .filter_map(|(path, kind)| {
            let content = files.get(path)?.bytes();
            Some(Trace { path: Path::new(path), kind: *kind, content })
        })
        .collect();
    previous_join(&traces, &found.reach.authority).or_else(|strange| {
        let ignored = &request.join.run.ignore_preflight_errors;
        let checked = Checked::default().with(preflight::ignore(strange, ignored));
        pass(&request.target, checked).map(|_| Earlier::NothingFound)
    })
}

/// Refuses a name that another node has, and a second control plane where nothing leads to more than the first.
fn may_join(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    found: &SearchOutcome,
    files: &Files,
    earlier: Earlier,
) -> Result<(), Failure> {
    let name = request.join.node.name.as_str();
    let starts = request.phases.contains(&Phase::JoinKubeletStart);
    if starts && found.cluster.node == NodeSeen::Ready && !is_this_host(request, files, earlier) {
        return Err(Failure::NameTaken(name.to_owned()));
    }
    if spec.node.is_control_plane() && spec.cluster.control_plane_endpoint.is_none() {
        return Err(Failure::NoControlPlaneEndpoint);
    }
    Ok(())
}

/// An earlier run's kubelet is the node already. Lost power may have taken its kubeconfig, which it does not sync, and left
/// its certificate.
fn is_this_host(request: &JoinRequest<'_>, files: &Files, earlier: Earlier) -> bool {
    let name = request.join.node.name.as_str();
    let certificate = || {
        let found = files.get(&plan::kubelet_certificate())?;
        pki::certificates(found.bytes()).ok()?.own.common_name
    };
    match earlier {
        Earlier::NothingFound => false,
        Earlier::OfThisCluster => {
            own::is_node(files, name, request.host.now()) || certificate() == Some(node_user(name))
        }
    }
}
