//! Looking up what a cluster holds already, before more is put into it.

use futures::future::join;
use k8s_openapi::api::core::v1::Taint;
use serde_json::{Value, json};

use super::api::ApiError;
use super::api_readiness::RetryLimit;
use super::apply_error::ApplyError;
use super::retry::Retry;
use super::send::{Servers, Stage};
use super::tokens::TOKENS;
use crate::config::BootstrapToken;
use crate::facts::image_tag;
use crate::manifests::objects::{SeenAddons, SeenDns, found_token};
use crate::versions::KubernetesVersion;

const COREFILE: &str = "/api/v1/namespaces/kube-system/configmaps/coredns";
/// CoreDNS is known by its label: it may have been installed under another name.
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/kube-system/deployments?labelSelector=k8s-app%3Dkube-dns";

/// The taints of a node, which is waited for.
pub async fn node_taints(
    node: &str,
    servers: &Servers,
    limit: &RetryLimit,
) -> Result<Vec<Taint>, ApplyError> {
    let found = get(servers, &One(&format!("/api/v1/nodes/{node}")), Absent::WaitedFor, limit).await;
    found.map(|node| taints(&node)).map_err(not_seen("the node"))
}

/// CoreDNS, as far as there is any.
pub async fn find_dns(servers: &Servers, limit: &RetryLimit) -> Result<SeenDns, ApplyError> {
    let config = get(servers, &One(COREFILE), Absent::AnAnswer, limit);
    let deployments = get(servers, &All(DEPLOYMENTS), Absent::AnAnswer, limit);
    let (config, deployments) = join(config, deployments).await;
    Ok(dns(&config.map_err(not_seen("the Corefile"))?, &deployments.map_err(not_seen("CoreDNS"))?))
}

const PROXY: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
const API_SERVERS: &str = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver";

/// The addons, and the control planes whose API server is of another version than this.
pub async fn find_addons(
    version: &KubernetesVersion,
    servers: &Servers,
    limit: &RetryLimit,
) -> Result<SeenAddons, ApplyError> {
    let (config, deployments) = (One(COREFILE), All(DEPLOYMENTS));
    let (proxy, pods) = (One(PROXY), All(API_SERVERS));
    let (config, deployments, proxy, pods) = tokio::join!(
        get(servers, &config, Absent::AnAnswer, limit),
        get(servers, &deployments, Absent::AnAnswer, limit),
        get(servers, &proxy, Absent::AnAnswer, limit),
        get(servers, &pods, Absent::AnAnswer, limit),
    );
    let deployments = deployments.map_err(not_seen("CoreDNS"))?;
    Ok(SeenAddons {
        dns: dns(&config.map_err(not_seen("the Corefile"))?, &deployments),
        has_dns: deployments.pointer("/items/0").is_some(),
        has_proxy: !proxy.map_err(not_seen("kube-proxy"))?.is_null(),
        behind: behind(&pods.map_err(not_seen("the control planes"))?, version),
    })
}

/// By the tags of their images; the registry may be another on each node.
fn behind(pods: &Value, version: &KubernetesVersion) -> Vec<String> {
    let text = |pod: &Value, at: &str| pod.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let has_other = |pod: &&Value| image_tag(&text(pod, "/spec/containers/0/image")) != version.image_tag();
    let pods = pods["items"].as_array().into_iter().flatten();
    pods.filter(has_other).map(|pod| text(pod, "/spec/nodeName")).collect()
}

/// The bootstrap tokens.
pub async fn find_tokens(servers: &Servers, limit: &RetryLimit) -> Result<Vec<BootstrapToken>, ApplyError> {
    let found = get(servers, &All(TOKENS), Absent::AnAnswer, limit).await;
    found.map(|secrets| tokens(&secrets)).map_err(not_seen("the bootstrap tokens"))
}

fn not_seen(what: &'static str) -> impl Fn(ApiError) -> ApplyError {
    move |source| ApplyError::NotSeen { what: what.to_owned(), source }
}

use What::{All, One};

/// The path of an object, or of a list.
enum What<'a> {
    One(&'a str),
    All(&'a str),
}

/// What it means that an object is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    /// It comes by itself: a kubelet registers its node.
    WaitedFor,
    AnAnswer,
}

async fn get(
    servers: &Servers,
    what: &What<'_>,
    absent: Absent,
    limit: &RetryLimit,
) -> Result<Value, ApiError> {
    let again = Retry::within(limit.clone());
    loop {
        let server = servers.at(Stage::Starting.now(limit));
        let found = match what {
            One(path) => server.call("GET", path, "application/json", Vec::new()).await,
            All(path) => server.list(path).await.map(|items| json!({ "items": items })),
        };
        match found {
            Ok(found) => return Ok(found),
            Err(ApiError::Refused { code: 404, .. }) if absent == Absent::AnAnswer => return Ok(Value::Null),
            Err(error) => again.after(error).await?,
        }
    }
}

/// Without those that the API server would not take either.
fn tokens(secrets: &Value) -> Vec<BootstrapToken> {
    let secrets = secrets["items"].as_array().into_iter().flatten();
    secrets.filter_map(|secret| found_token(secret).ok()).collect()
}

fn taints(node: &Value) -> Vec<Taint> {
    let list = node.pointer("/spec/taints").cloned().unwrap_or_default();
    serde_json::from_value(list).unwrap_or_default()
}

fn dns(config: &Value, deployments: &Value) -> SeenDns {
    let replicas = deployments.pointer("/items/0/spec/replicas").and_then(Value::as_i64);
    let corefile = config.pointer("/data/Corefile").and_then(Value::as_str);
    SeenDns {
        replicas: replicas.and_then(|count| count.try_into().ok()),
        corefile: corefile.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_without_coredns_is_told_from_one_with_it() {
        assert_eq!(dns(&Value::Null, &json!({ "items": [] })), SeenDns::default());
        let seen = dns(
            &json!({ "data": { "Corefile": "." } }),
            &json!({ "items": [{ "spec": { "replicas": 3 } }] }),
        );
        assert_eq!(seen, SeenDns { replicas: Some(3), corefile: Some(".".to_owned()) });
    }

    #[test]
    fn a_control_plane_is_behind_by_its_image_s_tag_whatever_its_registry() {
        let pod = |node: &str, image: &str| json!({ "spec": { "nodeName": node, "containers": [{ "image": image }] } });
        let pods = json!({ "items": [
            pod("cp1", "registry.k8s.io/kube-apiserver:v1.37.1"), pod("cp2", "mirror.example:5000/kube-apiserver:v1.37.1"),
            pod("cp3", "registry.k8s.io/kube-apiserver:v1.36.3"),
        ] });
        assert_eq!(behind(&pods, &"v1.37.1".parse().unwrap()), ["cp3"]);
    }

    #[test]
    fn a_node_s_taints_are_read_as_they_stand() {
        let node = json!({ "spec": { "taints": [{ "key": "a", "effect": "NoSchedule" }] } });
        assert_eq!(taints(&node)[0].key, "a");
        assert!(taints(&json!({ "spec": {} })).is_empty());
    }
}
