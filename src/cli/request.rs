//! What a run was asked for: the flags, the configuration, the phases, and what to carry them out on.

use std::path::{Path, PathBuf};

use super::check::check;
use super::claim::Claim;
use super::failure::Failure;
use super::flags::FlagValues;
use super::invocation::Invocation;
use super::target::ApplyTarget;
use crate::config::{
    self, Config, ConfigErrors, ConfigWarning, Flags, HostAddresses, HostDefaults, Need, NewToken, Requested,
    SourceFile, TokenMaker, TokenString, Unknown,
};
use crate::facts::HostFacts;
use crate::host::random::{self, NoRandom};
use crate::host::{FileError, Node, read_argument, read_file};
use crate::plan::{INIT, Paths, Phase};
use crate::report;
use crate::secret::Secret;

/// What this run was asked for beside the configuration.
#[derive(Debug)]
pub struct Request<'a> {
    /// The flags.
    pub given: FlagValues<'a>,
    /// Those that are carried out, in their order.
    pub phases: Vec<Phase>,
    /// Where the effects go.
    pub target: ApplyTarget,
    /// The host that is looked at.
    pub host: &'a Node,
    /// What is set up: that host, or the folder that stands for it.
    pub node: Node,
    /// The kubeconfig and the folder of kubeconfigs.
    pub paths: Paths,
}

/// What `init` was asked for by its file and its flags; phases and folders that it names are looked at too.
pub fn read_request(node: &Node, given: FlagValues<'_>) -> Result<(Requested, Option<SourceFile>), Failure> {
    let (requested, source) = read_with_source(node, given, &flags(given))?;
    let asked = &requested.init.run;
    check(&INIT, &asked.skip_phases, asked.patches.as_ref(), source.as_ref())?;
    Ok((requested, source))
}

/// What the file of `--config` and the flags ask for.
pub fn read(node: &Node, given: FlagValues<'_>, flags: &Flags) -> Result<Requested, Failure> {
    read_with_source(node, given, flags).map(|(requested, _)| requested)
}

/// The same with the file, for what else is wrong with what it says.
pub fn read_with_source(
    node: &Node,
    given: FlagValues<'_>,
    flags: &Flags,
) -> Result<(Requested, Option<SourceFile>), Failure> {
    let source = config_source(given)?;
    let text = source.as_ref().map(SourceFile::text);
    let in_file = |errors: ConfigErrors| Failure::Config(errors.in_file(source.as_ref()));
    let claim = Claim::read(node)?;
    let flags = Flags { unknown: unknown(), ..flags.clone() };
    let requested = Requested::parse_for(text, &flags, &|| claim.version()).map_err(in_file)?;
    tell(&requested.warnings, source.as_ref());
    Ok((requested, source))
}

/// kubeadm only warns of what it does not know.
pub fn unknown() -> Unknown {
    match Invocation::now() {
        Invocation::Kubewright => Unknown::Refused,
        Invocation::Kubeadm => Unknown::LeftOut,
    }
}

/// The warnings of this file, and of the flags.
pub fn tell(warnings: &[ConfigWarning], source: Option<&SourceFile>) {
    ConfigWarning::in_file(warnings, source).iter().for_each(report::config_warning);
}

/// What errors call it: `standard input` for `-`.
fn file_name(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}

/// The file that `--config` names.
pub fn config_source(given: FlagValues<'_>) -> Result<Option<SourceFile>, Failure> {
    given.text("config").map(|path| read_config(&path)).transpose()
}

/// The configuration file at `path`; `-` is standard input.
pub fn read_config(path: &str) -> Result<SourceFile, Failure> {
    let text = read_argument(path).map_err(|source| Failure::ReadConfig { path: file_name(path), source })?;
    Ok(SourceFile::new(file_name(path), text))
}

/// The text of the template file at `path`.
pub fn read_template(path: &str) -> Result<String, Failure> {
    read_file(Path::new(path)).map_err(|source| Failure::ReadTemplate { path: path.to_owned(), source })
}

