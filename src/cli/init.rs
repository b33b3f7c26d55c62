//! `init` and `init phase …`: read, observe, judge, plan, apply, report.

use std::num::NonZero;
use std::thread::available_parallelism;

use clap::ArgMatches;
use jiff::Timestamp;

use super::conclude::{Done, conclude, issued, joining};
use super::earlier;
use super::failure::Failure;
use super::flags::Given;
use super::gather;
use super::lists::print_manifests;
use super::preflight;
use super::request::{self, Request, Target};
use super::set_up::{Cluster, Stages};
use super::turn::turn;
use crate::causes::Wanted;
use crate::config::Config;
use crate::facts::HostFacts;
use crate::host::observe::{self, Root};
use crate::host::{Access, Folder, Host, Machine, Tree, Waking, Watch, apply, check_room};
use crate::manifests::component;
use crate::pki::{Ca, KeySource, KeysAhead, PassingKeys, SystemKeys};
use crate::plan::{self, Draft, Files, HostInputs, INIT, Inputs, Paths, Phase, PlanError, SeenCluster};
use crate::preflight::Finding;
use crate::report::{self, Detail, Listing, Progress};

/// The whole of `init`, or the phases in it that `phases` names.
pub fn run(matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let given = Given(matches);
    let requested = request::read_request(given)?;
    let facts = observe::facts(&Root::default());
    let in_file = |failure: Failure| failure.in_file(request::config_file(given).as_deref());
    let mut config = request::resolve(requested, &facts, phases).map_err(in_file)?;
    if phases == INIT.all() {
        report::say(&format!("[init] Using Kubernetes version: {}", config.cluster.version));
    }
    let phases = request::choose(phases, &mut config)?;
    let target = request::target(given, config.init.dry_run)?;
    let request = Request { given, phases, target, paths: request::paths(given)? };
    advise(&config);
    if given.is_on("print-manifest") {
        return print_manifests(&request, &config, &facts);
    }
    let _turn = turn(&request.target, "init")?;
    // Whoever was waited for may have taken a while.
    let facts = observe::facts(&Root::default());
    let timing = Timing::of(&request, &config, &facts);
    let keys = begin_keys(&request, &config, &timing)?;
    let (host, findings) = check_host(&request, &config, &facts)?;
    let progress = Progress::new(detail);
    let files = progress.files();
    let done = carry_out(&request, &config, &host, &timing, facts.now, keys, progress)
        .map_err(|failure| failure.midway(&files, &findings))?;
    conclude(&request, &Done { findings, ..done });
    Ok(())
}

/// What the user should know of his own component configuration.
fn advise(config: &Config) {
    let all = component::kubelet(config).advice.into_iter().chain(component::kube_proxy(config).advice);
    all.for_each(|advice| report::warn(&advice.to_string()));
}

/// A new cluster's keys are made while the host is looked at. Where there is a CA already, most of them are there too.
fn begin_keys(
    request: &Request<'_>,
    config: &Config,
    timing: &Timing,
) -> Result<Box<dyn KeySource>, Failure> {
    let ca = config.cluster.certificates_dir.join(Ca::Cluster.certificate_path());
    let is_new = request.phases.contains(&Phase::CertsCa) && tree(request).read_one(&ca)?.is_none();
    if !is_new {
        return Ok(Box::new(SystemKeys));
    }
    let processors = available_parallelism().map_or(1, NonZero::get);
    // A kubelet that starts meanwhile is not to wait for them.
    let threads = if timing.ahead.is_empty() { processors } else { processors.div_ceil(2) };
    Ok(Box::new(KeysAhead::begin(config.cluster.key_algorithm, threads)))
}

