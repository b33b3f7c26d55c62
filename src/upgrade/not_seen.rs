//! What was not looked at, and so is not promised.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::facts::{ComponentPod, EtcdSaid, NodeKubelet, Unseen};
use crate::versions::KubernetesVersion;

/// What no check here looks at yet. A check that does takes its line away.
const NOT_BUILT: &[&str] = &[
    "changes to kubelet settings by hand, which an upgrade overwrites",
    "admission webhooks that are asked by a URL",
    "objects that are stored in versions that the new API server does not read",
    "clients of other API servers than the one that was asked, and of before its start",
    "kubelets of other hosts, and what patches give the components",
];

/// What is known by now to be unknown.
pub fn not_seen(hop: &Hop<'_>) -> Vec<Finding> {
    let facts = hop.facts;
    let of_etcd = match &facts.etcd {
        EtcdSaid::Unseen(unseen) => vec![unseen.clone()],
        EtcdSaid::External(versions) => versions.values().filter_map(|said| said.clone().err()).collect(),
        EtcdSaid::Local(_) | EtcdSaid::Silent(_) => Vec::new(),
    };
    let apis = facts.deprecated_apis.as_ref().err();
    let webhooks = facts.webhooks.as_ref().err();
    let all = of_etcd.iter().chain(&facts.host.unseen).chain(apis).chain(webhooks).map(unseen);
    let odd = facts.components.iter().filter_map(odd_pod).chain(facts.nodes.iter().filter_map(odd_kubelet));
    all.chain(odd).chain([not_a_control_plane(hop)].into_iter().flatten()).chain([not_built()]).collect()
}

fn unseen(unseen: &Unseen) -> Finding {
    Finding::info("NotSeen", Place::Host, format!("{} was not looked at", unseen.what))
        .seen(&unseen.why)
        .fix("run this as root on a control plane; without it, nothing is said of that")
}

fn odd_pod(pod: &ComponentPod) -> Option<Finding> {
    let is_version = pod.version.parse::<KubernetesVersion>().is_ok();
    (!is_version).then(|| {
        let place = Place::Node { name: pod.node.clone() };
        Finding::info(
            "NotSeen",
            place,
            format!("the version of {} on {} is not known", pod.component.name(), pod.node),
        )
        .seen(format!("the tag of its image is {:?}", pod.version))
        .fix("see to it by hand that it may be upgraded")
    })
}

fn odd_kubelet(node: &NodeKubelet) -> Option<Finding> {
    let is_version = node.kubelet.parse::<KubernetesVersion>().is_ok();
    (!is_version).then(|| {
        Finding::info(
            "NotSeen",
            Place::Node { name: node.name.clone() },
            format!("the version of the kubelet of {} is not known", node.name),
        )
        .seen(format!("it calls itself {:?}", node.kubelet))
        .fix("see to it by hand that the new API server may serve it")
    })
}

fn not_a_control_plane(hop: &Hop<'_>) -> Option<Finding> {
    hop.facts.host.manifests.is_empty().then(|| {
        Finding::info("NotSeen", Place::Host, "the files of a control plane were not looked at")
            .seen("there is no manifest of one in /etc/kubernetes/manifests")
            .fix("run this on a control plane")
    })
}

fn not_built() -> Finding {
    Finding::info("NotSeen", Place::Cluster, "what else an upgrade may break was not looked at")
        .seen(NOT_BUILT.join("; "))
        .fix("read the change log of the new version for these")
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;

    #[test]
    fn what_nobody_looks_at_is_always_said_and_what_was_not_seen_besides() {
        let mut case = Case::to("v1.37.2");
        let found = not_seen(&case.hop());
        assert_eq!(labels(&found), ["info NotSeen"]);
        assert!(NOT_BUILT.iter().all(|line| found[0].evidence.contains(line)));
        case.facts.etcd = EtcdSaid::Unseen(Unseen::new("etcd", "no certificate"));
        case.facts.host.unseen = vec![Unseen::new("the certificates", "permission denied")];
        case.facts.host.manifests.clear();
        case.facts.components[0].version = "latest".to_owned();
        case.facts.nodes[0].kubelet.clear();
        let found = not_seen(&case.hop());
        assert_eq!(found.len(), 6);
        assert_eq!(
            (found[0].message.as_str(), found[0].evidence.as_str()),
            ("etcd was not looked at", "no certificate")
        );
    }
}
