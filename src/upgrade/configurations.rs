//! The components' own configurations that a cluster stores → whether the next version takes them as they are.

use std::collections::BTreeMap;

/// The groups that kubeadm knows, each with the version that it writes, in its order.
pub const GROUPS: [(&str, &str); 2] =
    [("kubeproxy.config.k8s.io", "v1alpha1"), ("kubelet.config.k8s.io", "v1beta1")];

/// A component's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigState {
    /// The group of its API.
    pub group: &'static str,
    /// The version that is stored; none where the cluster has no such configuration.
    pub current: Option<String>,
    /// The version that is written.
    pub preferred: &'static str,
}

impl ConfigState {
    /// Whether somebody has to bring it to another version first.
    pub fn needs_hands(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current != self.preferred)
    }
}

/// One for each group, whether the cluster has it or not.
pub fn states(stored: &BTreeMap<String, String>) -> Vec<ConfigState> {
    let state = |(group, preferred)| ConfigState { group, current: stored.get(group).cloned(), preferred };
    GROUPS.into_iter().map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_not_written_any_more_needs_hands_and_an_absent_one_none() {
        let stored = BTreeMap::from([("kubelet.config.k8s.io".to_owned(), "v1alpha1".to_owned())]);
        let told: Vec<bool> = states(&stored).iter().map(ConfigState::needs_hands).collect();
        assert_eq!(told, [false, true]);
    }
}
