//! Checks of versions: whether this hop is one that Kubernetes allows (<https://kubernetes.io/releases/version-skew-policy>).

use std::collections::BTreeMap;

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::manifests::static_pod::StaticPod;
use crate::versions::KubernetesVersion;

/// How many minors a kubelet may be behind its API server.
const KUBELET_SKEW: u64 = 3;

/// Kubernetes goes forward.
pub fn downgrade(hop: &Hop<'_>) -> Vec<Finding> {
    let Hop { from, to, .. } = hop;
    let finding = || {
        Finding::error(
            "Downgrade",
            Place::Cluster,
            format!("{to} is older than the cluster, which has {from}"),
        )
        .seen(format!("the newest API server has {from}"))
        .fix("name a newer version, or none: what older API servers cannot read may be stored already")
    };
    to.is_before(from).then(finding).into_iter().collect()
}

/// A version before a release is taken only where that was asked for.
pub fn unstable(hop: &Hop<'_>) -> Vec<Finding> {
    let to = hop.to;
    let flag = if to.stage().starts_with("rc") {
        "--allow-release-candidate-upgrades"
    } else {
        "--allow-experimental-upgrades"
    };
    let finding = || {
        Finding::error("UnstableVersion", Place::Cluster, format!("{to} is no release"))
            .seen(format!("{} stands behind its numbers", to.stage()))
            .fix(format!("take a release, or say {flag}; there is no way back from it"))
    };
    (!hop.allowed.allows(to)).then(finding).into_iter().collect()
}

/// One minor at a time, and no version that is not known here.
pub fn kubernetes(hop: &Hop<'_>) -> Vec<Finding> {
    [too_far(hop), unknown_patch(hop)].into_iter().flatten().collect()
}

fn too_far(hop: &Hop<'_>) -> Option<Finding> {
    let Hop { from, to, .. } = hop;
    let next = from.minor() + 1;
    (to.minor() > next).then(|| {
        Finding::error(
            "KubernetesVersion",
            Place::Cluster,
            format!(
                "{to} is {} minors ahead of {from}, and a control plane goes one at a time",
                to.minor() - from.minor()
            ),
        )
        .seen(format!("the newest API server has {from}"))
        .fix(format!("go to 1.{next} first: `kubewright upgrade plan stable-1.{next}`"))
    })
}

fn unknown_patch(hop: &Hop<'_>) -> Option<Finding> {
    let known = hop.minor.stable_version();
    hop.minor.is_unknown_patch(hop.to).then(|| {
        Finding::warning(
            "KubernetesVersion",
            Place::Cluster,
            format!("Kubernetes {} is newer than this program knows", hop.to),
        )
        .seen(format!("the newest 1.{} that it knows is {known}", hop.minor.number))
        .fix(format!(
            "use a newer kubewright, or see that its images of etcd and CoreDNS are those of {known}"
        ))
    })
}

/// API servers may be one minor apart, and no more: so all of them have one version before a minor begins.
pub fn api_servers(hop: &Hop<'_>) -> Vec<Finding> {
    let mut by_version: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for pod in hop.facts.pods(StaticPod::ApiServer) {
        by_version.entry(pod.version.clone()).or_default().push(&pod.node);
    }
    if by_version.len() < 2 {
        return Vec::new();
    }
    let seen: Vec<String> =
        by_version.iter().map(|(version, nodes)| format!("{version} on {}", nodes.join(", "))).collect();
    let oldest = by_version.keys().filter_map(|text| text.parse::<KubernetesVersion>().ok());
    let oldest = oldest.map(|version| version.minor()).min().unwrap_or_else(|| hop.from.minor());
    let finding = if hop.to.minor() > oldest + 1 {
        let message = format!("an API server would be {} minors behind {}", hop.to.minor() - oldest, hop.to);
        Finding::error("ApiServerSkew", Place::Cluster, message)
    } else {
        Finding::warning(
            "ApiServerSkew",
            Place::Cluster,
            "the API servers have different versions: an upgrade is not finished",
        )
    };
    let fix =
        format!("bring the others to {} first: `kubeadm upgrade node` on each of their hosts", hop.from);
    vec![finding.seen(seen.join("; ")).fix(fix)]
}

