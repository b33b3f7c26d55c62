//! One node, after parsing, defaulting and checking: what it is called, what it is to be, and how its kubelet runs.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::Taint;

use super::{Arg, NodeName};
use crate::duration::GoDuration;

/// One node of a cluster: the nodeRegistration, the API server's address and the timeouts of an InitConfiguration or a
/// JoinConfiguration.
#[derive(Debug, Clone)]
pub struct NodeSpec {
    /// Of the Node object.
    pub name: NodeName,
    /// First control plane, further control plane, or worker.
    pub role: NodeRole,
    /// With its scheme: `unix:///var/run/containerd/containerd.sock`.
    pub cri_socket: String,
    /// Of the Node object.
    pub taints: Vec<Taint>,
    /// The user's own flags of the kubelet.
    pub kubelet_extra_args: Vec<Arg>,
    /// When the control plane's images are pulled before they are needed.
    pub image_pull_policy: ImagePullPolicy,
    /// One after the other, and not side by side.
    pub image_pull_serial: bool,
    /// How long is waited for this node's part of the cluster; the API server's startup probe goes by them too.
    pub timeouts: Timeouts,
}

/// What a node is in its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeRole {
    /// It makes the cluster: `init`.
    FirstControlPlane(ApiEndpoint),
    /// It joins the control plane: `join --control-plane`.
    ControlPlane(ApiEndpoint),
    /// It joins, and runs a kubelet alone.
    Worker,
}

/// When an image is pulled that a static pod runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImagePullPolicy {
    /// Even where the runtime has it.
    Always,
    /// Where the runtime does not have it.
    IfNotPresent,
    /// The image has to be there.
    Never,
}

/// Where a node's API server is reached: the localAPIEndpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiEndpoint {
    /// Of an interface of this node.
    pub advertise_address: IpAddr,
    /// A TCP port.
    pub bind_port: u16,
}

/// How long each thing may take: the `timeouts` of a configuration, by their names there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the control plane's components are healthy.
    pub control_plane_component_health_check: GoDuration,
    /// Until the kubelet is healthy.
    pub kubelet_health_check: GoDuration,
    /// For a call of the API server, tried again where it fails.
    pub kubernetes_api_call: GoDuration,
    /// For a call of etcd, tried again where it fails.
    pub etcd_api_call: GoDuration,
    /// Until a joining kubelet has its certificate.
    pub tls_bootstrap: GoDuration,
    /// Until a joining node has found its cluster.
    pub discovery: GoDuration,
    /// Until a static pod runs by its new manifest.
    pub upgrade_manifests: GoDuration,
}

impl NodeSpec {
    /// None on a worker, which has no API server.
    pub const fn endpoint(&self) -> Option<ApiEndpoint> {
        match self.role {
            NodeRole::FirstControlPlane(endpoint) | NodeRole::ControlPlane(endpoint) => Some(endpoint),
            NodeRole::Worker => None,
        }
    }

    /// Whether it runs an API server.
    pub const fn is_control_plane(&self) -> bool {
        self.endpoint().is_some()
    }
}

impl ApiEndpoint {
    /// `address:port`, to connect to.
    pub const fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.advertise_address, self.bind_port)
    }

    /// `https://address:port`, an IPv6 address in brackets.
    pub fn url(&self) -> String {
        format!("https://{}", self.socket())
    }
}
