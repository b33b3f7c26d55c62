//! Whether connections to a server go through a proxy, by the rules that Go's programs follow
//! (<https://pkg.go.dev/golang.org/x/net/http/httpproxy>), which all of Kubernetes' are: the same for every client.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Uri;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;

use crate::facts::EnvPair;
use crate::secret::Secret;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `http://`: a tunnel by CONNECT.
    Http,
    /// `https://`: the same, over TLS to the proxy.
    Https,
    /// `socks5://` or `socks5h://`.
    Socks5,
}

/// A proxy; `Display` and `Debug` leave its user and password out.
#[derive(Clone)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Without a user.
    pub uri: Uri,
    /// The same as it was given.
    shown: String,
    /// As whom it is asked, where the URL says so.
    pub user: Option<User>,
}

/// Who is said to ask, with the escapes of the URL resolved.
#[derive(Clone)]
pub struct User {
    /// The user's name.
    pub name: String,
    /// The user's password, empty where the URL has none.
    pub password: Secret,
}

impl fmt::Debug for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("User(…)")
    }
}

impl User {
    /// What stands behind `Proxy-Authorization:` (RFC 7617).
    pub fn basic(&self) -> Secret {
        Secret::new(format!(
            "Basic {}",
            BASE64.encode(format!("{}:{}", self.name, self.password.expose_secret()))
        ))
    }
}

/// Why a kubeconfig's `proxy-url` is of no use; never a part of it, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// The text cannot be read as a URL with a host.
    #[error("its proxy-url is no URL such as http://HOST:PORT")]
    NoUrl,
    /// The URL's scheme is none that client-go supports.
    #[error("its proxy-url has a scheme that is not supported; known are http, https and socks5")]
    Scheme,
}

impl Proxy {
    /// Out of a kubeconfig's `proxy-url`, as client-go reads it.
    pub fn of_kubeconfig(text: &str) -> Result<Self, BadProxy> {
        match text.split_once("://").map(|(scheme, _)| scheme.to_lowercase()).as_deref() {
            Some("http" | "https" | "socks5") => Self::parse(text).ok_or(BadProxy::NoUrl),
            Some(_) => Err(BadProxy::Scheme),
            None => Err(BadProxy::NoUrl),
        }
    }

    /// Out of an environment variable: without a scheme it is HTTP's, and what makes no sense is none, as in Go.
    fn of_environment(text: &str) -> Option<Self> {
        Self::parse(text).or_else(|| {
            let proxy = Self::parse(&format!("http://{text}"))?;
            Some(Self { shown: proxy.shown.trim_start_matches("http://").to_owned(), ..proxy })
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (given, rest) = text.split_once("://").filter(|(given, _)| is_scheme(given))?;
        let scheme = match given.to_lowercase().as_str() {
            "https" => Scheme::Https,
            "socks5" | "socks5h" => Scheme::Socks5,
            // Go speaks HTTP to whatever has another name.
            _ => Scheme::Http,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let shown = format!("{given}://{}", behind_users(rest));
        let (host, port) = host_and_port(place);
        let port = if port.is_empty() { scheme.port() } else { port.parse().ok()? };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let uri: Uri = format!("{}://{host}:{port}", scheme.as_str()).parse().ok()?;
        uri.host().filter(|host| !host.is_empty())?;
        Some(Self { scheme, uri, shown, user: user.and_then(named) })
    }
}

/// By RFC 3986. What stands before a `://` may be a password, where a user is written before the scheme.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
}

/// The place without anything that may have been meant as a user or password: one with a slash in it ends the place for Go.
fn behind_users(rest: &str) -> &str {
    let behind = rest.rsplit_once('@').map_or(rest, |(_, behind)| behind);
    behind.split(['/', '?', '#']).next().unwrap_or_default()
}

fn named(user: &str) -> Option<User> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned);
    Some(User { name: plain(name)?, password: Secret::new(plain(password)?) })
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 => 1080,
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.shown)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Proxy({self})")
    }
}

/// The environment's proxies, and the servers that they are not for.
#[derive(Debug, Clone)]
pub struct Settings {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exceptions: Vec<Exception>,
}

