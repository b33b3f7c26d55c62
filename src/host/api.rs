//! The way to an API server or a health endpoint: kube's client, made from a kubeconfig.

use std::path::Path;
use std::time::{Duration, Instant};

use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use super::call_log;
use super::client_config::{BadClient, ClientConfig};
use super::connect::{client, proxy_of_environment};
use super::fault::fault;
use super::headers::{brief, date, seconds};
use crate::config::TokenString;
use crate::join::discovery::{CertificateFault, Fault, Moments, PROXY_HINT, Unreached};
use crate::json;
use crate::kubeconfig::{BadServerUrl, ServerUrl};
use crate::pki::FoundCert;
use crate::proxy::Proxy;

/// For a call as a whole, however slowly its answer trickles in.
const CALL: Duration = Duration::from_secs(20);
/// More than any object's JSON takes: etcd holds none above 1.5 MiB. Not every server that is asked is trusted.
const LARGEST: usize = 4 << 20;

const JSON: &str = "application/json";

/// Why no client could be made, or what a call came to when it did not come to an answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No client can be made of a kubeconfig.
    #[error("the kubeconfig {name} cannot be used")]
    Kubeconfig {
        /// The kubeconfig's path.
        name: String,
        /// What is wrong with it; never a part of it.
        #[source]
        source: Box<BadClient>,
    },
    /// A URL that cannot be parsed.
    #[error("{url} is no address")]
    Address {
        /// As it was given.
        url: String,
        /// What the parser said.
        #[source]
        source: BadServerUrl,
    },
    /// TLS cannot be set up: the client's certificate or key, or the CAs, cannot be used.
    #[error("cannot set up TLS for {server}")]
    Client {
        /// The server's URL, without a slash at its end.
        server: String,
        /// What the library said.
        #[source]
        source: Box<kube::Error>,
    },
    /// The server's answer is no success: any status but 2xx.
    #[error("{server} answered {code} {reason}: {message}")]
    Refused {
        /// The server's URL, without a slash at its end.
        server: String,
        /// HTTP's status.
        code: u16,
        /// The status' name, as Kubernetes' Status object has it (`NotFound`), or HTTP's.
        reason: String,
        /// The Status object's text, or the body's first line, cut short.
        message: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was an answer, and no API server gives one like that.
    #[error("{server} answered {call} with {with}, as no API server would")]
    Senseless {
        /// The server's URL, without a slash at its end.
        server: String,
        /// Such as `GET /version`.
        call: String,
        /// What it gave, never with a part of it.
        with: String,
    },
    /// There was no answer: no connection, no TLS, or none within 20 s.
    #[error("{server} did not answer: {cause}")]
    Unreachable {
        /// The server's URL, without a slash at its end; `host:port` where only the port is waited for.
        server: String,
        /// What was in the way of which call, in words.
        cause: String,
        /// What kind of failure it is.
        fault: Fault,
    },
}

impl ApiError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused { code: 429, .. } => {
                Some("the API server is overloaded: wait until it is not, and run this again")
            }
            Self::Refused { code: 500.., .. } => Some(
                "`crictl logs` of its container kube-apiserver, and of etcd's, on that control plane say what it fails at",
            ),
            Self::Unreachable { fault, .. } => of_fault(fault),
            Self::Senseless { .. } => Some(
                "see whether an API server listens there, and no web server or proxy that answers itself",
            ),
            Self::Kubeconfig { source, .. } => source.hint(),
            Self::Address { .. } | Self::Client { .. } | Self::Refused { .. } => None,
        }
    }
}

fn of_fault(fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::Unreached(Unreached::Refused | Unreached::Closed) => Some(
            "`crictl ps -a --name kube-apiserver` on that control plane shows whether it runs; where a load balancer stands \
             before it, whether that has it as a back end",
        ),
        Fault::Unreached(Unreached::Silent | Unreached::NoRoute | Unreached::Name) => {
            Some("look at the network between this host and that server: name, route, firewall")
        }
        Fault::Certificate(CertificateFault::Early(_) | CertificateFault::Expired(_)) => Some(
            "compare `date` on both hosts and have their clocks set (`timedatectl`); where they are right, \
             `kubewright certs renew all` on that control plane makes new certificates",
        ),
        Fault::Alert(alert) if alert == "CertificateExpired" => Some(
            "the server takes this client's certificate for expired: compare `date` on both hosts, and see \
             `kubewright certs check-expiration`",
        ),
        Fault::Proxy(_) => Some(PROXY_HINT),
        Fault::NotTls | Fault::NotHttp | Fault::Alert(_) | Fault::Certificate(_) | Fault::Other(_) => None,
    }
}

