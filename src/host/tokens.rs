//! Bootstrap tokens in a cluster that is up, and what else `token` asks of it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::api::{ApiError, Server};
use super::api_readiness::RetryLimit;
use super::apply_error::ClusterError;
use super::event_loop::EventLoop;
use super::kill_point;
use super::retry::Retry;
use super::send::{NotSent, Servers, Stage, send};
use crate::manifests::objects::{Object, secret_name};
use crate::plan::Content;

const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";
/// Tokens are known by their type, which the API server can pick out.
pub(super) const TOKENS: &str =
    "/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken";
const KUBEADM_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const JSON: &str = "application/json";

/// How long a server is asked again that answers that it cannot answer now.
const BUSY: Duration = Duration::from_secs(10);

/// The tokens of the cluster that a kubeconfig leads to. It is up, or it is not: one that does not answer is not waited for.
#[derive(Debug)]
pub struct TokenStore {
    runtime: EventLoop,
    servers: Servers,
}

/// A call that came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}")]
pub struct TokenError {
    /// As in `list the bootstrap tokens`.
    pub what: String,
    /// What the API server said, or what was in the way.
    #[source]
    pub source: ApiError,
}

/// What became of a token that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRemoval {
    /// It was there, and is no more.
    Removed,
    /// There was none of its id.
    NotThere,
}

impl TokenStore {
    /// By the kubeconfig with this path and text.
    pub fn open(path: &Path, text: &Content) -> Result<Self, ClusterError> {
        let text =
            std::str::from_utf8(text.bytes()).map_err(|_| ClusterError::NotText { path: path.to_owned() })?;
        let runtime = EventLoop::new().map_err(ClusterError::Runtime)?;
        let admin = runtime.block_on(Server::from_kubeconfig(&path.display().to_string(), text, None))?;
        Ok(Self { runtime, servers: Servers { admin, super_admin: None } })
    }

    /// Every Secret of the tokens' type, as the API server shows it.
    pub fn list(&self) -> Result<Vec<Value>, TokenError> {
        let found = self.runtime.block_on(list(&self.servers.admin));
        found.map_err(failed("list the bootstrap tokens".to_owned()))
    }

    /// Whether the cluster has a token of this id, valid or not.
    pub fn has(&self, id: &str) -> Result<bool, TokenError> {
        let found = present(self.call("GET", &secret_path(id)));
        Ok(found.map_err(failed(format!("look up the bootstrap token {id}")))?.is_some())
    }

    /// Removes the Secret of the token with this id.
    pub fn remove(&self, id: &str) -> Result<TokenRemoval, TokenError> {
        let gone = present(self.call("DELETE", &secret_path(id)));
        let gone = gone.map_err(failed(format!("delete the bootstrap token {id}")))?;
        if gone.is_none() {
            return Ok(TokenRemoval::NotThere);
        }
        kill_point::passed("token deleted", id);
        Ok(TokenRemoval::Removed)
    }

    /// The cluster's ClusterConfiguration, in YAML, where there is one.
    pub fn cluster_configuration(&self) -> Result<Option<String>, TokenError> {
        let what = "read the ConfigMap kube-system/kubeadm-config".to_owned();
        let found = present(self.call("GET", KUBEADM_CONFIG)).map_err(failed(what))?.unwrap_or_default();
        Ok(found.pointer("/data/ClusterConfiguration").and_then(Value::as_str).map(str::to_owned))
    }

    /// Puts `objects` there; each is tried again for up to `limit` where that can help.
    pub fn write(&self, objects: &[Object], limit: Duration) -> Result<(), NotSent> {
        let limit = RetryLimit::new(limit, None);
        self.runtime.block_on(send(objects, &self.servers, Stage::Running, &limit)).map(drop)
    }

    fn call(&self, method: &str, path: &str) -> Result<Value, ApiError> {
        self.runtime.block_on(async {
            let again = Retry::within(BUSY);
            loop {
                match self.servers.admin.call(method, path, JSON, Vec::new()).await {
                    Err(error) if can_be_repeated(method, &error) => again.after(error).await?,
                    done => return done,
                }
            }
        })
    }
}

async fn list(server: &Server) -> Result<Vec<Value>, ApiError> {
    let again = Retry::within(BUSY);
    loop {
        match server.list(TOKENS).await {
            Err(error) if error.is_busy() => again.after(error).await?,
            done => return done,
        }
    }
}

/// A server that fails at a change may have made it all the same.
fn can_be_repeated(method: &str, error: &ApiError) -> bool {
    error.is_busy() && (method == "GET" || matches!(error, ApiError::Refused { code: 429, .. }))
}

fn secret_path(id: &str) -> String {
    format!("{SECRETS}/{}", secret_name(id))
}

fn failed(what: String) -> impl FnOnce(ApiError) -> TokenError {
    |source| TokenError { what, source }
}

/// An object that is not there is an answer.
fn present(answer: Result<Value, ApiError>) -> Result<Option<Value>, ApiError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ApiError::Refused { code: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
