//! Checks of names and of proxies in the way.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::Finding;
use crate::config::{ApiEndpoint, Spec};
use crate::facts::{EnvPair, Facts};
use crate::proxy::https_proxy;

/// The kubelet labels its node with its name, and a label's value is no longer than this.
const LABEL_LENGTH: usize = 63;

/// Any port: exceptions for one port alone would not help the many connections that there will be.
const SOME_PORT: u16 = 1234;

/// Hostname: the node's name is short enough for a label, and resolves.
pub fn node_name(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let name = spec.node.name.as_str();
    [too_long(name), unresolved(spec, facts)].into_iter().flatten().collect()
}

fn too_long(name: &str) -> Option<Finding> {
    let finding = || {
        Finding::warning(
            "Hostname",
            format!("the node name {name:?} is longer than {LABEL_LENGTH} characters"),
        )
        .seen(format!("it has {}", name.len()))
        .fix("give a shorter one with --node-name or nodeRegistration.name")
    };
    (name.len() > LABEL_LENGTH).then(finding)
}

fn unresolved(spec: Spec<'_>, facts: &Facts) -> Option<Finding> {
    let evidence = match &facts.node_addresses {
        Ok(addresses) if addresses.is_empty() => "it resolves to no address".to_owned(),
        Ok(_) => return None,
        Err(unseen) => unseen.why.clone(),
    };
    let name = &spec.node.name;
    let address = spec.node.endpoint().map(|endpoint| endpoint.advertise_address.to_string());
    let address = address.as_deref().unwrap_or("ADDRESS");
    let finding =
        Finding::warning("Hostname", format!("hostname \"{name}\" could not be reached")).seen(evidence);
    Some(finding.fix(format!("echo '{address} {name}' >> /etc/hosts")))
}

/// HTTPProxy: the way to this node's own API server leads through no proxy.
pub fn proxy_to_api_server(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let Some(ApiEndpoint { advertise_address: address, .. }) = spec.node.endpoint() else {
        return Vec::new();
    };
    let port = if address.is_ipv6() { SOME_PORT } else { 443 };
    let target = SocketAddr::new(address, port);
    proxied("HTTPProxy", &address.to_string(), target, &facts.proxies).into_iter().collect()
}

/// The control plane's own connections to pods and Services would go through the proxy as well.
pub fn proxy_to_ranges(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let networking = &spec.cluster.networking;
    let ranges = networking.service_subnets.iter().chain(&networking.pod_subnets);
    ranges
        .filter_map(|range| proxied("HTTPProxyCIDR", &range.to_string(), first(range), &facts.proxies))
        .collect()
}

/// The first address behind the network's own.
fn first(range: &IpNet) -> SocketAddr {
    SocketAddr::new(range.hosts().next().unwrap_or_else(|| range.network()), SOME_PORT)
}

fn proxied(id: &str, what: &str, target: SocketAddr, environment: &[EnvPair]) -> Option<Finding> {
    let proxy = https_proxy(environment, target)?;
    let finding = Finding::warning(id, format!("connection to {what:?} uses proxy {proxy:?}"))
        .seen("HTTPS_PROXY is set, and NO_PROXY does not except that address");
    Some(finding.fix(format!("export NO_PROXY=\"$NO_PROXY,{what}\"")))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ids, unseen};
    use super::*;
    use crate::config::fixture::config;

    fn with_proxy(no_proxy: &str) -> impl Fn(&mut Facts) {
        let pair = |name: &str, value: &str| EnvPair { name: name.to_owned(), value: value.to_owned() };
        let pairs = vec![pair("https_proxy", "http://10.9.9.9:3128"), pair("no_proxy", no_proxy)];
        move |facts| facts.proxies.clone_from(&pairs)
    }

    #[test]
    fn a_name_that_does_not_resolve_is_warned_of() {
        assert_eq!(
            ids(node_name, config().spec(), |facts| facts.node_addresses = Ok(vec![])),
            ["warning Hostname"]
        );
        assert_eq!(
            ids(node_name, config().spec(), |facts| facts.node_addresses = Err(unseen())),
            ["warning Hostname"]
        );
        assert!(ids(node_name, config().spec(), |_| ()).is_empty());
    }

    #[test]
    fn a_name_longer_than_a_label_is_warned_of() {
        let mut long = config();
        long.node.name = "n".repeat(64).parse().unwrap();
        assert_eq!(ids(node_name, long.spec(), |_| ()), ["warning Hostname"]);
    }

    #[test]
    fn proxies_are_warned_of_unless_excepted() {
        assert_eq!(ids(proxy_to_api_server, config().spec(), with_proxy("")), ["warning HTTPProxy"]);
        assert!(ids(proxy_to_api_server, config().spec(), with_proxy("192.168.0.0/24")).is_empty());
        assert_eq!(ids(proxy_to_ranges, config().spec(), with_proxy("")), ["warning HTTPProxyCIDR"]);
        assert!(ids(proxy_to_ranges, config().spec(), with_proxy("10.96.0.0/12")).is_empty());
    }

    #[test]
    fn each_range_that_is_proxied_is_named() {
        let mut both = config();
        both.cluster.networking.pod_subnets =
            vec!["10.244.0.0/16".parse().unwrap(), "fd00::/64".parse().unwrap()];
        assert_eq!(ids(proxy_to_ranges, both.spec(), with_proxy("")).len(), 3);
    }
}
