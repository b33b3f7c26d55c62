//! What the checks of one configuration are about: its ports, files, folders, tools and kernel switches. The
//! questions for the host and the judgement of its answers both come from here, so that neither forgets one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{Arg, Etcd, ExternalEtcd, Spec};
use crate::facts::{EtcdQuestion, Family, PortQuestion, Questions, RESOLVED};
use crate::versions::{MINORS, Minor, PortScope};

const KUBELET_PORT: u16 = 10250;
const CONTROLLER_MANAGER_PORT: u16 = 10257;
const SCHEDULER_PORT: u16 = 10259;
const ETCD_CLIENT_PORT: u16 = 2379;
const ETCD_PEER_PORT: u16 = 2380;

/// Static pod manifests that init writes, in the order in which kubeadm looks for them.
pub const MANIFESTS: &[&str] = &[
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "/etc/kubernetes/manifests/kube-scheduler.yaml",
    "/etc/kubernetes/manifests/etcd.yaml",
];

/// A program that has to be on `PATH`.
#[derive(Debug)]
pub struct Tool {
    /// As it is called.
    pub name: &'static str,
    /// Who calls it, to complete "NAME not found in system path; …".
    pub reason: &'static str,
    /// The package that brings it, on Debian's kin and on Red Hat's.
    pub packages: [&'static str; 2],
}

/// All that some minor looks for; which of them, and how badly, is in `PatchRelease::programs`.
const TOOLS: &[Tool] = &[
    Tool {
        name: "losetup",
        reason: "the kubelet needs it for block volumes",
        packages: ["mount", "util-linux"],
    },
    Tool { name: "mount", reason: "the kubelet needs it for volumes", packages: ["mount", "util-linux"] },
    Tool { name: "cp", reason: "upgrades copy etcd's data with it", packages: ["coreutils", "coreutils"] },
    Tool { name: "ip", reason: "network plug-ins call it", packages: ["iproute2", "iproute"] },
    Tool {
        name: "iptables",
        reason: "the kubelet and network plug-ins set rules with it",
        packages: ["iptables", "iptables-nft"],
    },
    Tool { name: "crictl", reason: "it shows what the runtime holds", packages: ["cri-tools", "cri-tools"] },
    Tool { name: "conntrack", reason: "kube-proxy calls it", packages: ["conntrack", "conntrack-tools"] },
    Tool { name: "nsenter", reason: "the kubelet calls it", packages: ["util-linux", "util-linux"] },
    Tool { name: "ebtables", reason: "network plug-ins call it", packages: ["ebtables", "iptables-nft"] },
    Tool { name: "ethtool", reason: "network plug-ins call it", packages: ["ethtool", "ethtool"] },
    Tool { name: "socat", reason: "forwarding a pod's port may need it", packages: ["socat", "socat"] },
    Tool {
        name: "tc",
        reason: "network plug-ins shape traffic with it",
        packages: ["iproute2", "iproute-tc"],
    },
    Tool { name: "touch", reason: "the kubelet may call it", packages: ["coreutils", "coreutils"] },
];

impl Tool {
    /// The tool of this name, where it is known.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }
}

/// Everything that has to be looked at for `spec`.
pub fn questions(spec: Spec<'_>) -> Questions {
    let etcd_files = etcd_client_files(spec).into_iter();
    Questions {
        node_name: spec.node.name.to_string(),
        cri_socket: spec.node.cri_socket.clone(),
        images: spec.cluster.control_plane_images(),
        ports: ports_before_runtime(spec)
            .into_iter()
            .chain([kubelet_port()])
            .chain(etcd_ports(spec))
            .collect(),
        files: MANIFESTS.iter().map(PathBuf::from).chain(etcd_files).collect(),
        folders: etcd_folder(spec).map(Path::to_owned).into_iter().collect(),
        tools: spec.cluster.release().programs.iter().map(|program| program.name.to_owned()).collect(),
        switches: all_switches(),
        units: ["kubelet", "firewalld", RESOLVED].map(str::to_owned).into(),
        etcd: external_etcd(spec).map(etcd_question),
    }
}

/// The API server's, the scheduler's and the controller manager's; a worker has none of them.
pub fn ports_before_runtime(spec: Spec<'_>) -> Vec<PortQuestion> {
    let Some(endpoint) = spec.node.endpoint() else { return Vec::new() };
    let cluster = &spec.cluster;
    [
        (endpoint.bind_port, &cluster.api_server.component.extra_args),
        (SCHEDULER_PORT, &cluster.scheduler.extra_args),
        (CONTROLLER_MANAGER_PORT, &cluster.controller_manager.extra_args),
    ]
    .map(|(port, args)| PortQuestion { address: scoped(spec, last(args, "bind-address")), port })
    .into()
}

/// The port of the kubelet's API, 10250, at all addresses.
pub fn kubelet_port() -> PortQuestion {
    PortQuestion { address: None, port: KUBELET_PORT }
}

/// Ports that a firewall has to let through.
pub fn open_ports(spec: Spec<'_>) -> Vec<u16> {
    spec.node.endpoint().map(|endpoint| endpoint.bind_port).into_iter().chain([KUBELET_PORT]).collect()
}

/// None for an external etcd, nor on a worker. A local one listens on the address that the API server advertises.
pub fn etcd_ports(spec: Spec<'_>) -> Vec<PortQuestion> {
    match (&spec.cluster.etcd, spec.node.endpoint()) {
        (Etcd::External(_), _) | (_, None) => Vec::new(),
        (Etcd::Local(_), Some(endpoint)) => {
            let advertised = last(&spec.cluster.api_server.component.extra_args, "advertise-address")
                .unwrap_or_else(|| endpoint.advertise_address.to_string());
            let address = scoped(spec, Some(advertised));
            [ETCD_CLIENT_PORT, ETCD_PEER_PORT]
                .map(|port| PortQuestion { address: address.clone(), port })
                .into()
        }
    }
}

fn scoped(spec: Spec<'_>, address: Option<String>) -> Option<String> {
    match spec.cluster.minor.preflight.port_scope {
        PortScope::EveryAddress => None,
        PortScope::ComponentAddress => address.filter(|address| !address.is_empty()),
    }
}

/// The last of several counts, as for the component that reads them.
fn last(args: &[Arg], name: &str) -> Option<String> {
    args.iter().rev().find(|arg| arg.name == name).map(|arg| arg.value.clone())
}

/// Of all minors and both families: a joining node learns only later which its cluster is of.
fn all_switches() -> Vec<PathBuf> {
    let of = |minor: &&Minor| [minor.preflight.ipv4_switches, minor.preflight.ipv6_switches].concat();
    let all: BTreeSet<&str> = MINORS.iter().flat_map(of).collect();
    all.into_iter().map(PathBuf::from).collect()
}

/// Switches that have to be on: those of each family that the ranges or the advertised address are of.
pub fn switches(spec: Spec<'_>) -> Vec<&'static str> {
    let networking = &spec.cluster.networking;
    let ranges = networking.service_subnets.iter().chain(&networking.pod_subnets).map(ipnet::IpNet::addr);
    let advertised = spec.node.endpoint().map(|endpoint| endpoint.advertise_address);
    let addresses: Vec<_> = ranges.chain(advertised).collect();
    let used = |family: Family| addresses.iter().any(|address| Family::of(*address) == family);
    let rules = &spec.cluster.minor.preflight;
    let table = [(Family::V4, rules.ipv4_switches), (Family::V6, rules.ipv6_switches)];
    table
        .into_iter()
        .filter(|(family, _)| used(*family))
        .flat_map(|(_, switches)| switches)
        .copied()
        .collect()
}

/// The folder of an etcd that runs on this host; none where it is external.
pub fn etcd_folder(spec: Spec<'_>) -> Option<&Path> {
    match &spec.cluster.etcd {
        Etcd::Local(local) => Some(&local.data_dir),
        Etcd::External(_) => None,
    }
}

/// The etcd that is the configuration's, and no host's of this cluster.
pub fn external_etcd(spec: Spec<'_>) -> Option<&ExternalEtcd> {
    match &spec.cluster.etcd {
        Etcd::Local(_) => None,
        Etcd::External(external) => Some(external),
    }
}

/// Where an external etcd tells its version: its HTTP endpoints, which are all its endpoints unless given apart.
pub fn etcd_endpoints(external: &ExternalEtcd) -> &[String] {
    if external.http_endpoints.is_empty() { &external.endpoints } else { &external.http_endpoints }
}

/// The files that a client of the external etcd needs, where the configuration names any.
pub fn etcd_client_files(spec: Spec<'_>) -> Vec<PathBuf> {
    let files = |external: &ExternalEtcd| {
        [&external.ca_file, &external.cert_file, &external.key_file]
            .map(|path| named(path))
            .into_iter()
            .flatten()
    };
    external_etcd(spec).into_iter().flat_map(files).collect()
}

fn etcd_question(external: &ExternalEtcd) -> EtcdQuestion {
    EtcdQuestion {
        endpoints: etcd_endpoints(external).to_vec(),
        ca_file: named(&external.ca_file),
        cert_file: named(&external.cert_file),
        key_file: named(&external.key_file),
    }
}

fn named(path: &str) -> Option<PathBuf> {
    (!path.is_empty()).then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, fixture};

    fn addresses(spec: Spec<'_>) -> Vec<Option<String>> {
        questions(spec).ports.into_iter().map(|port| port.address).collect()
    }

    fn of_minor(version: &str) -> Config {
        let mut config = fixture::config();
        config.of_version(version);
        let arg = |name: &str, value: &str| Arg { name: name.to_owned(), value: value.to_owned() };
        config.cluster.api_server.component.extra_args =
            vec![arg("bind-address", "10.0.0.1"), arg("bind-address", "10.0.0.2")];
        config
    }

    #[test]
    fn ports_of_1_36_have_to_be_free_on_every_address() {
        assert!(addresses(of_minor("v1.36.3").spec()).iter().all(Option::is_none));
    }

    #[test]
    fn ports_of_1_37_have_to_be_free_where_the_component_listens() {
        let etcd = Some("192.168.0.10".to_owned());
        let wanted = [Some("10.0.0.2".to_owned()), None, None, None, etcd.clone(), etcd];
        assert_eq!(addresses(of_minor("v1.37.1").spec()), wanted);
    }

    #[test]
    fn an_external_etcd_is_asked_and_its_client_files_are_looked_for() {
        let mut config = fixture::config();
        config.cluster.etcd = Etcd::External(ExternalEtcd {
            endpoints: vec!["https://10.0.0.9:2379".to_owned()],
            http_endpoints: Vec::new(),
            ca_file: "/etc/etcd/ca.crt".to_owned(),
            cert_file: String::new(),
            key_file: String::new(),
        });
        let asked = questions(config.spec());
        assert_eq!(asked.etcd.unwrap().endpoints, ["https://10.0.0.9:2379"]);
        assert!(asked.files.contains(&PathBuf::from("/etc/etcd/ca.crt")));
        assert!(asked.folders.is_empty() && asked.ports.iter().all(|port| port.port != ETCD_CLIENT_PORT));
    }

    #[test]
    fn a_family_s_forwarding_counts_only_where_the_family_is_used() {
        let mut config = fixture::config();
        let [v4, v6] = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/default/forwarding"];
        assert_eq!(switches(config.spec()), [v4]);
        config.cluster.networking.pod_subnets = vec!["fd00:10::/64".parse().unwrap()];
        assert_eq!(switches(config.spec()), [v4, v6]);
    }
}
