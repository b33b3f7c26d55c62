//! An object as the API server has it × what a version makes of it → what others have set there since, and what of it a new version writes over.
//!
//! The API server fills in what nobody has given: what a version does not write counts only where its owner is known, by managedFields.

use serde_json::{Map, Value};

use super::Edit;
use super::difference::{key_of_list, part};
use super::place::{Place, Step};

/// Who writes an object's fields as a version has them.
const WRITERS: &[&str] = &["kubeadm", "kubewright"];

/// A difference, and whether a new version leaves it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEdit {
    /// `base` is what the version has.
    pub edit: Edit,
    /// Whether it stays.
    pub stays: bool,
}

/// Below `spec`, in the order of the rendering, and then what it does not have. `moves` are the places that a new version writes whoever has
/// set them, and `remains` those that it leaves whoever has.
pub fn of_live(live: &Value, rendered: &Value, moves: &[&str], remains: &[&str]) -> Vec<LiveEdit> {
    let others = owned_by_others(live);
    let is_named = |edit: &Edit, names: &[&str]| names.iter().any(|name| edit.place.passes(name));
    let mut edits = Vec::new();
    walk(&Place::default().field("spec"), &live["spec"], &rendered["spec"], &mut edits);
    let stays = |edit: &Edit| {
        is_named(edit, remains)
            || !is_named(edit, moves) && others.iter().any(|place| place.overlaps(&edit.place))
    };
    let mut all: Vec<LiveEdit> =
        edits.into_iter().map(|edit| LiveEdit { stays: stays(&edit), edit }).collect();
    for place in others {
        let is_new =
            place.of(rendered).is_none() && !all.iter().any(|other| other.edit.place.overlaps(&place));
        if let Some(found) = place.of(live).filter(|_| is_new) {
            all.push(LiveEdit { edit: Edit { place, found: Some(found), base: None }, stays: true });
        }
    }
    all
}

/// What the rendering has, and is otherwise there.
fn walk(place: &Place, live: &Value, base: &Value, edits: &mut Vec<Edit>) {
    match (live, base) {
        (live, base) if live == base => {}
        (Value::Object(live), Value::Object(base)) => {
            for (name, base) in base {
                walk(&place.field(name), live.get(name).unwrap_or(&Value::Null), base, edits);
            }
        }
        (Value::String(_), Value::String(_)) if place.is_field(&["image"]) => {
            part(place, Step::Repository, Some(live), Some(base), edits);
        }
        (Value::Array(left), Value::Array(right)) => match key_of_list(place, left, right) {
            Some(key) => {
                for item in right {
                    let place = place.below(Step::Item { key, name: item[key].clone() });
                    let own = left.iter().find(|other| other[key] == item[key]);
                    walk(&place, own.unwrap_or(&Value::Null), item, edits);
                }
            }
            None if left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| is_within(left, right)) => {}
            None => leaf(place, live, base, edits),
        },
        _ => leaf(place, live, base, edits),
    }
}

fn leaf(place: &Place, live: &Value, base: &Value, edits: &mut Vec<Edit>) {
    // An empty mapping or list is as good as none.
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if !(is_empty(live) && is_empty(base)) {
        let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        edits.push(Edit { place: place.clone(), found: some(live), base: some(base) });
    }
}

/// Whether `base` is there with all that it has.
fn is_within(live: &Value, base: &Value) -> bool {
    let mut edits = Vec::new();
    walk(&Place::default(), live, base, &mut edits);
    edits.is_empty()
}

/// The places below `spec` that others than a version's own writers have set.
fn owned_by_others(live: &Value) -> Vec<Place> {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let mut places = Vec::new();
    for entry in entries.into_iter().flatten() {
        let is_writer = WRITERS.iter().any(|writer| entry["manager"] == *writer);
        let is_status = entry["subresource"].as_str().is_some_and(|name| name == "status");
        if let Some(fields) =
            entry.pointer("/fieldsV1/f:spec").and_then(Value::as_object).filter(|_| !is_writer && !is_status)
        {
            owned(&Place::default().field("spec"), &live["spec"], fields, &mut places);
        }
    }
    places.dedup();
    places
}

/// `f:NAME` is a field, `k:{…}` an entry of a list by its keys.
fn owned(place: &Place, live: &Value, fields: &Map<String, Value>, places: &mut Vec<Place>) {
    let below: Vec<(&String, &Value)> = fields.iter().filter(|(name, _)| *name != ".").collect();
    for (name, inner) in below {
        let step = if let Some(name) = name.strip_prefix("f:") {
            Some((Step::Field(name.to_owned()), live.get(name)))
        } else {
            name.strip_prefix("k:").and_then(|keys| item(place, live, keys))
        };
        let Some((step, Some(live))) = step else { continue };
        let place = place.below(step);
        match inner.as_object().filter(|inner| inner.keys().any(|name| name != ".")) {
            Some(inner) => owned(&place, live, inner, places),
            None => places.push(place),
        }
    }
}

