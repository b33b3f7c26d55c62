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
    /// TCP ports that will be listened on.
    pub ports: Vec<PortQuestion>,
    /// Paths at which something is to be, or is not to be.
    pub files: Vec<PathBuf>,
    /// Folders that are to be empty.
    pub folders: Vec<PathBuf>,
    /// Programs looked for on `PATH`.
    pub tools: Vec<String>,
    /// Kernel switches below /proc/sys whose text counts.
    pub switches: Vec<PathBuf>,
    /// Units of the init system, without `.service`.
    pub units: Vec<String>,
    /// An external etcd, if there is one.
    pub etcd: Option<EtcdQuestion>,
}

/// An etcd outside of the cluster, asked over HTTP for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdQuestion {
    /// The URLs of its endpoints, each of which is asked.
    pub endpoints: Vec<String>,
    /// The CA's file, in PEM; `None` where the configuration names none.
    pub ca_file: Option<PathBuf>,
    /// The client certificate's file.
    pub cert_file: Option<PathBuf>,
    /// The client key's file.
    pub key_file: Option<PathBuf>,
}
