//! The output of kubeadm's dry run → the objects that it would send to the API server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Each object that an action CREATE or UPDATE comes with, and the node as mark-control-plane would leave it.
pub fn printed(stdout: &str) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    let actions = stdout.split("[dryrun] Would perform action ").skip(1);
    for action in actions.filter(|text| text.starts_with("CREATE") || text.starts_with("UPDATE")) {
        let attached = action.split_once("[dryrun] Attached object:\n").expect("an object to send").1;
        let object = crate::kubeadms::yaml::document(&until_bracket(attached));
        objects.insert(name(&object), object);
    }
    objects.extend(marked_node(stdout).map(|node| (name(&node), node)));
    if let Some((node, annotations)) = annotated_node(stdout) {
        let plain = || json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}});
        let object = objects.entry(format!("node/_cluster/{node}")).or_insert_with(plain);
        object["metadata"]["annotations"] = annotations;
    }
    objects
}

/// The node's name, and what it is annotated with; from 1.32 on a dry run does not show its patches.
fn annotated_node(stdout: &str) -> Option<(&str, Value)> {
    let patches = stdout.split("[dryrun] Would perform action PATCH on resource \"nodes\"").skip(1);
    let patches = patches.filter_map(|text| {
        let (_, text) = text.split_once("[dryrun] Resource name: \"")?;
        let (name, text) = text.split_once('"')?;
        let (_, text) = text.split_once("[dryrun] Attached patch:\n")?;
        let patch: Value = serde_json::from_str(text.lines().next()?.trim()).ok()?;
        Some((name, patch["metadata"]["annotations"].clone()))
    });
    patches.into_iter().find(|(_, annotations)| annotations.is_object())
}

/// YAML of Go's never begins a line with a bracket or a sentence; kubeadm's own lines do.
fn until_bracket(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with('[') && !line.starts_with("Your "));
    // Before 1.32 a tab stands before each line.
    let lines = lines.map(|line| line.strip_prefix('\t').unwrap_or(line));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

fn name(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap().to_lowercase();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("_cluster");
    format!("{kind}/{namespace}/{}", object["metadata"]["name"].as_str().unwrap())
}

/// The dry run does not show its patch of the node, only says in words what it adds.
fn marked_node(stdout: &str) -> Option<Value> {
    let lines: Vec<&str> = stdout
        .lines()
        .filter_map(|line| line.strip_prefix("[mark-control-plane] Marking the node "))
        .collect();
    let (name, labels) =
        lines.iter().find_map(|line| line.split_once(" as control-plane by adding the labels: "))?;
    let labels: BTreeMap<&str, &str> = listed(labels).map(|label| (label, "")).collect();
    let taints = lines.iter().find_map(|line| line.split_once(" as control-plane by adding the taints "));
    let taints: Vec<Value> = taints.map(|(_, text)| listed(text).map(taint).collect()).unwrap_or_default();
    let mut node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}});
    if !taints.is_empty() {
        node["spec"] = json!({"taints": taints});
    }
    Some(node)
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('[').trim_end_matches(']').split(' ').filter(|word| !word.is_empty())
}

/// `key=value:Effect` or `key:Effect`.
fn taint(text: &str) -> Value {
    let (rest, effect) = text.rsplit_once(':').unwrap();
    match rest.split_once('=') {
        Some((key, value)) => json!({"key": key, "value": value, "effect": effect}),
        None => json!({"key": rest, "effect": effect}),
    }
}

#[test]
fn objects_and_the_marked_node_are_read_from_what_kubeadm_prints() {
    let text = "[dryrun] Would perform action GET on resource \"x\"\n[dryrun] Attached object:\nkind: No\n\n\
        [mark-control-plane] Marking the node n as control-plane by adding the labels: [a b]\n\
        [mark-control-plane] Marking the node n as control-plane by adding the taints [c=d:NoExecute e:NoSchedule]\n\
        [dryrun] Would perform action CREATE on resource \"configmaps\" in API group \"core/v1\"\n\
        [dryrun] Attached object:\nkind: ConfigMap\nmetadata:\n  name: a:b\ndata:\n  k: |\n    x\n\n    y\n\n[next]\n";
    let objects = printed(text);
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["configmap/_cluster/a:b", "node/_cluster/n"]);
    assert_eq!(objects["configmap/_cluster/a:b"]["data"]["k"], "x\n\ny\n");
    let node = &objects["node/_cluster/n"];
    assert_eq!(node["metadata"]["labels"], json!({"a": "", "b": ""}));
    assert_eq!(
        node["spec"]["taints"],
        json!([{"key": "c", "value": "d", "effect": "NoExecute"}, {"key": "e", "effect": "NoSchedule"}])
    );
}