fn item<'a>(place: &Place, live: &'a Value, keys: &str) -> Option<(Step, Option<&'a Value>)> {
    let keys: Map<String, Value> = serde_json::from_str(keys).ok()?;
    let items = live.as_array()?;
    let found = items.iter().find(|item| keys.iter().all(|(name, value)| &item[name] == value))?;
    let key = key_of_list(place, items, items)?;
    Some((Step::Item { key, name: found[key].clone() }, Some(found)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered() -> Value {
        json!({ "spec": { "replicas": 2, "template": { "spec": {
            "nodeSelector": { "kubernetes.io/os": "linux" },
            "tolerations": [{ "key": "a", "operator": "Exists" }],
            "containers": [{ "name": "c", "image": "r/c:1", "args": ["-x"], "resources": { "limits": { "memory": "170Mi" } },
                "ports": [{ "name": "dns", "containerPort": 53, "protocol": "UDP" }, { "name": "dns-tcp", "containerPort": 53 }] }],
        } } } })
    }

    /// With what the API server fills in, and edits by kubectl.
    fn live() -> Value {
        json!({
            "metadata": { "managedFields": [
                { "manager": "kubeadm", "operation": "Update", "fieldsV1": { "f:spec": { "f:paused": {} } } },
                { "manager": "kube-controller-manager", "subresource": "status", "fieldsV1": { "f:spec": { "f:paused": {} } } },
                { "manager": "kubectl-edit", "fieldsV1": { "f:spec": { "f:replicas": {}, "f:template": { "f:spec": {
                    "f:nodeSelector": { "f:disk": {} },
                    "f:containers": { "k:{\"name\":\"c\"}": { ".": {}, "f:image": {}, "f:resources": { "f:limits": { "f:memory": {} } } } },
                    "f:priorityClassName": {},
                } } } } },
            ] },
            "spec": { "replicas": 5, "paused": false, "template": { "spec": {
                "nodeSelector": { "kubernetes.io/os": "linux", "disk": "ssd" }, "dnsPolicy": "Default", "priorityClassName": "high",
                "tolerations": [{ "key": "a", "operator": "Exists", "effect": "NoSchedule" }, { "key": "b" }],
                "containers": [{ "name": "c", "image": "mirror/c:2", "args": ["-x"], "imagePullPolicy": "IfNotPresent",
                    "resources": { "limits": { "memory": "1Gi" } },
                    "ports": [{ "name": "dns", "containerPort": 53, "protocol": "UDP" }, { "name": "dns-tcp", "containerPort": 53, "protocol": "TCP" }] }],
            } } },
        })
    }

    #[test]
    fn what_others_have_set_stays_and_what_nobody_owns_or_must_move_goes() {
        let all = of_live(&live(), &rendered(), &["image", "args"], &["replicas"]);
        let told: Vec<String> = all
            .iter()
            .map(|one| format!("{} {}", if one.stays { "stays" } else { "goes" }, one.edit))
            .collect();
        let pod = "spec.template.spec";
        assert_eq!(
            told,
            [
                "stays spec.replicas is 5 and would be 2".to_owned(),
                format!(
                    "goes {pod}.tolerations is [{{\"key\":\"a\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}},{{\"key\":\"b\"}}] and would be \
                     [{{\"key\":\"a\",\"operator\":\"Exists\"}}]"
                ),
                format!("goes {pod}.containers[c].image (registry and name) is mirror/c and would be r/c"),
                format!("stays {pod}.containers[c].resources.limits.memory is 1Gi and would be 170Mi"),
                format!("stays {pod}.nodeSelector.disk is ssd and would not be there"),
                format!("stays {pod}.priorityClassName is high and would not be there"),
            ]
        );
    }

    #[test]
    fn what_the_api_server_fills_in_is_nobody_s() {
        let mut live = live();
        live["metadata"] = json!({});
        live["spec"] = rendered()["spec"].clone();
        live["spec"]["template"]["spec"]["dnsPolicy"] = "Default".into();
        live["spec"]["template"]["spec"]["tolerations"][0]["effect"] = "NoSchedule".into();
        assert_eq!(of_live(&live, &rendered(), &[], &[]), []);
    }
}
