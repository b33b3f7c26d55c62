//! A node in its cluster: what files, certificates and checks are made from.

use super::{ApiEndpoint, BootstrapToken, CertificateKey, ClusterSpec, NodeSpec, RunOptions};

/// One node, and the cluster that it is a part of.
#[derive(Debug, Clone, Copy)]
pub struct Spec<'a> {
    /// What it shares with all other nodes.
    pub cluster: &'a ClusterSpec,
    /// What is its own.
    pub node: &'a NodeSpec,
}

/// The same of a node that runs an API server.
#[derive(Debug, Clone, Copy)]
pub struct ControlPlane<'a> {
    /// What it shares with all other nodes.
    pub cluster: &'a ClusterSpec,
    /// What is its own.
    pub node: &'a NodeSpec,
    /// Of its API server.
    pub endpoint: ApiEndpoint,
}

/// What `init` was asked for, complete and valid: a cluster, its first node, and this run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The cluster that is made.
    pub cluster: ClusterSpec,
    /// The node that becomes the cluster's first control plane.
    pub node: NodeSpec,
    /// How the run goes about it.
    pub run: RunOptions,
    /// With which further nodes join.
    pub bootstrap_tokens: Vec<BootstrapToken>,
    /// That the uploaded certificates are encrypted with, where the user has chosen it.
    pub certificate_key: Option<CertificateKey>,
}

impl<'a> Spec<'a> {
    /// None on a worker.
    pub fn control_plane(self) -> Option<ControlPlane<'a>> {
        let Self { cluster, node } = self;
        node.endpoint().map(|endpoint| ControlPlane { cluster, node, endpoint })
    }
}

impl<'a> ControlPlane<'a> {
    /// As any node.
    pub const fn spec(self) -> Spec<'a> {
        Spec { cluster: self.cluster, node: self.node }
    }
}

impl Config {
    /// The cluster's first node.
    pub const fn spec(&self) -> Spec<'_> {
        Spec { cluster: &self.cluster, node: &self.node }
    }

    /// The same, as the control plane that it is.
    ///
    /// # Panics
    /// Never: `resolve` gives it an API server.
    pub fn control_plane(&self) -> ControlPlane<'_> {
        self.spec().control_plane().expect("init makes a control plane")
    }
}
