//! `init` and `init phase …`: read, observe, judge, plan, apply, report.

use clap::ArgMatches;
use jiff::Timestamp;
use serde_json::Value;

use super::conclude::{Done, conclude, issued, joining};
use super::failure::Failure;
use super::flags::FlagValues;
use super::host_lock::host_lock;
use super::lists::print_manifests;
use super::plan_inputs::{self, OnDisk};
use super::preflight;
use super::previous_run;
use super::request::{self, Request};
use super::target::ApplyTarget;
use super::times::Times;
use crate::causes::Wanted;
use crate::config::{Config, SourceFile};
use crate::facts::HostFacts;
use crate::host::{Access, ApiReadiness, Node, Watch, check_disk_space, execute, observe};
use crate::manifests::component;
use crate::pki::{Ca, KeySource, PassingKeys};
use crate::plan::{
    self, ClusterState, Draft, HostInputs, INIT, InitSteps, Inputs, Paths, Phase, Start, init_order,
};
use crate::preflight::Finding;
use crate::report::{self, Detail, Progress};

/// The whole of `init`, or the phases in it that `phases` names.
pub fn run(host: &Node, matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let times = Times::begin(FlagValues(matches), INIT.command, detail);
    set_up(host, FlagValues(matches), phases, detail, &times).map_err(|failure| times.of(failure))
}

fn set_up(
    host: &Node,
    given: FlagValues<'_>,
    phases: &[Phase],
    detail: Detail,
    times: &Times<'_>,
) -> Result<(), Failure> {
    let (requested, source) = request::read_request(host, given)?;
    let facts = observe::facts(host);
    let in_file = |failure: Failure| failure.in_file(source.as_ref());
    let mut config = request::resolve(requested, &facts, phases).map_err(in_file)?;
    if phases == INIT.all() {
        report::say(&format!("[init] Using Kubernetes version: {}", config.cluster.version));
    }
    let phases = request::choose(phases, &mut config)?;
    let target = ApplyTarget::read(given, config.run.dry_run)?;
    let (node, paths) = (target.node(host), request::paths(given)?);
    let request = Request { given, phases, target, host, node, paths };
    advise(&config, source.as_ref());
    if given.is_on("print-manifest") {
        return print_manifests(&request, &config, &facts);
    }
    let turn = host_lock(&request.target, host, "init")?;
    let facts = turn.facts(facts, || observe::facts(host));
    let is_mounted = plan::are_mounted(config.spec(), &request.paths, &facts.foreign_mounts);
    let start = start(&request.target, &request.phases, is_mounted);
    let on_disk = read_disk(&request, &config, &facts);
    let keys = begin_keys(&request, &config, &on_disk, start);
    let checked = check_host(&request, &config, &on_disk, &facts);
    times.timeline.note_until_now(Phase::Preflight);
    let (host_inputs, findings) = checked?;
    let on_host = OnHost { inputs: host_inputs, on_disk, now: facts.now };
    let progress = Progress::new(detail).timed(times.timeline.clone());
    let files = progress.files();
    let done = carry_out(&request, &config, on_host, start, keys, progress);
    let done = done.map_err(|failure| failure.midway(&files, &findings))?;
    times.tell();
    conclude(&request, &Done { findings, timeline: times.json(), ..done });
    Ok(())
}

/// What the plan is made from of this host.
struct OnHost {
    inputs: HostInputs,
    on_disk: OnDisk,
    now: Timestamp,
}

fn read_disk(request: &Request<'_>, config: &Config, facts: &HostFacts) -> OnDisk {
    let (tree, mounted) = (request.node.tree(), &facts.foreign_mounts);
    OnDisk {
        files: plan_inputs::observe_files(tree, config.spec(), &request.paths, mounted),
        patches: plan_inputs::read_patches(&config.run, config.cluster.minor),
    }
}

/// What the user should know of his own component configuration.
fn advise(config: &Config, source: Option<&SourceFile>) {
    let all = component::kubelet(config.spec())
        .advice
        .into_iter()
        .chain(component::kube_proxy(config.control_plane()).advice);
    for advice in all {
        let (kind, field) = advice.place();
        match source.and_then(|source| Some((source, source.excerpt_of(kind, field)?))) {
            Some((source, excerpt)) => {
                report::warn_of_line(&advice.to_string(), source.name(), &excerpt);
            }
            None => report::warn(&advice.to_string()),
        }
    }
}

/// A new cluster's keys are made while the host is looked at. Where there is a CA already, most of them are there too.
fn begin_keys(request: &Request<'_>, config: &Config, on_disk: &OnDisk, start: Start) -> Box<dyn KeySource> {
    let ca = config.cluster.certificates_dir.join(Ca::Cluster.certificate_path());
    let is_absent = on_disk.files.as_ref().is_ok_and(|found| !found.files.contains_key(&ca));
    if !is_absent || !request.phases.contains(&Phase::CertsCa) {
        return request.host.keys();
    }
    let processors = request.host.processors();
    // A kubelet that starts meanwhile is not to wait for them.
    let threads = match start {
        Start::Early => processors.div_ceil(2),
        Start::BehindFiles | Start::OnPaper => processors,
    };
    request.host.keys_ahead(config.cluster.key_algorithm, threads)
}

