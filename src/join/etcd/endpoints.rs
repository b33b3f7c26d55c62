//! Where etcd is reached: the etcd pods that the API server lists, and then etcd's own list → URLs.

use serde_json::Value;

use crate::facts::Member;
use crate::manifests::etcd::CLIENT_URL_ANNOTATION;

/// The etcd pods of a cluster, by the labels that kubeadm gives and looks for.
pub const PODS_PATH: &str =
    "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd%2Ctier%3Dcontrol-plane";

/// All are asked at once; a cluster of nine members with three URLs each has fewer.
const MOST: usize = 32;
/// What proves to be the cluster's etcd, which no other scheme does.
const SCHEME: &str = "https://";

/// The URLs that pods announce, each once, whether a pod is ready or not. Pods that announce none are skipped: a static
/// pod's mirror may be a moment behind, and one member knows all others.
pub fn pod_endpoints(pods: &[Value]) -> Vec<String> {
    let annotations =
        pods.iter().filter_map(|pod| pod.pointer("/metadata/annotations")?.get(CLIENT_URL_ANNOTATION));
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
    for url in urls.filter(|url| url.starts_with(SCHEME)) {
        if all.len() < MOST && !all.iter().any(|known| known == url) {
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
        let pods = [
            pod(Some("https://a:2379")),
            pod(None),
            pod(Some("https://a:2379")),
            pod(Some("https://b:2379, https://[fd00::1]:2379")),
        ];
        assert_eq!(pod_endpoints(&pods), ["https://a:2379", "https://b:2379", "https://[fd00::1]:2379"]);
    }

    #[test]
    fn what_announces_no_url_that_proves_itself_is_passed_over() {
        let pods =
            [json!({}), json!([]), json!(null), json!("x"), json!({ "metadata": { "annotations": [1] } })];
        assert!(pod_endpoints(&pods).is_empty() && pod_endpoints(&[]).is_empty());
        let pods = ["http://a:2379", "unix:///etcd.sock", "a:2379", "", ",,"].map(|url| pod(Some(url)));
        assert!(pod_endpoints(&pods).is_empty());
    }

    #[test]
    fn of_members_without_number_only_some_are_asked() {
        let urls: Vec<String> = (0..100_000).map(|port| format!("https://a:{port}")).collect();
        assert_eq!(pod_endpoints(&[pod(Some(&urls.join(",")))]).len(), MOST);
        let member = Member { client_urls: urls, ..voter(1, "a") };
        assert_eq!(client_endpoints(&["https://b:2379".to_owned()], &[member]).len(), MOST);
    }

    #[test]
    fn voting_members_add_their_urls_once() {
        let members = [voter(1, "a"), learner(2, "b"), unstarted(voter(3, "c")), voter(4, "d")];
        let known = ["https://10.0.0.1:2379".to_owned()];
        assert_eq!(client_endpoints(&known, &members), ["https://10.0.0.1:2379", "https://10.0.0.4:2379"]);
    }
}
