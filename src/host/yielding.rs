//! Server-side apply that leaves to others what others have set: their fields are not sent, but for those that a new version has to move.
//!
//! kubeadm has written its objects without server-side apply. What it owns so becomes this program's, as it is: a field that a new
//! version no longer has goes then, in the place of staying for ever.

use serde_json::{Map, Value, json};

use super::api::{ApiError, Server};

/// Who owns the fields that are applied (server-side apply's field manager).
pub const MANAGER: &str = "kubewright";
const KUBEADM: &str = "kubeadm";

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
const JSON_PATCH: &str = "application/json-patch+json";

/// Of a container: what makes it the new version. And the volumes, in which its configuration is.
const MOVING: [&str; 3] = [".image", ".command", ".args"];
const VOLUMES: &str = ".spec.template.spec.volumes";

/// Applies `body` to the object at `path`: the fields that stay as others have set them, in kubectl's notation.
pub async fn apply(path: &str, body: &Value, server: &Server) -> Result<Vec<String>, ApiError> {
    let live = match server.call("GET", path, JSON, Vec::new()).await {
        Ok(live) => live,
        Err(ApiError::Refused { code: 404, .. }) => Value::Null,
        Err(error) => return Err(error),
    };
    if let Some(patch) = adoption(&live) {
        server.call("PATCH", path, JSON_PATCH, patch.to_string().into_bytes()).await?;
    }
    let mut own = body.clone();
    let kept = leave_to_others(&mut own, &live);
    let path = format!("{path}?fieldManager={MANAGER}&force=true");
    server.call("PATCH", &path, APPLY, own.to_string().into_bytes()).await?;
    Ok(kept)
}

/// `body` without the fields that would stay as others have set them.
pub fn without_others_fields(body: &Value, live: &Value) -> Value {
    let mut own = body.clone();
    leave_to_others(&mut own, live);
    own
}

fn managed(live: &Value) -> &[Value] {
    live.pointer("/metadata/managedFields").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_of(entry: &Value, manager: &str, operation: &str) -> bool {
    let is_whole = entry["subresource"].as_str().unwrap_or_default().is_empty();
    is_whole && entry["manager"] == manager && entry["operation"] == operation
}

/// The patch that makes kubeadm's fields this program's; none where it has fields of its own already, or kubeadm has none.
fn adoption(live: &Value) -> Option<Value> {
    let entries = managed(live);
    let at = entries.iter().position(|entry| is_of(entry, KUBEADM, "Update"))?;
    if entries.iter().any(|entry| is_of(entry, MANAGER, "Apply")) {
        return None;
    }
    let place = format!("/metadata/managedFields/{at}");
    Some(json!([
        { "op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"] },
        { "op": "replace", "path": format!("{place}/manager"), "value": MANAGER },
        { "op": "replace", "path": format!("{place}/operation"), "value": "Apply" },
    ]))
}

/// Takes out of `own` what others own and have set otherwise: the paths of that.
fn leave_to_others(own: &mut Value, live: &Value) -> Vec<String> {
    let mut kept = Vec::new();
    for entry in managed(live) {
        let manager = entry["manager"].as_str().unwrap_or_default();
        if ![MANAGER, KUBEADM].contains(&manager) {
            leave(own, live, &entry["fieldsV1"], "", &mut kept);
        }
    }
    kept.sort();
    kept.dedup();
    kept
}

/// `fields` is a part of a managedFields entry: `f:NAME` for a field, `k:{…}` for an item of a list by its keys.
fn leave(own: &mut Value, live: &Value, fields: &Value, path: &str, kept: &mut Vec<String>) {
    for (key, below) in fields.as_object().into_iter().flatten() {
        if let Some(name) = key.strip_prefix("f:") {
            let path = format!("{path}.{name}");
            let Some(fields) = own.as_object_mut() else { continue };
            if below.as_object().is_some_and(|below| !below.is_empty()) {
                if let Some(inner) = fields.get_mut(name) {
                    leave(inner, &live[name], below, &path, kept);
                }
            } else if fields.get(name).is_some_and(|own| *own != live[name]) && !moves(&path) {
                fields.remove(name);
                kept.push(path);
            }
        } else if let Some(keys) = key.strip_prefix("k:").and_then(|keys| serde_json::from_str(keys).ok()) {
            let found =
                own.as_array_mut().and_then(|items| items.iter_mut().find(|item| has_keys(item, &keys)));
            let theirs = live.as_array().and_then(|items| items.iter().find(|item| has_keys(item, &keys)));
            if let (Some(item), Some(theirs)) = (found, theirs) {
                leave(item, theirs, below, &format!("{path}[{}]", label(&keys)), kept);
            }
        }
    }
}

