//! The way to an API server or a health endpoint: kube's client, made from a kubeconfig.

use std::time::Duration;

use http::Request;
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// Long enough for an API server under load on the same host, short enough that a dead one is noticed.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);

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
    Unreachable { server: String, cause: String },
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

    /// A health endpoint: nothing is proven and nothing is sent but the question, so any certificate will do.
    pub fn unverified(url: &str) -> Result<Self, ApiError> {
        let address = url.parse().map_err(|source| ApiError::Address { url: url.to_owned(), source })?;
        let mut config = Config::new(address);
        config.accept_invalid_certs = true;
        Self::from_config(config)
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
            other => ApiError::Unreachable { server, cause: innermost(&other) },
        }
    }
}

/// The last cause in the chain, which is the one that says something: `Connection refused`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
