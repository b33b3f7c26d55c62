//! `networking`, `localAPIEndpoint` and `controlPlaneEndpoint`.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::config::given::{At, Located, Remarks, Section};
use crate::config::problem::Problem;
use crate::config::requested::Advertise;
use crate::config::warning::Caution;
use crate::config::{Arg, HostPort, Networking, TokenString, defaults, is_subdomain};

/// Service ranges need room for the API server, DNS and some more; larger ones than this many bits cost the API server
/// too much (KEP-1880's allocator notwithstanding, the API server refuses them).
const LEAST_SERVICE_ADDRESSES: u128 = 10;
const MOST_SERVICE_BITS: u8 = 20;
const LEAST_POD_ADDRESSES: u128 = 14;
/// The controller manager's bitmap of node ranges has at most this many bits.
const MOST_NODE_BITS: u8 = 16;

/// `networking`. The node masks are the controller manager's arguments.
pub fn networking(section: Section, manager: &[Arg], remarks: &mut Remarks) -> Networking {
    let default = defaults::networking();
    let dns_domain =
        section.text("dnsDomain").and_then(|given| given.read(remarks, domain)).unwrap_or(default.dns_domain);
    let services = section.text("serviceSubnet");
    let service_subnets = services.clone().and_then(|given| ranges(&given, LEAST_SERVICE_ADDRESSES, remarks));
    if let (Some(given), Some(ranges)) = (&services, &service_subnets) {
        judge_service_size(&given.at, ranges, remarks);
    }
    let pods = section.text("podSubnet");
    let pod_subnets = pods.clone().and_then(|given| ranges(&given, LEAST_POD_ADDRESSES, remarks));
    if let (Some(given), Some(ranges)) = (&pods, &pod_subnets) {
        judge_node_masks(&given.at, ranges, manager, remarks);
    }
    Networking {
        service_subnets: service_subnets.unwrap_or(default.service_subnets),
        pod_subnets: pod_subnets.unwrap_or_default(),
        service_subnet_text: services.map_or(default.service_subnet_text, |given| given.value.to_owned()),
        pod_subnet_text: pods.map_or_else(String::new, |given| given.value.to_owned()),
        dns_domain,
    }
}

fn domain(text: &str) -> Result<String, Problem> {
    if is_subdomain(text) { Ok(text.to_owned()) } else { Err(Problem::NotADomain { value: text.to_owned() }) }
}

/// One range, or one of each family; host bits are dropped.
fn ranges(given: &Located<&str>, least: u128, remarks: &mut Remarks) -> Option<Vec<IpNet>> {
    let ranges = given.clone().read(remarks, parse_ranges)?;
    for range in &ranges {
        let addresses = addresses(range);
        if addresses < least {
            let problem = Problem::SubnetTooSmall { cidr: range.to_string(), addresses, least };
            remarks.refuse(&given.at, problem);
        }
        if is_site_local(range) {
            remarks.warn(&given.at, Caution::SiteLocal { cidr: range.to_string() });
        }
    }
    Some(ranges)
}

fn parse_ranges(text: &str) -> Result<Vec<IpNet>, Problem> {
    let value = text.to_owned();
    let ranges: Result<Vec<IpNet>, _> =
        text.split(',').map(|part| part.parse::<IpNet>().map(|range| range.trunc())).collect();
    match ranges {
        Err(_) => Err(Problem::NotACidr { value }),
        Ok(ranges) if ranges.len() > 2 => Err(Problem::TooManyCidrs { value, count: ranges.len() }),
        Ok(ranges) if ranges.len() == 2 && is_v6(&ranges[0]) == is_v6(&ranges[1]) => {
            Err(Problem::NotDualStack { value })
        }
        Ok(ranges) => Ok(ranges),
    }
}

fn is_v6(range: &IpNet) -> bool {
    matches!(range, IpNet::V6(_))
}

fn host_bits(range: &IpNet) -> u8 {
    range.max_prefix_len() - range.prefix_len()
}

