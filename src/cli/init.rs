//! `init` and `init phase …`: read, observe, judge, plan, apply, report.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use serde_json::json;

use super::failure::Failure;
use super::flags::Given;
use super::preflight;
use crate::config::{self, Config, Flags, HostAddresses, HostDefaults, Need, Requested};
use crate::facts::HostFacts;
use crate::host::observe::{self, Root};
use crate::host::{Access, ClusterQuestions, Folder, Host, Machine, Tree, apply, random};
use crate::kubeconfig;
use crate::manifests::component::{self, Resolver};
use crate::manifests::patches::Patches;
use crate::pki::{self, Ca, CertificateKey, SystemKeys};
use crate::plan::{
    self, ClusterWork, Effect, Files, HostInputs, Inputs, Paths, Phase, PlanError, SeenCluster, Upload, Work,
};
use crate::report::{self, ControlPlanes, Detail, FileDone, Joining, Listing, Progress};
use crate::secret::Secret;
use crate::{versions, yaml};

/// What this run was asked for beside the configuration.
#[derive(Debug)]
struct Request<'a> {
    given: Given<'a>,
    phases: Vec<Phase>,
    target: Target,
    paths: Paths,
}

/// What the effects are carried out on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Host,
    /// A dry run that is printed.
    Listing,
    /// A dry run that is written below a folder.
    Folder(PathBuf),
}

/// The whole of `init`, or the phases in it that `phases` names.
pub fn run(matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let given = Given(matches);
    let requested = read_request(given)?;
    let facts = observe::facts(&Root::default());
    let mut config = resolve(requested, &facts, phases)?;
    let phases = choose(phases, &mut config)?;
    let target = target(given, &config)?;
    let request = Request { given, phases, target, paths: paths(given) };
    advise(&config);
    if given.is_on("print-manifest") {
        return print_manifests(&request, &config, &facts);
    }
    if request.phases.contains(&Phase::Preflight) {
        check_host(&request, &config)?;
    }
    carry_out(&request, &config, &facts, detail)
}

fn read_request(given: Given<'_>) -> Result<Requested, Failure> {
    let text = given.text("config").map(|path| read_config(&path)).transpose()?;
    let requested = Requested::parse(text.as_deref(), &flags(given)).map_err(Failure::Config)?;
    for warning in &requested.warnings {
        report::warn(&warning.to_string());
    }
    Ok(requested)
}

#[expect(clippy::disallowed_methods, reason = "the configuration is an argument of the command")]
fn read_config(path: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match path {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop),
        path => std::fs::read_to_string(path).map(|found| text = found),
    };
    read.map(|()| text).map_err(|source| Failure::ReadConfig { path: path.to_owned(), source })
}

fn flags(given: Given<'_>) -> Flags {
    let list = |name| given.list(name).unwrap_or_default();
    Flags {
        apiserver_advertise_address: given.text("apiserver-advertise-address"),
        apiserver_bind_port: given.number("apiserver-bind-port"),
        apiserver_cert_extra_sans: list("apiserver-cert-extra-sans"),
        apiserver_extra_args: list("apiserver-extra-args"),
        cert_dir: given.text("cert-dir"),
        certificate_key: given.text("certificate-key").map(Secret::new),
        control_plane_endpoint: given.text("control-plane-endpoint"),
        controller_manager_extra_args: list("controller-manager-extra-args"),
        cri_socket: given.text("cri-socket"),
        dry_run: given.switch("dry-run"),
        feature_gates: given.text("feature-gates"),
        ignore_preflight_errors: list("ignore-preflight-errors"),
        image_repository: given.text("image-repository"),
        kubernetes_version: given.text("kubernetes-version"),
        node_name: given.text("node-name"),
        patches: given.text("patches"),
        pod_network_cidr: given.text("pod-network-cidr"),
        scheduler_extra_args: list("scheduler-extra-args"),
        service_cidr: given.text("service-cidr"),
        service_dns_domain: given.text("service-dns-domain"),
        skip_phases: list("skip-phases"),
        token: given.text("token").map(Secret::new),
        token_ttl: given.text("token-ttl"),
    }
}

