//! A Pod as any client might write it → the Pod as Go's types write it: what they do not know, and what is empty
//! and may be left out, is not there; quantities are canonical; keys are sorted.

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Map, Value};

use crate::quantity;

/// Mappings of free keys, which are left out when empty. All other mappings are structures, and stay.
const FREE_MAPPINGS: &[&str] = &[
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "overhead",
    "requests",
    "volumeAttributes",
];

/// Mappings from a resource's name to a quantity.
const RESOURCES: &[&str] = &["limits", "overhead", "requests"];

/// Numbers and booleans of which zero and false are left out. Others are pointers in Go: given is given.
const ZERO_IS_NOTHING: &[&str] = &[
    "failureThreshold",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "initialDelaySeconds",
    "periodSeconds",
    "readOnly",
    "stdin",
    "stdinOnce",
    "successThreshold",
    "timeoutSeconds",
    "tty",
];

/// Texts that are there even if empty.
const KEPT_WHEN_EMPTY: &[&str] = &["mountPath", "path", "type"];

/// Reads a value as a Pod and writes it back in Go's form.
///
/// # Errors
/// The value is no Pod: another kind, a missing name, a wrong type.
pub fn pod(value: Value) -> Result<Value, serde_json::Error> {
    let mut pod: Pod = serde_json::from_value(value)?;
    write_structures(&mut pod);
    let mut value = serde_json::to_value(pod)?;
    tidy(&mut value);
    value.sort_all_objects();
    Ok(value)
}

/// Go writes these even when they are empty: they are no pointers.
fn write_structures(pod: &mut Pod) {
    pod.status.get_or_insert_default();
    let spec = pod.spec.get_or_insert_default();
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        container.resources.get_or_insert_default();
    }
    for container in spec.ephemeral_containers.iter_mut().flatten() {
        container.resources.get_or_insert_default();
    }
}

fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => tidy_fields(fields),
        Value::Array(elements) => elements.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn tidy_fields(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        if RESOURCES.contains(&name.as_str()) {
            canonical_resources(value);
        } else if !FREE_MAPPINGS.contains(&name.as_str()) {
            tidy(value);
        }
    }
    fields.retain(|name, value| is_written(name, value));
}

fn canonical_resources(resources: &mut Value) {
    for amount in resources.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(text) = amount.as_str().and_then(quantity::normal) {
            *amount = text.into();
        }
    }
}

fn is_written(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(given) => *given || !ZERO_IS_NOTHING.contains(&name),
        Value::Number(number) => number.as_i64() != Some(0) || !ZERO_IS_NOTHING.contains(&name),
        Value::String(text) => !text.is_empty() || KEPT_WHEN_EMPTY.contains(&name),
        Value::Array(elements) => !elements.is_empty() || name == "containers",
        Value::Object(fields) => !fields.is_empty() || !FREE_MAPPINGS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_go_leaves_out_is_left_out_and_what_it_writes_is_written() {
        let given = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "labels": {"a": "", "b": "x"}, "annotations": {}},
            "spec": {
                "unknown": 1, "hostNetwork": false, "hostUsers": false, "tolerations": [],
                "terminationGracePeriodSeconds": 0, "securityContext": {},
                "containers": [{"name": "c", "image": "", "stdin": false, "resources": {"limits": {"cpu": 2}}}],
                "initContainers": [{"name": "i", "livenessProbe": {"initialDelaySeconds": 0}}],
                "volumes": [{"name": "v", "hostPath": {"path": "/", "type": ""}}, {"name": "w", "emptyDir": {}}],
            },
        });
        let written = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "labels": {"a": "", "b": "x"}},
            "spec": {
                "hostUsers": false, "terminationGracePeriodSeconds": 0, "securityContext": {},
                "containers": [{"name": "c", "resources": {"limits": {"cpu": "2"}}}],
                "initContainers": [{"name": "i", "livenessProbe": {}, "resources": {}}],
                "volumes": [{"name": "v", "hostPath": {"path": "/", "type": ""}}, {"name": "w", "emptyDir": {}}],
            },
            "status": {},
        });
        assert_eq!(pod(given).unwrap(), written);
    }
}