/// An answer as it came, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP's status.
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
    proxy: Option<Proxy>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Server({})", self.name)
    }
}

impl Server {
    /// From a kubeconfig's text; `server`, where given, stands in for the address in it. Needs a runtime around it.
    pub async fn from_kubeconfig(name: &str, text: &str, server: Option<&str>) -> Result<Self, ApiError> {
        let unusable = |source| ApiError::Kubeconfig { name: name.to_owned(), source: Box::new(source) };
        Self::by(ClientConfig::read(Path::new(name), text, server).await.map_err(unusable)?)
    }

    /// Nothing is proven and nothing is sent but the question, so any certificate will do: a health endpoint, or a
    /// cluster that is not known yet.
    pub fn unverified(url: &str) -> Result<Self, ApiError> {
        let mut made = at(url)?;
        made.config.accept_invalid_certs = true;
        Self::by(made)
    }

    /// One whose certificate `authorities` have to vouch for, and the token that is shown to it.
    pub fn verified(
        url: &str,
        authorities: &[&FoundCert],
        token: Option<&TokenString>,
    ) -> Result<Self, ApiError> {
        let mut made = at(url)?;
        made.config.root_cert = Some(authorities.iter().map(|cert| cert.der.clone()).collect());
        made.config.auth_info.token = token.map(|token| token.text().expose_secret().into());
        Self::by(made)
    }

    /// One whose certificate the CAs have to vouch for that this host trusts.
    pub fn trusted_by_host(url: &str) -> Result<Self, ApiError> {
        Self::by(at(url)?)
    }

    /// Through its proxy, or else by what the environment says.
    pub(super) fn by(made: ClientConfig) -> Result<Self, ApiError> {
        let ClientConfig { config, proxy } = made;
        let name = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let proxy = proxy.or_else(|| proxy_of_environment(&config.cluster_url));
        let client = client(config, proxy.as_ref())
            .map_err(|source| ApiError::Client { server: name.clone(), source: Box::new(source) })?;
        Ok(Self { name, client, proxy })
    }

    /// `GET path` → the answer, whatever its status.
    pub async fn ask(&self, path: &str) -> Result<Answer, ApiError> {
        call_log::server("GET", &self.name);
        let call = Call { method: "GET", path, content_type: JSON, body: Vec::new(), largest: LARGEST };
        let answer = self.make(call).await?;
        Ok(Answer {
            code: answer.code,
            date: answer.field(http::header::DATE).and_then(date),
            location: answer.field(http::header::LOCATION).map(str::to_owned),
            body: answer.text(),
        })
    }

    /// `GET path` → the body, where the answer is a success.
    pub async fn get_text(&self, path: &str) -> Result<String, ApiError> {
        let call = Call { method: "GET", path, content_type: JSON, body: Vec::new(), largest: LARGEST };
        let answer = self.make(call).await?;
        match answer.code {
            400.. => Err(self.refused(&answer)),
            200..300 => Ok(answer.text()),
            code => Err(self.senseless("GET", path, format!("the status {code}"))),
        }
    }