fn resolve(requested: Requested, facts: &HostFacts, phases: &[Phase]) -> Result<Config, Failure> {
    let tokens = (0..requested.fresh_tokens()).map(|_| random::token()).collect::<Result<_, _>>()?;
    let need =
        if phases.iter().all(|phase| phase.is_the_same_on_every_host()) { Need::Listing } else { Need::Node };
    config::resolve(requested, &host_defaults(facts, tokens), need).map_err(Failure::Config)
}

pub fn host_defaults(facts: &HostFacts, fresh_tokens: Vec<config::TokenString>) -> HostDefaults {
    let address = |wanted: Option<&str>| {
        facts.network.advertise_address(wanted.and_then(|text| text.parse().ok())).ok()
    };
    HostDefaults {
        node_name: facts.host_name.clone().ok(),
        addresses: HostAddresses {
            default_route: address(None),
            default_route_v6: address(Some("::")),
            loopback: address(Some("127.0.0.1")),
        },
        cri_sockets: facts.cri_sockets.clone(),
        fresh_tokens,
    }
}

/// The phases without those that are skipped. A skipped addon counts as disabled, and a disabled one is skipped.
fn choose(phases: &[Phase], config: &mut Config) -> Result<Vec<Phase>, Failure> {
    let mut chosen = plan::without(phases, &config.init.skip_phases)?;
    let skipped = plan::without(&plan::all(), &config.init.skip_phases)?;
    config.cluster.dns.disabled |= !skipped.contains(&Phase::AddonCoredns);
    config.cluster.proxy_disabled |= !skipped.contains(&Phase::AddonKubeProxy);
    chosen.retain(|phase| match phase {
        Phase::AddonCoredns => !config.cluster.dns.disabled,
        Phase::AddonKubeProxy => !config.cluster.proxy_disabled,
        _ => true,
    });
    Ok(chosen)
}

fn target(given: Given<'_>, config: &Config) -> Result<Target, Failure> {
    match (given.text("output-dir"), config.init.dry_run) {
        (None, false) => Ok(Target::Host),
        (None, true) => Ok(Target::Listing),
        (Some(folder), true) => Ok(Target::Folder(folder.into())),
        (Some(_), false) => Err(Failure::OutputDirAlone),
    }
}

fn paths(given: Given<'_>) -> Paths {
    let defaults = Paths::default();
    let kubeconfig_dir = given.text("kubeconfig-dir").map_or(defaults.kubeconfig_dir, PathBuf::from);
    Paths { kubeconfig: given.text("kubeconfig").map_or(defaults.kubeconfig, PathBuf::from), kubeconfig_dir }
}

/// What the user should know of his own component configuration.
fn advise(config: &Config) {
    let all = component::kubelet(config).advice.into_iter().chain(component::kube_proxy(config).advice);
    all.for_each(|advice| report::warn(&advice.to_string()));
}

/// A folder is no host. A dry run that is printed tells what would stop it, and goes on.
fn check_host(request: &Request<'_>, config: &Config) -> Result<(), Failure> {
    match request.target {
        Target::Folder(_) => Ok(()),
        Target::Listing => {
            report::findings(&preflight::judge(config));
            Ok(())
        }
        Target::Host => preflight::check(config),
    }
}

fn host_inputs(facts: &HostFacts) -> HostInputs {
    HostInputs {
        name: facts.host_name.clone().unwrap_or_default(),
        resolver: match facts.resolved_active {
            Ok(true) => Resolver::SystemdResolved,
            Ok(false) | Err(_) => Resolver::Other,
        },
        ca_directories: facts.ca_directories.iter().map(|path| path.display().to_string()).collect(),
        proxies: facts.proxies.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect(),
    }
}

