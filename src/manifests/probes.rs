//! Where the kubelet asks a static pod for its health, and for how long it waits for the first answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};

use super::args;
use crate::config::{Arg, Timeouts};

/// The port of etcd's metrics and health, which it serves without TLS on localhost.
pub const ETCD_METRICS_PORT: u16 = 2381;

/// Between two probes of a starting component.
const STARTUP_PERIOD: i64 = 10;

/// Host, port and scheme of a component's health endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// An address or a name that the kubelet asks.
    pub host: String,
    /// A TCP port.
    pub port: u16,
    /// Whether it is asked by TLS.
    pub scheme: Scheme,
}

/// The scheme of an HTTP probe, as Kubernetes writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// By TLS; the kubelet takes any certificate.
    Https,
}

impl Scheme {
    /// In capitals, as a manifest has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        }
    }
}

/// The localhost of an address's family.
pub fn localhost(family_of: IpAddr) -> IpAddr {
    match family_of {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// The host to probe of a component that listens on `address`. "All addresses" cannot be called; no host at all
/// makes the kubelet take the pod's address.
pub fn host_of(address: &str) -> Option<String> {
    let everywhere = matches!(address, "0.0.0.0" | "::" | "");
    (!everywhere).then(|| address.to_owned())
}

/// The host of a component that listens on localhost unless the user's `--bind-address` says otherwise.
pub fn bound_host(overrides: &[Arg]) -> Option<String> {
    host_of(args::last(overrides, "bind-address").unwrap_or("127.0.0.1"))
}

/// Where etcd answers: the first of `--listen-metrics-urls`, or the default where that cannot be read.
pub fn etcd_endpoint(overrides: &[Arg], family_of: IpAddr) -> Endpoint {
    let default =
        || Endpoint { host: localhost(family_of).to_string(), port: ETCD_METRICS_PORT, scheme: Scheme::Http };
    let urls = args::last(overrides, "listen-metrics-urls").unwrap_or_default();
    let first = urls.split(',').next().unwrap_or_default();
    let Some(url) = parse_url(first) else { return default() };
    Endpoint {
        host: if url.host.is_empty() { default().host } else { url.host.to_owned() },
        port: url.port.parse().ok().filter(|port| *port != 0).unwrap_or(ETCD_METRICS_PORT),
        scheme: url.scheme,
    }
}

struct Url<'a> {
    scheme: Scheme,
    host: &'a str,
    port: &'a str,
}

/// `scheme://host:port/…`, with an IPv6 host in brackets; `None` where the port is no number.
fn parse_url(text: &str) -> Option<Url<'_>> {
    let (scheme, rest) = text.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let address = authority.rsplit('@').next()?;
    let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, after)) => (host, if after.is_empty() { "" } else { after.strip_prefix(':')? }),
        None => address.split_once(':').unwrap_or((address, "")),
    };
    let scheme = if scheme.eq_ignore_ascii_case("https:") { Scheme::Https } else { Scheme::Http };
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(Url { scheme, host, port })
}

/// Points all of a container's probes at `host`.
pub fn aim(container: &mut Container, host: Option<&str>) {
    for action in http_actions(container) {
        action.host = host.map(str::to_owned);
    }
}

/// Sets the scheme of all of a container's probes.
pub fn speak(container: &mut Container, scheme: Scheme) {
    for action in http_actions(container) {
        action.scheme = Some(scheme.as_str().to_owned());
    }
}

/// Lets the startup probe fail for as long as the configuration lets a component take.
pub fn be_patient(container: &mut Container, timeouts: &Timeouts) {
    if let Some(probe) = &mut container.startup_probe {
        probe.failure_threshold = failures(timeouts);
    }
}

/// So many periods that they last through the whole timeout; zero is written as nothing.
fn failures(timeouts: &Timeouts) -> Option<i32> {
    let period = STARTUP_PERIOD * 1_000_000_000;
    let nanoseconds = timeouts.control_plane_component_health_check.nanoseconds();
    let periods = nanoseconds.div_euclid(period) + i64::from(nanoseconds.rem_euclid(period) > 0);
    i32::try_from(periods).ok().filter(|count| *count != 0)
}

pub(super) fn http_actions(container: &mut Container) -> impl Iterator<Item = &mut HTTPGetAction> {
    let probes: [&mut Option<Probe>; 3] =
        [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe];
    probes.into_iter().flatten().filter_map(|probe| probe.http_get.as_mut())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::duration::GoDuration;

    const V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    fn etcd(urls: &str, family_of: IpAddr) -> (String, u16, &'static str) {
        let args = [Arg { name: "listen-metrics-urls".to_owned(), value: urls.to_owned() }];
        let found = etcd_endpoint(&args, family_of);
        (found.host, found.port, found.scheme.as_str())
    }

    #[test]
    fn etcd_s_first_metrics_url_is_the_one_probed() {
        let host = str::to_owned;
        assert_eq!(etcd("https://1.2.3.4:2382,http://x", V4), (host("1.2.3.4"), 2382, "HTTPS"));
        assert_eq!(etcd("http://[2001:db8::1]:99/metrics", V6), (host("2001:db8::1"), 99, "HTTP"));
        assert_eq!(etcd("https://:2390", V4), (host("127.0.0.1"), 2390, "HTTPS"));
        assert_eq!(etcd("https://etcd.example", V4), (host("etcd.example"), 2381, "HTTPS"));
        assert_eq!(etcd("http://0.0.0.0:70000", V4), (host("0.0.0.0"), 2381, "HTTP"));
    }

    #[test]
    fn an_unreadable_metrics_url_leaves_the_default() {
        for text in ["", "127.0.0.1:2382", "https://127.0.0.1:port", "https://[::1]2381"] {
            assert_eq!(etcd(text, V6), ("::1".to_owned(), 2381, "HTTP"), "{text}");
        }
    }

    #[test]
    fn a_component_that_listens_everywhere_is_probed_at_its_pod_s_address() {
        assert_eq!(host_of("0.0.0.0"), None);
        assert_eq!(host_of("::"), None);
        assert_eq!(host_of("10.0.0.1"), Some("10.0.0.1".to_owned()));
        assert_eq!(bound_host(&[]), Some("127.0.0.1".to_owned()));
    }

    #[test]
    fn startup_probes_last_through_the_whole_timeout() {
        for (text, count) in
            [("4m", Some(24)), ("41s", Some(5)), ("1ms", Some(1)), ("0s", None), ("10s", Some(1))]
        {
            let mut timeouts = fixture::config().node.timeouts;
            timeouts.control_plane_component_health_check = text.parse::<GoDuration>().unwrap();
            assert_eq!(failures(&timeouts), count, "{text}");
        }
    }
}
