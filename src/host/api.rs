//! The way to an API server or a health endpoint: kube's client, made from a kubeconfig.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use super::fault::fault;
use crate::config::TokenString;
use crate::join::discovery::Fault;
use crate::pki::FoundCert;

/// Long enough for an API server under load on the same host, short enough that a dead one is noticed.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);
/// More than any object's JSON takes: etcd holds none above 1.5 MiB. Not every server that is asked is trusted.
const LARGEST: usize = 4 << 20;

/// Why no client could be made, or what a call came to when it did not come to an answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("the kubeconfig {name} cannot be used")]
    Kubeconfig {
        name: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{url} is no address")]
    Address {
        url: String,
        #[source]
        source: http::uri::InvalidUri,
    },
    #[error("cannot set up TLS for {server}")]
    Client {
        server: String,
        #[source]
        source: Box<kube::Error>,
    },
    #[error("{server} answered {code} {reason}: {message}")]
    Refused { server: String, code: u16, reason: String, message: String },
    #[error("{server} did not answer: {cause}")]
    Unreachable { server: String, cause: String, fault: Fault },
}

/// An answer as it came, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    pub code: u16,
    /// The server's clock.
    pub date: Option<Timestamp>,
    /// Where another URL is to be asked.
    pub location: Option<String>,
    /// What is no UTF-8 stands as U+FFFD.
    pub body: String,
}

/// One server and the client to it.
#[derive(Clone)]
pub struct Server {
    name: String,
    client: Client,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Server({})", self.name)
    }
}

impl Server {
    /// From a kubeconfig's text; `server`, where given, stands in for the address in it. Needs a runtime around it.
    pub async fn from_kubeconfig(name: &str, text: &str, server: Option<&str>) -> Result<Self, ApiError> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| ApiError::Kubeconfig {
            name: name.to_owned(),
            source,
        };
        let mut document =
            Kubeconfig::from_yaml(text).map_err(|_| unusable("it is not a kubeconfig".into()))?;
        if let Some(server) = server {
            for cluster in document.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
                cluster.server = Some(server.to_owned());
            }
        }
        let config = Config::from_custom_kubeconfig(document, &KubeConfigOptions::default()).await;
        Self::from_config(config.map_err(|error| unusable(Box::new(error)))?)
    }

    /// Nothing is proven and nothing is sent but the question, so any certificate will do: a health endpoint, or a
    /// cluster that is not known yet.
    pub fn unverified(url: &str) -> Result<Self, ApiError> {
        let mut config = config(url)?;
        config.accept_invalid_certs = true;
        // Else the host's CAs are read, for nothing.
        config.root_cert = Some(Vec::new());
        Self::from_config(config)
    }

    /// One whose certificate `authorities` have to vouch for, and the token that is shown to it.
    pub fn verified(
        url: &str,
        authorities: &[&FoundCert],
        token: Option<&TokenString>,
    ) -> Result<Self, ApiError> {
        let mut config = config(url)?;
        config.root_cert = Some(authorities.iter().map(|cert| cert.der.clone()).collect());
        config.auth_info.token = token.map(|token| token.text().expose_secret().into());
        Self::from_config(config)
    }

    /// One whose certificate the CAs have to vouch for that this host trusts.
    pub fn trusted_by_host(url: &str) -> Result<Self, ApiError> {
        Self::from_config(config(url)?)
    }

    fn from_config(mut config: Config) -> Result<Self, ApiError> {
        config.connect_timeout = Some(CONNECT);
        config.read_timeout = Some(ANSWER);
        config.write_timeout = Some(ANSWER);
        // Who waits, and how long, is for the plan to say.
        config.default_retry = false;
        let name = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = Client::try_from(config)
            .map_err(|source| ApiError::Client { server: name.clone(), source: Box::new(source) })?;
        Ok(Self { name, client })
    }

    /// `GET path` → the answer, whatever its status.
    pub async fn ask(&self, path: &str) -> Result<Answer, ApiError> {
        let request = self.request("GET", path, "application/json", Vec::new())?;
        let answer = self.client.send(request.map(Body::from)).await.map_err(|error| self.failed(error))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(|error| self.broken(&*error))?;
        let field = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Answer {
            code: head.status.as_u16(),
            date: field(http::header::DATE).and_then(date),
            location: field(http::header::LOCATION).map(str::to_owned),
            body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        })
    }

    /// `GET path` → the body, where the answer is a success.
    pub async fn get_text(&self, path: &str) -> Result<String, ApiError> {
        let request = self.request("GET", path, "application/json", Vec::new())?;
        self.client.request_text(request).await.map_err(|error| self.failed(error))
    }

    /// Any call with a JSON answer.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, ApiError> {
        let request = self.request(method, path, content_type, body)?;
        self.client.request(request).await.map_err(|error| self.failed(error))
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Request<Vec<u8>>, ApiError> {
        let request =
            Request::builder().method(method).uri(path).header(http::header::CONTENT_TYPE, content_type);
        request.body(body).map_err(|error| self.failed(kube::Error::HttpError(error)))
    }

    fn failed(&self, error: kube::Error) -> ApiError {
        let server = self.name.clone();
        match error {
            kube::Error::Api(status) => {
                let status = *status;
                ApiError::Refused {
                    server,
                    code: status.code,
                    reason: status.reason,
                    message: status.message,
                }
            }
            other => self.broken(&other),
        }
    }

    fn broken(&self, error: &(dyn std::error::Error + 'static)) -> ApiError {
        ApiError::Unreachable { server: self.name.clone(), cause: innermost(error), fault: fault(error) }
    }
}

fn config(url: &str) -> Result<Config, ApiError> {
    let address = url.parse().map_err(|source| ApiError::Address { url: url.to_owned(), source })?;
    Ok(Config::new(address))
}

/// HTTP's date is mail's, always in GMT (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// The last cause in the chain, which is the one that says something: `Connection refused`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_date_is_read() {
        let expected = "1994-11-06T08:49:37Z".parse().ok();
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
        assert_eq!(date("now"), None);
    }
}
