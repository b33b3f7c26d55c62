//! Where etcd is reached: the etcd pods that the API server lists, and then etcd's own list → URLs.

use serde_json::Value;

use crate::facts::Member;
use crate::manifests::etcd::CLIENT_URL_ANNOTATION;

/// The etcd pods of a cluster, by the labels that kubeadm gives and looks for.
pub const PODS_PATH: &str =
    "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd%2Ctier%3Dcontrol-plane";

/// The URLs that the pods of a PodList announce, each once, whether a pod is ready or not. Pods that announce none are
/// skipped: a static pod's mirror may be a moment behind, and one member knows all others.
pub fn pod_endpoints(list: &Value) -> Vec<String> {
    let pods = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let annotations = pods.filter_map(|pod| pod.pointer("/metadata/annotations")?.get(CLIENT_URL_ANNOTATION));
    let mut all = Vec::new();
    add(&mut all, annotations.filter_map(Value::as_str).flat_map(|urls| urls.split(',')).map(str::trim));
    all
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
    fn each_pod_s_urls_stand_once_and_silent_pods_are_passed_over() {
        let list = json!({ "items": [pod(Some("https://a:2379")), pod(None), pod(Some("https://a:2379")),
            pod(Some("https://b:2379, https://[fd00::1]:2379"))] });
        assert_eq!(pod_endpoints(&list), ["https://a:2379", "https://b:2379", "https://[fd00::1]:2379"]);
    }

    #[test]
    fn no_pods_are_no_endpoints() {
        for list in [json!({}), json!({ "items": [] }), json!({ "items": null }), Value::Null] {
            assert!(pod_endpoints(&list).is_empty(), "{list}");
        }
    }

    #[test]
    fn voting_members_add_their_urls_once() {
        let members = [voter(1, "a"), learner(2, "b"), unstarted(voter(3, "c")), voter(4, "d")];
        let known = ["https://10.0.0.1:2379".to_owned()];
        assert_eq!(client_endpoints(&known, &members), ["https://10.0.0.1:2379", "https://10.0.0.4:2379"]);
    }
}
