//! The socket of a node's runtime, as the node's object tells it to upgrades and to reset.

use serde_json::{Value, json};

use super::object::{Object, ObjectKind, Write, document};
use crate::config::Spec;

const ANNOTATION: &str = "kubeadm.alpha.kubernetes.io/cri-socket";

/// A patch of the node; `None` where the socket is in a file of the node's alone.
pub fn cri_socket(spec: Spec<'_>) -> Option<Object> {
    let node = &spec.node;
    let mut patch = document(ObjectKind::Node, None, node.name.as_str());
    patch["metadata"]["annotations"] = json!({ ANNOTATION: node.cri_socket });
    let object = Object::apply(ObjectKind::Node, Value::Object(patch)).written(Write::Patch);
    (!spec.cluster.has(spec.cluster.minor.switches.local_cri_socket)).then_some(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn the_node_tells_its_socket_until_a_file_does() {
        let mut config = fixture::config();
        assert_eq!(cri_socket(config.spec()), None);
        config.of_version("v1.33.13");
        let body = cri_socket(config.spec()).unwrap().body.redacted();
        assert_eq!(body["metadata"]["annotations"][ANNOTATION], json!(config.node.cri_socket));
    }
}
