//! Checks that pods, Services and the host's networks do not share addresses. kubeadm lacks them: such a cluster
//! comes up, and then loses packets to whichever of the two has the better route.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Finding;
use crate::config::Spec;
use crate::facts::{Facts, Interface};

const ID: &str = "SubnetOverlap";

/// Interfaces that network plug-ins and kube-proxy make; an earlier cluster's remain until they are removed.
const CLUSTER_INTERFACES: &[&str] = &[
    "antrea",
    "cali",
    "cilium",
    "cni",
    "flannel",
    "kube-",
    "lxc",
    "nodelocaldns",
    "ovn",
    "tunl",
    "veth",
    "vxlan",
    "weave",
];

/// A range of the configuration, by what it is for.
#[derive(Debug, Clone, Copy)]
struct Range {
    what: &'static str,
    network: IpNet,
    flag: &'static str,
}

/// Ranges of pods and Services that overlap each other, this node's address or one of the host's networks.
pub fn ranges(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let ranges = all(spec);
    let (services, pods): (Vec<Range>, Vec<Range>) = ranges.iter().partition(|range| range.what == SERVICE);
    let each_other = services.iter().flat_map(|service| pods.iter().filter_map(|pod| clash(service, pod)));
    let own = ranges.iter().filter_map(|range| own_address(range, spec));
    let interfaces = facts.network.interfaces.iter().flatten().filter(|interface| is_host_s(interface));
    let host = interfaces
        .flat_map(|interface| ranges.iter().filter_map(|range| on_interface(range, interface, spec)));
    each_other.chain(own).chain(host).collect()
}

const SERVICE: &str = "service";
const POD: &str = "pod";

fn all(spec: Spec<'_>) -> Vec<Range> {
    let networking = &spec.cluster.networking;
    let service = |network: &IpNet| Range { what: SERVICE, network: *network, flag: "--service-cidr" };
    let pod = |network: &IpNet| Range { what: POD, network: *network, flag: "--pod-network-cidr" };
    networking.service_subnets.iter().map(service).chain(networking.pod_subnets.iter().map(pod)).collect()
}

/// A Service's address that is also a pod's is never the pod's: kube-proxy rewrites it first.
fn clash(service: &Range, pod: &Range) -> Option<Finding> {
    let finding = || {
        Finding::error(
            ID,
            format!("the service range {} and the pod range {} overlap", service.network, pod.network),
        )
        .seen("both hold the same addresses")
        .fix(format!("choose another range with {} or {}", service.flag, pod.flag))
    };
    overlap(&service.network, &pod.network).then(finding)
}

/// The address that every node is to reach this one at.
fn own_address(range: &Range, spec: Spec<'_>) -> Option<Finding> {
    let address = advertised(spec)?;
    let finding = || {
        Finding::error(
            ID,
            format!("the {} range {} holds this node's own address", range.what, range.network),
        )
        .seen(format!("the API server advertises {address}"))
        .fix(format!("choose another range with {}", range.flag))
    };
    range.network.contains(&address).then(finding)
}

fn advertised(spec: Spec<'_>) -> Option<IpAddr> {
    spec.node.endpoint().map(|endpoint| endpoint.advertise_address)
}

/// Only hosts of that network become unreachable, and perhaps nobody needs them: a warning. The network of the
/// advertised address is named once, by [`own_address`].
fn on_interface(range: &Range, interface: &Interface, spec: Spec<'_>) -> Option<Finding> {
    let advertised = advertised(spec);
    let named_already = advertised.is_some_and(|advertised| range.network.contains(&advertised));
    let shared = interface.addresses.iter().find(|address| {
        overlap(&range.network, &address.trunc())
            && !(named_already && advertised.is_some_and(|advertised| address.contains(&advertised)))
    })?;
    let finding = Finding::warning(
        ID,
        format!("the {} range {} overlaps a network of this host", range.what, range.network),
    );
    let finding = finding.seen(format!("interface {} is in {}", interface.name, shared.trunc()));
    Some(finding.fix(format!("choose another range with {}", range.flag)))
}

fn is_host_s(interface: &Interface) -> bool {
    !interface.loopback && !CLUSTER_INTERFACES.iter().any(|prefix| interface.name.starts_with(prefix))
}

/// Two networks share addresses if and only if one holds the other.
fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::ids;
    use super::*;
    use crate::config::{Config, fixture::config};
    use proptest::prelude::*;

    fn with_pods(pods: &str) -> Config {
        let mut config = config();
        config.cluster.networking.pod_subnets = vec![pods.parse().unwrap()];
        config
    }

    fn host(name: &'static str, address: &'static str) -> impl Fn(&mut Facts) {
        let interface = Interface {
            name: name.to_owned(),
            up: true,
            loopback: name == "lo",
            addresses: vec![address.parse().unwrap()],
        };
        move |facts| facts.network.interfaces = Ok(vec![interface.clone()])
    }

    #[test]
    fn pods_inside_the_service_range_are_refused() {
        assert_eq!(ids(ranges, with_pods("10.100.0.0/16").spec(), |_| ()), ["error SubnetOverlap"]);
        assert!(ids(ranges, with_pods("10.244.0.0/16").spec(), |_| ()).is_empty());
    }

    #[test]
    fn a_range_that_holds_the_node_s_own_address_is_refused_once() {
        let eth0 = host("eth0", "192.168.0.10/24");
        assert_eq!(ids(ranges, with_pods("192.168.0.0/16").spec(), eth0), ["error SubnetOverlap"]);
    }

    #[test]
    fn another_network_of_the_host_in_a_range_is_warned_of() {
        assert_eq!(ids(ranges, config().spec(), host("eth1", "10.97.0.5/24")), ["warning SubnetOverlap"]);
        assert_eq!(ids(ranges, config().spec(), host("vpn0", "10.0.0.5/8")), ["warning SubnetOverlap"]);
    }

    #[test]
    fn what_an_earlier_cluster_left_is_no_network_of_the_host() {
        let pods = with_pods("10.244.0.0/16");
        for name in ["cni0", "flannel.1", "cali1234", "kube-ipvs0", "lo"] {
            assert!(ids(ranges, pods.spec(), host(name, "10.244.0.1/24")).is_empty(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn networks_overlap_exactly_where_they_share_an_address(
            one: u32, a in 0u8..=32, other: u32, b in 0u8..=32
        ) {
            let network = |bits: u32, length| ipnet::Ipv4Net::new(bits.into(), length).unwrap().trunc();
            let (one, other) = (network(one, a), network(other, b));
            let share = one.network() <= other.broadcast() && other.network() <= one.broadcast();
            prop_assert_eq!(overlap(&one.into(), &other.into()), share);
        }
    }
}
