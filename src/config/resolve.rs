//! What was asked for + what the host says of itself → the complete [`Config`].

use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::Taint;

use super::error::{ConfigError, ConfigErrors, Problem};
use super::given::At;
use super::requested::{Advertise, Requested, RequestedNode, RequestedToken};
use super::{
    ApiEndpoint, BootstrapToken, Config, Init, NodeName, NodeRegistration, TokenString, defaults, read,
};
use crate::secret::Secret;

/// What a host answers where the user said nothing.
#[derive(Debug, Clone, Default)]
pub struct HostDefaults {
    /// The host's name, as it is.
    pub node_name: Option<String>,
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
    /// Something to list or to print: kubeadm's placeholders stand for what the host does not say.
    Listing,
}

/// kubeadm's placeholders, which it prints in its own examples.
const PLACEHOLDER_NAME: &str = "node";
const PLACEHOLDER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 2, 3, 4));
const PLACEHOLDER_TOKEN: (&str, &str) = ("abcdef", "0123456789abcdef");

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
    let node = &requested.init.node;
    let name =
        keep(&At::host("nodeRegistration.name"), node_name(node.name.clone(), host, need), &mut errors);
    let socket = keep(
        &At::host("nodeRegistration.criSocket"),
        cri_socket(node.cri_socket.clone(), host, need),
        &mut errors,
    );
    let address = address(requested.init.advertise, &host.addresses, need);
    let given_at = requested.init.advertise_at.clone();
    let address_at = given_at.unwrap_or_else(|| At::host("localAPIEndpoint.advertiseAddress"));
    let address = keep(&address_at, address, &mut errors);
    let tokens = tokens(&requested.init.bootstrap_tokens, &host.fresh_tokens, need);
    let tokens = keep(&At::host("bootstrapTokens"), tokens, &mut errors);
    match (name, socket, address, tokens) {
        (Some(name), Some(socket), Some(address), Some(tokens)) => {
            Ok(config(requested, name, socket, address, tokens))
        }
        _ => Err(ConfigErrors(errors)),
    }
}

fn keep<T>(at: &At, answer: Result<T, Problem>, errors: &mut Vec<ConfigError>) -> Option<T> {
    answer.map_err(|problem| errors.push(at.refuse(problem))).ok()
}

fn config(
    requested: Requested,
    name: NodeName,
    socket: String,
    advertise_address: IpAddr,
    bootstrap_tokens: Vec<BootstrapToken>,
) -> Config {
    let Requested { minor, cluster, init, kubelet, kube_proxy, warnings: _ } = requested;
    let init = Init {
        bootstrap_tokens,
        node: registration(init.node, name, socket),
        endpoint: ApiEndpoint { advertise_address, bind_port: init.bind_port },
        certificate_key: init.certificate_key,
        skip_phases: init.skip_phases.into_iter().map(|given| given.value).collect(),
        patches: init.patches.map(|given| given.value),
        timeouts: init.timeouts,
        dry_run: init.dry_run,
    };
    Config { minor, init, cluster, kubelet, kube_proxy }
}

fn registration(node: RequestedNode, name: NodeName, cri_socket: String) -> NodeRegistration {
    NodeRegistration {
        name,
        cri_socket,
        taints: node.taints.unwrap_or_else(|| vec![control_plane_taint()]),
        kubelet_extra_args: node.kubelet_extra_args,
        ignore_preflight_errors: node.ignore_preflight_errors,
        image_pull_policy: node.image_pull_policy,
        image_pull_serial: node.image_pull_serial,
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
        (None, Some(name), Need::Node) => name,
        (None, _, Need::Listing) => PLACEHOLDER_NAME,
        (None, None, Need::Node) => return Err(Problem::NoHostName),
    };
    Ok(text.parse()?)
}

/// The one runtime that is there, or containerd's usual socket: whether it answers is preflight's question.
fn cri_socket(asked: Option<String>, host: &HostDefaults, need: Need) -> Result<String, Problem> {
    match (asked, host.cri_sockets.as_slice(), need) {
        (Some(socket), _, _) => Ok(socket),
        (None, [only], _) => Ok(only.clone()),
        (None, [], _) | (None, _, Need::Listing) => Ok(defaults::CRI_SOCKET.to_owned()),
        (None, several, Need::Node) => Err(Problem::SeveralRuntimes { found: several.join(", ") }),
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
        (None, Need::Listing) => Ok(PLACEHOLDER_ADDRESS),
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
                (None, Need::Node) => fresh.next().cloned(),
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
