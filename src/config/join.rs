//! What `join` works from, after parsing, defaulting and checking: typed, complete and valid.

use std::path::PathBuf;

use super::{CertificateKey, HostPort, NodeSpec, RunOptions, TokenString};

/// JoinConfiguration: this node's part. The rest stands in the cluster.
#[derive(Debug, Clone)]
pub struct Join {
    /// A further control plane, or a worker.
    pub node: NodeSpec,
    /// How the run goes about it.
    pub run: RunOptions,
    /// Where a worker keeps the cluster's CA.
    pub ca_cert_path: PathBuf,
    /// How the cluster is found; `None` where a later phase reaches it by admin.conf.
    pub discovery: Option<Discovery>,
    /// With which a control plane opens the uploaded certificates; `None` where it has them already.
    pub certificate_key: Option<CertificateKey>,
}

/// How the cluster is found, and how it is known to be the right one.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// By a bootstrap token, or by a kubeconfig.
    pub source: DiscoverySource,
    /// With which the kubelet asks for its certificate; the discovery's own credentials where it is not given.
    pub tls_bootstrap_token: Option<TokenString>,
}

/// What a node knows of its cluster before it has reached it.
#[derive(Debug, Clone)]
pub enum DiscoverySource {
    /// `kubeadm join HOST:PORT --token …`.
    Token(TokenDiscovery),
    /// A kubeconfig: a path, or an `https://` URL.
    File(String),
}

/// A token, the API server, and the hashes of the CAs that it may show.
#[derive(Debug, Clone)]
pub struct TokenDiscovery {
    /// With which cluster-info has to be signed.
    pub token: TokenString,
    /// The API server from which cluster-info is read.
    pub endpoint: HostPort,
    /// The CAs that the cluster may show; empty only with `unsafeSkipCAVerification`.
    pub pins: Vec<CaPin>,
}

/// `sha256:` and 64 hexadecimal digits, in lower case: the hash of a CA's public key (SPKI, RFC 7469).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaPin(pub(super) String);

impl CaPin {
    /// `sha256:…`, as `--discovery-token-ca-cert-hash` takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Of a text that is known to be one.
    #[cfg(test)]
    pub fn known(text: &str) -> Self {
        Self(text.to_owned())
    }
}
