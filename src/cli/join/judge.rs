//! Whether this host may join, and this cluster may be joined.

use std::path::{Path, PathBuf};

use super::Found;
use super::request::JoinRequest;
use crate::cli::failure::Failure;
use crate::cli::preflight::{look, pass, pull_and_pass, sift};
use crate::cli::request::Target;
use crate::config::Config;
use crate::facts::NodeSeen;
use crate::join::{Earlier, Trace, TraceKind, excuse, look_back};
use crate::plan::{self, Files, Phase};
use crate::preflight::{self, Finding, Gate, MANIFESTS};
use crate::report;

/// What is wrong with the host, whichever cluster it joins.
pub fn host(request: &JoinRequest<'_>) -> Result<Vec<Finding>, Failure> {
    if !is_judged(request) {
        return Ok(Vec::new());
    }
    report::say("[preflight] Running pre-flight checks");
    let findings = sift(Gate::JoinHost, &request.before, &look(&request.before));
    passed(request, findings)
}

/// What is wrong with the host as a node of this cluster, and with the cluster for this node.
pub fn in_cluster(
    request: &JoinRequest<'_>,
    config: &Config,
    found: &Found,
    files: &Files,
) -> Result<Vec<Finding>, Failure> {
    let earlier = look_back_at(request, found, files)?;
    may_join(request, config, found, earlier)?;
    if !is_judged(request) {
        return Ok(Vec::new());
    }
    let manifests: Vec<PathBuf> = MANIFESTS.iter().map(PathBuf::from).collect();
    let facts = excuse(look(config), earlier, &manifests);
    match (&request.join.control_plane, &request.target) {
        (None, _) => passed(request, sift(Gate::JoinWorker, config, &facts)),
        (Some(_), Target::Host) => {
            pull_and_pass(config, &facts, sift(Gate::JoinControlPlane, config, &facts))
        }
        (Some(_), Target::Listing | Target::Folder(_)) => {
            passed(request, sift(Gate::JoinControlPlane, config, &facts))
        }
    }
}

/// A folder is no host.
fn is_judged(request: &JoinRequest<'_>) -> bool {
    let host = match request.target {
        Target::Host | Target::Listing => true,
        Target::Folder(_) => false,
    };
    host && request.phases.contains(&Phase::JoinPreflight)
}

/// A dry run that is printed tells what would stop it, and goes on.
fn passed(request: &JoinRequest<'_>, findings: Vec<Finding>) -> Result<Vec<Finding>, Failure> {
    match request.target {
        Target::Host => pass(findings),
        Target::Listing | Target::Folder(_) => {
            report::findings(&findings);
            Ok(findings)
        }
    }
}

/// Refuses a host that another cluster's files are on.
fn look_back_at(request: &JoinRequest<'_>, found: &Found, files: &Files) -> Result<Earlier, Failure> {
    let paths = [
        (plan::kubelet_kubeconfig(), TraceKind::Kubeconfig),
        (plan::bootstrap_path(), TraceKind::Kubeconfig),
        (request.join.ca_cert_path.clone(), TraceKind::Authority),
    ];
    let traces: Vec<Trace<'_>> = paths
        .iter()
        .filter_map(|(path, kind)| {
            let content = files.get(path)?.bytes();
            Some(Trace { path: Path::new(path), kind: *kind, content })
        })
        .collect();
    look_back(&traces, &found.reach.authority).or_else(|strange| {
        let ignored = &request.join.node.ignore_preflight_errors;
        let findings = preflight::ignore(strange, ignored);
        passed(request, findings).map(|_| Earlier::NothingFound)
    })
}

/// Refuses a name that is taken, and a second control plane where nothing leads to more than the first.
fn may_join(
    request: &JoinRequest<'_>,
    config: &Config,
    found: &Found,
    earlier: Earlier,
) -> Result<(), Failure> {
    let starts = request.phases.contains(&Phase::JoinKubeletStart);
    if starts && (found.cluster.node, earlier) == (NodeSeen::Ready, Earlier::NothingFound) {
        return Err(Failure::NameTaken(request.join.node.name.to_string()));
    }
    if request.join.control_plane.is_some() && config.cluster.control_plane_endpoint.is_none() {
        return Err(Failure::NoControlPlaneEndpoint);
    }
    Ok(())
}