fn has_keys(item: &Value, keys: &Map<String, Value>) -> bool {
    // A port without a protocol is TCP's.
    let is_default =
        |name: &str, value: &Value| name == "protocol" && value == "TCP" && item.get(name).is_none();
    keys.iter().all(|(name, value)| item.get(name) == Some(value) || is_default(name, value))
}

fn label(keys: &Map<String, Value>) -> String {
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    keys.iter().map(pair).collect::<Vec<_>>().join(",")
}

fn moves(path: &str) -> bool {
    path.starts_with(VOLUMES) || MOVING.iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Value {
        json!({
            "metadata": { "resourceVersion": "7", "managedFields": [
                { "manager": "kubeadm", "operation": "Update", "fieldsV1": {} },
                { "manager": "kubectl-edit", "operation": "Update", "fieldsV1": { "f:spec": {
                    "f:replicas": {}, "f:paused": {},
                    "f:template": { "f:spec": {
                        "f:containers": { "k:{\"name\":\"coredns\"}": {
                            ".": {}, "f:image": {}, "f:resources": { "f:limits": { "f:memory": {} } },
                            "f:ports": { "k:{\"containerPort\":53,\"protocol\":\"TCP\"}": { "f:name": {} } },
                        } },
                        "f:volumes": { "k:{\"name\":\"config-volume\"}": { "f:configMap": { "f:name": {} } } },
                    } },
                } } },
            ] },
            "spec": { "replicas": 2, "paused": true, "template": { "spec": {
                "containers": [{ "name": "coredns", "image": "old", "resources": { "limits": { "memory": "1Gi" } },
                    "ports": [{ "containerPort": 53, "protocol": "TCP", "name": "mine" }] }],
                "volumes": [{ "name": "config-volume", "configMap": { "name": "mine" } }],
            } } },
        })
    }

    fn wanted() -> Value {
        json!({ "spec": { "replicas": 2, "template": { "spec": {
            "containers": [{ "name": "coredns", "image": "new", "resources": { "limits": { "memory": "170Mi" } },
                "ports": [{ "containerPort": 53, "name": "dns-tcp" }] }],
            "volumes": [{ "name": "config-volume", "configMap": { "name": "coredns" } }],
        } } } })
    }

    #[test]
    fn what_others_have_set_stays_but_for_what_makes_the_version() {
        let mut own = wanted();
        let kept = leave_to_others(&mut own, &live());
        assert_eq!(
            kept,
            [
                ".spec.template.spec.containers[name=coredns].ports[containerPort=53,protocol=TCP].name",
                ".spec.template.spec.containers[name=coredns].resources.limits.memory",
            ]
        );
        let pod = &own["spec"]["template"]["spec"];
        assert_eq!(pod["containers"][0]["image"], "new");
        assert_eq!(pod["containers"][0]["resources"], json!({ "limits": {} }));
        assert_eq!(pod["volumes"][0]["configMap"]["name"], "coredns");
        // What has the same value on both sides is nobody's alone.
        assert_eq!(own["spec"]["replicas"], 2);
    }

    #[test]
    fn kubeadm_s_fields_become_this_program_s_once() {
        let patch = adoption(&live()).unwrap();
        assert_eq!(patch[0]["value"], "7");
        assert_eq!(patch[1]["path"], "/metadata/managedFields/0/manager");
        let mut adopted = live();
        let own = json!({ "manager": "kubewright", "operation": "Apply", "fieldsV1": {} });
        adopted["metadata"]["managedFields"].as_array_mut().unwrap().push(own);
        assert_eq!(adoption(&adopted), None);
        assert_eq!(adoption(&Value::Null), None);
    }

    #[test]
    fn of_a_new_object_all_is_sent() {
        let mut own = wanted();
        assert!(leave_to_others(&mut own, &Value::Null).is_empty());
        assert_eq!(own, wanted());
    }
}
