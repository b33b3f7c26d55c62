//! Discovery: what a cluster shows of itself → whether it is the one that is meant, and if not, why.
//!
//! A node that joins by token knows an address, a token and, as a rule, the hash of the CA's public key. The
//! cluster-info at that address names server and CA and is signed with the token; the CA must have the hash; and the
//! server must show a certificate of that CA and give the same cluster-info again
//! (<https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/#kubeadm-join-phases-discovery>).
//! Asking is the host's work; here the answers are judged.

mod answer;
mod cluster_info;
mod error;
mod fault;
mod transient;
mod vouched;

pub use answer::{Answered, CLUSTER_INFO, KUBEADM_CONFIG, status, token_state};
pub use cluster_info::{BadClusterInfo, ClusterInfo, FoundCluster, Signed};
pub use error::{DiscoveryError, PROXY_HINT, Reached, Saw, Skew, TokenState, Unreached, Voucher, Waited};
pub use fault::{CertificateFault, Fault, Moments, ProxyFault, ProxyRefusal};
pub use transient::{Transient, TransientGroup, TransientLimits, TryError};
pub use vouched::{unvouched, vouched};

use crate::kubeconfig::{Document, Reach};

/// The cluster that was found to be the right one.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// With which the cluster is read next, and the kubelet asks for its certificate. Its cluster is called
    /// `kubernetes`, or as in the discovery file, until [`Document::name_cluster`] gives it its own name.
    pub bootstrap: Document,
    /// To be shown as warnings, once.
    pub remarks: Vec<Remark>,
}

impl Discovered {
    /// Where the cluster is, and its CA.
    pub fn reach(&self) -> Option<Reach> {
        let reach = self.bootstrap.distilled().reach(None)?;
        (!reach.authority.is_empty()).then_some(reach)
    }
}

/// What is worth a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The discovery file's server is not the one that cluster-info names.
    OtherServer {
        /// The server's URL of the discovery file, which is kept.
        file: String,
        /// The server's URL of cluster-info.
        cluster: String,
    },
    /// The discovery file alone says where the cluster is.
    NotRefreshed {
        /// The API server, `host:port`.
        at: String,
    },
    /// cluster-info has other CAs besides, of these hashes.
    NotPinned {
        /// The API server, `host:port`.
        at: String,
        /// Each `sha256:` and 64 hexadecimal digits, as `--discovery-token-ca-cert-hash` would take them.
        hashes: Vec<String>,
    },
}

impl std::fmt::Display for Remark {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OtherServer { file, cluster } => {
                write!(out, "the discovery file leads to {file}, the cluster itself says {cluster}")
            }
            Self::NotRefreshed { at } => {
                write!(out, "cluster-info may not be read at {at}, so the discovery file is taken as it is")
            }
            Self::NotPinned { at, hashes } => write!(
                out,
                "the cluster-info of {at} has other CAs besides, which are not trusted, since their hashes were not given: {}",
                hashes.join(" and ")
            ),
        }
    }
}
