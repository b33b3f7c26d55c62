//! What was asked for + what the host says of itself → the complete [`Config`] or [`Join`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::core::v1::Taint;

use super::error::{ConfigError, ConfigErrors};
use super::given::At;
use super::problem::Problem;
use super::requested::{Advertise, Requested, RequestedInit, RequestedNode, RequestedRun, RequestedToken};
use super::requested_join::{RequestedControlPlane, RequestedJoin};
use super::{
    ApiEndpoint, BootstrapToken, Config, Join, NodeName, NodeRole, NodeSpec, RunOptions, Timeouts,
    TokenOrigin, TokenString, defaults, read,
};
use crate::secret::Secret;

/// What a host answers where the user said nothing.
#[derive(Debug, Clone, Default)]
pub struct HostDefaults {
    /// The host's name, as it is.
    pub node_name: Option<String>,
    /// For the API server to advertise.
    pub addresses: HostAddresses,
    /// The known runtimes' sockets that are there, with their scheme.
    pub cri_sockets: Vec<String>,
    /// New tokens, at least [`Requested::fresh_tokens`] of them.
    pub fresh_tokens: Vec<TokenString>,
}

/// Addresses that other nodes can reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostAddresses {
    /// Of the default route's interface, IPv4 first.
    pub default_route: Option<IpAddr>,
    /// Of the default route's interface, IPv6 first.
    pub default_route_v6: Option<IpAddr>,
    /// On the loopback interface, beside `127.0.0.1` and `::1`.
    pub loopback: Option<IpAddr>,
}

/// What the configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A real node: name, address and runtime must be known.
    Node,
    /// A file to be rewritten: what the host does not say is left to the host that reads it.
    File,
    /// Control plane files in which no address is: only the name and the runtime must be known.
    Named,
    /// Something to list or to print: kubeadm's placeholders stand for what the host does not say.
    Listing,
}

/// kubeadm's placeholders, which it prints in its own examples.
const PLACEHOLDER_NAME: &str = "node";
const PLACEHOLDER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 2, 3, 4));
const PLACEHOLDER_TOKEN: (&str, &str) = ("abcdef", "0123456789abcdef");

impl HostDefaults {
    /// Whether the host is called as a node can be.
    pub(super) fn names_a_node(&self) -> bool {
        self.node_name.as_deref().is_some_and(is_node_name)
    }
}

impl Requested {
    /// How many tokens were asked for without being given.
    pub fn fresh_tokens(&self) -> usize {
        self.init.bootstrap_tokens.iter().filter(|token| token.token.is_none()).count()
    }
}

/// Adds the host's part. The user's own values are never replaced.
///
/// # Errors
/// All that the host had to say and could not, each with the flag and the field that say it instead.
pub fn resolve(requested: Requested, host: &HostDefaults, need: Need) -> Result<Config, ConfigErrors> {
    let mut errors = Vec::new();
    let RequestedInit { advertise, advertise_at, bind_port, bootstrap_tokens, timeouts, .. } =
        &requested.init;
    let at = advertise_at.clone().unwrap_or_else(|| At::host("localAPIEndpoint.advertiseAddress"));
    let role = endpoint(&at, *advertise, *bind_port, host, need).map(NodeRole::FirstControlPlane);
    let node = node(&requested.init.node, role, timeouts, host, need, &mut errors);
    let tokens = tokens(bootstrap_tokens, &host.fresh_tokens, need);
    let tokens = keep(&At::host("bootstrapTokens"), tokens, &mut errors);
    match (node, tokens) {
        (Some(node), Some(tokens)) => Ok(config(requested, node, tokens)),
        _ => Err(ConfigErrors(errors)),
    }
}

