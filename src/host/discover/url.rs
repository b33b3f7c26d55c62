//! A kubeconfig from an HTTPS URL, whose server the CAs have to vouch for that this host trusts.

use http::Uri;

use super::Limits;
use super::ask::{Asked, no_client};
use super::persist::persist;
use crate::host::api::{Answer, ApiError, Server};
use crate::join::discovery::{DiscoveryError, Transient, TryError, Voucher};
use crate::kubeconfig::{BadServerUrl, ServerUrl};

const SCHEME: &str = "https://";
/// As many as Go's client follows.
const REDIRECTS: usize = 10;

/// Whether the discovery file is to be fetched by HTTPS.
pub fn is_url(place: &str) -> bool {
    place.starts_with(SCHEME)
}

/// What people are told of it: a URL's user and query may be secrets.
pub fn shown(place: &str) -> String {
    let Some(rest) = place.strip_prefix(SCHEME) else { return place.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{SCHEME}{host}{path}")
}

/// Makes the client for `https://host:port`: [`Server::trusted_by_host`], but in tests.
pub type Connect = dyn Fn(&str) -> Result<Server, ApiError>;

/// The text at `url`, redirects followed.
pub async fn fetch(url: &str, limits: &Limits, connect: &Connect) -> Result<String, DiscoveryError> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let answer = get(&url, limits, connect).await?;
        match (answer.code, &answer.location) {
            (200, _) => return Ok(answer.body),
            (301 | 302 | 303 | 307 | 308, Some(location)) => url = redirected(&url, location)?,
            (code, _) => return Err(DiscoveryError::UrlRefused { url: shown(&url), code }),
        }
    }
    Err(bad(&url, "it redirects too often"))
}

async fn get(url: &str, limits: &Limits, connect: &Connect) -> Result<Answer, DiscoveryError> {
    let at = ServerUrl::secure(url).map_err(|why| bad(url, &why.to_string()))?.place();
    let uri: Uri = url.parse().map_err(|_| bad(url, &BadServerUrl::NoUrl.to_string()))?;
    let server = connect(&format!("{SCHEME}{at}")).map_err(|error| no_client(&at, error))?;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let asked = Asked { at, server, voucher: Voucher::Host };
    persist(limits, &asked.at, async || match asked.ask(path, None).await? {
        Answer { code, .. } if code == 429 || code >= 500 => {
            Err(TryError::Transient(Transient::Busy { code }))
        }
        answer => Ok(answer),
    })
    .await
}

fn redirected(url: &str, location: &str) -> Result<String, DiscoveryError> {
    if is_url(location) {
        return Ok(location.to_owned());
    }
    match ServerUrl::secure(url) {
        Ok(server) if location.starts_with('/') && !location.starts_with("//") => {
            Ok(format!("{SCHEME}{}{location}", server.place()))
        }
        Ok(_) | Err(_) => Err(bad(url, "it redirects to what is no https:// URL")),
    }
}

fn bad(url: &str, why: &str) -> DiscoveryError {
    DiscoveryError::BadUrl { url: shown(url), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_user_nor_query_are_shown() {
        assert_eq!(shown("https://me:hunter2@h:1/a/b?token=hunter2#x"), "https://h:1/a/b");
        assert_eq!(shown("https://h?hunter2"), "https://h");
        assert_eq!(shown("/etc/a?b@c"), "/etc/a?b@c");
    }

    #[test]
    fn redirects_lead_to_https_alone() {
        assert_eq!(redirected("https://h:1/a", "https://i/b").unwrap(), "https://i/b");
        assert_eq!(redirected("https://h:1/a", "/b?c").unwrap(), "https://h:1/b?c");
        for location in ["http://i/b", "//i/b", "b", ""] {
            assert!(redirected("https://h:1/a", location).is_err(), "{location}");
        }
    }
}