fn flags(given: FlagValues<'_>) -> Flags {
    let list = |name| given.list(name).unwrap_or_default();
    Flags {
        unknown: Unknown::default(),
        token_maker: TokenMaker::Init,
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
        new_token: NewToken::default(),
    }
}

/// What was asked for, completed by the host's name, addresses and sockets as far as these phases need them.
pub fn resolve(requested: Requested, facts: &HostFacts, phases: &[Phase]) -> Result<Config, Failure> {
    let tokens = fresh_tokens(&requested)?;
    let need = if phases.iter().all(|phase| phase.is_the_same_on_every_host()) {
        Need::Listing
    } else if phases.iter().all(|phase| phase.needs_no_address()) {
        Need::Named
    } else {
        Need::Node
    };
    config::resolve(requested, &host_defaults(facts, tokens), need).map_err(Failure::Config)
}

/// A new token for each that was asked for without being given.
pub fn fresh_tokens(requested: &Requested) -> Result<Vec<TokenString>, NoRandom> {
    (0..requested.fresh_tokens()).map(|_| random::token()).collect()
}

/// What a configuration takes from the host where it says nothing.
pub fn host_defaults(facts: &HostFacts, fresh_tokens: Vec<TokenString>) -> HostDefaults {
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
pub fn choose(phases: &[Phase], config: &mut Config) -> Result<Vec<Phase>, Failure> {
    let mut chosen = INIT.without(phases, &config.run.skip_phases)?;
    let skipped = INIT.without(&INIT.all(), &config.run.skip_phases)?;
    config.cluster.dns.disabled |= !skipped.contains(&Phase::AddonCoredns);
    config.cluster.proxy_disabled |= !skipped.contains(&Phase::AddonKubeProxy);
    chosen.retain(|phase| match phase {
        Phase::AddonCoredns => !config.cluster.dns.disabled,
        Phase::AddonKubeProxy => !config.cluster.proxy_disabled,
        _ => true,
    });
    can_be_shown(&chosen)?;
    Ok(chosen)
}

/// A join command is made of what other phases of the same run have made: alone, its token would be nobody's.
fn can_be_shown(phases: &[Phase]) -> Result<(), Failure> {
    let needed = [Phase::BootstrapToken, Phase::UploadCerts];
    let missing: Vec<&str> =
        needed.iter().filter(|phase| !phases.contains(phase)).map(|phase| phase.entry().path).collect();
    if phases.contains(&Phase::ShowJoinCommand) && !missing.is_empty() {
        return Err(Failure::NothingToShow(missing.join(", ")));
    }
    Ok(())
}

/// By `--kubeconfig` and `--kubeconfig-dir`, or the usual ones.
pub fn paths(given: FlagValues<'_>) -> Result<Paths, Failure> {
    let defaults = Paths::default();
    let kubeconfig_dir = folder(given, "kubeconfig-dir")?.unwrap_or(defaults.kubeconfig_dir);
    Ok(Paths { kubeconfig: from_here(given, "kubeconfig")?.unwrap_or(defaults.kubeconfig), kubeconfig_dir })
}

/// A folder of the host that a flag names.
pub fn folder(given: FlagValues<'_>, flag: &'static str) -> Result<Option<PathBuf>, Failure> {
    let folder = from_here(given, flag)?;
    folder.iter().try_for_each(|path| config::check_path_of_flag(flag, path)).map_err(Failure::Config)?;
    Ok(folder)
}

/// What a flag names counts from the folder that the user is in.
///
/// # Errors
/// That folder is no more.
pub fn from_here(given: FlagValues<'_>, flag: &str) -> Result<Option<PathBuf>, FileError> {
    given.text(flag).filter(|text| !text.is_empty()).map(|text| absolute(Path::new(&text))).transpose()
}

/// A path that counts from the folder that the user is in.
///
/// # Errors
/// That folder is no more.
pub fn absolute(path: &Path) -> Result<PathBuf, FileError> {
    std::path::absolute(path).map_err(|source| FileError::of_folder(CURRENT, path, source))
}

/// To complete "cannot … PATH".
const CURRENT: &str = "tell the folder that this runs in, and so not the place of";