/// What the plan needs of this host, and what preflight finds, where it is among the phases. A folder is no host. A dry run
/// that is printed tells what would stop it, and goes on.
fn check_host(
    request: &Request<'_>,
    config: &Config,
    on_disk: &OnDisk,
    facts: &HostFacts,
) -> Result<(HostInputs, Vec<Finding>), Failure> {
    let is_host = !matches!(request.target, ApplyTarget::Folder(_));
    if !is_host || !request.phases.contains(&Phase::Preflight) {
        return Ok((
            plan_inputs::host_inputs(facts, plan_inputs::resolver(request.host, &request.phases)),
            Vec::new(),
        ));
    }
    if request.target == ApplyTarget::Host {
        report::say("[preflight] Running pre-flight checks");
    }
    let seen = observe::preflight_facts(request.host, config.spec(), facts);
    let host = plan_inputs::host_inputs(facts, plan_inputs::resolver_among(&seen.services));
    let earlier = previous_run::observe(request, config, &host, on_disk, facts.now);
    let findings = match request.target {
        ApplyTarget::Host => preflight::check(config, seen, &earlier)?,
        ApplyTarget::Listing | ApplyTarget::Folder(_) => preflight::judge(config, seen, &earlier)?,
    };
    Ok((host, findings))
}

fn carry_out(
    request: &Request<'_>,
    config: &Config,
    on_host: OnHost,
    start: Start,
    keys: Box<dyn KeySource>,
    mut progress: Progress,
) -> Result<Done, Failure> {
    let files = on_host.on_disk.files?.told();
    let patches = on_host.on_disk.patches?;
    plan_inputs::tell_ignored(&patches);
    let inputs = Inputs {
        tokens: &config.bootstrap_tokens,
        upload: plan_inputs::upload(request, config, &files)?,
        accounts: plan_inputs::accounts(&request.target, &config.cluster, &files)?,
        ..Inputs::new(config.spec(), &files, &patches, &on_host.inputs, &request.paths, on_host.now)
    };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    let possible = rehearse(request, &inputs, &draft)?;

    let host = request.target.open(request.host, request.given, || access(request, config))?;
    let pace = request.target.pace();
    let mut steps = InitSteps::new(inputs.clone(), request.phases.clone(), keys);
    execute(&init_order(start), &request.phases, &mut steps, &host, pace, &mut progress)?;
    let (files, seen) = steps.into_results();
    let joining = joining(request, &inputs, &files)?;
    let issued = issued(request, &inputs, &seen);
    Ok(Done { findings: Vec::new(), joining, issued, files: progress.into_files(), possible, timeline: None })
}

/// When the kubelet starts. Static pods of others that mount files of this run are not to start before these are there. Where no
/// kubelet is started, nothing is to come before the other files.
fn start(target: &ApplyTarget, phases: &[Phase], is_mounted: bool) -> Start {
    match target {
        ApplyTarget::Listing | ApplyTarget::Folder(_) => Start::OnPaper,
        ApplyTarget::Host if is_mounted || !phases.contains(&Phase::KubeletStart) => Start::BehindFiles,
        ApplyTarget::Host => Start::Early,
    }
}

/// The whole plan, with keys for nothing but this: whatever is wrong with it is to be known before the first write. The steps of it
/// that may turn out to be needed, for programs.
fn rehearse(request: &Request<'_>, inputs: &Inputs<'_>, draft: &Draft) -> Result<Value, Failure> {
    let plan = plan::host_effects(inputs, draft, &request.phases, &PassingKeys)?;
    plan::cluster_effects(inputs, &plan.files, &ClusterState::default(), &request.phases)?;
    joining(request, inputs, &plan.files)?;
    if request.target != ApplyTarget::Listing {
        check_disk_space(request.node.tree(), &plan.effects)?;
    }
    Ok(plan::possible_json(&plan.effects))
}

/// With the administrator's own kubeconfig, this host's API server is asked, whatever stands before it.
fn access(request: &Request<'_>, config: &Config) -> Access {
    let usual = request.paths.kubeconfig == Paths::default().kubeconfig;
    Access {
        kubeconfig: request.paths.kubeconfig.clone(),
        super_admin: usual.then(|| request.paths.kubeconfig.with_file_name("super-admin.conf")),
        server: usual.then(|| config.control_plane().endpoint.url()),
        retry_limit: config.node.timeouts.kubernetes_api_call,
        watch: Some(Watch {
            wanted: Wanted::of_control_plane(config.control_plane()),
            since: None,
            notice: report::notice,
        }),
        readiness: request.phases.contains(&Phase::WaitControlPlane).then(ApiReadiness::default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubelet_starts_early_unless_pods_of_others_mount_what_is_not_there_yet() {
        assert_eq!(start(&ApplyTarget::Host, &INIT.all(), false), Start::Early);
        assert_eq!(start(&ApplyTarget::Host, &INIT.all(), true), Start::BehindFiles);
        assert_eq!(start(&ApplyTarget::Listing, &INIT.all(), false), Start::OnPaper);
    }

    #[test]
    fn a_run_without_a_kubelet_makes_all_its_keys_at_once() {
        assert_eq!(start(&ApplyTarget::Host, &[Phase::CertsCa, Phase::CertsSa], false), Start::BehindFiles);
    }
}
