//! The labels and taints that make a node a control plane.

use k8s_openapi::api::core::v1::Taint;
use serde_json::{Value, json};

use super::object::{Object, ObjectKind, Write, document};
use crate::config::Spec;

const LABELS: &[&str] =
    &["node-role.kubernetes.io/control-plane", "node.kubernetes.io/exclude-from-external-load-balancers"];

/// The mark-control-plane phase: a patch of the node. `found` are the node's taints as observed: the list is
/// replaced as a whole, so the configured taints come first, and those that the node has follow.
pub fn mark_control_plane(spec: Spec<'_>, found: &[Taint]) -> Object {
    let node = &spec.node;
    let mut patch = document(ObjectKind::Node, None, node.name.as_str());
    patch["metadata"]["labels"] = LABELS.iter().map(|label| ((*label).to_owned(), json!(""))).collect();
    if !node.taints.is_empty() {
        let kept = found.iter().filter(|taint| !node.taints.contains(taint));
        let taints: Vec<&Taint> = node.taints.iter().chain(kept).collect();
        patch.insert("spec".to_owned(), json!({ "taints": taints }));
    }
    Object::apply(ObjectKind::Node, Value::Object(patch)).written(Write::Patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    fn taint(key: &str) -> Taint {
        Taint { key: key.to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() }
    }

    #[test]
    fn taints_that_stand_stay_behind_the_configured_ones() {
        let config = fixture::config();
        let found = [taint("node.kubernetes.io/not-ready"), config.node.taints[0].clone()];
        let body = mark_control_plane(config.spec(), &found).body.redacted();
        let keys: Vec<&Value> =
            body["spec"]["taints"].as_array().unwrap().iter().map(|taint| &taint["key"]).collect();
        assert_eq!(keys, ["node-role.kubernetes.io/control-plane", "node.kubernetes.io/not-ready"]);
    }

    #[test]
    fn without_configured_taints_the_node_s_own_are_left_alone() {
        let mut config = fixture::config();
        config.node.taints.clear();
        let body =
            mark_control_plane(config.spec(), &[taint("node.kubernetes.io/not-ready")]).body.redacted();
        assert_eq!(body.get("spec"), None);
        assert_eq!(body["metadata"]["labels"].as_object().unwrap().len(), 2);
    }
}
