//! Facts and what was asked for → the upgrades that are on offer, component by component as kubeadm tells them, with all that they meet.

use super::configurations::{ConfigState, states};
use super::finding::{Finding, ignore};
use super::hop::{EditChoice, Hop};
use super::offers::{Offer, Offers, Wanted, offers};
use super::table::{judge, judge_host};
use crate::config::{ClusterSpec, Etcd};
use crate::facts::UpgradeFacts;
use crate::manifests::static_pod::StaticPod;
use crate::versions::KubernetesVersion;

const KUBELET: &str = "kubelet";
const KUBE_PROXY: &str = "kube-proxy";
const DNS: &str = "CoreDNS";
const KUBEADM: &str = "kubeadm";

/// All that a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What was seen.
    pub facts: &'a UpgradeFacts,
    /// As the cluster stores it.
    pub cluster: &'a ClusterSpec,
    /// The version of the newest API server.
    pub from: &'a KubernetesVersion,
    /// What was asked for.
    pub wanted: &'a Wanted,
    /// Whether etcd is upgraded too.
    pub with_etcd: bool,
    /// What becomes of changes by hand.
    pub edits: EditChoice,
    /// Ids whose errors become warnings; `all` is every one.
    pub ignored: &'a [String],
}

/// What a cluster can become.
#[derive(Debug, Clone, PartialEq)]
pub struct UpgradePlan {
    /// Of the newest API server.
    pub from: KubernetesVersion,
    /// The kubeadm that the program stands for.
    pub kubeadm: KubernetesVersion,
    /// What kubeadm says of how it has come to the versions on offer.
    pub lines: Vec<String>,
    /// In kubeadm's order; none where the cluster has the newest.
    pub upgrades: Vec<AvailableUpgrade>,
    /// The components' own configurations.
    pub configurations: Vec<ConfigState>,
    /// What the upgrades meet, and a version that was asked for and is not on offer.
    pub findings: Vec<Finding>,
    /// The versions that were judged.
    pub judged: Vec<String>,
}

/// A version that the cluster can have next.
#[derive(Debug, Clone, PartialEq)]
pub struct AvailableUpgrade {
    /// kubeadm's words: `version in the v1.36 series`.
    pub description: String,
    /// The version.
    pub version: KubernetesVersion,
    /// The kubelets first, and etcd last.
    pub components: Vec<ComponentUpgrade>,
}

/// What becomes of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentUpgrade {
    /// kubeadm's name for it.
    pub name: &'static str,
    /// Empty where it is the cluster's.
    pub node: String,
    /// The version that it has; empty where there is none.
    pub current: String,
    /// The version that it gets.
    pub new: String,
}

/// Judges all versions that are on offer.
pub fn plan(inputs: &Inputs<'_>) -> UpgradePlan {
    let Inputs { facts, from, wanted, .. } = *inputs;
    let Offers { lines, all } = offers(from, wanted);
    let mut hops: Vec<Hop<'_>> = Vec::new();
    let named = wanted.version.iter().map(|(version, minor)| (version, *minor));
    for (to, minor) in all.iter().map(|offer| (&offer.version, offer.minor)).chain(named) {
        if !hops.iter().any(|hop| hop.to == to) {
            hops.push(inputs.hop(to, minor));
        }
    }
    let mut findings = judge(&hops);
    ignore(&mut findings, inputs.ignored);
    let upgrades = all.iter().map(|offer| AvailableUpgrade {
        description: offer.description.clone(),
        version: offer.version.clone(),
        components: components(inputs, offer),
    });
    UpgradePlan {
        from: from.clone(),
        kubeadm: wanted.kubeadm.clone(),
        lines,
        upgrades: upgrades.collect(),
        configurations: states(&facts.configurations),
        findings,
        judged: hops.iter().map(|hop| hop.to.to_string()).collect(),
    }
}

/// What this host's own upgrade to the version that is wanted meets, of whatever version the cluster is.
pub fn plan_of_host(inputs: &Inputs<'_>) -> UpgradePlan {
    let named = inputs.wanted.version.iter().map(|(version, minor)| inputs.hop(version, minor));
    let hops: Vec<Hop<'_>> = named.collect();
    let mut findings: Vec<Finding> = hops.iter().flat_map(judge_host).collect();
    ignore(&mut findings, inputs.ignored);
    UpgradePlan {
        from: inputs.from.clone(),
        kubeadm: inputs.wanted.kubeadm.clone(),
        lines: Vec::new(),
        upgrades: Vec::new(),
        configurations: Vec::new(),
        findings,
        judged: hops.iter().map(|hop| hop.to.to_string()).collect(),
    }
}

impl UpgradePlan {
    /// Whether none of the versions can be had; where there is nothing to choose from, nothing is in the way.
    pub fn is_blocked(&self) -> bool {
        let forbidden = |version: &String| self.findings.iter().any(|finding| finding.forbids(version));
        !self.judged.is_empty() && self.judged.iter().all(forbidden)
    }
}

impl<'a> Inputs<'a> {
    fn hop(&self, to: &'a KubernetesVersion, minor: &'static crate::versions::Minor) -> Hop<'a> {
        let Self { facts, cluster, from, wanted, with_etcd, edits, .. } = *self;
        Hop { facts, cluster, from, to, minor, allowed: wanted.allowed, with_etcd, edits }
    }
}

