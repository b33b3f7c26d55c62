//! What a reset finds on a host, and what it has to ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CriError, LocalEtcd, Seen, Unseen};

/// What can be seen before it is known what shall be reset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResetHost {
    /// Where the API server's manifest says that its certificates are.
    pub certificates_dir: Option<PathBuf>,
    /// The runtime's socket in the kubelet's own configuration.
    pub kubelet_socket: Option<String>,
    /// Those of the known CRI sockets that exist, with their scheme, in kubeadm's order.
    pub cri_sockets: Vec<String>,
    /// Whether it runs a member of etcd.
    pub etcd: EtcdSeen,
    /// Of all its interfaces.
    pub addresses: Vec<IpAddr>,
}

/// What this host has to do with etcd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EtcdSeen {
    /// There is a manifest of etcd here: this host has a member.
    Local(LocalEtcd),
    /// There is a manifest of etcd here, and it cannot be read.
    Unreadable(Unseen),
    /// A control plane whose etcd is elsewhere.
    External,
    /// No control plane, or no more.
    None {
        /// Whether `/var/lib/etcd` is in use all the same.
        usual_folder: Use,
    },
}

/// Whether a process works with etcd's usual folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// None does.
    Free,
    /// One does: it is no leftover.
    InUse,
}

/// What a reset has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetQuestions {
    /// The runtime's socket, with its scheme.
    pub cri_socket: String,
    /// Paths of which counts what is there.
    pub places: Vec<PathBuf>,
    /// A folder, and what the names of those files in it begin with that count.
    pub leftovers: (PathBuf, &'static str),
}

/// The answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResetFacts {
    /// The real user id; 0 is root.
    pub user: u32,
    /// Whether the kubelet's unit runs.
    pub kubelet: Seen<bool>,
    /// Every mount point, in the order of mounting.
    pub mounts: Seen<Vec<PathBuf>>,
    /// Those that the runtime knows, or why it does not tell.
    pub pods: Result<Vec<PodSandbox>, CriError>,
    /// What is at each path that was asked for.
    pub places: BTreeMap<PathBuf, PathState>,
    /// Files that a run has left behind that was cut off.
    pub leftovers: Vec<PathBuf>,
    /// Those of the places, and of what links there lead to, that are a folder of the system by another name: through a
    /// link on the way, or mounted once more.
    pub of_the_system: BTreeSet<PathBuf>,
    /// The content of `/etc/passwd`.
    pub passwd: Seen<Vec<u8>>,
    /// The content of `/etc/group`.
    pub group: Seen<Vec<u8>>,
}

/// A pod as the runtime knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSandbox {
    /// The id that the runtime gives the sandbox.
    pub id: String,
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The kubelet has it from a manifest on this host.
    pub is_static: bool,
}

/// What is at a path, the path's own last link not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathState {
    /// Nothing.
    Missing,
    /// With the names in it, in order.
    Folder(Vec<String>),
    /// To a folder, or to nothing that could be emptied.
    Link(Option<LinkTarget>),
    /// A file, or anything else.
    File,
    /// It could not be looked at.
    Unseen(Unseen),
}

/// The folder that a link leads to in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTarget {
    /// The folder's path, without links.
    pub path: PathBuf,
    /// The names in it, in order.
    pub names: Vec<String>,
}

impl ResetFacts {
    /// What is at this path; unseen where it was not asked for.
    pub fn at(&self, path: &Path) -> PathState {
        let unseen = || PathState::Unseen(Unseen::not_asked(path.display().to_string()));
        self.places.get(path).cloned().unwrap_or_else(unseen)
    }
}
