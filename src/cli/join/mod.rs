//! `join` and `join phase …`: find the cluster, read it, judge, plan, apply, report.

mod apply;
mod judge;
mod own;
mod request;
mod search;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;
use jiff::Timestamp;

use super::failure::Failure;
use super::flags::FlagValues;
use super::host_lock::host_lock;
use super::plan_inputs;
use super::times::Times;
use crate::config::{ClusterSpec, ConfigErrors, Spec, Stored};
use crate::facts::ClusterFacts;
use crate::host::{Node, Span, observe};
use crate::join::{AskedFor, Opened, open_shared};
use crate::kubeconfig::{Document, Reach};
use crate::plan::{self, Content, Files, JOIN, JoinInputs, Phase, PlanError};
use crate::report::{self, Detail, Progress};
use request::JoinRequest;
use search::Search;

/// What was learned of the cluster.
#[derive(Debug)]
struct SearchOutcome {
    /// With which a kubelet may ask for its certificate; none where the host's own credentials found the cluster.
    bootstrap: Option<Document>,
    reach: Reach,
    cluster: ClusterFacts,
}

/// The whole of `join`, or the phases in it that `phases` names.
pub fn run(host: &Node, matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let times = Times::begin(FlagValues(matches), JOIN.command, detail);
    join(host, FlagValues(matches), phases, detail, &times).map_err(|failure| times.of(failure))
}

fn join(
    host: &Node,
    given: FlagValues<'_>,
    phases: &[Phase],
    detail: Detail,
    times: &Times<'_>,
) -> Result<(), Failure> {
    let facts = observe::facts(host);
    let request = request::read(host, given, &facts, phases)?;
    if request.phases.is_empty() {
        // As kubeadm, which asks no cluster then.
        apply::conclude(&request, request.before(), &[], &[], times);
        return Ok(());
    }
    let turn = host_lock(&request.target, host, "join")?;
    let facts = turn.facts(facts, || observe::facts(host));
    if request.phases == [Phase::JoinKubeletWaitBootstrap] {
        return apply::wait_for_bootstrap(&request, detail, times);
    }
    // The cluster is looked for while the host is looked at.
    let search = Search::begin(host, &request.join, &request.phases, times.timeline.clone());
    let looked = judge::host(&request, &facts);
    times.timeline.note_until_now(Phase::JoinPreflight);
    let looked = looked?;
    let found = search.end()?;
    let judged = Instant::now();
    let stored = stored(&found.cluster)?;
    let spec = request.in_cluster(&stored.cluster);
    let files = apply::observe_files(&request, spec, &facts.foreign_mounts)?;
    let patches = plan_inputs::read_patches(&request.join.run, spec.cluster.minor);
    let findings = judge::in_cluster(&request, spec, &facts, &found, &files, &patches, looked);
    times.timeline.note(Phase::JoinPreflight, Span::since(judged));
    let findings = findings?;
    let joining = inputs(&request, spec, found, &files, facts.now)?;
    let progress = Progress::new(detail).timed(times.timeline.clone());
    let files_done = progress.files();
    let done = patches
        .and_then(|patches| apply::carry_out(&request, spec, &facts, &files, &patches, &joining, progress))
        .map_err(|failure| failure.midway(&files_done, &findings))?;
    times.tell();
    apply::conclude(&request, spec, &done, &findings, times);
    Ok(())
}

fn stored(cluster: &ClusterFacts) -> Result<Stored, ConfigErrors> {
    let stored = Stored::parse(&cluster.cluster_configuration, &cluster.kubelet_configuration)?;
    stored.warnings.iter().for_each(|warning| report::warn(&warning.to_string()));
    Ok(stored)
}

/// What the plan needs of the cluster: the kubelet's way to it, its CA, and the opened certificates.
fn inputs(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    found: SearchOutcome,
    files: &Files,
    now: Timestamp,
) -> Result<JoinInputs, Failure> {
    let bootstrap = match found.bootstrap {
        _ if own::is_node(files, request.join.node.name.as_str(), now) => None,
        Some(document) => Some(bootstrap(spec, document)?),
        None => return Err(Failure::NoReach),
    };
    let shared = shared(request, spec.cluster, &found.cluster, &found.reach.authority, files)?;
    let authority = Content::new(found.reach.authority);
    Ok(JoinInputs { ca_cert_path: request.join.ca_cert_path.clone(), bootstrap, authority, shared })
}

fn bootstrap(spec: Spec<'_>, mut bootstrap: Document) -> Result<Content, PlanError> {
    let Spec { cluster, node } = spec;
    bootstrap.name_cluster(&cluster.cluster_name);
    let own = node.endpoint().filter(|_| cluster.has(cluster.minor.switches.local_kubelet));
    if let (Some(own), Some(cluster)) = (own, bootstrap.leading_cluster_mut()) {
        // A control plane's kubelet talks to its own API server: one of another version must not answer it.
        cluster.server = own.url();
    }
    let text = bootstrap
        .to_yaml()
        .map_err(|source| PlanError::Render { what: plan::bootstrap_path().display().to_string(), source })?;
    Ok(Content::new(text.expose_secret()))
}

/// What an earlier run has fetched is enough where it cannot be fetched any more; the CA in it is the cluster's, as was seen.
fn shared(
    request: &JoinRequest<'_>,
    cluster: &ClusterSpec,
    found: &ClusterFacts,
    authority: &[u8],
    files: &Files,
) -> Result<Files, Failure> {
    let Some(key) = &request.join.certificate_key else { return Ok(Files::new()) };
    let here: BTreeSet<&Path> = files.keys().map(PathBuf::as_path).collect();
    let asked = AskedFor { key, cluster, authority, here: &here };
    let opened = match open_shared(&found.shared, &asked) {
        Err(why) if plan::shared_paths(cluster).iter().all(|path| files.contains_key(path)) => {
            report::warn(&format!("{why}; those that are on this host are kept"));
            return Ok(Files::new());
        }
        opened => opened?,
    };
    let place = |(file, content): Opened| {
        Some((plan::shared_path(cluster, &file.path)?, Content::new(content.as_slice())))
    };
    Ok(opened.into_iter().filter_map(place).collect())
}