/// The same for a node that joins. Only a control plane needs an address.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_join(requested: RequestedJoin, host: &HostDefaults, need: Need) -> Result<Join, ConfigErrors> {
    let mut errors = Vec::new();
    let control_plane = requested.control_plane.as_ref();
    let role = control_plane.map_or(Ok(NodeRole::Worker), |asked| further_control_plane(asked, host, need));
    let node = node(&requested.node, role, &requested.timeouts, host, need, &mut errors);
    let Some(node) = node else { return Err(ConfigErrors(errors)) };
    Ok(Join {
        node,
        run: run_options(requested.run, requested.node.ignore_preflight_errors),
        ca_cert_path: requested.ca_cert_path,
        discovery: requested.discovery,
        certificate_key: requested.control_plane.and_then(|asked| asked.certificate_key),
    })
}

/// The runtime alone, where nothing else of the host counts.
///
/// # Errors
/// There are several, and none was chosen.
pub fn resolve_runtime(asked: Option<String>, host: &HostDefaults) -> Result<String, ConfigErrors> {
    let problem = |problem| ConfigErrors(vec![runtime_at().refuse(problem)]);
    cri_socket(asked, host, Need::Node).map_err(problem)
}

fn further_control_plane(
    asked: &RequestedControlPlane,
    host: &HostDefaults,
    need: Need,
) -> Result<NodeRole, ConfigError> {
    let host_at = || At::host("controlPlane.localAPIEndpoint.advertiseAddress");
    let at = asked.advertise_at.clone().unwrap_or_else(host_at);
    endpoint(&at, asked.advertise, asked.bind_port, host, need).map(NodeRole::ControlPlane)
}

fn endpoint(
    at: &At,
    asked: Advertise,
    bind_port: u16,
    host: &HostDefaults,
    need: Need,
) -> Result<ApiEndpoint, ConfigError> {
    let found = address(asked, &host.addresses, need).map_err(|problem| at.refuse(problem))?;
    Ok(ApiEndpoint { advertise_address: found, bind_port })
}

fn keep<T>(at: &At, answer: Result<T, Problem>, errors: &mut Vec<ConfigError>) -> Option<T> {
    answer.map_err(|problem| errors.push(at.refuse(problem))).ok()
}

fn config(requested: Requested, node: NodeSpec, bootstrap_tokens: Vec<BootstrapToken>) -> Config {
    let Requested { cluster, init, warnings: _ } = requested;
    let run = run_options(init.run, init.node.ignore_preflight_errors);
    Config { cluster, node, run, bootstrap_tokens, certificate_key: init.certificate_key }
}

fn run_options(asked: RequestedRun, ignore_preflight_errors: Vec<String>) -> RunOptions {
    RunOptions {
        skip_phases: asked.skip_phases.into_iter().map(|given| given.value).collect(),
        patches: asked.patches.map(|given| given.value),
        ignore_preflight_errors,
        dry_run: asked.dry_run,
    }
}

fn node(
    asked: &RequestedNode,
    role: Result<NodeRole, ConfigError>,
    timeouts: &Timeouts,
    host: &HostDefaults,
    need: Need,
    errors: &mut Vec<ConfigError>,
) -> Option<NodeSpec> {
    let asked = asked.clone();
    let name = keep(&At::host("nodeRegistration.name"), node_name(asked.name, host, need), errors);
    let socket = keep(&runtime_at(), cri_socket(asked.cri_socket, host, need), errors);
    let role = role.map_err(|error| errors.push(error)).ok()?;
    Some(NodeSpec {
        name: name?,
        role,
        cri_socket: socket?,
        taints: asked.taints.unwrap_or_else(|| taints(role)),
        kubelet_extra_args: asked.kubelet_extra_args,
        image_pull_policy: asked.image_pull_policy,
        image_pull_serial: asked.image_pull_serial,
        timeouts: timeouts.clone(),
    })
}

fn runtime_at() -> At {
    At::host("nodeRegistration.criSocket")
}

/// Where none were asked for, not even an empty list.
fn taints(role: NodeRole) -> Vec<Taint> {
    match role {
        NodeRole::FirstControlPlane(_) | NodeRole::ControlPlane(_) => vec![control_plane_taint()],
        NodeRole::Worker => Vec::new(),
    }
}

