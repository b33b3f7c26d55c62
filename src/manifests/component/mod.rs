//! The kubelet's and kube-proxy's configuration: the user's fields, kubeadm's defaults, and everything that Go's
//! encoder writes of the rest.

mod advice;
mod cluster_dns;
mod defaults;
mod kube_proxy;
mod kubelet;
mod patched;

pub use advice::Advice;
pub use cluster_dns::cluster_dns;
pub use kube_proxy::kube_proxy;
pub use kubelet::{Resolver, instance_config, kubelet, node_kubelet, with_instance_config};
pub use patched::{PatchedKubelet, patched_kubelet};

use serde_json::Value;

/// A component's whole configuration, with what the user should know of his own part in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// `apiVersion` and `kind` included, keys in order.
    pub document: Value,
    /// What of the user's own is not as this program would have it.
    pub advice: Vec<Advice>,
}
