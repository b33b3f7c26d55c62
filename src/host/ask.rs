//! Asks a cluster what a node has to know before it joins, with the node's bootstrap credentials.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::future::join4;
use serde_json::Value;
use zeroize::Zeroizing;

use super::api::{ApiError, Server};
use super::retry::Retry;
use crate::facts::{ClusterFacts, NodeSeen, SharedSeen};
use crate::join::discovery::Fault;

const KUBEADM_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const KUBELET_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kubelet-config";
const SHARED: &str = "/api/v1/namespaces/kube-system/secrets/kubeadm-certs";

/// What is wanted to know.
#[derive(Debug, Clone, Copy)]
pub struct ClusterQuestion<'a> {
    /// The name of the node that wants to join.
    pub node: &'a str,
    /// Whether the Secret kubeadm-certs is asked for, too.
    pub shared: Shared,
}

/// Whether the shared certificates are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// For a control plane that has a certificate key.
    Wanted,
    /// For a worker, or where the certificates are on the host already.
    NotWanted,
}

/// Why a cluster did not tell what a node has to know.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// The call itself failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A ConfigMap is not there.
    #[error("the cluster has no ConfigMap {name} in kube-system: it was not set up by kubeadm or kubewright")]
    NoConfiguration {
        /// `kubeadm-config` or `kubelet-config`.
        name: &'static str,
    },
    /// A ConfigMap is there without what is asked for.
    #[error("the ConfigMap {name} in kube-system has no entry {entry}")]
    NoEntry {
        /// `kubeadm-config` or `kubelet-config`.
        name: &'static str,
        /// The key in its data, such as `ClusterConfiguration`.
        entry: &'static str,
    },
    /// 401: the server does not know the credentials.
    #[error("the token may find the cluster, but not join it: {server} does not accept it")]
    NotAccepted {
        /// The server's URL.
        server: String,
    },
    /// 403: the credentials lack the rights of a node that joins.
    #[error("the credentials may not read {what}: {message}")]
    Forbidden {
        /// Completes "may not read …".
        what: &'static str,
        /// The API server's words.
        message: String,
    },
}

impl NotAnswered {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotAccepted { .. } => Some(
                "it has expired, was deleted, or lacks the usage authentication; `kubewright token create \
                 --print-join-command` on a control plane makes a new one",
            ),
            Self::Forbidden { .. } => Some(
                "the token's groups have to include system:bootstrappers:kubeadm:default-node-token, and `kubewright init \
                 phase bootstrap-token` on a control plane gives that group its rights",
            ),
            Self::Api(error) => error.hint(),
            Self::NoConfiguration { .. } | Self::NoEntry { .. } => None,
        }
    }
}

/// All answers at once, each tried for up to `limit` where trying again can help; `notice` is told of the first
/// thing that is waited out.
pub async fn ask(
    server: &Server,
    question: ClusterQuestion<'_>,
    limit: Duration,
    notice: &dyn Fn(&ApiError),
) -> Result<ClusterFacts, NotAnswered> {
    let node = format!("/api/v1/nodes/{}", question.node);
    let asker = Asker { server, limit, notice, is_told: Cell::new(false) };
    let (cluster, kubelet, node, shared) = join4(
        asker.read(KUBEADM_CONFIG, "the cluster's configuration"),
        asker.read(KUBELET_CONFIG, "the kubelet's configuration"),
        asker.read(&node, "nodes"),
        asker.shared(question.shared),
    )
    .await;
    Ok(ClusterFacts {
        cluster_configuration: entry(&cluster?, "kubeadm-config", "ClusterConfiguration")?,
        kubelet_configuration: entry(&kubelet?, "kubelet-config", "kubelet")?,
        node: node_seen(&node?),
        shared: shared?,
    })
}

struct Asker<'a> {
    server: &'a Server,
    limit: Duration,
    notice: &'a dyn Fn(&ApiError),
    is_told: Cell<bool>,
}