fn carry_out(
    request: &Request<'_>,
    config: &Config,
    facts: &HostFacts,
    detail: Detail,
) -> Result<(), Failure> {
    let tree = match &request.target {
        Target::Host | Target::Listing => Tree::new("/"),
        Target::Folder(folder) => Tree::new(folder),
    };
    let files = observe_files(&tree, config, &request.paths)?;
    let inputs = Inputs {
        config,
        files: &files,
        patches: &read_patches(config)?,
        host: &host_inputs(facts),
        paths: &request.paths,
        upload: upload(request, config, &files)?,
        now: facts.now,
    };
    let draft = plan::draft(&inputs, &request.phases)?;
    draft.remarks.iter().for_each(|remark| report::warn(remark));
    let on_host = plan::host_effects(&inputs, &draft, &request.phases, &SystemKeys)?;
    // Whatever is wrong with the cluster's part is to be known before the first write.
    plan::cluster_effects(&inputs, &on_host.files, &SeenCluster::default(), &request.phases)?;
    let joining = joining(request, &inputs, &on_host.files)?;

    let mut host = open(request, config, tree)?;
    let mut progress = Progress::new(detail);
    let (before, after) = split(on_host.effects, &request.phases);
    apply(host.as_mut(), &before, &mut progress)?;
    if let Some(first) = plan::first_rights(&request.phases) {
        let phase = first.phase;
        apply(host.as_mut(), &[first], &mut progress)?;
        let seen = host
            .see_cluster(&questions(request, config))
            .map_err(|source| crate::host::PhaseFailed { phase, source })?;
        let mut rest = plan::cluster_effects(&inputs, &on_host.files, &seen, &request.phases)?;
        rest.extend(after);
        rest.sort_by_key(|effect| effect.phase);
        apply(host.as_mut(), &rest, &mut progress)?;
    }
    conclude(request, joining.as_ref(), &progress.into_files());
    Ok(())
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
    }
}

/// Every file that the plan may touch, and the CA files that kubeconfigs name.
fn observe_files(tree: &Tree, config: &Config, paths: &Paths) -> Result<Files, Failure> {
    let found = tree.read(&plan::observed_paths(config, paths))?;
    let named: Vec<PathBuf> =
        found.values().filter_map(|found| kubeconfig::authority_file(found.content.bytes())).collect();
    let authorities = tree.read(&named)?;
    Ok(found.into_iter().chain(authorities).map(|(path, found)| (path, found.content)).collect())
}

fn read_patches(config: &Config) -> Result<Patches, Failure> {
    let Some(folder) = &config.init.patches else { return Ok(Patches::default()) };
    let mut files = BTreeMap::new();
    read_folder(folder, Path::new(""), &mut files)
        .map_err(|source| Failure::ReadPatches { path: folder.clone(), source })?;
    let patches = Patches::parse(&files, config.minor.patch_targets)?;
    for ignored in &patches.ignored {
        report::warn(&format!(
            "{} in the patches folder is left out: {}",
            ignored.file.display(),
            ignored.reason
        ));
    }
    Ok(patches)
}

#[expect(clippy::disallowed_methods, reason = "the patches are an argument of the command")]
fn read_folder(folder: &Path, below: &Path, files: &mut BTreeMap<PathBuf, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (place, name) = (entry.path(), below.join(entry.file_name()));
        if place.is_dir() {
            read_folder(&place, &name, files)?;
        } else {
            files.insert(name, std::fs::read_to_string(&place)?);
        }
    }
    Ok(())
}

/// The upload-certs phase does its work only when it is asked to.
fn upload(request: &Request<'_>, config: &Config, files: &Files) -> Result<Option<Upload>, Failure> {
    if !request.given.is_on("upload-certs") || !request.phases.contains(&Phase::UploadCerts) {
        return Ok(None);
    }
    let existing = plan::existing(config, files);
    if pki::is_external(Ca::Cluster, &existing) || pki::is_external(Ca::FrontProxy, &existing) {
        return Err(PlanError::NothingToUpload.into());
    }
    let key = match &config.init.certificate_key {
        Some(text) => CertificateKey::from_hex(text).map_err(PlanError::Seal)?,
        None => CertificateKey::new(random::bytes()?),
    };
    let nonces =
        pki::shared_files(&config.cluster).iter().map(|_| random::bytes()).collect::<Result<_, _>>()?;
    Ok(Some(Upload { key, token: random::token()?, nonces }))
}

