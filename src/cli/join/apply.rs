//! Carrying out a join: the host's part, etcd's, and what the cluster is told of the node.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::request::JoinRequest;
use crate::causes::Wanted;
use crate::cli::failure::Failure;
use crate::cli::plan_inputs;
use crate::cli::target::ApplyTarget;
use crate::cli::times::{Times, with_timeline};
use crate::config::{DiscoverySource, Etcd, Spec};
use crate::facts::HostFacts;
use crate::host::{Access, Host, Watch, apply, check_disk_space, execute};
use crate::kubeconfig::{ClientCertificate, client_certificate};
use crate::manifests::patches::Patches;
use crate::plan::{self, Files, Inputs, JoinInputs, JoinSteps, Paths, Phase, join_order};
use crate::preflight::Finding;
use crate::report::{self, Detail, Document, DocumentKind, FileDone, JoinedAs, JoinedNode, Progress};

/// Every file that the plan may write or keep, and those that tell of an earlier join.
pub fn observe_files(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    mounted: &[PathBuf],
) -> Result<Files, Failure> {
    let tree = request.node.tree();
    let mut files = plan_inputs::observe_files(tree, spec, &Paths::default(), mounted)?.told();
    let more = [
        plan::bootstrap_path(),
        plan::kubelet_kubeconfig(),
        plan::kubelet_certificate(),
        request.join.ca_cert_path.clone(),
    ];
    files.extend(tree.read(&more)?.into_iter().map(|(path, found)| (path, found.content)));
    let path = plan::kubelet_kubeconfig();
    let kubelet = files.get(&path).and_then(|text| client_certificate(text.bytes(), &path));
    if let Some(ClientCertificate::File(path)) = kubelet
        && let Some(found) = tree.read_one(&path)?
    {
        files.insert(path, found.content);
    }
    Ok(files)
}

/// Makes the plan and carries it out: what became of the files.
pub fn carry_out(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    facts: &HostFacts,
    files: &Files,
    patches: &Patches,
    joining: &JoinInputs,
    mut progress: Progress,
) -> Result<Vec<FileDone>, Failure> {
    plan_inputs::tell_ignored(patches);
    let seen = plan_inputs::host_inputs(facts, plan_inputs::resolver(request.host, &request.phases));
    let (accounts, paths) = (plan_inputs::accounts(&request.target, spec.cluster, files)?, Paths::default());
    let inputs = Inputs::new(spec, files, patches, &seen, &paths, facts.now);
    let inputs = Inputs { accounts, joining: Some(joining), ..inputs };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    let planned = plan::host_effects(&inputs, &draft, &request.phases, &*request.host.keys())?;

    if request.target != ApplyTarget::Listing {
        check_disk_space(request.node.tree(), &planned.effects)?;
    }
    let host = open(request, spec)?;
    let mut steps = JoinSteps::new(inputs, &draft, &request.phases, planned.effects, &planned.files);
    execute(&join_order(), &request.phases, &mut steps, &host, request.target.pace(), &mut progress)?;
    Ok(progress.into_files())
}

/// The phase by itself: what it waits for is on this host.
pub fn wait_for_bootstrap(
    request: &JoinRequest<'_>,
    detail: Detail,
    times: &Times<'_>,
) -> Result<(), Failure> {
    let effects = plan::bootstrap_wait(&request.join.node);
    let host = open(request, request.before())?;
    let mut progress = Progress::new(detail).timed(times.timeline.clone());
    apply(host.as_ref(), &effects, &mut progress)?;
    times.tell();
    if request.given.wants_json() {
        let mut fields = joined(request.before()).json(&progress.into_files());
        // The cluster is not asked, and so nobody says whether its etcd is an external one.
        fields["etcdMember"] = Value::Null;
        let document = Document::new(DocumentKind::Join, request.target.status(), fields);
        report::json(&with_timeline(document, times.json()).to_value());
    }
    Ok(())
}

fn open(request: &JoinRequest<'_>, spec: Spec<'_>) -> Result<Arc<dyn Host>, Failure> {
    request.target.open(request.host, request.given, || Access {
        // A worker has nobody's rights but its kubelet's, and needs no more.
        kubeconfig: if spec.node.is_control_plane() {
            Paths::default().kubeconfig
        } else {
            plan::kubelet_kubeconfig()
        },
        super_admin: None,
        server: None,
        retry_limit: spec.node.timeouts.kubernetes_api_call,
        watch: Some(Watch { wanted: wanted(request, spec), since: None, notice: report::notice }),
        readiness: None,
    })
}

/// What is to run on this host, and where it finds the cluster.
fn wanted(request: &JoinRequest<'_>, spec: Spec<'_>) -> Wanted {
    let wanted = match spec.control_plane() {
        Some(control_plane) => Wanted::of_control_plane(control_plane),
        None => Wanted::of_worker(spec),
    };
    let discovered = request.join.discovery.as_ref().and_then(|discovery| match &discovery.source {
        DiscoverySource::Token(token) => Some(token.endpoint.clone()),
        DiscoverySource::File(_) => None,
    });
    Wanted {
        endpoint: wanted.endpoint.or(discovered),
        authority: if spec.node.is_control_plane() {
            wanted.authority
        } else {
            request.join.ca_cert_path.clone()
        },
        ..wanted
    }
}

fn joined(spec: Spec<'_>) -> JoinedNode {
    let role = match (spec.node.is_control_plane(), &spec.cluster.etcd) {
        (false, _) => JoinedAs::Worker,
        (true, Etcd::Local(_)) => JoinedAs::ControlPlaneWithEtcd,
        (true, Etcd::External(_)) => JoinedAs::ControlPlane,
    };
    JoinedNode { node: spec.node.name.to_string(), role }
}

/// Prints what the join came to, for people or for programs.
pub fn conclude(
    request: &JoinRequest<'_>,
    spec: Spec<'_>,
    files: &[FileDone],
    findings: &[Finding],
    times: &Times<'_>,
) {
    let joined = joined(spec);
    request.target.say_if_dry();
    if request.given.wants_json() {
        let document = Document::new(DocumentKind::Join, request.target.status(), joined.json(files));
        report::json(&with_timeline(document.with_findings(findings), times.json()).to_value());
    } else if request.target == ApplyTarget::Host && request.phases.contains(&Phase::JoinKubeletWaitBootstrap)
    {
        report::out(&joined.text());
    }
}