impl Asker<'_> {
    async fn shared(&self, wanted: Shared) -> Result<SharedSeen, NotAnswered> {
        match wanted {
            Shared::NotWanted => Ok(SharedSeen::NotAsked),
            Shared::Wanted => Ok(sealed(&self.read(SHARED, "the Secret kubeadm-certs").await?)),
        }
    }

    /// The object, or null where there is none.
    async fn read(&self, path: &str, what: &'static str) -> Result<Value, NotAnswered> {
        let again = Retry::within(self.limit);
        loop {
            match self.server.call("GET", path, "application/json", Vec::new()).await {
                Ok(found) => return Ok(found),
                Err(ApiError::Refused { code: 404, .. }) => return Ok(Value::Null),
                Err(error) if !heals(&error) => return Err(told(error, what)),
                Err(error) => {
                    if !self.is_told.replace(true) {
                        (self.notice)(&error);
                    }
                    again.after(error).await.map_err(|error| told(error, what))?;
                }
            }
        }
    }
}

fn heals(error: &ApiError) -> bool {
    match error {
        ApiError::Refused { .. } => error.is_busy(),
        ApiError::Unreachable { fault, .. } => matches!(fault, Fault::Unreached(_) | Fault::Proxy(_)),
        ApiError::Kubeconfig { .. }
        | ApiError::Address { .. }
        | ApiError::Client { .. }
        | ApiError::Senseless { .. } => false,
    }
}

fn told(error: ApiError, what: &'static str) -> NotAnswered {
    match error {
        ApiError::Refused { code: 401, server, .. } => NotAnswered::NotAccepted { server },
        ApiError::Refused { code: 403, message, .. } => NotAnswered::Forbidden { what, message },
        other => other.into(),
    }
}

fn entry(map: &Value, name: &'static str, entry: &'static str) -> Result<String, NotAnswered> {
    if map.is_null() {
        return Err(NotAnswered::NoConfiguration { name });
    }
    let text = map["data"][entry].as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or(NotAnswered::NoEntry { name, entry })
}

fn node_seen(node: &Value) -> NodeSeen {
    let conditions = node["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready =
        conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
    match (node.is_null(), ready) {
        (true, _) => NodeSeen::Absent,
        (false, true) => NodeSeen::Ready,
        (false, false) => NodeSeen::NotReady,
    }
}

/// What is no base64 is left as if it were not there.
fn sealed(secret: &Value) -> SharedSeen {
    if secret.is_null() {
        return SharedSeen::Absent;
    }
    let decode = |value: &Value| BASE64.decode(value.as_str()?).ok().map(Zeroizing::new);
    let entries = secret["data"].as_object().into_iter().flatten();
    let known = entries.filter_map(|(name, value)| Some((name.clone(), decode(value)?)));
    SharedSeen::Sealed(known.collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_is_ready_by_its_condition_alone() {
        let node =
            |status: &str| json!({ "status": { "conditions": [{ "type": "Ready", "status": status }] } });
        assert_eq!(node_seen(&Value::Null), NodeSeen::Absent);
        assert_eq!(node_seen(&node("True")), NodeSeen::Ready);
        assert_eq!(node_seen(&node("Unknown")), NodeSeen::NotReady);
        assert_eq!(node_seen(&json!({})), NodeSeen::NotReady);
    }

    #[test]
    fn a_cluster_without_its_configuration_is_told_from_one_with_an_empty_one() {
        let absent = entry(&Value::Null, "kubeadm-config", "ClusterConfiguration").unwrap_err();
        assert!(matches!(absent, NotAnswered::NoConfiguration { .. }));
        let empty = entry(&json!({ "data": {} }), "kubeadm-config", "ClusterConfiguration").unwrap_err();
        assert!(matches!(empty, NotAnswered::NoEntry { .. }));
    }

    #[test]
    fn sealed_entries_are_decoded() {
        let SharedSeen::Sealed(entries) = sealed(&json!({ "data": { "ca.crt": "QUJD", "x": 1 } })) else {
            panic!("there is a Secret")
        };
        assert_eq!(
            entries.into_iter().collect::<Vec<_>>(),
            [("ca.crt".to_owned(), Zeroizing::new(b"ABC".to_vec()))]
        );
    }
}