fn addresses(range: &IpNet) -> u128 {
    1_u128.checked_shl(host_bits(range).into()).unwrap_or(u128::MAX)
}

fn is_site_local(range: &IpNet) -> bool {
    match range {
        IpNet::V4(_) => false,
        IpNet::V6(range) => {
            range.prefix_len().min(10) == 0 || {
                let bits = 16 - u32::from(range.prefix_len().min(10));
                range.network().segments()[0] >> bits == 0xfec0 >> bits
            }
        }
    }
}

fn judge_service_size(at: &At, ranges: &[IpNet], remarks: &mut Remarks) {
    for range in ranges.iter().filter(|range| host_bits(range) > MOST_SERVICE_BITS) {
        let least = range.max_prefix_len() - MOST_SERVICE_BITS;
        remarks.refuse(at, Problem::ServiceSubnetTooLarge { cidr: range.to_string(), least });
    }
}

/// Each node gets a part of the pod range: it must fit, and not too often.
fn judge_node_masks(at: &At, ranges: &[IpNet], manager: &[Arg], remarks: &mut Remarks) {
    if last_value(manager, "allocate-node-cidrs") == Some("false") {
        return;
    }
    for range in ranges {
        if let Err(problem) = judge_node_mask(range, manager) {
            remarks.refuse(at, problem);
        }
    }
}

fn judge_node_mask(range: &IpNet, manager: &[Arg]) -> Result<(), Problem> {
    let (argument, default) =
        if is_v6(range) { ("node-cidr-mask-size-ipv6", 64) } else { ("node-cidr-mask-size-ipv4", 24) };
    let node = match last_value(manager, argument).filter(|value| !value.is_empty()) {
        Some(value) => {
            value.parse::<u8>().map_err(|_| Problem::NotAMask { value: value.to_owned(), argument })?
        }
        None => default,
    };
    let cidr = range.to_string();
    match node.checked_sub(range.prefix_len()) {
        None => Err(Problem::NodeMaskTooWide { cidr, node, argument }),
        Some(bits) if bits > MOST_NODE_BITS => Err(Problem::NodeMaskTooNarrow { cidr, node, argument }),
        Some(_) => Ok(()),
    }
}

/// Of several arguments of one name the last one counts.
fn last_value<'a>(arguments: &'a [Arg], name: &str) -> Option<&'a str> {
    arguments.iter().rev().find(|argument| argument.name == name).map(|argument| argument.value.as_str())
}

/// `localAPIEndpoint.advertiseAddress`.
pub fn advertise(section: Section, remarks: &mut Remarks) -> Advertise {
    section
        .text("advertiseAddress")
        .and_then(|given| given.read(remarks, parse_advertise))
        .unwrap_or(Advertise::DefaultRoute)
}

fn parse_advertise(text: &str) -> Result<Advertise, Problem> {
    let address: IpAddr = text.parse().map_err(|_| Problem::NotAnAddress { value: text.to_owned() })?;
    match (address, unreachable(address)) {
        (_, Some(why)) => Err(Problem::NotAdvertisable { value: text.to_owned(), why }),
        (address, None) if address.is_loopback() => Ok(Advertise::Loopback),
        (IpAddr::V4(address), None) if address.is_unspecified() => Ok(Advertise::DefaultRoute),
        (IpAddr::V6(address), None) if address.is_unspecified() => Ok(Advertise::DefaultRouteV6),
        (address, None) => Ok(Advertise::Given(address)),
    }
}

/// Why other nodes cannot reach an address; unspecified and loopback ones are selectors and pass.
pub fn unreachable(address: IpAddr) -> Option<&'static str> {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    match address {
        address if address.is_multicast() => Some("a multicast address"),
        _ if link_local => Some("a link-local address"),
        IpAddr::V4(address) if address.is_broadcast() => Some("the broadcast address"),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// `localAPIEndpoint.bindPort`.
pub fn bind_port(section: Section, remarks: &mut Remarks) -> u16 {
    section
        .number("bindPort")
        .and_then(|given| given.read(remarks, |number| port(&number.to_string())))
        .unwrap_or(defaults::BIND_PORT)
}

