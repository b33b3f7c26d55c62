//! What a cluster says to a node that wants to join it.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Read with the node's bootstrap credentials.
#[derive(Debug, Clone)]
pub struct ClusterFacts {
    /// The ClusterConfiguration of the ConfigMap kubeadm-config, YAML.
    pub cluster_configuration: String,
    /// The KubeletConfiguration of the ConfigMap kubelet-config, YAML.
    pub kubelet_configuration: String,
    /// The node of this host's name.
    pub node: NodeSeen,
    /// The kubeadm-certs Secret, where it was asked for.
    pub shared: SharedSeen,
}

/// Whether the cluster has a node of this host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeSeen {
    /// It has none.
    Absent,
    /// It has one whose kubelet is down, or has not told yet.
    NotReady,
    /// It has one that runs.
    Ready,
}

/// What came of the question for the shared certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedSeen {
    /// They are not needed, or are here.
    NotAsked,
    /// Nobody has uploaded them, or they have gone since.
    Absent,
    /// Entry → what was sealed with the certificate key.
    Sealed(BTreeMap<String, Sealed>),
}

/// Bytes that only the certificate key opens.
pub type Sealed = Zeroizing<Vec<u8>>;