    /// Any call that is answered with an object.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, ApiError> {
        call_log::server(method, &self.name);
        self.sized_call(method, path, content_type, body).await.map(|(object, _)| object)
    }

    /// The same, and how many bytes the answer had.
    pub(super) async fn sized_call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(Value, usize), ApiError> {
        let call = Call { method, path, content_type, body, largest: LARGEST };
        let answer = self.make(call).await?;
        match answer.code {
            400.. => Err(self.refused(&answer)),
            200..300 => Ok((self.object(method, path, &answer.body)?, answer.body.len())),
            // A redirect is nothing that an API server would have reason for, and leads anywhere.
            code => Err(self.senseless(method, path, format!("the status {code}"))),
        }
    }

    fn object(&self, method: &str, path: &str, body: &[u8]) -> Result<Value, ApiError> {
        let object = json::object(body).map_err(|bad| self.senseless(method, path, bad.to_string()))?;
        let word = |name| object.get(name).and_then(Value::as_str);
        if (word("kind"), word("status")) == (Some("Status"), Some("Failure")) {
            return Err(self.senseless(method, path, "a failure that calls itself a success".to_owned()));
        }
        Ok(object)
    }

    pub(super) fn senseless(&self, method: &str, path: &str, with: String) -> ApiError {
        ApiError::Senseless { server: self.name.clone(), call: format!("{method} {}", short(path)), with }
    }

    async fn make(&self, call: Call<'_>) -> Result<Raw, ApiError> {
        let (method, path, begun) = (call.method, short(call.path), Instant::now());
        let answer = self.answer(call).await;
        call_log::request(method, &self.name, path, answer.as_ref().ok().map(|answer| answer.code), begun);
        answer
    }

    /// Ends within [`CALL`], whatever the server does.
    async fn answer(&self, call: Call<'_>) -> Result<Raw, ApiError> {
        let name = format!("{} {}", call.method, short(call.path));
        let begun = Instant::now();
        let failed = |error: &(dyn std::error::Error + 'static)| {
            let fault = fault(error);
            self.unreachable(cause(&name, &fault, error, begun.elapsed()), fault)
        };
        let answer = tokio::time::timeout(CALL, async {
            let request = Request::builder().method(call.method).uri(call.path);
            let request = request.header(http::header::CONTENT_TYPE, call.content_type);
            let request = request.body(Body::from(call.body)).map_err(|error| failed(&error))?;
            let answer = self.client.send(request).await.map_err(|error| failed(&error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, call.largest).collect().await.map_err(|error| failed(&*error))?;
            Ok(Raw { code: head.status.as_u16(), fields: head.headers, body: body.to_bytes().to_vec() })
        });
        answer.await.unwrap_or_else(|_| Err(failed(&std::io::Error::from(std::io::ErrorKind::TimedOut))))
    }

    /// In the server's own words, which are a Status, or else a text.
    fn refused(&self, answer: &Raw) -> ApiError {
        let status = json::object(&answer.body).unwrap_or_default();
        let word = |name: &str| status[name].as_str().filter(|word| !word.is_empty()).map(str::to_owned);
        let known = http::StatusCode::from_u16(answer.code).ok().and_then(|code| code.canonical_reason());
        let first_line = || answer.text().trim().lines().next().unwrap_or_default().to_owned();
        ApiError::Refused {
            server: self.name.clone(),
            code: answer.code,
            reason: brief(&word("reason").unwrap_or_else(|| known.unwrap_or_default().to_owned())),
            message: brief(&word("message").unwrap_or_else(first_line)),
            retry_after: answer.field(http::header::RETRY_AFTER).and_then(seconds),
        }
    }

    pub(super) fn unreachable(&self, cause: String, fault: Fault) -> ApiError {
        let cause = match (&self.proxy, &fault) {
            (None, _) | (Some(_), Fault::Proxy(_)) => cause,
            (Some(proxy), _) => format!("{cause}; it was asked through the proxy {proxy}"),
        };
        ApiError::Unreachable { server: self.name.clone(), cause, fault }
    }
}

struct Call<'a> {
    method: &'a str,
    path: &'a str,
    content_type: &'a str,
    body: Vec<u8>,
    /// What its answer may take.
    largest: usize,
}

/// An answer's bytes may be a secret, so it has no `Debug`.
struct Raw {
    code: u16,
    fields: HeaderMap,
    body: Vec<u8>,
}

impl Raw {
    fn field(&self, name: http::HeaderName) -> Option<&str> {
        self.fields.get(name).and_then(|value| value.to_str().ok())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A path without its query, which says nothing to people.
fn short(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

/// What was in the way of a call, in words: which call, and for how long.
fn cause(call: &str, fault: &Fault, error: &dyn std::error::Error, after: Duration) -> String {
    match fault {
        Fault::Unreached(Unreached::Silent) => {
            format!("nothing came to {call} for {:.0} s", after.as_secs_f64())
        }
        Fault::Unreached(Unreached::Closed) => format!("it hung up in the middle of {call}"),
        Fault::Proxy(fault) => fault.to_string(),
        Fault::NotHttp => format!("what it said to {call} is no HTTP, or too long"),
        Fault::Certificate(CertificateFault::Early(Moments { ours, bound })) => {
            format!("its certificate is valid from {bound:.0} on, and this host's clock says {ours:.0}")
        }
        Fault::Certificate(CertificateFault::Expired(Moments { ours, bound })) => {
            format!("its certificate was valid until {bound:.0}, and this host's clock says {ours:.0}")
        }
        Fault::Unreached(Unreached::Refused | Unreached::NoRoute | Unreached::Name)
        | Fault::NotTls
        | Fault::Alert(_)
        | Fault::Certificate(_)
        | Fault::Other(_) => innermost(error),
    }
}

/// An address that this program has made itself.
fn at(url: &str) -> Result<ClientConfig, ApiError> {
    let server = ServerUrl::parse(url);
    let server = server.map_err(|source| ApiError::Address { url: url.to_owned(), source })?;
    Ok(ClientConfig::at(&server))
}

/// The last cause in the chain, which is the one that says something: `Connection refused`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
