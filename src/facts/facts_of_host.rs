//! The two sets of facts: what every command may need, and what preflight needs besides.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Cgroups, CriError, Kernel, Network, PortQuestion, PortState, Runtime, Seen, Services, Unseen};

/// What a configuration takes its defaults from, before there is a configuration.
#[derive(Debug, Clone)]
pub struct HostFacts {
    /// The host's clock.
    pub now: Timestamp,
    /// As the kernel has it: neither trimmed nor lowered.
    pub host_name: Seen<String>,
    /// Interfaces and default routes.
    pub network: Network,
    /// Those of the known CRI sockets that exist, with their scheme, in kubeadm's order.
    pub cri_sockets: Vec<String>,
    /// Those of the known folders of host CA certificates that exist, in kubeadm's order.
    pub ca_directories: Vec<PathBuf>,
    /// The `…_proxy` variables that are set and not empty, in either case, in the environment's order.
    pub proxies: Vec<EnvPair>,
    /// Paths of this host that static pods mount which init does not make, such as kube-vip's kubeconfig.
    pub foreign_mounts: Vec<PathBuf>,
}

/// An environment variable. Its value may hold a proxy's password, so `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvPair {
    /// The variable's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for EnvPair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=…", self.name)
    }
}

/// What the checks judge.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The real user id; 0 is root.
    pub user: u32,
    /// How many CPUs this process may run on.
    pub cpus: Seen<usize>,
    /// Bytes of main memory.
    pub memory: Seen<u64>,
    /// Devices and files in /proc/swaps; empty where the kernel knows no swap.
    pub swaps: Seen<Vec<String>>,
    /// What the node's name resolves to.
    pub node_addresses: Seen<Vec<IpAddr>>,
    /// The running kernel.
    pub kernel: Kernel,
    /// Version and controllers.
    pub cgroups: Seen<Cgroups>,
    /// Interfaces and default routes.
    pub network: Network,
    /// The `…_proxy` variables that are set and not empty.
    pub proxies: Vec<EnvPair>,
    /// The init system, and the units asked for.
    pub services: Seen<Services>,
    /// What `kubelet --version` says, such as `v1.36.3`.
    pub kubelet: Seen<String>,
    /// What answers on the CRI socket, or why nothing does.
    pub runtime: Result<Runtime, CriError>,
    /// Whether each port that was asked for can be listened on.
    pub ports: BTreeMap<PortQuestion, PortState>,
    /// Whether a file, or anything else, is at that path.
    pub files: BTreeMap<PathBuf, Seen<bool>>,
    /// What is in each folder that was asked for.
    pub folders: BTreeMap<PathBuf, Seen<FolderState>>,
    /// Where a program was found on `PATH`, if it was.
    pub tools: BTreeMap<String, Option<PathBuf>>,
    /// The text of each file below /proc/sys that was asked for.
    pub switches: BTreeMap<PathBuf, Seen<String>>,
    /// The server version that each external etcd endpoint told.
    pub etcd: BTreeMap<String, Seen<String>>,
}

/// What is in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderState {
    /// Nothing is at its path.
    Missing,
    /// It is there, and nothing is in it.
    Empty,
    /// Something is in it.
    Filled,
}

impl Facts {
    /// The answer to a question; `None` where it was not asked.
    pub fn port(&self, question: &PortQuestion) -> Option<&PortState> {
        self.ports.get(question)
    }

    /// Whether something is at this path; unseen where it was not asked for.
    pub fn file(&self, path: &Path) -> Seen<bool> {
        self.files.get(path).cloned().unwrap_or_else(|| Err(Unseen::not_asked(path.display().to_string())))
    }

    /// What is in this folder; unseen where it was not asked for.
    pub fn folder(&self, path: &Path) -> Seen<FolderState> {
        self.folders.get(path).cloned().unwrap_or_else(|| Err(Unseen::not_asked(path.display().to_string())))
    }

    /// The text of this file below /proc/sys; unseen where it was not asked for.
    pub fn switch(&self, path: &Path) -> Seen<String> {
        self.switches.get(path).cloned().unwrap_or_else(|| Err(Unseen::not_asked(path.display().to_string())))
    }

    /// The version that this endpoint told; unseen where it was not asked.
    pub fn etcd_version(&self, endpoint: &str) -> Seen<String> {
        self.etcd.get(endpoint).cloned().unwrap_or_else(|| Err(Unseen::not_asked(endpoint)))
    }

    /// A program that nobody looked for counts as missing.
    pub fn has_tool(&self, name: &str) -> bool {
        self.tools.get(name).is_some_and(Option::is_some)
    }
}
