//! Whether connections to an address go through a proxy, by the rules that Go's programs follow
//! (<https://pkg.go.dev/golang.org/x/net/http/httpproxy>), which all of Kubernetes' are.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::facts::EnvPair;

/// The proxy that HTTPS connections to `target` take, without its user and password; `None` where they go straight.
pub fn https_proxy(environment: &[EnvPair], target: SocketAddr) -> Option<String> {
    let proxy = variable(environment, "HTTPS_PROXY", "https_proxy")?;
    let exceptions = variable(environment, "NO_PROXY", "no_proxy").unwrap_or_default();
    let excepted = exceptions.split(',').any(|rule| exempts(rule.trim(), target));
    (!excepted && !target.ip().is_loopback()).then(|| without_user(proxy))
}

fn variable<'a>(environment: &'a [EnvPair], upper: &str, lower: &str) -> Option<&'a str> {
    let value = |name: &str| environment.iter().find(|pair| pair.name == name && !pair.value.is_empty());
    value(upper).or_else(|| value(lower)).map(|pair| pair.value.as_str())
}

/// `*`, a range, an address, or an address and a port. Names of domains never match an address.
fn exempts(rule: &str, target: SocketAddr) -> bool {
    if rule == "*" {
        return true;
    }
    if let Ok(range) = rule.parse::<IpNet>() {
        return range.contains(&target.ip());
    }
    if let Ok(exact) = rule.parse::<SocketAddr>() {
        return exact.ip() == target.ip() && exact.port() == target.port();
    }
    rule.parse::<IpAddr>() == Ok(target.ip())
}

fn without_user(proxy: &str) -> String {
    let (scheme, rest) = proxy.split_once("://").map_or(("", proxy), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<EnvPair> {
        pairs
            .iter()
            .map(|(name, value)| EnvPair { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect()
    }

    fn proxied(no_proxy: &str, target: &str) -> bool {
        let pairs = environment(&[("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", no_proxy)]);
        https_proxy(&pairs, target.parse().unwrap()).is_some()
    }

    #[test]
    fn exceptions_are_ranges_addresses_and_a_star() {
        for (no_proxy, target, through) in [
            ("", "10.0.0.1:443", true),
            ("10.0.0.1", "10.0.0.1:443", false),
            ("10.0.0.1:443", "10.0.0.1:443", false),
            ("10.0.0.1:6443", "10.0.0.1:443", true),
            ("localhost, 10.0.0.0/8", "10.0.0.1:443", false),
            ("example.com,.svc", "10.0.0.1:443", true),
            ("*", "10.0.0.1:443", false),
            ("", "127.0.0.1:443", false),
            ("fd00::/8", "[fd00::1]:1234", false),
            ("[fd00::1]:1234", "[fd00::1]:1234", false),
            ("fd00::1", "[fd00::2]:1234", true),
        ] {
            assert_eq!(proxied(no_proxy, target), through, "{no_proxy:?} {target}");
        }
    }

    #[test]
    fn capital_names_come_first_and_only_the_https_one_counts() {
        let both = environment(&[("https_proxy", "http://small"), ("HTTPS_PROXY", "http://capital")]);
        assert_eq!(https_proxy(&both, ([10, 0, 0, 1], 443).into()).as_deref(), Some("http://capital"));
        let other = environment(&[("HTTP_PROXY", "http://plain"), ("ALL_PROXY", "http://all")]);
        assert_eq!(https_proxy(&other, ([10, 0, 0, 1], 443).into()), None);
    }

    #[test]
    fn a_proxy_s_password_is_never_shown() {
        for (proxy, shown) in
            [("http://me:secret@proxy:3128", "http://proxy:3128"), ("me:s@cret@proxy", "proxy")]
        {
            let pairs = environment(&[("HTTPS_PROXY", proxy)]);
            assert_eq!(https_proxy(&pairs, ([10, 0, 0, 1], 443).into()).as_deref(), Some(shown));
            assert!(!format!("{pairs:?}").contains("cret"));
        }
    }
}