/// What the plan needs of this host, and what preflight finds, where it is among the phases. A folder is no host. A dry run
/// that is printed tells what would stop it, and goes on.
fn check_host(
    request: &Request<'_>,
    config: &Config,
    facts: &HostFacts,
) -> Result<(HostInputs, Vec<Finding>), Failure> {
    let is_host = !matches!(request.target, Target::Folder(_));
    if !is_host || !request.phases.contains(&Phase::Preflight) {
        return Ok((gather::host_inputs(facts, gather::resolver(&request.phases)), Vec::new()));
    }
    if request.target == Target::Host {
        report::say("[preflight] Running pre-flight checks");
    }
    let seen = preflight::look(config);
    let host = gather::host_inputs(facts, gather::resolver_among(&seen.services));
    let earlier = earlier::observe(request, config, &host, facts.now);
    let findings = match request.target {
        Target::Host => preflight::check(config, seen, &earlier)?,
        Target::Listing | Target::Folder(_) => preflight::judge(config, seen, &earlier)?,
    };
    Ok((host, findings))
}

fn carry_out(
    request: &Request<'_>,
    config: &Config,
    host: &HostInputs,
    timing: &Timing,
    now: Timestamp,
    keys: Box<dyn KeySource>,
    mut progress: Progress,
) -> Result<Done, Failure> {
    let tree = tree(request);
    let files = gather::observe_files(&tree, config, &request.paths, &host.foreign_mounts, report::warn)?;
    let inputs = Inputs {
        config,
        files: &files,
        patches: &gather::read_patches(config)?,
        host,
        paths: &request.paths,
        upload: gather::upload(request, config, &files)?,
        accounts: match request.target {
            Target::Host => plan::accounts(config, &files).map_err(PlanError::Accounts)?,
            // As in the reference's dry run, pods stay root's: what accounts there would be is the host's to say.
            Target::Listing | Target::Folder(_) => None,
        },
        joining: None,
        now,
    };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    rehearse(request, &inputs, &draft, &tree)?;

    let mut opened = open(request, config, &tree)?;
    let files = match &mut opened {
        Opened::Host(host) => begin(host, request, timing, &inputs, keys.as_ref(), &mut progress)?,
        Opened::Dry(_) => files.clone(),
    };
    let inputs = Inputs { files: &files, ..inputs };
    let rest = rest(request, timing);
    let on_host = plan::host_effects(&inputs, &plan::draft(&inputs, &rest)?, &rest, keys.as_ref())?;
    // No more of them are wanted.
    drop(keys);
    let joining = joining(request, &inputs, &on_host.files)?;
    let cluster = Cluster { request, inputs: &inputs, files: &on_host.files };
    let stages = Stages::of(on_host.effects, &request.phases);
    let carried = match opened {
        Opened::Host(host) => cluster.apply_at_once(*host, stages, timing.late, progress)?,
        Opened::Dry(mut host) => cluster.apply_by_phase(host.as_mut(), stages, progress)?,
    };
    let issued = issued(request, &inputs, &carried.seen);
    Ok(Done { findings: Vec::new(), joining, issued, files: carried.files })
}

/// What is carried out before the keys of the rest are made, part by part. A kubelet takes the better part of a second until it
/// looks for pods, and etcd up to another until it has a leader, which the API server waits for: time enough for the others.
const AHEAD: [&[Phase]; 2] = [
    &[Phase::CertsCa, Phase::KubeconfigKubelet, Phase::KubeletStart],
    &[Phase::CertsEtcdCa, Phase::CertsEtcdServer, Phase::CertsEtcdPeer, Phase::EtcdLocal],
];

/// What has nothing to do before the API server serves, and until then would take processors from it and etcd. It starts in the
/// second in which an API server that has just begun to serve waits to make its roles.
const LATE: &[Phase] = &[Phase::ControlPlaneControllerManager, Phase::ControlPlaneScheduler];

/// The phases of a run for real that are carried out at another time than in their order.
struct Timing {
    /// Before all others.
    ahead: Vec<&'static [Phase]>,
    /// When the API server serves.
    late: &'static [Phase],
}

