//! The node that this host is by its files: its name, its API server, its runtime.

use super::request::UpgradeRequest;
use crate::cli::certs;
use crate::cli::failure::Failure;
use crate::cli::request;
use crate::config::{self, Flags, HostDefaults, Need, NodeRole, NodeSpec, Requested};
use crate::facts::secure_port;
use crate::host::{Node, observe};
use crate::manifests::static_pod::StaticPod;
use crate::plan::manifest_path;

/// The node of an upgrade, as it was asked for.
pub fn this_node(asked: &UpgradeRequest<'_>) -> Result<NodeSpec, Failure> {
    let mut node = by_its_files(asked.host, &asked.node)?;
    let sockets = observe::reset::host(&asked.node);
    let found = sockets.kubelet_socket.or_else(|| match sockets.cri_sockets.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    node.cri_socket = found.unwrap_or(node.cri_socket);
    node.image_pull_policy = asked.asked.image_pull_policy;
    node.image_pull_serial = asked.asked.image_pull_serial;
    node.timeouts = asked.asked.timeouts.clone();
    Ok(node)
}

/// What the files of `node` say goes before what the host would be called now. It is a control plane where it has an API server's manifest.
pub fn by_its_files(host: &Node, node: &Node) -> Result<NodeSpec, Failure> {
    let tree = node.tree();
    let requested = Requested::parse(None, &Flags::default())?;
    let fresh_tokens = request::fresh_tokens(&requested)?;
    let api_server = tree.read_one(&manifest_path(StaticPod::ApiServer))?;
    let text = api_server.as_ref().and_then(|found| std::str::from_utf8(found.content.bytes()).ok());
    let need = if api_server.is_some() { Need::Node } else { Need::Named };
    let defaults = HostDefaults { fresh_tokens, ..certs::this_node(host, tree)? };
    let mut node = config::resolve(requested, &defaults, need)?.node;
    node.role = match node.role {
        NodeRole::FirstControlPlane(mut endpoint) if api_server.is_some() => {
            endpoint.bind_port = text.and_then(secure_port).unwrap_or(endpoint.bind_port);
            NodeRole::ControlPlane(endpoint)
        }
        _ => NodeRole::Worker,
    };
    Ok(node)
}