fn port(text: &str) -> Result<u16, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let read = text.parse::<u16>().ok().filter(|port| digits && *port > 0);
    read.ok_or_else(|| Problem::NotAPort { value: text.to_owned() })
}

/// `controlPlaneEndpoint`, without a port that of the API server.
pub fn control_plane_endpoint(
    given: Option<Located<&str>>,
    bind_port: u16,
    remarks: &mut Remarks,
) -> Option<HostPort> {
    let given = given?;
    let (host, port) = given.clone().read(remarks, host_port)?;
    if let Some(port) = port.filter(|port| *port != bind_port) {
        remarks.warn(&given.at, Caution::PortOverridesBindPort { port, bind_port });
    }
    Some(HostPort { host, port: port.unwrap_or(bind_port) })
}

/// The API server that discovery asks: `host:port`, the host in small letters.
pub fn server(text: &str) -> Result<HostPort, Problem> {
    let bad = || match text.parse::<TokenString>() {
        Ok(_) => Problem::TokenForServer,
        Err(_) => Problem::NotAServer { value: text.to_owned() },
    };
    match host_port(&text.to_lowercase()) {
        Ok((host, Some(port))) => Ok(HostPort { host, port }),
        Err(problem @ Problem::NotAPort { .. }) => Err(problem),
        Ok((_, None)) | Err(_) => Err(bad()),
    }
}

fn host_port(text: &str) -> Result<(String, Option<u16>), Problem> {
    let (host, port_text) = split_port(text);
    let address = host.parse::<IpAddr>().ok();
    let bracketed = text.starts_with('[');
    let named = address.map_or(!bracketed && is_subdomain(host), |address| !bracketed || address.is_ipv6());
    if !named {
        return Err(Problem::NotAnEndpoint { value: text.to_owned() });
    }
    let port = port_text.filter(|port| !port.is_empty()).map(port).transpose()?;
    Ok((host.to_owned(), port))
}

/// `[fd00::1]:6443`, `host:6443`, or a host without a port, of which an IPv6 address has no brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return (host, Some(port));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_split_as_kubeadm_splits_them() {
        for (text, host, port) in [
            ("api.example.org", "api.example.org", None),
            ("api.example.org:8443", "api.example.org", Some(8443)),
            ("10.0.0.1:", "10.0.0.1", None),
            ("fd00::1", "fd00::1", None),
            ("[fd00::1]:6443", "fd00::1", Some(6443)),
        ] {
            assert_eq!(host_port(text).unwrap(), (host.to_owned(), port), "{text}");
        }
        for text in [
            "",
            ":6443",
            "[fd00::1]",
            "a_b",
            "https://api.example.org",
            "api.example.org:x",
            "a:0",
            "a:+5",
            "[a]:1",
            "[10.0.0.1]:1",
            "a:65536",
        ] {
            assert!(host_port(text).is_err(), "{text}");
        }
    }

    #[test]
    fn site_local_ranges_are_seen_from_both_sides() {
        for (cidr, site_local) in [
            ("fec0::/64", true),
            ("feff::/48", true),
            ("fe00::/7", true),
            ("::/0", true),
            ("fd00::/8", false),
            ("10.0.0.0/8", false),
        ] {
            assert_eq!(is_site_local(&cidr.parse().unwrap()), site_local, "{cidr}");
        }
    }

    #[test]
    fn only_addresses_that_others_can_reach_are_advertised() {
        for (text, read) in [
            ("192.0.2.1", Some(Advertise::Given("192.0.2.1".parse().unwrap()))),
            ("0.0.0.0", Some(Advertise::DefaultRoute)),
            ("::", Some(Advertise::DefaultRouteV6)),
            ("127.0.0.1", Some(Advertise::Loopback)),
            ("224.0.0.1", None),
            ("169.254.1.1", None),
            ("fe80::1", None),
            ("255.255.255.255", None),
            ("host", None),
        ] {
            assert_eq!(parse_advertise(text).ok(), read, "{text}");
        }
    }
}
