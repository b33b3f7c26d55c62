//! `upgrade diff`: what another version would change. By kubeadm's name, as kubeadm's: three static pods of this control plane beside those
//! that the version would have. Nothing is written, anywhere.

use std::path::PathBuf;

use super::changes;
use super::command::VERSION;
use super::failure::UpgradeFailure;
use super::reached::kubeconfig;
use super::request::of_diff;
use crate::cli::certs::this_node;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::invocation::Invocation;
use crate::cli::plan_inputs::host_inputs;
use crate::cli::request;
use crate::cli::token::TokenFailure;
use crate::config::{
    self, ClusterSpec, Config, Flags, HostDefaults, Need, NodeRole, Requested, RequestedUpgradeDiff,
    SourceFile, Stored, UpgradeDiffFlags,
};
use crate::facts::secure_port;
use crate::host::{Node, NotSurveyed, TokenStore, observe};
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::manifests::static_pod::{self, CaKey, PodInputs, StaticPod};
use crate::plan::{Paths, manifest_path};
use crate::report;

/// Those that kubeadm compares; etcd's names its members, which no configuration knows.
const COMPARED: [StaticPod; 3] = [StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler];
/// kubeadm's name for what is on no disk.
const NEW: &str = "new manifest";

/// A manifest of this host.
struct Found {
    pod: StaticPod,
    path: PathBuf,
    text: String,
}

/// Shows what would change, and nothing where nothing would.
pub fn run(node: &Node, given: FlagValues<'_>, invocation: Invocation) -> Result<(), Failure> {
    let requested = read_request(given)?;
    if invocation == Invocation::Kubeadm {
        return show_static_pods(node, given, requested);
    }
    let asked = of_diff(node, given, requested.version.as_ref())?;
    let differs = changes::show(&asked, invocation, requested.context_lines)?;
    if differs && given.is_on("exit-code") { Err(UpgradeFailure::Differs.into()) } else { Ok(()) }
}

fn show_static_pods(
    node: &Node,
    given: FlagValues<'_>,
    requested: RequestedUpgradeDiff,
) -> Result<(), Failure> {
    let found: Vec<Found> = COMPARED.into_iter().map(|pod| read(node, pod)).collect::<Result<_, _>>()?;
    let mut config = this_control_plane(node, cluster(node, given)?, &found)?;
    if let Some((version, minor)) = requested.version {
        (config.cluster.version, config.cluster.minor) = (version, minor);
    }
    let inputs = pod_inputs(node, &config);
    for Found { pod, path, text } in found {
        let unreadable = || UpgradeFailure::NoManifest { path: path.clone() };
        let old = static_pod::in_go_s_form(&text).ok_or_else(unreadable)?;
        let new = static_pod::render(pod, config.spec(), &inputs, &Patches::default())?;
        let names = [&*path.to_string_lossy(), NEW];
        report::out(&report::unified(&old, &new.unwrap_or_default(), names, requested.context_lines));
    }
    Ok(())
}

fn read_request(given: FlagValues<'_>) -> Result<RequestedUpgradeDiff, Failure> {
    let source = request::config_source(given)?;
    let flags = UpgradeDiffFlags {
        unknown: request::unknown(),
        version: given.text(VERSION),
        context_lines: given.number("context-lines"),
    };
    let requested = RequestedUpgradeDiff::parse(source.as_ref().map(SourceFile::text), &flags)
        .map_err(|errors| Failure::Config(errors).in_file(source.as_ref()))?;
    request::tell(&requested.warnings, source.as_ref());
    Ok(requested)
}

fn read(node: &Node, pod: StaticPod) -> Result<Found, Failure> {
    let path = manifest_path(pod);
    let missing = || UpgradeFailure::NoManifest { path: path.clone() };
    let found = node.tree().read_one(&path)?.ok_or_else(missing)?;
    let text = String::from_utf8(found.content.bytes().to_vec()).map_err(|_| missing())?;
    Ok(Found { pod, path, text })
}

fn cluster(node: &Node, given: FlagValues<'_>) -> Result<ClusterSpec, Failure> {
    let path = request::from_here(given, "kubeconfig")?.unwrap_or_else(|| Paths::default().kubeconfig);
    let store = TokenStore::open(&path, &kubeconfig(node, &path)?)?;
    let stored = store.cluster_configuration().map_err(TokenFailure::Call)?;
    let text = stored.ok_or(UpgradeFailure::Survey(NotSurveyed::NoConfiguration))?;
    Ok(Stored::parse_cluster(&text)?)
}

/// Its address and its port are those of the API server's own manifest.
fn this_control_plane(node: &Node, cluster: ClusterSpec, found: &[Found]) -> Result<Config, Failure> {
    let requested = Requested::parse(None, &Flags::default())?;
    let fresh_tokens = request::fresh_tokens(&requested)?;
    let host = HostDefaults { fresh_tokens, ..this_node(node, node.tree())? };
    let mut config = Config { cluster, ..config::resolve(requested, &host, Need::Node)? };
    let api_server = found.iter().find(|found| found.pod == StaticPod::ApiServer);
    let port = api_server.and_then(|found| secure_port(&found.text));
    let mut endpoint = config.control_plane().endpoint;
    endpoint.bind_port = port.unwrap_or(endpoint.bind_port);
    config.node.role = NodeRole::FirstControlPlane(endpoint);
    Ok(config)
}

fn pod_inputs(node: &Node, config: &Config) -> PodInputs {
    let host = host_inputs(&observe::facts(node), Resolver::Other);
    // A folder that may not be looked into counts as one that holds both.
    let has = |name: &str| observe::exists(node, &config.cluster.certificates_dir.join(name)).unwrap_or(true);
    let is_external = has("ca.crt") && !has("ca.key");
    PodInputs {
        host_ca_dirs: host.ca_directories,
        proxy_env: host.proxies,
        cluster_ca: if is_external { CaKey::External } else { CaKey::Present },
        identities: None,
        etcd_cluster: None,
    }
}
