//! `init` and `init phase …`: read, observe, judge, plan, apply, report.

use clap::ArgMatches;

use super::conclude::{Done, conclude, issued, joining};
use super::earlier;
use super::failure::Failure;
use super::flags::Given;
use super::gather;
use super::lists::print_manifests;
use super::preflight;
use super::request::{self, Request, Target};
use crate::causes::Wanted;
use crate::config::Config;
use crate::facts::HostFacts;
use crate::host::observe::{self, Root};
use crate::host::{Access, ClusterQuestions, Folder, Host, Machine, PhaseFailed, Tree, apply, check_room};
use crate::manifests::component;
use crate::pki::SystemKeys;
use crate::plan::{self, ClusterWork, Effect, Files, Inputs, Paths, Phase, PlanError, SeenCluster, Work};
use crate::preflight::Finding;
use crate::report::{self, Detail, Listing, Progress};

/// The whole of `init`, or the phases in it that `phases` names.
pub fn run(matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let given = Given(matches);
    let requested = request::read_request(given)?;
    let facts = observe::facts(&Root::default());
    let mut config = request::resolve(requested, &facts, phases)?;
    let phases = request::choose(phases, &mut config)?;
    let target = request::target(given, config.init.dry_run)?;
    let request = Request { given, phases, target, paths: request::paths(given) };
    advise(&config);
    if given.is_on("print-manifest") {
        return print_manifests(&request, &config, &facts);
    }
    let findings = check_host(&request, &config, &facts)?;
    let done = carry_out(&request, &config, &facts, detail)?;
    conclude(&request, &Done { findings, ..done });
    Ok(())
}

/// What the user should know of his own component configuration.
fn advise(config: &Config) {
    let all = component::kubelet(config).advice.into_iter().chain(component::kube_proxy(config).advice);
    all.for_each(|advice| report::warn(&advice.to_string()));
}

/// What preflight finds, where it is among the phases. A folder is no host. A dry run that is printed tells what would
/// stop it, and goes on.
fn check_host(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Result<Vec<Finding>, Failure> {
    if !request.phases.contains(&Phase::Preflight) {
        return Ok(Vec::new());
    }
    match request.target {
        Target::Folder(_) => Ok(Vec::new()),
        Target::Listing => Ok(preflight::judge(config, &earlier::observe(request, config, facts))),
        Target::Host => preflight::check(config, &earlier::observe(request, config, facts)),
    }
}

fn carry_out(
    request: &Request<'_>,
    config: &Config,
    facts: &HostFacts,
    detail: Detail,
) -> Result<Done, Failure> {
    let tree = match &request.target {
        Target::Host | Target::Listing => Tree::new("/"),
        Target::Folder(folder) => Tree::new(folder),
    };
    let files = gather::observe_files(&tree, config, &request.paths)?;
    let inputs = Inputs {
        config,
        files: &files,
        patches: &gather::read_patches(config)?,
        host: &gather::host_inputs(facts, &request.phases),
        paths: &request.paths,
        upload: gather::upload(request, config, &files)?,
        accounts: match request.target {
            Target::Host => plan::accounts(config, &files).map_err(PlanError::Accounts)?,
            // As in the reference's dry run, pods stay root's: what accounts there would be is the host's to say.
            Target::Listing | Target::Folder(_) => None,
        },
        joining: None,
        now: facts.now,
    };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    let on_host = plan::host_effects(&inputs, &draft, &request.phases, &SystemKeys)?;
    // Whatever is wrong with the cluster's part is to be known before the first write.
    plan::cluster_effects(&inputs, &on_host.files, &SeenCluster::default(), &request.phases)?;
    let joining = joining(request, &inputs, &on_host.files)?;

    if request.target != Target::Listing {
        check_room(&tree, &on_host.effects)?;
    }
    let mut host = open(request, config, tree)?;
    let mut progress = Progress::new(detail);
    let (before, after) = split(on_host.effects, &request.phases);
    apply(host.as_mut(), &before, &mut progress)?;
    let (rest, seen) = set_up_cluster(request, &inputs, &on_host.files, host.as_mut(), &mut progress)?;
    let issued = issued(request, &inputs, &seen);
    let mut rest: Vec<Effect> = rest.into_iter().chain(after).collect();
    rest.sort_by_key(|effect| effect.phase);
    apply(host.as_mut(), &rest, &mut progress)?;
    Ok(Done { findings: Vec::new(), joining, issued, files: progress.into_files() })
}

/// Gets the right to write to the cluster, looks at what it holds, and returns what is to be put into it, and what was seen;
/// nothing where no phase has to do with the cluster.
fn set_up_cluster(
    request: &Request<'_>,
    inputs: &Inputs<'_>,
    files: &Files,
    host: &mut dyn Host,
    progress: &mut Progress,
) -> Result<(Vec<Effect>, SeenCluster), Failure> {
    let Some(first) = plan::first_rights(&request.phases) else {
        return Ok((Vec::new(), SeenCluster::default()));
    };
    let phase = first.phase;
    apply(host, &[first], progress)?;
    let seen = host
        .see_cluster(&questions(request, inputs.config))
        .map_err(|source| PhaseFailed { phase, source })?;
    Ok((plan::cluster_effects(inputs, files, &seen, &request.phases)?, seen))
}

/// The host's effects before the first phase that needs the cluster, and those behind it.
fn split(effects: Vec<Effect>, phases: &[Phase]) -> (Vec<Effect>, Vec<Effect>) {
    let first = phases.iter().copied().find(|phase| plan::cluster_work(*phase).is_some());
    effects.into_iter().partition(|effect| first.is_none_or(|first| effect.phase < first))
}

fn questions(request: &Request<'_>, config: &Config) -> ClusterQuestions {
    let works = |work| request.phases.iter().any(|phase| phase.entry().work == Work::Cluster(work));
    ClusterQuestions {
        node: works(ClusterWork::NodeMarks).then(|| config.init.node.name.to_string()),
        dns: works(ClusterWork::Coredns),
        tokens: works(ClusterWork::BootstrapTokens) || works(ClusterWork::Certificates),
    }
}

fn open(request: &Request<'_>, config: &Config, tree: Tree) -> Result<Box<dyn Host>, Failure> {
    Ok(match &request.target {
        Target::Host => Box::new(Machine::new(tree, access(request, config))?),
        Target::Listing if request.given.wants_json() => Box::new(Listing::BesideJson),
        Target::Listing => Box::new(Listing::AsResult),
        Target::Folder(folder) => Box::new(Folder::new(folder)),
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
        wanted: Some(Wanted::of_control_plane(config)),
    }
}
