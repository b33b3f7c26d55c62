//! Two static pods → where they differ, at places that other renderings have too.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Edit;
use super::place::{Place, Step, entries, words};

/// Lists whose entries are told apart by one of their fields.
const KEYS: &[(&str, &str)] = &[
    ("containers", "name"),
    ("env", "name"),
    ("ephemeralContainers", "name"),
    ("hostAliases", "ip"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("ports", "name"),
    ("ports", "containerPort"),
    ("volumeDevices", "devicePath"),
    ("volumeMounts", "mountPath"),
    ("volumes", "name"),
];
/// Mappings whose entries do not depend on each other: one that is new is so many new entries.
const OPEN: &[&str] = &["annotations", "labels", "limits", "requests", "resources"];
/// Flags that are lists of `NAME=VALUE`.
const LISTING: &[&str] = &["feature-gates", "runtime-config"];

/// In the order of the places' names. Nobody edits a status.
pub fn of(found: &Value, base: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    walk(&Place::default(), Some(found), Some(base), &mut edits);
    edits.retain(|edit| !edit.place.passes("status"));
    edits
}

fn walk(place: &Place, found: Option<&Value>, base: Option<&Value>, edits: &mut Vec<Edit>) {
    let is_of_container = |name: &str| place.is_field(&[name]);
    match (found, base) {
        (Some(found), Some(base)) if found == base => {}
        (Some(Value::Object(left)), Some(Value::Object(right))) => fields(place, left, right, edits),
        (Some(Value::Object(left)), None)
            if !left.is_empty() && OPEN.iter().any(|name| is_of_container(name)) =>
        {
            fields(place, left, &Map::new(), edits);
        }
        (Some(Value::Array(left)), Some(Value::Array(right)))
            if is_of_container("command") && left.first() == right.first() =>
        {
            flags(place, found, base, edits);
        }
        (Some(Value::String(_)), Some(Value::String(_))) if is_of_container("image") => {
            for step in [Step::Repository, Step::Tag] {
                part(place, step, found, base, edits);
            }
        }
        (Some(Value::Array(_)) | None, Some(Value::Array(_)) | None) => match key(place, found, base) {
            Some(key) => items(place, key, found, base, edits),
            None => whole(place, found, base, edits),
        },
        _ => whole(place, found, base, edits),
    }
}

fn whole(place: &Place, found: Option<&Value>, base: Option<&Value>, edits: &mut Vec<Edit>) {
    edits.push(Edit { place: place.clone(), found: found.cloned(), base: base.cloned() });
}

/// A part of two texts or lists that differ.
pub fn part(place: &Place, step: Step, found: Option<&Value>, base: Option<&Value>, edits: &mut Vec<Edit>) {
    let own = Place::default().below(step.clone());
    let of = |value: Option<&Value>| value.and_then(|value| own.of(value));
    let (found, base) = (of(found), of(base));
    if found != base {
        edits.push(Edit { place: place.below(step), found, base });
    }
}

fn fields(place: &Place, left: &Map<String, Value>, right: &Map<String, Value>, edits: &mut Vec<Edit>) {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for name in names {
        walk(&place.field(name), left.get(name), right.get(name), edits);
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn key(place: &Place, found: Option<&Value>, base: Option<&Value>) -> Option<&'static str> {
    key_of_list(place, list(found), list(base))
}

/// The field by which the entries of two lists are told apart, where each has one of its own.
pub fn key_of_list(place: &Place, left: &[Value], right: &[Value]) -> Option<&'static str> {
    let is_keyed = |items: &[Value], key: &str| {
        let names: BTreeSet<String> =
            items.iter().filter_map(|item| item.get(key)).map(Value::to_string).collect();
        names.len() == items.len()
    };
    let mut keys = KEYS.iter().filter(|(list, _)| place.is_field(&[list])).map(|(_, key)| *key);
    keys.find(|key| is_keyed(left, key) && is_keyed(right, key))
}

fn items(
    place: &Place,
    key: &'static str,
    found: Option<&Value>,
    base: Option<&Value>,
    edits: &mut Vec<Edit>,
) {
    let (left, right) = (list(found), list(base));
    let of = |items: &[Value], name: &Value| items.iter().find(|item| &item[key] == name).cloned();
    let new = left.iter().filter(|item| !right.iter().any(|other| other[key] == item[key]));
    for name in right.iter().chain(new).map(|item| &item[key]) {
        let place = place.below(Step::Item { key, name: name.clone() });
        walk(&place, of(left, name).as_ref(), of(right, name).as_ref(), edits);
    }
}

fn flags(place: &Place, found: Option<&Value>, base: Option<&Value>, edits: &mut Vec<Edit>) {
    let names_of = |command: Option<&Value>| -> BTreeSet<String> {
        command.into_iter().flat_map(words).map(|(name, _)| name.to_owned()).collect()
    };
    let names: BTreeSet<String> = names_of(found).into_iter().chain(names_of(base)).collect();
    for name in names {
        let flag = Step::Flag(name.clone());
        let own = Place::default().below(flag.clone());
        let of = |command: Option<&Value>| command.and_then(|command| own.of(command));
        let (left, right) = (of(found), of(base));
        let is_text = |value: &Option<Value>| value.as_ref().is_none_or(Value::is_string);
        if LISTING.contains(&name.as_str()) && is_text(&left) && is_text(&right) {
            listed(&place.below(flag), left.as_ref(), right.as_ref(), edits);
        } else {
            part(place, flag, found, base, edits);
        }
    }
}

fn listed(place: &Place, found: Option<&Value>, base: Option<&Value>, edits: &mut Vec<Edit>) {
    let names_of = |value: Option<&Value>| -> BTreeSet<String> {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        entries(text).into_iter().map(|(name, _)| name.to_owned()).collect()
    };
    let names: BTreeSet<String> = names_of(found).into_iter().chain(names_of(base)).collect();
    for name in names {
        part(place, Step::Entry(name), found, base, edits);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(found: &Value, base: &Value) -> Vec<String> {
        of(found, base).iter().map(ToString::to_string).collect()
    }

    fn pod(container: &Value) -> Value {
        json!({ "metadata": { "labels": { "tier": "x" } }, "spec": { "containers": [container] } })
    }

    #[test]
    fn each_kind_of_edit_has_a_place_of_its_own() {
        let base = pod(&json!({
            "name": "c", "image": "r/c:1", "command": ["c", "--a=1", "--feature-gates=A=true", "--z=1"], "resources": {},
            "env": [{ "name": "E", "value": "1" }], "livenessProbe": { "periodSeconds": 10 },
        }));
        let mut found = pod(&json!({
            "name": "c", "image": "mirror/c:1", "command": ["c", "--new", "--a=2", "--feature-gates=B=true,A=true"],
            "resources": { "limits": { "memory": "1Gi" } }, "env": [{ "name": "F", "value": "hunter2" }, { "name": "E", "value": "1" }],
        }));
        found["metadata"]["annotations"] = json!({ "a": "b" });
        found["spec"]["volumes"] = json!([{ "name": "v", "emptyDir": {} }]);
        found["status"] = json!({ "phase": "Running" });
        assert_eq!(
            told(&found, &base),
            [
                "metadata.annotations.a is b and would not be there",
                "--a is 2 and would be 1",
                "--feature-gates B is true and would not be there",
                "--new is true and would not be there",
                "--z is not there and would be 1",
                "spec.containers[c].env[F] is there and would not be",
                "spec.containers[c].image (registry and name) is mirror/c and would be r/c",
                "spec.containers[c].livenessProbe is not there and would be {\"periodSeconds\":10}",
                "spec.containers[c].resources.limits.memory is 1Gi and would not be there",
                "spec.volumes[v] is {\"name\":\"v\",\"emptyDir\":{}} and would not be there",
            ]
        );
    }

    #[test]
    fn the_order_of_flags_and_of_entries_is_no_edit() {
        let base = pod(
            &json!({ "name": "c", "command": ["c", "--a=1", "--b=2"], "env": [{ "name": "A" }, { "name": "B" }] }),
        );
        let found = pod(
            &json!({ "name": "c", "command": ["c", "--b=2", "--a=1"], "env": [{ "name": "B" }, { "name": "A" }] }),
        );
        assert_eq!(told(&found, &base), [""; 0]);
        let other = pod(&json!({ "name": "c", "command": ["sh", "-c", "c"], "env": [] }));
        assert!(
            told(&other, &base)[0].starts_with("spec.containers[c].command is [\"sh\""),
            "{:?}",
            told(&other, &base)
        );
    }
}