fn components(inputs: &Inputs<'_>, offer: &Offer) -> Vec<ComponentUpgrade> {
    let (facts, new) = (inputs.facts, offer.version.to_string());
    let images = offer.minor.release(&offer.version).images;
    let of_cluster =
        |name, current: String, new: String| ComponentUpgrade { name, node: String::new(), current, new };
    let mut all = kubelets(facts, &new);
    for component in [StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler] {
        all.extend(pods(facts, component, &new));
    }
    // kubeadm tells this one without the v.
    let from = inputs.from.to_string().trim_start_matches('v').to_owned();
    all.push(of_cluster(KUBE_PROXY, from, new));
    all.push(of_cluster(DNS, facts.dns.clone().unwrap_or_default(), images.coredns.to_owned()));
    all.push(of_cluster(KUBEADM, inputs.wanted.kubeadm.to_string(), offer.kubeadm.to_string()));
    if inputs.with_etcd {
        let tag = match &inputs.cluster.etcd {
            Etcd::Local(local) => local.image.tag.as_deref().unwrap_or(images.etcd),
            Etcd::External(_) => images.etcd,
        };
        all.extend(pods(facts, StaticPod::Etcd, tag));
    }
    all
}

/// None where all have that version already.
fn kubelets(facts: &UpgradeFacts, new: &str) -> Vec<ComponentUpgrade> {
    let mut all: Vec<ComponentUpgrade> = facts
        .nodes
        .iter()
        .map(|node| ComponentUpgrade {
            name: KUBELET,
            node: node.name.clone(),
            current: node.kubelet.clone(),
            new: new.to_owned(),
        })
        .collect();
    all.sort_by(|one, other| one.current.cmp(&other.current));
    if all.iter().all(|kubelet| kubelet.current == new) {
        all.clear();
    }
    all
}

/// By their version's text, and then as the cluster lists them.
fn pods(facts: &UpgradeFacts, component: StaticPod, new: &str) -> Vec<ComponentUpgrade> {
    let upgrade = |pod: &crate::facts::ComponentPod| ComponentUpgrade {
        name: component.name(),
        node: pod.node.clone(),
        current: pod.version.clone(),
        new: new.to_owned(),
    };
    let mut all: Vec<ComponentUpgrade> = facts.pods(component).map(upgrade).collect();
    all.sort_by(|one, other| one.current.cmp(&other.current));
    all
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::fixture::{cluster, facts, member, version};
    use super::*;
    use crate::config::Allowed;
    use crate::facts::{EtcdSaid, NodeKubelet};
    use crate::versions::resolve;

    fn planned(facts: &UpgradeFacts, asked: Option<&str>, ignored: &[&str]) -> UpgradePlan {
        let wanted = Wanted {
            version: asked.map(|text| resolve(text).unwrap()),
            allowed: Allowed::default(),
            kubeadm: version("v1.36.3"),
        };
        let ignored: Vec<String> = ignored.iter().map(|id| (*id).to_owned()).collect();
        plan(&Inputs {
            facts,
            cluster: &cluster(),
            from: &version("v1.36.1"),
            wanted: &wanted,
            with_etcd: true,
            edits: EditChoice::Unsaid,
            ignored: &ignored,
        })
    }

    fn rows(upgrade: &AvailableUpgrade) -> Vec<String> {
        let row = |row: &ComponentUpgrade| format!("{} {} {} {}", row.name, row.node, row.current, row.new);
        upgrade.components.iter().map(row).collect()
    }

    #[test]
    fn components_are_told_in_kubeadm_s_order_with_the_versions_of_their_patch() {
        let mut facts = facts();
        facts.nodes.insert(
            0,
            NodeKubelet {
                name: "w1".to_owned(),
                kubelet: "v1.36.3".to_owned(),
                is_ready: true,
                is_control_plane: false,
            },
        );
        let plan = planned(&facts, Some("v1.36.3"), &[]);
        assert_eq!(
            rows(&plan.upgrades[0]),
            [
                "kubelet cp1 v1.36.1 v1.36.3",
                "kubelet w1 v1.36.3 v1.36.3",
                "kube-apiserver cp1 v1.36.1 v1.36.3",
                "kube-controller-manager cp1 v1.36.1 v1.36.3",
                "kube-scheduler cp1 v1.36.1 v1.36.3",
                "kube-proxy  1.36.1 v1.36.3",
                "CoreDNS  v1.14.2 v1.14.2",
                "kubeadm  v1.36.3 v1.36.3",
                "etcd cp1 3.6.6-0 3.6.8-0",
            ]
        );
        facts.nodes.truncate(1);
        assert!(!rows(&planned(&facts, Some("v1.36.3"), &[]).upgrades[0])[0].starts_with("kubelet"));
    }

    #[test]
    fn a_plan_is_blocked_where_every_version_is() {
        let mut facts = facts();
        facts.etcd = EtcdSaid::Local(vec![member(1, "3.6.6"), member(2, "3.6.6")]);
        let both = planned(&facts, None, &[]);
        assert_eq!((both.judged.len(), both.is_blocked()), (2, false), "etcd has no bridge to 1.37 alone");
        assert!(planned(&facts, Some("v1.37.2"), &[]).is_blocked());
        assert!(!planned(&facts, Some("v1.37.2"), &["etcdbridge"]).is_blocked());
        let back = planned(&facts, Some("v1.36.0"), &[]);
        assert!(back.upgrades.is_empty() && back.is_blocked() && back.findings[0].id == "Downgrade");
        let same = planned(&facts, Some("v1.36.1"), &[]);
        assert!(same.upgrades.is_empty() && !same.is_blocked());
        assert!(same.findings.iter().all(|finding| finding.severity != Severity::Error));
    }
}
