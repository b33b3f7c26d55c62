//! What is left to the user once a node is upgraded: the other control planes, the workers, and the kubelets.

use serde_json::{Value, json};

use super::request::Which;
use crate::facts::UpgradeFacts;
use crate::manifests::static_pod::StaticPod;
use crate::versions::KubernetesVersion;

/// A step that is the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// Where.
    pub node: String,
    /// What.
    pub what: Next,
}

/// What the user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// `upgrade node` on it.
    UpgradeNode,
    /// The kubelet's program, and its restart.
    Kubelet,
}

impl NextStep {
    /// For people.
    pub fn text(&self, version: &KubernetesVersion) -> String {
        let node = &self.node;
        match self.what {
            Next::UpgradeNode => format!("on {node}: kubewright upgrade node"),
            Next::Kubelet => format!(
                "on {node}: drain it, install kubelet {version}, `systemctl restart kubelet`, and uncordon it"
            ),
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let step = match self.what {
            Next::UpgradeNode => "upgrade-node",
            Next::Kubelet => "kubelet",
        };
        json!({ "node": self.node, "step": step })
    }
}

/// In the order in which they are to be done: control planes, then kubelets, `own` the first.
pub fn next(
    which: Which,
    own: &str,
    version: &KubernetesVersion,
    facts: Option<&UpgradeFacts>,
    own_kubelet: Option<&str>,
) -> Vec<NextStep> {
    let is_older = |text: &str| text.parse::<KubernetesVersion>().is_ok_and(|other| other.is_before(version));
    let step = |node: &str, what| NextStep { node: node.to_owned(), what };
    let Some(facts) = facts.filter(|_| which == Which::Apply) else {
        return own_kubelet
            .filter(|text| is_older(text))
            .map(|_| step(own, Next::Kubelet))
            .into_iter()
            .collect();
    };
    let others = facts.pods(StaticPod::ApiServer).filter(|pod| pod.node != own && is_older(&pod.version));
    let control_planes = others.map(|pod| step(&pod.node, Next::UpgradeNode));
    let older = facts.nodes.iter().filter(|node| is_older(&node.kubelet));
    let workers =
        older.clone().filter(|node| !node.is_control_plane).map(|node| step(&node.name, Next::UpgradeNode));
    let mut kubelets: Vec<NextStep> = older.map(|node| step(&node.name, Next::Kubelet)).collect();
    kubelets.sort_by_key(|step| step.node != own);
    control_planes.chain(workers).chain(kubelets).collect()
}
