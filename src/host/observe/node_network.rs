//! What kube-proxy, the kubelet and network plug-ins have set up: asked of the programs that show it.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::text;
use super::reset::path_state;
use crate::facts::{
    CniRecord, Interface, NodeNetwork, PodNetwork, RuleSet, Unseen, orphans, packet_rules, parse_services,
    parse_sets, parse_tables,
};
use crate::host::node::Node;

const LIMIT: Duration = Duration::from_secs(30);

const STATE: &str = "/var/lib/cni";
const RECORDS: &str = "/var/lib/cni/results";
const NETWORKS: &str = "/var/lib/cni/networks";
const CONFIGURATIONS: &str = "/etc/cni/net.d";
const ENDINGS: [&str; 3] = ["conf", "conflist", "json"];
const IPVS: &str = "kube-ipvs0";

/// Each family's programs for nftables and for the kernel's old tables; the plain names stand for one of the two.
const FAMILIES: [&str; 2] = ["iptables", "ip6tables"];
const KINDS: [&str; 2] = ["-nft", "-legacy"];

/// What kube-proxy and the network plug-ins have left in the kernel and in files, and which of that could not be seen.
pub fn observe(node: &Node) -> NodeNetwork {
    let mut unseen = Vec::new();
    let records = records(node);
    let network = network(node);
    let rules = programs(node).into_iter().filter_map(|(save, restore)| {
        let saved = noted(text(node, &save, &[], LIMIT), &mut unseen)?;
        let of_pods = of_pods(&saved, network.as_ref(), &records);
        let chains = packet_rules::chains(&saved, &of_pods);
        (!chains.is_empty()).then_some(RuleSet { save, restore, of_pods, chains })
    });
    let rules = rules.collect();
    let interfaces = noted(node.interfaces(), &mut unseen).unwrap_or_default();
    let mut ask = |program, arguments: &[&str]| {
        noted(text(node, &node.program(program)?, arguments, LIMIT), &mut unseen)
    };
    NodeNetwork {
        rules,
        tables: ask("nft", &["list", "tables"]).map(|text| parse_tables(&text)).unwrap_or_default(),
        virtual_services: virtual_services(&interfaces, || ask("ipvsadm", &["--save", "--numeric"])),
        address_sets: ask("ipset", &["list", "-name"]).map(|text| parse_sets(&text)).unwrap_or_default(),
        interfaces: ours(node, network, &records),
        records,
        state: path_state(node, Path::new(STATE)),
        unseen,
    }
}

fn noted<T>(seen: Result<T, Unseen>, unseen: &mut Vec<Unseen>) -> Option<T> {
    seen.map_err(|why| unseen.push(why)).ok()
}

fn programs(node: &Node) -> Vec<(PathBuf, PathBuf)> {
    let pair = |name: String| {
        Some((node.program(format!("{name}-save"))?, node.program(format!("{name}-restore"))?))
    };
    let of_family = |family: &&str| {
        let known: Vec<_> = KINDS.iter().filter_map(|kind| pair(format!("{family}{kind}"))).collect();
        if known.is_empty() { pair((*family).to_owned()).into_iter().collect() } else { known }
    };
    FAMILIES.iter().flat_map(of_family).collect()
}

fn virtual_services(interfaces: &[Interface], saved: impl FnOnce() -> Option<String>) -> Vec<String> {
    let Some(ipvs) = interfaces.iter().find(|interface| interface.name == IPVS) else { return Vec::new() };
    let addresses: Vec<String> = ipvs.addresses.iter().map(|net| net.addr().to_string()).collect();
    saved().map(|text| parse_services(&text, &addresses)).unwrap_or_default()
}

fn records(node: &Node) -> Vec<CniRecord> {
    let Ok(entries) = std::fs::read_dir(node.path(RECORDS)) else { return Vec::new() };
    let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    let record = |name| {
        let path = Path::new(RECORDS).join(name);
        CniRecord::parse(path.clone(), &node.text(&path).ok()?)
    };
    names.into_iter().filter_map(record).collect()
}

