//! Which names and addresses a server certificate carries.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::config::{ControlPlane, Etcd, is_subdomain};

use super::catalogue::Names;

/// Subject alternative names: DNS names in byte order, addresses in the order of the rule, neither twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sans {
    /// Host names, in byte order.
    pub dns_names: Vec<String>,
    /// In the order of the rule.
    pub ip_addresses: Vec<IpAddr>,
}

impl Sans {
    /// Sorts the names and drops what stands twice, as kubeadm does.
    pub fn new(
        dns_names: impl IntoIterator<Item = String>,
        ip_addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        let names: BTreeSet<String> = dns_names.into_iter().collect();
        let mut seen = BTreeSet::new();
        // An IPv4 address in IPv6's clothes is written with its four bytes.
        let addresses = ip_addresses.into_iter().map(|ip| ip.to_canonical()).filter(|ip| seen.insert(*ip));
        Self { ip_addresses: addresses.collect(), dns_names: names.into_iter().collect() }
    }

    /// Whether there is neither a name nor an address.
    pub fn is_empty(&self) -> bool {
        self.dns_names.is_empty() && self.ip_addresses.is_empty()
    }
}

/// The names that `rule` gives for `spec`.
pub fn of(rule: Names, spec: ControlPlane<'_>) -> Sans {
    match rule {
        Names::None => Sans::default(),
        Names::ApiServer => api_server(spec),
        Names::EtcdServer => etcd(spec, |local| &local.server_cert_sans),
        Names::EtcdPeer => etcd(spec, |local| &local.peer_cert_sans),
    }
}

/// The names under which the API server is found inside the cluster, the first address of the service range, the
/// advertise address, the control plane endpoint, and what the user adds.
fn api_server(spec: ControlPlane<'_>) -> Sans {
    let cluster = &spec.cluster;
    let fixed = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned);
    let names = [spec.node.name.to_string(), service_name(&cluster.networking.dns_domain)];
    let service = cluster.networking.service_subnets.first().map(first_address);
    let own = [spec.endpoint.advertise_address];
    let endpoint = cluster.control_plane_endpoint.iter().map(|endpoint| endpoint.host.as_str());
    let added = added(endpoint.chain(cluster.api_server.cert_sans.iter().map(String::as_str)));
    Sans::new(
        fixed.into_iter().chain(names).chain(added.dns_names),
        service.into_iter().chain(own).chain(added.ip_addresses),
    )
}

fn service_name(dns_domain: &str) -> String {
    format!("kubernetes.default.svc.{dns_domain}")
}

/// The node's name and address, the loopback ones, and what the user adds.
fn etcd(spec: ControlPlane<'_>, chosen: fn(&crate::config::LocalEtcd) -> &Vec<String>) -> Sans {
    let added = match &spec.cluster.etcd {
        Etcd::Local(local) => added(chosen(local).iter().map(String::as_str)),
        Etcd::External(_) => Sans::default(),
    };
    let names = [spec.node.name.to_string(), "localhost".to_owned()];
    let addresses = [spec.endpoint.advertise_address, Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    Sans::new(names.into_iter().chain(added.dns_names), addresses.into_iter().chain(added.ip_addresses))
}

/// Texts sorted into addresses and names. The configuration has refused what is neither.
fn added<'a>(texts: impl Iterator<Item = &'a str>) -> Sans {
    let mut dns_names = Vec::new();
    let mut ip_addresses = Vec::new();
    for text in texts {
        match parse_ip(text) {
            Some(ip) => ip_addresses.push(ip),
            None if is_dns_name(text) => dns_names.push(text.to_owned()),
            None => {}
        }
    }
    Sans { dns_names, ip_addresses }
}

fn is_dns_name(text: &str) -> bool {
    is_subdomain(text.strip_prefix("*.").unwrap_or(text))
}

/// As Kubernetes reads addresses: an IPv4 octet may carry leading zeros, and counts as decimal all the same.
fn parse_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| without_leading_zeros(text).parse::<Ipv4Addr>().ok().map(IpAddr::V4))
}

fn without_leading_zeros(text: &str) -> String {
    let octets = text.split('.').map(|octet| match octet.trim_start_matches('0') {
        "" if !octet.is_empty() => "0",
        rest => rest,
    });
    octets.collect::<Vec<_>>().join(".")
}

/// The address of the `kubernetes` Service: the range's first after its network address.
fn first_address(range: &IpNet) -> IpAddr {
    match range {
        IpNet::V4(net) => Ipv4Addr::from_bits(net.network().to_bits().wrapping_add(1)).into(),
        IpNet::V6(net) => Ipv6Addr::from_bits(net.network().to_bits().wrapping_add(1)).into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_service_address_is_the_first_of_its_range() {
        for (range, first) in
            [("10.96.0.0/12", "10.96.0.1"), ("10.97.3.4/16", "10.97.0.1"), ("fd00::/108", "fd00::1")]
        {
            assert_eq!(first_address(&range.parse().unwrap()).to_string(), first);
        }
    }

    #[test]
    fn addresses_are_told_from_names_as_kubernetes_does() {
        for (text, ip) in [("010.1.02.3", "10.1.2.3"), ("0.00.000.1", "0.0.0.1"), ("FD00::0:1", "fd00::1")] {
            assert_eq!(parse_ip(text).map(|ip| ip.to_string()).as_deref(), Some(ip), "{text}");
        }
        for text in ["a.b.c.d", "1.2.3", "1.2.3.4.5", "1..2.3", "*.example.com", ""] {
            assert_eq!(parse_ip(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_name_and_no_address_stands_twice(
            names in prop::collection::vec("[ab]{1,2}", 0..8),
            octets in prop::collection::vec(0u8..4, 0..8),
        ) {
            let ips = octets.iter().flat_map(|last| {
                let v4 = Ipv4Addr::new(10, 0, 0, *last);
                [IpAddr::V4(v4), IpAddr::V6(v4.to_ipv6_mapped())]
            });
            let sans = Sans::new(names, ips);
            prop_assert!(sans.dns_names.is_sorted_by(|one, next| one < next));
            let unique: BTreeSet<_> = sans.ip_addresses.iter().collect();
            prop_assert_eq!(unique.len(), sans.ip_addresses.len());
        }
    }
}
