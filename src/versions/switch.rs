//! What a feature gate of kubeadm's decides, until it has graduated.

use std::collections::BTreeMap;

use super::Minor;

/// Whether kubeadm does a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// This minor does not know it yet.
    Never,
    /// The gate of this name decides: the user's, or else the default in `Minor::feature_gates`.
    Gate(&'static str),
    /// It has graduated.
    Always,
}

/// One field a thing. Each is a gate for some minors, and stays as the gate's last default was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// The end waits for the controller manager and the scheduler too, not for the API server alone, and a join waits
    /// for its control plane at all (WaitForAllControlPlaneComponents).
    pub wait_for_all: Switch,
    /// A control plane's kubelet talks to the API server beside it, whose etcd is up before (KEP-4471,
    /// ControlPlaneKubeletLocalMode).
    pub local_kubelet: Switch,
    /// The runtime's socket is in instance-config.yaml. Otherwise it is a flag of the kubelet, and an annotation of
    /// its node (KEP-4656, NodeLocalCRISocket).
    pub local_cri_socket: Switch,
}

impl Switch {
    /// For a cluster of `minor` whose configuration has these `featureGates`.
    pub fn is_on(self, minor: &Minor, given: &BTreeMap<String, bool>) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Gate(name) => given
                .get(name)
                .copied()
                .unwrap_or_else(|| minor.feature_gates.iter().any(|gate| gate.name == name && gate.default)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{MINORS, numbered};

    fn all(minor: &Minor) -> [Switch; 3] {
        let Switches { wait_for_all, local_kubelet, local_cri_socket } = minor.switches;
        [wait_for_all, local_kubelet, local_cri_socket]
    }

    #[test]
    fn a_gate_that_decides_is_one_of_its_minor_and_can_be_set() {
        for minor in MINORS {
            for switch in all(minor) {
                if let Switch::Gate(name) = switch {
                    let gate = minor.feature_gates.iter().find(|gate| gate.name == name);
                    assert!(gate.is_some_and(|gate| !gate.locked), "{name} in 1.{}", minor.number);
                }
            }
        }
    }

    #[test]
    fn the_user_s_word_counts_and_else_the_default() {
        let minor = numbered(33);
        let given = |value| BTreeMap::from([("NodeLocalCRISocket".to_owned(), value)]);
        let switch = minor.switches.local_cri_socket;
        assert!(!switch.is_on(minor, &BTreeMap::new()));
        assert!(switch.is_on(minor, &given(true)));
        assert!(minor.switches.local_kubelet.is_on(minor, &BTreeMap::new()));
        assert!(!Switch::Never.is_on(minor, &given(true)) && Switch::Always.is_on(minor, &given(false)));
    }
}