/// The chains of Kubernetes' pods: those that their records tell of, and those that the runtime's network has left.
fn of_pods(saved: &str, network: Option<&PodNetwork>, records: &[CniRecord]) -> BTreeSet<String> {
    let ours = records.iter().filter(|record| record.of_kubernetes).flat_map(CniRecord::chains);
    let recorded: BTreeSet<String> = records.iter().flat_map(CniRecord::chains).collect();
    let left = network.map(|network| orphans(saved, &network.name, &recorded));
    ours.chain(left.into_iter().flatten()).collect()
}

/// The network that the runtime puts pods on: the first of its configurations.
fn network(node: &Node) -> Option<PodNetwork> {
    let entries = std::fs::read_dir(node.path(CONFIGURATIONS)).ok()?;
    let is_one =
        |path: &PathBuf| path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    let first = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_one).min()?;
    PodNetwork::parse(&std::fs::read_to_string(first).ok()?)
}

/// The bridges of that network, where the plug-ins' state shows that it was used. Records go with their pods; this
/// stays.
fn configured(node: &Node, network: Option<PodNetwork>) -> Vec<String> {
    let used = |network: &PodNetwork| node.path(Path::new(NETWORKS).join(&network.name)).exists();
    network.filter(used).map(|network| network.bridges).unwrap_or_default()
}

/// kube-proxy's interface, and bridges: every other interface goes with its pod, or is not of the plug-ins' making.
fn ours(node: &Node, network: Option<PodNetwork>, records: &[CniRecord]) -> Vec<String> {
    let of_kind =
        |name: &str, below: &str| node.path(Path::new("/sys/class/net").join(name).join(below)).exists();
    let recorded = records.iter().filter(|record| record.of_kubernetes).flat_map(|record| &record.interfaces);
    let named = recorded.cloned().chain(configured(node, network));
    let bridges: BTreeSet<String> = named.filter(|name| of_kind(name, "bridge")).collect();
    let ipvs = of_kind(IPVS, "").then(|| IPVS.to_owned());
    ipvs.into_iter().chain(bridges).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::read_back;
    use crate::host::node::fake_node;

    #[test]
    fn bridges_of_kubernetes_records_are_found_and_other_interfaces_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        for path in [
            "sys/class/net/cni0/bridge",
            "sys/class/net/veth1",
            "sys/class/net/br0/bridge",
            "var/lib/cni/results",
        ] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let record = |name: &str, argument: &str| {
            format!(
                r#"{{"containerId":"{name}","networkName":"bridge","cniArgs":[["{argument}","x"]],
                "result":{{"interfaces":[{{"name":"{name}"}},{{"name":"veth1"}}]}}}}"#
            )
        };
        for (name, argument) in [("cni0", "K8S_POD_NAME"), ("br0", "OTHER"), ("gone0", "K8S_POD_NAME")] {
            std::fs::write(folder.path().join("var/lib/cni/results").join(name), record(name, argument))
                .unwrap();
        }
        let seen = observe(&node);
        read_back(&seen);
        assert_eq!((seen.records.len(), seen.interfaces), (3, vec!["cni0".to_owned()]));
    }

    #[test]
    fn the_bridge_of_the_runtime_s_own_network_is_found_once_pods_were_on_it() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        for path in ["sys/class/net/pods/bridge", "sys/class/net/other/bridge", "etc/cni/net.d"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        for (file, bridge) in [("10-a.conflist", "pods"), ("20-b.conflist", "other"), ("00-not", "other")] {
            let text =
                format!(r#"{{"name":"{bridge}","plugins":[{{"type":"bridge","bridge":"{bridge}"}}]}}"#);
            std::fs::write(folder.path().join("etc/cni/net.d").join(file), text).unwrap();
        }
        assert!(configured(&node, network(&node)).is_empty(), "no pod was ever on it");
        for network in ["pods", "other"] {
            std::fs::create_dir_all(folder.path().join("var/lib/cni/networks").join(network)).unwrap();
        }
        assert_eq!(observe(&node).interfaces, ["pods"]);
    }
}