/// A kubelet is never newer than its API server, and at most three minors older.
pub fn kubelets(hop: &Hop<'_>) -> Vec<Finding> {
    let judge = |name: &str, text: &str| {
        let kubelet: KubernetesVersion = text.parse().ok()?;
        let place = Place::Node { name: name.to_owned() };
        let seen = format!("{name} has kubelet {text}");
        if kubelet.minor() + KUBELET_SKEW < hop.to.minor() {
            let message =
                format!("the kubelet of {name} is more than {KUBELET_SKEW} minors older than {}", hop.to);
            let oldest = hop.to.minor() - KUBELET_SKEW;
            let fix =
                format!("drain {name}, and give it a kubelet of 1.{oldest} to 1.{} first", hop.from.minor());
            return Some(Finding::error("KubeletSkew", place, message).seen(seen).fix(fix));
        }
        let is_newer = kubelet.minor() > hop.to.minor();
        is_newer.then(|| {
            let message = format!("the kubelet of {name} is newer than an API server of {} would be", hop.to);
            let fix =
                format!("give {name} a kubelet of 1.{}, or take the control plane further", hop.to.minor());
            Finding::warning("KubeletSkew", place, message).seen(seen).fix(fix)
        })
    };
    hop.facts.nodes.iter().filter_map(|node| judge(&node.name, &node.kubelet)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels, version};
    use super::*;
    use crate::facts::{ComponentPod, NodeKubelet};

    #[test]
    fn a_cluster_goes_forward_and_one_minor_at_a_time() {
        for (to, wanted) in [
            ("v1.36.3", &[][..]),
            ("v1.37.2", &[]),
            ("v1.36.1", &[]),
            ("v1.36.0", &["error Downgrade"]),
            ("v1.35.4", &["error Downgrade"]),
            ("v1.37.99", &["warning KubernetesVersion"]),
        ] {
            let case = Case::to(to);
            let found = [downgrade(&case.hop()), kubernetes(&case.hop())].concat();
            assert_eq!(labels(&found), wanted, "{to}");
        }
        let mut case = Case::to("v1.37.2");
        case.from = version("v1.35.4");
        assert_eq!(labels(&kubernetes(&case.hop())), ["error KubernetesVersion"]);
    }

    #[test]
    fn what_is_no_release_has_to_be_asked_for() {
        let told = |to: &str, experimental, candidates| {
            let mut case = Case::to(to);
            case.allowed = crate::config::Allowed { experimental, candidates };
            labels(&unstable(&case.hop())).len()
        };
        assert_eq!([told("v1.37.0-rc.1", false, false), told("v1.37.0-alpha.1", false, true)], [1, 1]);
        assert_eq!([told("v1.37.0-rc.1", false, true), told("v1.37.0-alpha.1", true, false)], [0, 0]);
        assert_eq!(told("v1.37.0", false, false), 0);
    }

    #[test]
    fn api_servers_may_be_one_minor_apart() {
        let told = |other: &str, to: &str| {
            let mut case = Case::to(to);
            let (node, version) = ("cp2".to_owned(), other.to_owned());
            case.facts.components.push(ComponentPod { component: StaticPod::ApiServer, node, version });
            labels(&api_servers(&case.hop()))
        };
        assert!(told("v1.36.1", "v1.37.2").is_empty());
        assert_eq!(told("v1.36.0", "v1.37.2"), ["warning ApiServerSkew"]);
        assert_eq!(told("v1.35.4", "v1.36.3"), ["warning ApiServerSkew"]);
        assert_eq!(told("v1.35.4", "v1.37.2"), ["error ApiServerSkew"]);
    }

    #[test]
    fn kubelets_may_be_three_minors_older_and_not_newer() {
        for (kubelet, wanted) in [
            ("v1.37.2", &[][..]),
            ("v1.34.0", &[]),
            ("v1.33.9", &["error KubeletSkew"]),
            ("v1.38.0", &["warning KubeletSkew"]),
            ("of my own", &[]),
        ] {
            let mut case = Case::to("v1.37.2");
            case.facts.nodes.push(NodeKubelet {
                name: "w1".to_owned(),
                kubelet: kubelet.to_owned(),
                is_ready: true,
                is_control_plane: false,
            });
            assert_eq!(labels(&kubelets(&case.hop())), wanted, "{kubelet}");
        }
    }
}
