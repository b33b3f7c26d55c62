//! What has to be looked at on a host before a cluster can be set up on it.

use std::path::PathBuf;

use super::PortQuestion;

/// Everything that the checks of one configuration want to know and that is not the same for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// The name that has to resolve.
    pub node_name: String,
    /// With its scheme.
    pub cri_socket: String,
    /// Images that the runtime may have.
    pub images: Vec<String>,
    pub ports: Vec<PortQuestion>,
    pub files: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
    /// Programs looked for on `PATH`.
    pub tools: Vec<String>,
    /// Kernel switches below /proc/sys whose text counts.
    pub switches: Vec<PathBuf>,
    pub units: Vec<String>,
    pub etcd: Option<EtcdQuestion>,
}

/// An etcd outside of the cluster, asked over HTTP for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdQuestion {
    pub endpoints: Vec<String>,
    /// Files in PEM; `None` where the configuration names none.
    pub ca_file: Option<PathBuf>,
    pub cert_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
}
