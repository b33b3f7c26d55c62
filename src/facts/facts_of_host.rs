//! The two sets of facts: what every command may need, and what preflight needs besides.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use jiff::Timestamp;

use super::{Cgroups, CriError, Kernel, Network, PortQuestion, PortState, Runtime, Seen, Services, Unseen};

/// What a configuration takes its defaults from, before there is a configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// An environment variable. Its value may hold a proxy's password, so `Debug` leaves it out, and JSON the user in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvPair {
    /// The variable's name.
    pub name: String,
    /// Its value.
    #[serde(serialize_with = "without_user")]
    pub value: String,
}

impl fmt::Debug for EnvPair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=…", self.name)
    }
}

/// `https://name:password@proxy:3128` → `https://proxy:3128`. A password may be written anywhere before the last `@`.
fn without_user<S: Serializer>(value: &str, out: S) -> Result<S::Ok, S::Error> {
    let Some((before, place)) = value.rsplit_once('@') else { return out.serialize_str(value) };
    match before.split_once("://") {
        Some((scheme, _)) if PROXY_SCHEMES.contains(&scheme) => {
            out.collect_str(&format_args!("{scheme}://{place}"))
        }
        Some(_) | None => out.serialize_str(place),
    }
}

const PROXY_SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// A map by what is no text, which JSON has as a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// As a list of pairs.
    pub fn serialize<S: Serializer>(
        map: &BTreeMap<impl Serialize, impl Serialize>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(map)
    }

    /// From a list of pairs.
    pub fn deserialize<'a, D, K, V>(found: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'a>,
        K: Deserialize<'a> + Ord,
        V: Deserialize<'a>,
    {
        Ok(Vec::<(K, V)>::deserialize(found)?.into_iter().collect())
    }
}

/// What the checks judge.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    #[serde(with = "pairs")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let pair = EnvPair { name: "HTTPS_PROXY".to_owned(), value: value.to_owned() };
        serde_json::to_value(pair).unwrap()["value"].as_str().unwrap().to_owned()
    }

    #[test]
    fn no_part_of_a_proxy_s_user_is_written() {
        assert_eq!(written("https://name:word@proxy.test:3128"), "https://proxy.test:3128");
        for hidden in [
            "name:word@proxy.test:3128",
            "wo@rd@proxy.test:3128",
            "word://name@proxy.test:3128",
            "word@http://x@proxy.test:3128",
        ] {
            assert_eq!(written(hidden), "proxy.test:3128", "{hidden}");
        }
        for open in ["http://proxy.test:3128", "10.0.0.0/8,.example.com", ""] {
            assert_eq!(written(open), open);
        }
    }
}
