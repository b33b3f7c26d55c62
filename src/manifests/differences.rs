//! A file that is there and one that would be written, of the same kind → what differs, in short, by flag or by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::go_form;
use crate::yaml;

/// What may hold a password or a token, as a proxy's address does: that it differs is said, and no more.
const CLOSED: &[&str] = &["env", "staticPodURLHeader"];
const COMMAND: &str = "/spec/containers/0/command";

/// Of two manifests of a static pod, by meaning: what Go adds or leaves out does not count, nor does the order of flags
/// and environment variables.
pub fn of_pods(found: &str, wanted: &str) -> Vec<String> {
    let (Some(mut found), Some(mut wanted)) = (pod(found), pod(wanted)) else {
        return vec!["it is no static pod".to_owned()];
    };
    let mut differences = of_flags(&flags(&mut found), &flags(&mut wanted));
    walk("", &found, &wanted, &mut differences);
    differences
}

/// Of two documents in YAML, by value.
pub fn of_documents(found: &str, wanted: &str) -> Vec<String> {
    let value = |text: &str| yaml::from_str::<Value>(text).ok();
    let (Some(found), Some(wanted)) = (value(found), value(wanted)) else {
        return vec!["it is no YAML".to_owned()];
    };
    let mut differences = Vec::new();
    walk("", &found, &wanted, &mut differences);
    differences
}

/// Of two files with the kubelet's flags.
pub fn of_kubelet_flags(found: &str, wanted: &str) -> Vec<String> {
    let words = |text: &str| -> Vec<String> {
        let flags = text.trim().split_once('=').map_or("", |(_, flags)| flags);
        flags.trim_matches('"').split_whitespace().map(str::to_owned).collect()
    };
    let differences = of_flags(&words(found), &words(wanted));
    if differences.is_empty() && found != wanted { vec!["its text differs".to_owned()] } else { differences }
}

fn pod(text: &str) -> Option<Value> {
    let mut pod = go_form::pod(yaml::from_str(text).ok()?).ok()?;
    let containers = pod.pointer_mut("/spec/containers").and_then(Value::as_array_mut)?;
    for container in containers.iter_mut() {
        if let Some(variables) = container.get_mut("env").and_then(Value::as_array_mut) {
            variables.sort_by_key(|variable| label(variable, 0));
        }
    }
    pod.pointer(COMMAND).is_some().then_some(pod)
}

/// The flags, taken out of the pod.
fn flags(pod: &mut Value) -> Vec<String> {
    let taken = pod.pointer_mut(COMMAND).map(Value::take).unwrap_or_default();
    let words = taken.as_array().into_iter().flatten().skip(1);
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn of_flags(found: &[String], wanted: &[String]) -> Vec<String> {
    let (found, wanted) = (by_name(found), by_name(wanted));
    let names: BTreeSet<&str> = found.keys().chain(wanted.keys()).copied().collect();
    names.into_iter().filter_map(|name| change(name, found.get(name), wanted.get(name))).collect()
}

/// A flag that is given several times has all its values.
fn by_name(words: &[String]) -> BTreeMap<&str, String> {
    let mut flags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, "true"));
        flags.entry(name).or_default().push(value);
    }
    flags.into_iter().map(|(name, values)| (name, values.join(","))).collect()
}

fn change(name: &str, found: Option<&String>, wanted: Option<&String>) -> Option<String> {
    match (found, wanted) {
        (Some(found), Some(wanted)) if found == wanted => None,
        (Some(found), Some(wanted)) => Some(format!("{name} is {found} and would be {wanted}")),
        (Some(found), None) => Some(format!("{name} is {found} and would not be there")),
        (None, Some(wanted)) => Some(format!("{name} is not there and would be {wanted}")),
        (None, None) => None,
    }
}

fn walk(path: &str, found: &Value, wanted: &Value, differences: &mut Vec<String>) {
    match (found, wanted) {
        (found, wanted) if found == wanted => {}
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned();
                walk(&inner, &of(left).unwrap_or_default(), &of(right).unwrap_or_default(), differences);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                walk(&format!("{path}[{}]", label(left, index)), left, right, differences);
            }
        }
        (found, wanted) => differences.push(leaf(path, found, wanted)),
    }
}

fn leaf(path: &str, found: &Value, wanted: &Value) -> String {
    let is_closed = CLOSED.iter().any(|name| path.split(['.', '[']).any(|step| step == *name));
    let whole = is_closed || [found, wanted].iter().any(|value| value.is_array() || value.is_object());
    let said = if whole { None } else { change(path, text(found).as_ref(), text(wanted).as_ref()) };
    said.unwrap_or_else(|| format!("{path} differs"))
}

/// Of a value that has no parts.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// An entry's name, or its place.
fn label(entry: &Value, index: usize) -> String {
    entry.get("name").and_then(Value::as_str).map_or_else(|| index.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: etcd, creationTimestamp: null}
spec:
  containers:
  - name: etcd
    image: r/etcd:1
    command: [etcd, --name=a, --data-dir=/d]
    env: [{name: B, value: 'http://u:hunter2@p'}, {name: A, value: x}]
";

    #[test]
    fn what_means_the_same_differs_in_nothing() {
        let other = POD
            .replace(", creationTimestamp: null", "")
            .replace("--name=a, --data-dir=/d", "--data-dir=/d, --name=a")
            .replace(
                "{name: B, value: 'http://u:hunter2@p'}, {name: A, value: x}",
                "{name: A, value: x}, {name: B, value: 'http://u:hunter2@p'}",
            )
            + "status: {}\n";
        assert!(of_pods(POD, &other).is_empty(), "{:?}", of_pods(POD, &other));
    }

    #[test]
    fn flags_and_fields_are_named_with_both_values() {
        let other = POD
            .replace("--name=a", "--name=b, --quota=1")
            .replace("etcd:1", "etcd:2")
            .replace(", --data-dir=/d", "");
        let wanted = [
            "--data-dir is /d and would not be there",
            "--name is a and would be b",
            "--quota is not there and would be 1",
            "spec.containers[etcd].image is r/etcd:1 and would be r/etcd:2",
        ];
        assert_eq!(of_pods(POD, &other), wanted);
    }

    #[test]
    fn a_proxy_s_password_is_not_said() {
        let said = of_pods(POD, &POD.replace("hunter2", "hunter3"));
        assert_eq!(said, ["spec.containers[etcd].env[B].value differs"]);
    }

    #[test]
    fn what_is_no_static_pod_is_said_to_be_none() {
        for text in ["", "a: [", "kind: Pod", "x"] {
            assert_eq!(of_pods(text, POD), ["it is no static pod"], "{text}");
        }
    }

    #[test]
    fn the_kubelet_s_settings_are_compared_by_value() {
        assert!(of_documents("a: 1\nb: [x]\n", "{b: ['x'], a: 1}").is_empty());
        assert_eq!(of_documents("a: 1\n", "a: 2\nb: [x]\n"), ["a is 1 and would be 2", "b differs"]);
        let flags = |text: &str| format!("KUBELET_KUBEADM_ARGS=\"{text}\"\n");
        assert!(of_kubelet_flags(&flags("--v=1"), &flags("--v=1")).is_empty());
        assert_eq!(of_kubelet_flags(&flags(""), &flags("--v=1")), ["--v is not there and would be 1"]);
        assert_eq!(of_kubelet_flags("", &flags("")), ["its text differs"]);
    }
}