impl Timing {
    /// Where static pods of others mount files of this run, the kubelet starts behind all of these, as in kubeadm: a pod that starts
    /// before them would get empty folders in their place. Else those parts are ahead of which all phases are asked for, up to the
    /// first of which not all are.
    fn of(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Self {
        if plan::are_mounted(config, &request.paths, &facts.foreign_mounts) {
            return Self { ahead: Vec::new(), late: &[] };
        }
        let asked_for = |part: &&[Phase]| part.iter().all(|phase| request.phases.contains(phase));
        let parts = if request.target == Target::Host { AHEAD.as_slice() } else { &[] };
        Self { ahead: parts.iter().copied().take_while(asked_for).collect(), late: LATE }
    }
}

/// Carries those out. The host's files as they are then.
fn begin(
    host: &mut Machine,
    request: &Request<'_>,
    timing: &Timing,
    inputs: &Inputs<'_>,
    keys: &dyn KeySource,
    progress: &mut Progress,
) -> Result<Files, Failure> {
    apply(host, &plan::kubelet_serving(inputs, &request.phases, keys)?, progress)?;
    let mut files = inputs.files.clone();
    for part in timing.ahead.iter().copied() {
        let inputs = Inputs { files: &files, ..inputs.clone() };
        let planned = plan::host_effects(&inputs, &plan::draft(&inputs, part)?, part, keys)?;
        apply(host, &planned.effects, progress)?;
        files = planned.files;
    }
    Ok(files)
}

fn rest(request: &Request<'_>, timing: &Timing) -> Vec<Phase> {
    let is_ahead = |phase: &Phase| timing.ahead.iter().any(|part| part.contains(phase));
    request.phases.iter().copied().filter(|phase| !is_ahead(phase)).collect()
}

/// The whole plan, with keys for nothing but this: whatever is wrong with it is to be known before the first write.
fn rehearse(request: &Request<'_>, inputs: &Inputs<'_>, draft: &Draft, tree: &Tree) -> Result<(), Failure> {
    let plan = plan::host_effects(inputs, draft, &request.phases, &PassingKeys)?;
    plan::cluster_effects(inputs, &plan.files, &SeenCluster::default(), &request.phases)?;
    joining(request, inputs, &plan.files)?;
    if request.target != Target::Listing {
        check_room(tree, &plan.effects)?;
    }
    Ok(())
}

fn tree(request: &Request<'_>) -> Tree {
    match &request.target {
        Target::Host | Target::Listing => Tree::new("/"),
        Target::Folder(folder) => Tree::of_dry_run(folder),
    }
}

/// What the plan is carried out on.
enum Opened {
    /// One for the whole run: it knows since when what is seen on the host is this run's doing.
    Host(Box<Machine>),
    /// What stands for it in a dry run.
    Dry(Box<dyn Host>),
}

fn open(request: &Request<'_>, config: &Config, tree: &Tree) -> Result<Opened, Failure> {
    Ok(match &request.target {
        Target::Host => Opened::Host(Box::new(Machine::new(tree.clone(), access(request, config))?)),
        Target::Listing if request.given.wants_json() => Opened::Dry(Box::new(Listing::BesideJson)),
        Target::Listing => Opened::Dry(Box::new(Listing::AsResult)),
        Target::Folder(folder) => Opened::Dry(Box::new(Folder::new(folder))),
    })
}

/// With the administrator's own kubeconfig, this host's API server is asked, whatever stands before it.
fn access(request: &Request<'_>, config: &Config) -> Access {
    let usual = request.paths.kubeconfig == Paths::default().kubeconfig;
    Access {
        kubeconfig: request.paths.kubeconfig.clone(),
        super_admin: usual.then(|| request.paths.kubeconfig.with_file_name("super-admin.conf")),
        server: usual.then(|| config.init.endpoint.url()),
        patience: config.init.timeouts.kubernetes_api_call,
        watch: Some(Watch { wanted: Wanted::of_control_plane(config), notice: report::notice }),
        waking: Some(Waking::default()),
    }
}
