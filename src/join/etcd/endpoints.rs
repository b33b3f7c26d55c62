//! Where etcd is reached: the etcd pods that the API server lists, and then etcd's own list → URLs.

use serde_json::Value;

use crate::facts::Member;
use crate::manifests::etcd::CLIENT_URL_ANNOTATION;

/// The etcd pods of a cluster, by the labels that kubeadm gives and looks for.
pub const PODS_PATH: &str =
    "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd%2Ctier%3Dcontrol-plane";

/// What the etcd pods tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodEndpoints {
    /// In the order of the pods, each once.
    pub endpoints: Vec<String>,
    /// Pods that do not tell: a static pod's mirror comes a moment after it.
    pub silent: usize,
}

impl PodEndpoints {
    /// Whether there are endpoints, and every pod has told; kubeadm waits for that.
    pub fn is_complete(&self) -> bool {
        !self.endpoints.is_empty() && self.silent == 0
    }
}

/// The endpoints that the pods of a PodList announce, ready or not.
pub fn pod_endpoints(list: &Value) -> PodEndpoints {
    let mut found = PodEndpoints::default();
    for pod in list.get("items").and_then(Value::as_array).into_iter().flatten() {
        let annotation = pod.pointer("/metadata/annotations").and_then(|all| all.get(CLIENT_URL_ANNOTATION));
        match annotation.and_then(Value::as_str) {
            Some(urls) => add(&mut found.endpoints, urls.split(',').map(str::trim)),
            None => found.silent += 1,
        }
    }
    found
}

/// `known`, then what else the members can be reached at. Learners answer next to nothing and are left out.
pub fn client_endpoints(known: &[String], members: &[Member]) -> Vec<String> {
    let mut all = known.to_vec();
    let voters = members.iter().filter(|member| member.votes());
    add(&mut all, voters.flat_map(|member| &member.client_urls).map(String::as_str));
    all
}

fn add<'a>(all: &mut Vec<String>, urls: impl Iterator<Item = &'a str>) {
    for url in urls.filter(|url| !url.is_empty()) {
        if !all.iter().any(|known| known == url) {
            all.push(url.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{learner, unstarted, voter};
    use super::*;
    use serde_json::json;

    fn pod(url: Option<&str>) -> Value {
        match url {
            Some(url) => json!({ "metadata": { "annotations": { CLIENT_URL_ANNOTATION: url } } }),
            None => json!({ "metadata": { "annotations": {} } }),
        }
    }

    #[test]
    fn each_pod_tells_its_url_or_is_counted() {
        let list = json!({ "items": [pod(Some("https://a:2379")), pod(None), pod(Some("https://a:2379")),
            pod(Some("https://b:2379, https://[fd00::1]:2379"))] });
        let found = pod_endpoints(&list);
        assert_eq!(found.endpoints, ["https://a:2379", "https://b:2379", "https://[fd00::1]:2379"]);
        assert!(found.silent == 1 && !found.is_complete());
        assert!(pod_endpoints(&json!({ "items": [pod(Some("https://a:2379"))] })).is_complete());
    }

    #[test]
    fn no_pods_are_no_endpoints() {
        for list in [json!({}), json!({ "items": [] }), json!({ "items": null }), Value::Null] {
            assert!(!pod_endpoints(&list).is_complete(), "{list}");
        }
    }

    #[test]
    fn voting_members_add_their_urls_once() {
        let members = [voter(1, "a"), learner(2, "b"), unstarted(voter(3, "c")), voter(4, "d")];
        let known = ["https://10.0.0.1:2379".to_owned()];
        assert_eq!(client_endpoints(&known, &members), ["https://10.0.0.1:2379", "https://10.0.0.4:2379"]);
    }
}
