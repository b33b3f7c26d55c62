//! Carrying out a join: the host's part, etcd's, and what the cluster is told of the node.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::request::JoinRequest;
use crate::causes::Wanted;
use crate::cli::failure::Failure;
use crate::cli::plan_inputs;
use crate::cli::target::Target;
use crate::config::{Config, DiscoverySource, Etcd};
use crate::facts::HostFacts;
use crate::host::{Access, Host, Watch, apply, check_disk_space, execute};
use crate::kubeconfig::{ClientCertificate, client_certificate};
use crate::pki::SystemKeys;
use crate::plan::{self, Files, Inputs, JoinInputs, JoinSteps, Paths, Phase, PlanError, join_order};
use crate::preflight::Finding;
use crate::report::{self, Detail, Document, FileDone, Joined, JoinedAs, Kind, Progress};

/// Every file that the plan may write or keep, and those that tell of an earlier join.
pub fn observe_files(
    request: &JoinRequest<'_>,
    config: &Config,
    mounted: &[PathBuf],
) -> Result<Files, Failure> {
    let tree = request.node.tree();
    let mut files = plan_inputs::observe_files(tree, config, &Paths::default(), mounted, report::warn)?;
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

pub fn carry_out(
    request: &JoinRequest<'_>,
    config: &Config,
    facts: &HostFacts,
    files: &Files,
    joining: &JoinInputs,
    mut progress: Progress,
) -> Result<Vec<FileDone>, Failure> {
    let inputs = Inputs {
        config,
        files,
        patches: &plan_inputs::read_patches(config)?,
        host: &plan_inputs::host_inputs(facts, plan_inputs::resolver(request.host, &request.phases)),
        paths: &Paths::default(),
        upload: None,
        accounts: match request.target {
            Target::Host => plan::accounts(config, files).map_err(PlanError::Accounts)?,
            Target::Listing | Target::Folder(_) => None,
        },
        joining: Some(joining),
        now: facts.now,
    };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    let planned = plan::host_effects(&inputs, &draft, &request.phases, &SystemKeys)?;

    if request.target != Target::Listing {
        check_disk_space(request.node.tree(), &planned.effects)?;
    }
    let host = open(request, config)?;
    let mut steps = JoinSteps::new(inputs, &draft, &request.phases, planned.effects, &planned.files);
    execute(&join_order(), &request.phases, &mut steps, &host, request.target.pace(), &mut progress)?;
    Ok(progress.into_files())
}

/// The phase by itself: what it waits for is on this host.
pub fn wait_for_bootstrap(request: &JoinRequest<'_>, detail: Detail) -> Result<(), Failure> {
    let effects = plan::bootstrap_wait(&request.before);
    let host = open(request, &request.before)?;
    let mut progress = Progress::new(detail);
    apply(host.as_ref(), &effects, &mut progress)?;
    if request.given.wants_json() {
        let mut fields = joined(request, &request.before).json(&progress.into_files());
        // The cluster is not asked, and so nobody says whether its etcd is an external one.
        fields["etcdMember"] = Value::Null;
        report::json(&Document::new(Kind::Join, request.target.status(), fields).to_value());
    }
    Ok(())
}

fn open(request: &JoinRequest<'_>, config: &Config) -> Result<Arc<dyn Host>, Failure> {
    request.target.open(request.host, request.given, || Access {
        // A worker has nobody's rights but its kubelet's, and needs no more.
        kubeconfig: match request.join.control_plane {
            Some(_) => Paths::default().kubeconfig,
            None => plan::kubelet_kubeconfig(),
        },
        super_admin: None,
        server: None,
        patience: config.init.timeouts.kubernetes_api_call,
        watch: Some(Watch { wanted: wanted(request, config), notice: report::notice }),
        readiness: None,
    })
}

/// What is to run on this host, and where it finds the cluster.
fn wanted(request: &JoinRequest<'_>, config: &Config) -> Wanted {
    let wanted = match request.join.control_plane {
        Some(_) => Wanted::of_control_plane(config),
        None => Wanted::of_worker(config),
    };
    let discovered = request.join.discovery.as_ref().and_then(|discovery| match &discovery.source {
        DiscoverySource::Token(token) => Some(token.endpoint.clone()),
        DiscoverySource::File(_) => None,
    });
    Wanted {
        endpoint: wanted.endpoint.or(discovered),
        authority: match request.join.control_plane {
            Some(_) => wanted.authority,
            None => request.join.ca_cert_path.clone(),
        },
        ..wanted
    }
}

fn joined(request: &JoinRequest<'_>, config: &Config) -> Joined {
    let role = match (&request.join.control_plane, &config.cluster.etcd) {
        (None, _) => JoinedAs::Worker,
        (Some(_), Etcd::Local(_)) => JoinedAs::ControlPlaneWithEtcd,
        (Some(_), Etcd::External(_)) => JoinedAs::ControlPlane,
    };
    Joined { node: config.init.node.name.to_string(), role }
}

pub fn conclude(request: &JoinRequest<'_>, config: &Config, files: &[FileDone], findings: &[Finding]) {
    let joined = joined(request, config);
    request.target.say_if_dry();
    if request.given.wants_json() {
        let document = Document::new(Kind::Join, request.target.status(), joined.json(files));
        report::json(&document.with_findings(findings).to_value());
    } else if request.target == Target::Host && request.phases.contains(&Phase::JoinKubeletWaitBootstrap) {
        report::out(&joined.text());
    }
}
