//! What becomes of an object that is there when another is written over it, as far as that can be told without the API server.

use serde_json::{Map, Value};

use super::object::{Object, Write};

/// `live` once `object` is written; null where there is none. `body` is what of the object is sent.
pub fn written_over(object: &Object, body: Value, live: &Value) -> Value {
    match object.write {
        _ if live.is_null() => body,
        Write::CreateOrKeep | Write::Create => live.clone(),
        Write::Replace => {
            let mut metadata = live["metadata"].clone();
            let mut after = body;
            lay_over(&mut metadata, after["metadata"].take());
            after["metadata"] = metadata;
            after
        }
        Write::Apply | Write::Yield | Write::Patch => {
            let mut after = live.clone();
            lay_over(&mut after, body);
            after
        }
    }
}

fn lay_over(whole: &mut Value, new: Value) {
    match (whole, new) {
        (Value::Object(fields), Value::Object(more)) => {
            for (name, value) in more {
                lay_over(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(items), Value::Array(more)) if are_keyed(items) && are_keyed(&more) => {
            for value in more {
                match items.iter_mut().find(|item| key(item) == key(&value)) {
                    Some(item) => lay_over(item, value),
                    None => items.push(value),
                }
            }
        }
        (whole, value) => *whole = value,
    }
}

fn are_keyed(items: &[Value]) -> bool {
    items.iter().all(|item| key(item).is_some())
}

/// By what the API tells the items of its lists apart (`x-kubernetes-list-map-keys`), as far as addons have such lists. A port without a
/// protocol is TCP's.
const KEYS: [&str; 3] = ["mountPath", "containerPort", "name"];

fn key(item: &Value) -> Option<(&'static str, &Value, &str)> {
    let (name, value) = KEYS.into_iter().find_map(|name| Some((name, item.get(name)?)))?;
    Some((name, value, item["protocol"].as_str().unwrap_or("TCP")))
}

/// Which annotations are only the controllers' own.
const OF_CONTROLLERS: [&str; 3] = [
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
];
const METADATA: [&str; 4] = ["annotations", "labels", "name", "namespace"];

/// The object without what the API server and its controllers make of it.
pub fn essence(object: &Value) -> Value {
    let mut whole = object.clone();
    let Some(fields) = whole.as_object_mut() else { return whole };
    fields.remove("status");
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| METADATA.contains(&name.as_str()));
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.retain(|name, _| !OF_CONTROLLERS.contains(&name.as_str()));
        }
        metadata.retain(|_, value| value.as_object().is_none_or(|fields: &Map<_, _>| !fields.is_empty()));
    }
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::object::ObjectKind;
    use super::*;

    fn written(write: Write, body: &Value, live: &Value) -> Value {
        let object = Object::apply(ObjectKind::Deployment, body.clone()).written(write);
        written_over(&object, body.clone(), live)
    }

    #[test]
    fn what_is_applied_changes_its_own_fields_and_items_by_their_keys() {
        let live = json!({ "spec": { "replicas": 3, "containers": [
            { "name": "a", "image": "old", "ports": [{ "containerPort": 53, "protocol": "UDP", "name": "mine" }] },
            { "name": "b" },
        ], "args": ["x"] } });
        let body = json!({ "spec": { "containers": [
            { "name": "a", "image": "new", "ports": [{ "containerPort": 53, "protocol": "TCP", "name": "tcp" }] },
        ], "args": ["y"] } });
        let after = json!({ "spec": { "replicas": 3, "containers": [
            { "name": "a", "image": "new", "ports": [
                { "containerPort": 53, "protocol": "UDP", "name": "mine" }, { "containerPort": 53, "protocol": "TCP", "name": "tcp" },
            ] },
            { "name": "b" },
        ], "args": ["y"] } });
        for write in [Write::Apply, Write::Yield, Write::Patch] {
            assert_eq!(written(write, &body, &live), after);
        }
        assert_eq!(written(Write::Apply, &body, &Value::Null), body);
    }

    #[test]
    fn what_is_replaced_keeps_its_labels_and_what_is_created_stays_where_it_is() {
        let live = json!({ "metadata": { "name": "a", "labels": { "mine": "1" } }, "data": { "old": "1" } });
        let body = json!({ "metadata": { "name": "a" }, "data": { "new": "1" } });
        let after = json!({ "metadata": { "name": "a", "labels": { "mine": "1" } }, "data": { "new": "1" } });
        assert_eq!(written(Write::Replace, &body, &live), after);
        assert_eq!(written(Write::CreateOrKeep, &body, &live), live);
    }

    #[test]
    fn of_an_object_only_what_somebody_has_written_counts() {
        let object = json!({
            "metadata": { "name": "a", "uid": "1", "managedFields": [], "annotations": { "deployment.kubernetes.io/revision": "3" } },
            "spec": { "x": 1 }, "status": { "replicas": 1 },
        });
        assert_eq!(essence(&object), json!({ "metadata": { "name": "a" }, "spec": { "x": 1 } }));
    }
}
