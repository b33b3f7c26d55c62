//! Carrying out a join: the host's part, etcd's, and what the cluster is told of the node.

use std::path::PathBuf;

use serde_json::Value;

use super::request::JoinRequest;
use crate::causes::Wanted;
use crate::cli::failure::Failure;
use crate::cli::gather;
use crate::cli::request::Target;
use crate::config::{Config, DiscoverySource, Etcd};
use crate::facts::HostFacts;
use crate::host::{
    Access, ClusterQuestions, Folder, Host, Machine, Outcome, PhaseFailed, Tree, Watch, Watcher, apply,
    check_room,
};
use crate::kubeconfig::{ClientCertificate, client_certificate};
use crate::pki::SystemKeys;
use crate::plan::{
    self, Action, Draft, Effect, Files, Inputs, JoinInputs, Paths, Phase, PlanError, SeenCluster,
};
use crate::preflight::Finding;
use crate::report::{self, Detail, Document, FileDone, Joined, JoinedAs, Kind, Listing, Progress};

/// Every file that the plan may write or keep, and those that tell of an earlier join.
pub fn observe_files(
    request: &JoinRequest<'_>,
    config: &Config,
    mounted: &[PathBuf],
) -> Result<Files, Failure> {
    let tree = tree(&request.target);
    let mut files = gather::observe_files(&tree, config, &Paths::default(), mounted, report::warn)?;
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

fn tree(target: &Target) -> Tree {
    match target {
        Target::Host | Target::Listing => Tree::new("/"),
        Target::Folder(folder) => Tree::of_dry_run(folder),
    }
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
        patches: &gather::read_patches(config)?,
        host: &gather::host_inputs(facts, gather::resolver(&request.phases)),
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
        check_room(&tree(&request.target), &planned.effects)?;
    }
    let mut host = open(request, config)?;
    let stages = Stages::of(planned.effects);
    apply(host.as_mut(), &stages.before_etcd, &mut progress)?;
    if request.phases.contains(&Phase::JoinEtcd) {
        join_etcd(&inputs, &draft, host.as_mut(), &mut progress)?;
    }
    apply(host.as_mut(), &stages.behind_etcd, &mut progress)?;
    let marks = marks(request, &inputs, &planned.files, host.as_mut())?;
    apply(host.as_mut(), &marks, &mut progress)?;
    apply(host.as_mut(), &stages.in_the_end, &mut progress)?;
    Ok(progress.into_files())
}

/// The host's effects by when they are carried out.
struct Stages {
    before_etcd: Vec<Effect>,
    behind_etcd: Vec<Effect>,
    in_the_end: Vec<Effect>,
}

impl Stages {
    /// In the order of their phases, but for the static pods of the control plane: their API server would look for an
    /// etcd that is not there yet, and then take its time before it looks again.
    fn of(effects: Vec<Effect>) -> Self {
        let mut stages = Self { before_etcd: Vec::new(), behind_etcd: Vec::new(), in_the_end: Vec::new() };
        for effect in effects {
            let stage = match effect.phase {
                Phase::JoinControlPlane => &mut stages.behind_etcd,
                phase if phase < Phase::JoinEtcd => &mut stages.before_etcd,
                phase if phase < Phase::JoinMarkControlPlane => &mut stages.behind_etcd,
                _ => &mut stages.in_the_end,
            };
            stage.push(effect);
        }
        stages
    }
}

/// Makes this host a member of the cluster's etcd. A member that comes to nothing is taken out again.
fn join_etcd(
    inputs: &Inputs<'_>,
    draft: &Draft,
    host: &mut dyn Host,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let Some(wanted) = plan::etcd_join(inputs.config) else { return Ok(()) };
    let failed = |source| PhaseFailed { phase: Phase::JoinEtcd, source };
    let joined = host.join_etcd(&wanted).map_err(failed)?;
    let member = joined.member;
    let effects = plan::etcd_effects(inputs, draft, &wanted, joined)?;
    apply(host, &effects, progress).inspect_err(|_| match host.give_up_etcd(&wanted, member) {
        Ok(manifest) => {
            let removal =
                Effect { phase: Phase::JoinEtcd, action: Action::RemoveFile(plan::etcd_manifest()) };
            progress.done(&removal, &Outcome::Changed(manifest));
        }
        Err(error) => report::warn(&format!("this host's etcd member could not be taken out again: {error}")),
    })?;
    Ok(())
}

/// The labels and taints of a control plane, beside the taints that its node has by now.
fn marks(
    request: &JoinRequest<'_>,
    inputs: &Inputs<'_>,
    files: &Files,
    host: &mut dyn Host,
) -> Result<Vec<Effect>, Failure> {
    let phase = Phase::JoinMarkControlPlane;
    if !request.phases.contains(&phase) {
        return Ok(Vec::new());
    }
    let node = Some(inputs.config.init.node.name.to_string());
    let seen: SeenCluster = host
        .see_cluster(&ClusterQuestions { node, ..ClusterQuestions::default() })
        .map_err(|source| PhaseFailed { phase, source })?;
    Ok(plan::cluster_effects(inputs, files, &seen, &[phase])?)
}

/// The phase by itself: what it waits for is on this host.
pub fn wait_for_bootstrap(request: &JoinRequest<'_>, detail: Detail) -> Result<(), Failure> {
    let effects = plan::bootstrap_wait(&request.before);
    let mut host = open(request, &request.before)?;
    let mut progress = Progress::new(detail);
    apply(host.as_mut(), &effects, &mut progress)?;
    if request.given.wants_json() {
        let mut fields = joined(request, &request.before).json(&progress.into_files());
        // The cluster is not asked, and so nobody says whether its etcd is an external one.
        fields["etcdMember"] = Value::Null;
        report::json(&Document::new(Kind::Join, request.target.status(), fields).to_value());
    }
    Ok(())
}

fn open(request: &JoinRequest<'_>, config: &Config) -> Result<Box<dyn Host>, Failure> {
    let access = Access {
        // A worker has nobody's rights but its kubelet's, and needs no more.
        kubeconfig: match request.join.control_plane {
            Some(_) => Paths::default().kubeconfig,
            None => plan::kubelet_kubeconfig(),
        },
        super_admin: None,
        server: None,
        patience: config.init.timeouts.kubernetes_api_call,
        watch: Some(Watch { wanted: wanted(request, config), notice: report::notice }),
        waking: None,
    };
    Ok(match &request.target {
        Target::Host => Box::new(Machine::new(tree(&request.target), access)?),
        Target::Listing if request.given.wants_json() => Box::new(Listing::BesideJson),
        Target::Listing => Box::new(Listing::AsResult),
        Target::Folder(folder) => Box::new(Folder::new(PathBuf::from(folder))),
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
