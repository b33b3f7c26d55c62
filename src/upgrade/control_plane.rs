//! Checks of the control planes as a whole.

use super::finding::{Finding, Place};
use super::hop::Hop;

/// The node of each control plane is ready.
pub fn nodes(hop: &Hop<'_>) -> Vec<Finding> {
    let sick = hop.facts.nodes.iter().filter(|node| node.is_control_plane && !node.is_ready);
    let finding = |name: &String| {
        let place = Place::Node { name: name.clone() };
        Finding::error("ControlPlaneNodesReady", place, format!("the control plane {name} is not ready"))
            .seen("its condition Ready is not True")
            .fix(format!("`kubectl describe node {name}` says why; bring it back first"))
    };
    sick.map(|node| finding(&node.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;

    #[test]
    fn a_control_plane_has_to_be_ready_and_a_worker_need_not() {
        let mut case = Case::to("v1.37.2");
        case.facts.nodes[0].is_ready = false;
        assert_eq!(labels(&nodes(&case.hop())), ["error ControlPlaneNodesReady"]);
        case.facts.nodes[0].is_control_plane = false;
        assert!(nodes(&case.hop()).is_empty());
    }
}