fn open(request: &Request<'_>, config: &Config, tree: Tree) -> Result<Box<dyn Host>, Failure> {
    Ok(match &request.target {
        Target::Host => Box::new(Machine::new(tree, access(request, config))?),
        Target::Listing => Box::new(Listing),
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
    }
}

fn joining(request: &Request<'_>, inputs: &Inputs<'_>, files: &Files) -> Result<Option<Joining>, Failure> {
    if !request.phases.contains(&Phase::ShowJoinCommand) {
        return Ok(None);
    }
    let path = request.paths.kubeconfig.display().to_string();
    let reach = plan::reach(inputs, files)?;
    let ca_cert_hashes = pki::ca_cert_hashes(&reach.authority)
        .map_err(|error| PlanError::Unusable { path: path.clone(), why: error.to_string() })?;
    let shown = |hidden: bool, text: String| (!hidden).then_some(text);
    let hide_token = request.given.is_on("skip-token-print");
    let tokens = inputs.config.init.bootstrap_tokens.iter();
    Ok(Some(Joining {
        endpoint: reach.server.trim_start_matches("https://").to_owned(),
        ca_cert_hashes,
        tokens: tokens
            .map(|token| shown(hide_token, token.token.text().expose_secret().to_owned()))
            .collect(),
        control_planes: control_planes(request, inputs),
        kubeconfig: path,
    }))
}

fn control_planes(request: &Request<'_>, inputs: &Inputs<'_>) -> ControlPlanes {
    let hidden = request.given.is_on("skip-certificate-key-print");
    match (&inputs.config.cluster.control_plane_endpoint, &inputs.upload) {
        (None, _) => ControlPlanes::Never,
        (Some(_), None) => ControlPlanes::ByCopiedCertificates,
        (Some(_), Some(upload)) => {
            let key = upload.key.to_hex();
            ControlPlanes::ByCertificateKey((!hidden).then(|| key.expose_secret().to_owned()))
        }
    }
}

fn conclude(request: &Request<'_>, joining: Option<&Joining>, files: &[FileDone]) {
    match (request.given.text("output").as_deref(), joining) {
        (Some("json"), Some(joining)) => report::json(&joining.json(files)),
        (Some("json"), None) => report::json(&json!({ "files": report::files_json(files) })),
        (_, Some(joining)) => report::out(&joining.text()),
        (_, None) => {}
    }
}

/// `--print-manifest`: the addon's objects as one YAML stream, and nothing else.
fn print_manifests(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Result<(), Failure> {
    let inputs = Inputs {
        config,
        files: &Files::new(),
        patches: &read_patches(config)?,
        host: &host_inputs(facts),
        paths: &request.paths,
        upload: None,
        now: facts.now,
    };
    let effects = plan::cluster_effects(&inputs, &Files::new(), &SeenCluster::default(), &request.phases)?;
    for object in effects.iter().flat_map(|effect| effect.objects()) {
        let text = yaml::to_string(&object.body.redacted())
            .map_err(|source| PlanError::Render { what: object.name.clone(), source })?;
        report::out(&format!("---\n{text}"));
    }
    Ok(())
}

/// `config images list`
pub fn list_images(matches: &ArgMatches) -> Result<(), Failure> {
    let given = Given(matches);
    let requested = read_request(given)?;
    let config =
        config::resolve(requested, &HostDefaults::default(), Need::Listing).map_err(Failure::Config)?;
    let images = config.control_plane_images();
    match given.text("output").as_deref() {
        Some("json") => report::json(&json!({ "images": images })),
        _ => report::out(&(images.join("\n") + "\n")),
    }
    Ok(())
}

/// `version`
pub fn version(matches: &ArgMatches) {
    let own = env!("CARGO_PKG_VERSION");
    let minors: Vec<String> = versions::MINORS.iter().map(|minor| format!("1.{}", minor.number)).collect();
    match Given(matches).text("output").as_deref() {
        Some("json") => report::json(&json!({ "kubewright": own, "kubernetesMinors": minors })),
        Some("short") => report::out(&format!("{own}\n")),
        _ => report::out(&format!("kubewright {own}, for Kubernetes {}\n", minors.join(", "))),
    }
}
