//! The address of an API server in a kubeconfig → what can be connected to, by client-go's rules.

use std::fmt;

use http::Uri;
use http::uri::{Authority, Builder};

/// Where an API server is: a scheme, a host, and a path that may stand before those of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Uri);

/// Why a text is no server's address; never a part of it, which may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadServerUrl {
    /// There is none.
    #[error("it names no server")]
    Empty,
    /// Spaces, control characters, letters of other alphabets, or no host.
    #[error("it is no URL such as https://HOST:PORT")]
    NoUrl,
    /// Neither of the two that servers speak.
    #[error("its scheme is neither https nor http")]
    Scheme,
    /// Whoever is on the way could answer, and see the token.
    #[error("it is asked over plain HTTP, where anybody could answer; https is needed")]
    Insecure,
    /// Go would send it along.
    #[error("it holds a user's name; such URLs are not supported")]
    User,
    /// Not 1 to 65535.
    #[error("its port is none; ports are 1 to 65535")]
    Port,
    /// `fe80::1%eth0`.
    #[error("it has an address with a zone, which only this host would understand")]
    Zone,
}

impl ServerUrl {
    /// # Errors
    /// No connection can be made to it.
    pub fn parse(text: &str) -> Result<Self, BadServerUrl> {
        if text.is_empty() {
            return Err(BadServerUrl::Empty);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => "https",
            "http" => "http",
            _ => return Err(BadServerUrl::Scheme),
        };
        // As in Go, a query and a fragment do not count.
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let place = authority(place)?;
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let built = Builder::new().scheme(scheme).authority(place).path_and_query(path).build();
        built.map(Self).map_err(|_| BadServerUrl::NoUrl)
    }

    /// One where who answers has to show a certificate, and what is sent is seen by nobody else.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or it is asked over plain HTTP.
    pub fn secure(text: &str) -> Result<Self, BadServerUrl> {
        Self::parse(text).and_then(|url| if url.is_secure() { Ok(url) } else { Err(BadServerUrl::Insecure) })
    }

    /// As clients take it.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// `host:port`, the scheme's port where none is given.
    pub fn place(&self) -> String {
        let port = self.0.port_u16().unwrap_or(if self.is_secure() { 443 } else { 80 });
        format!("{}:{port}", self.0.host().unwrap_or_default())
    }

    fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }
}

fn authority(place: &str) -> Result<Authority, BadServerUrl> {
    if place.contains('@') {
        return Err(BadServerUrl::User);
    }
    if place.starts_with('[') && place.contains('%') {
        return Err(BadServerUrl::Zone);
    }
    let authority: Authority = place.parse().map_err(|_| BadServerUrl::NoUrl)?;
    let host = authority.host();
    let behind = place.strip_prefix(host).ok_or(BadServerUrl::NoUrl)?;
    match (host, behind.strip_prefix(':')) {
        ("" | "[]", _) => Err(BadServerUrl::NoUrl),
        (_, None) if behind.is_empty() => Ok(authority),
        // An empty port is the scheme's.
        (_, Some("")) => host.parse().map_err(|_| BadServerUrl::NoUrl),
        (_, Some(port)) if port.parse().is_ok_and(|port: u16| port > 0) => Ok(authority),
        (_, Some(_) | None) => Err(BadServerUrl::Port),
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_go_reads_them() {
        for (text, read, place) in [
            ("https://10.0.0.1:6443", "https://10.0.0.1:6443", "10.0.0.1:6443"),
            ("HTTPS://h/", "https://h", "h:443"),
            ("http://h", "http://h", "h:80"),
            ("10.0.0.1:6443", "https://10.0.0.1:6443", "10.0.0.1:6443"),
            ("https://[fd00::1]:6443/a/b/", "https://[fd00::1]:6443/a/b", "[fd00::1]:6443"),
            ("https://h:1?token=hunter2#x", "https://h:1", "h:1"),
            ("https://h:", "https://h", "h:443"),
        ] {
            let url = ServerUrl::parse(text).unwrap();
            assert_eq!((url.to_string().as_str(), url.place().as_str()), (read, place), "{text}");
        }
    }

    #[test]
    fn what_nothing_can_be_connected_to_is_refused_without_being_shown() {
        for (text, bad) in [
            ("", BadServerUrl::Empty),
            ("https://", BadServerUrl::NoUrl),
            ("https:///x", BadServerUrl::NoUrl),
            ("https://a b", BadServerUrl::NoUrl),
            ("https://a\nb", BadServerUrl::NoUrl),
            ("https://bücher.test", BadServerUrl::NoUrl),
            ("https://h/a b", BadServerUrl::NoUrl),
            ("ftp://h", BadServerUrl::Scheme),
            ("://h", BadServerUrl::Scheme),
            ("https://me:hunter2@h", BadServerUrl::User),
            ("https://h:0", BadServerUrl::Port),
            ("https://h:65536", BadServerUrl::Port),
            ("https://h:hunter2", BadServerUrl::NoUrl),
            ("https://[fe80::1%25eth0]:6443", BadServerUrl::Zone),
        ] {
            let found = ServerUrl::parse(text).unwrap_err();
            assert!(found == bad || text.contains(":hunter2"), "{text}: {found:?}");
            assert!(!found.to_string().contains("hunter2"));
        }
        assert_eq!(ServerUrl::secure("http://h").unwrap_err(), BadServerUrl::Insecure);
        assert!(ServerUrl::secure("h:6443").is_ok());
    }
}
