//! /proc/net/route and /proc/net/ipv6_route → the host's default routes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// A route to everywhere: 0.0.0.0/0 or ::/0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRoute {
    /// The interface that it goes out by.
    pub interface: String,
    /// The next hop; all zero where there is none.
    pub gateway: IpAddr,
    /// The lower goes before the higher.
    pub metric: u32,
}

/// A line that the kernel does not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line:?} is not a line of the kernel's routing table")]
pub struct BadRoute {
    line: String,
}

/// The route is in use and leads somewhere; the kernel keeps rejected ones in the same table.
const RTF_UP: u32 = 0x1;
const RTF_REJECT: u32 = 0x200;

/// /proc/net/route → its default routes, by metric, and in the file's order where metrics are equal.
///
/// # Errors
/// A line that the kernel would not write.
pub fn parse_ipv4(text: &str) -> Result<Vec<DefaultRoute>, BadRoute> {
    parse(text.lines().filter(|line| !line.starts_with("Iface")), ipv4_line)
}

/// /proc/net/ipv6_route → its default routes that have a gateway, in the same order. Those without are the
/// kernel's own entries for `lo`.
///
/// # Errors
/// A line that the kernel would not write.
pub fn parse_ipv6(text: &str) -> Result<Vec<DefaultRoute>, BadRoute> {
    parse(text.lines(), ipv6_line)
}

/// A line of either table; only default routes that lead somewhere count.
struct Line {
    route: DefaultRoute,
    counts: bool,
}

/// A line's fields → the line, or `None` if it is malformed.
type LineParser = fn(&[&str]) -> Option<Line>;

fn parse<'a>(lines: impl Iterator<Item = &'a str>, read: LineParser) -> Result<Vec<DefaultRoute>, BadRoute> {
    let mut routes = Vec::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let line = read(&fields).ok_or_else(|| BadRoute { line: line.to_owned() })?;
        routes.extend(line.counts.then_some(line.route));
    }
    routes.sort_by_key(|route| route.metric);
    Ok(routes)
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`: addresses in the machine's own byte order.
fn ipv4_line(fields: &[&str]) -> Option<Line> {
    let [interface, destination, gateway, flags, _, _, metric, mask, ..] = fields else { return None };
    let everywhere = hexadecimal(destination)? == 0 && hexadecimal(mask)? == 0;
    let gateway = Ipv4Addr::from(hexadecimal(gateway)?.to_ne_bytes());
    let route = DefaultRoute {
        interface: (*interface).to_owned(),
        gateway: gateway.into(),
        metric: metric.parse().ok()?,
    };
    Some(Line { route, counts: everywhere && leads_somewhere(hexadecimal(flags)?) })
}

/// `Destination Length Source Length Gateway Metric RefCnt Use Flags Iface`: all in hexadecimal.
fn ipv6_line(fields: &[&str]) -> Option<Line> {
    let [destination, length, _, _, gateway, metric, _, _, flags, interface, ..] = fields else {
        return None;
    };
    let everywhere = ipv6(destination)?.is_unspecified() && hexadecimal(length)? == 0;
    let gateway = ipv6(gateway)?;
    let route = DefaultRoute {
        interface: (*interface).to_owned(),
        gateway: gateway.into(),
        metric: hexadecimal(metric)?,
    };
    let counts = everywhere && !gateway.is_unspecified() && leads_somewhere(hexadecimal(flags)?);
    Some(Line { route, counts })
}

fn leads_somewhere(flags: u32) -> bool {
    flags & RTF_UP != 0 && flags & RTF_REJECT == 0
}

fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

fn ipv6(text: &str) -> Option<Ipv6Addr> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok().map(Ipv6Addr::from)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

    fn interfaces(routes: &[DefaultRoute]) -> Vec<&str> {
        routes.iter().map(|route| route.interface.as_str()).collect()
    }

    #[test]
    fn a_default_route_is_found_among_others() {
        let text = format!(
            "{HEADER}eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
             eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        );
        let gateway = Ipv4Addr::new(192, 0, 2, 1).into();
        let wanted = DefaultRoute { interface: "eth0".to_owned(), gateway, metric: 0 };
        assert_eq!(parse_ipv4(&text), Ok(vec![wanted]));
    }

    #[test]
    fn the_lowest_metric_comes_first_and_equals_keep_their_order() {
        let line = |name: &str, metric: u32| {
            format!("{name}\t00000000\t0100A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n")
        };
        let text = [line("wlan0", 600), line("eth1", 100), line("eth0", 100)].concat();
        assert_eq!(interfaces(&parse_ipv4(&text).unwrap()), ["eth1", "eth0", "wlan0"]);
    }

    #[test]
    fn half_of_the_address_space_is_not_a_default_route() {
        let text = "tun0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";
        assert_eq!(parse_ipv4(text), Ok(vec![]));
    }

    #[test]
    fn rejected_and_unused_routes_do_not_count() {
        for flags in ["0200", "0201", "0002"] {
            let text = format!("*\t00000000\t00000000\t{flags}\t0\t0\t0\t00000000\t0\t0\t0\n");
            assert_eq!(parse_ipv4(&text), Ok(vec![]), "{flags}");
        }
    }

    #[test]
    fn ipv6_needs_a_gateway() {
        let zero = "0".repeat(32);
        let text = format!(
            "{zero} 00 {zero} 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003 eth0\n\
             {zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200 lo\n\
             fe800000000000000000000000000000 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001 eth0\n"
        );
        let routes = parse_ipv6(&text).unwrap();
        assert_eq!(interfaces(&routes), ["eth0"]);
        assert_eq!((routes[0].metric, routes[0].gateway.to_string().as_str()), (1024, "fe80::1"));
    }

    #[test]
    fn no_file_content_means_no_routes() {
        assert_eq!((parse_ipv4(HEADER), parse_ipv6("")), (Ok(vec![]), Ok(vec![])));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in ".*(\n.*){0,3}") {
            let _ = (parse_ipv4(&text), parse_ipv6(&text));
        }

        #[test]
        fn routes_come_out_by_metric(metrics in proptest::collection::vec(any::<u32>(), 0..8)) {
            let lines: Vec<String> = metrics
                .iter()
                .map(|metric| format!("e\t00000000\t0100A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n"))
                .collect();
            let found: Vec<u32> = parse_ipv4(&lines.concat()).unwrap().iter().map(|route| route.metric).collect();
            let mut sorted = metrics;
            sorted.sort_unstable();
            prop_assert_eq!(found, sorted);
        }
    }
}