impl Settings {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in small letters.
    pub fn of(environment: &[EnvPair]) -> Self {
        let proxy = |upper, lower| variable(environment, upper, lower).and_then(Proxy::of_environment);
        let exceptions = variable(environment, "NO_PROXY", "no_proxy").unwrap_or_default();
        Self {
            http: proxy("HTTP_PROXY", "http_proxy"),
            https: proxy("HTTPS_PROXY", "https_proxy"),
            exceptions: exceptions.split(',').filter_map(Exception::parse).collect(),
        }
    }

    /// The proxy that connections to a server take; `None` where they go straight.
    pub fn proxy_for(&self, server: &Uri) -> Option<&Proxy> {
        let (proxy, port) = match server.scheme_str() {
            Some("http") => (self.http.as_ref(), 80),
            Some(_) | None => (self.https.as_ref(), 443),
        };
        let host = server.host()?.trim_matches(['[', ']']).to_lowercase();
        let port = server.port_u16().unwrap_or(port);
        proxy.filter(|_| !self.exempts(&host, port))
    }

    fn exempts(&self, host: &str, port: u16) -> bool {
        let address: Option<IpAddr> = host.parse().ok().map(|address: IpAddr| address.to_canonical());
        host == "localhost"
            || address.is_some_and(|address| address.is_loopback())
            || self.exceptions.iter().any(|exception| exception.matches(host, address, port))
    }
}

/// The proxy that HTTPS connections to `target` take; `None` where they go straight.
pub fn https_proxy(environment: &[EnvPair], target: SocketAddr) -> Option<String> {
    let settings = Settings::of(environment);
    let server: Uri = format!("https://{target}").parse().ok()?;
    settings.proxy_for(&server).map(Proxy::to_string)
}

fn variable<'a>(environment: &'a [EnvPair], upper: &str, lower: &str) -> Option<&'a str> {
    let value = |name: &str| environment.iter().find(|pair| pair.name == name && !pair.value.is_empty());
    value(upper).or_else(|| value(lower)).map(|pair| pair.value.as_str())
}

/// One of `NO_PROXY`: what it is for, and at which port if not at all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    All,
    Range(IpNet),
    Address(IpAddr, Option<u16>),
    /// Everything below this domain, written with a leading dot; and, with `itself`, the name alone.
    Domain {
        name: String,
        itself: Itself,
        port: Option<u16>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Itself {
    Too,
    Not,
}

impl Exception {
    fn parse(rule: &str) -> Option<Self> {
        let rule = rule.trim().to_lowercase();
        if rule == "*" {
            return Some(Self::All);
        }
        if let Ok(range) = rule.parse() {
            return Some(Self::Range(range));
        }
        // An address of version six has colons and no port, unless it stands in brackets.
        let (host, port) = match rule.parse::<IpAddr>() {
            Ok(_) => (rule.as_str(), ""),
            Err(_) => host_and_port(&rule),
        };
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical(), port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        match host.strip_prefix('.') {
            _ if host.is_empty() => None,
            Some(_) => Some(Self::Domain { name: host.to_owned(), itself: Itself::Not, port }),
            None => Some(Self::Domain { name: format!(".{host}"), itself: Itself::Too, port }),
        }
    }

    fn matches(&self, host: &str, address: Option<IpAddr>, at: u16) -> bool {
        let is_at = |port: &Option<u16>| port.is_none_or(|port| port == at);
        match self {
            Self::All => true,
            Self::Range(range) => address.is_some_and(|address| range.contains(&address)),
            Self::Address(excepted, port) => address == Some(*excepted) && is_at(port),
            Self::Domain { name, itself, port } => {
                let is_itself = *itself == Itself::Too && name.strip_prefix('.') == Some(host);
                (is_itself || host.ends_with(name.as_str())) && is_at(port)
            }
        }
    }
}

/// `h:1`, `[::1]:1`, `h` → host and port; the port may be empty.
fn host_and_port(place: &str) -> (&str, &str) {
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        Some(_) | None => (place, ""),
    };
    (host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port)
}

#[cfg(test)]
mod tests;