fn control_plane_taint() -> Taint {
    Taint {
        key: defaults::CONTROL_PLANE_TAINT.to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    }
}

fn node_name(asked: Option<NodeName>, host: &HostDefaults, need: Need) -> Result<NodeName, Problem> {
    let host_name = host.node_name.as_deref().filter(|name| !name.trim().is_empty());
    let text = match (asked, host_name, need) {
        (Some(name), _, _) => return Ok(name),
        (None, Some(name), Need::File) if !is_node_name(name) => PLACEHOLDER_NAME,
        (None, Some(name), Need::Node | Need::Named | Need::File) => name,
        (None, _, Need::Listing) | (None, None, Need::File) => PLACEHOLDER_NAME,
        (None, None, Need::Node | Need::Named) => return Err(Problem::NoHostName),
    };
    Ok(text.parse()?)
}

/// The one runtime that is there, or containerd's usual socket: whether it answers is preflight's question.
fn cri_socket(asked: Option<String>, host: &HostDefaults, need: Need) -> Result<String, Problem> {
    match (asked, host.cri_sockets.as_slice(), need) {
        (Some(socket), _, _) => Ok(socket),
        (None, [only], _) => Ok(only.clone()),
        (None, [], _) | (None, _, Need::Listing | Need::File) => Ok(defaults::CRI_SOCKET.to_owned()),
        (None, several, Need::Node | Need::Named) => {
            Err(Problem::SeveralRuntimes { found: several.join(", ") })
        }
    }
}

fn is_node_name(text: &str) -> bool {
    text.parse::<NodeName>().is_ok()
}

/// As kubeadm writes it where there is no route: whoever reads it looks for the default route then.
const fn unspecified(asked: Advertise) -> IpAddr {
    match asked {
        Advertise::DefaultRouteV6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        Advertise::DefaultRoute | Advertise::Loopback | Advertise::Given(_) => {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        }
    }
}

fn address(asked: Advertise, host: &HostAddresses, need: Need) -> Result<IpAddr, Problem> {
    let (found, problem) = match asked {
        Advertise::Given(address) => return Ok(address),
        Advertise::DefaultRoute => (host.default_route, Problem::NoAddress),
        Advertise::DefaultRouteV6 => (host.default_route_v6, Problem::NoAddress),
        Advertise::Loopback => (host.loopback, Problem::NoLoopbackAddress),
    };
    match (found.filter(|address| read::unreachable(*address).is_none()), need) {
        (Some(address), _) => Ok(address),
        (None, Need::Listing | Need::Named) => Ok(PLACEHOLDER_ADDRESS),
        (None, Need::File) => Ok(unspecified(asked)),
        (None, Need::Node) => Err(problem),
    }
}

fn tokens(
    asked: &[RequestedToken],
    fresh: &[TokenString],
    need: Need,
) -> Result<Vec<BootstrapToken>, Problem> {
    let mut fresh = fresh.iter();
    asked
        .iter()
        .map(|token| {
            let string = match (&token.token, need) {
                (Some(string), _) => Some(string.clone()),
                (None, Need::Node | Need::Named | Need::File) => fresh.next().cloned(),
                (None, Need::Listing) => Some(fresh.next().cloned().unwrap_or_else(placeholder_token)),
            };
            string.map(|string| bootstrap_token(token, string))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or(Problem::TooFewTokens)
}

fn bootstrap_token(asked: &RequestedToken, token: TokenString) -> BootstrapToken {
    BootstrapToken {
        token,
        origin: if asked.token.is_some() { TokenOrigin::Given } else { TokenOrigin::Made },
        description: asked.description.clone(),
        expiry: asked.expiry,
        usages: asked.usages.clone(),
        groups: asked.groups.clone(),
    }
}

fn placeholder_token() -> TokenString {
    let (id, secret) = PLACEHOLDER_TOKEN;
    TokenString { id: id.to_owned(), secret: Secret::new(secret) }
}
