//! Rules, each broken once.

use serde_json::{Value, json};

use super::*;

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "p", "namespace": "kube-system" },
        "spec": {
            "hostNetwork": true,
            "containers": [{
                "name": "c", "image": "i",
                "ports": [{ "containerPort": 6443, "name": "probe-port", "protocol": "TCP" }],
                "env": [{ "name": "A", "value": "b" }],
                "livenessProbe": { "httpGet": { "port": "probe-port", "scheme": "HTTPS" } },
                "volumeMounts": [{ "name": "v", "mountPath": "/v" }],
                "resources": { "requests": { "cpu": "100m" }, "limits": { "cpu": "1" } },
            }],
            "volumes": [{ "name": "v", "hostPath": { "path": "/v", "type": "Directory" } }],
        },
    })
}

/// What is said of the pod with one field set.
fn said(pointer: &str, value: Value) -> Vec<String> {
    let mut changed = pod();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Array(items) => items.push(value),
        other => other[name] = value,
    }
    let pod: Pod = serde_json::from_value(changed).unwrap();
    faults_of_pod(&pod, "c").iter().map(ToString::to_string).collect()
}

const CONTAINER: &str = "/spec/containers/0";

#[test]
fn a_sound_pod_has_no_fault() {
    assert!(said("/spec/restartPolicy", json!("Always")).is_empty());
}

#[test]
#[expect(clippy::too_many_lines, reason = "a row a rule")]
fn each_rule_is_told_with_its_field() {
    let of = |name: &str| format!("{CONTAINER}/{name}");
    for (pointer, value, wanted) in [
        ("/metadata/name".to_owned(), json!(""), "metadata.name: must be given"),
        ("/metadata/name".to_owned(), json!("A_b"), "metadata.name: \"A_b\" is not a name"),
        ("/metadata/namespace".to_owned(), json!("a.b"), "metadata.namespace: \"a.b\" is not a name"),
        ("/spec/containers".to_owned(), json!([]), "spec.containers: no container is left"),
        (
            "/spec/containers/-".to_owned(),
            json!({ "name": "d" }),
            "spec.containers[d].image: the container \"d\" has no image; the container that is always there is called c",
        ),
        (of("image"), json!(""), "spec.containers[c].image: the container \"c\" has no image"),
        (of("name"), json!("C"), "spec.containers[C].name: \"C\" is not a name"),
        (
            "/spec/containers/-".to_owned(),
            json!({ "name": "c", "image": "i" }),
            "spec.containers: \"c\" stands twice",
        ),
        (
            "/spec/restartPolicy".to_owned(),
            json!("Sometimes"),
            "spec.restartPolicy: \"Sometimes\" is not one of",
        ),
        ("/spec/dnsPolicy".to_owned(), json!("None"), "spec.dnsConfig.nameservers: must be given"),
        (
            "/spec/serviceAccountName".to_owned(),
            json!("x"),
            "spec.serviceAccountName: a static pod may not refer",
        ),
        ("/spec/volumes/-".to_owned(), json!({ "name": "v" }), "spec.volumes: \"v\" stands twice"),
        (
            "/spec/volumes/-".to_owned(),
            json!({ "name": "s", "secret": { "secretName": "x" } }),
            "spec.volumes[s].secret: a static pod may not refer to a Secret",
        ),
        (
            "/spec/volumes/-".to_owned(),
            json!({ "name": "s", "hostPath": { "path": "/a/../b" } }),
            "spec.volumes[s].hostPath.path: \"/a/../b\" must not have '..' in it",
        ),
        (
            "/spec/volumes/-".to_owned(),
            json!({ "name": "s", "emptyDir": {}, "hostPath": { "path": "/a" } }),
            "spec.volumes[s]: exactly one of a volume's sources must be given, and there are 2",
        ),
        (
            of("volumeMounts/-"),
            json!({ "name": "w", "mountPath": "/w" }),
            "spec.containers[c].volumeMounts[1].name: there is no volume \"w\"",
        ),
        (
            of("volumeMounts/-"),
            json!({ "name": "v", "mountPath": "/v" }),
            "spec.containers[c].volumeMounts[1].mountPath: \"/v\" is the mountPath of the volumes v and v",
        ),
        (
            of("ports/-"),
            json!({ "containerPort": 70000 }),
            "spec.containers[c].ports[1].containerPort: 70000 is not a port",
        ),
        (
            of("ports/-"),
            json!({ "containerPort": 1, "name": "probe-port" }),
            "spec.containers[c].ports: \"probe-port\" stands twice",
        ),
        (
            of("ports/-"),
            json!({ "containerPort": 6443 }),
            "spec.containers[c].ports: \"6443/TCP\" stands twice",
        ),
        (
            of("ports/-"),
            json!({ "containerPort": 1, "hostPort": 2 }),
            "spec.containers[c].ports[1].hostPort: must be 1, the containerPort",
        ),
        (
            of("ports/-"),
            json!({ "containerPort": 1, "name": "a-name-that-is-too-long" }),
            "spec.containers[c].ports[1].name: \"a-name-that-is-too-long\" is not a name of a port",
        ),
        (of("env/-"), json!({ "name": "a=b" }), "spec.containers[c].env[1].name: \"a=b\" is not the name"),
        (of("imagePullPolicy"), json!("No"), "spec.containers[c].imagePullPolicy: \"No\" is not one of"),
        (
            of("resources/requests/cpu"),
            json!("2"),
            "spec.containers[c].resources.requests.cpu: 2 is more than the limit, 1",
        ),
        (
            of("resources/requests/memory"),
            json!("1 Gi"),
            "spec.containers[c].resources.requests.memory: \"1 Gi\" is not",
        ),
        (
            of("livenessProbe/exec"),
            json!({ "command": ["x"] }),
            "spec.containers[c].livenessProbe: exactly one of",
        ),
        (
            of("livenessProbe/successThreshold"),
            json!(2),
            "spec.containers[c].livenessProbe.successThreshold: must be 1",
        ),
        (
            of("livenessProbe/periodSeconds"),
            json!(-1),
            "spec.containers[c].livenessProbe.periodSeconds: -1 must not be",
        ),
        (
            of("livenessProbe/httpGet/port"),
            json!(0),
            "spec.containers[c].livenessProbe.httpGet.port: 0 is not a port",
        ),
        (
            of("livenessProbe/httpGet/scheme"),
            json!("https"),
            "spec.containers[c].livenessProbe.httpGet.scheme: \"https\"",
        ),
    ] {
        let said = said(&pointer, value.clone());
        assert!(said.len() == 1 && said[0].starts_with(wanted), "{pointer} {value}: {said:?}");
    }
}

#[test]
fn a_workload_of_the_cluster_may_refer_to_its_objects() {
    let spec = json!({
        "serviceAccountName": "x",
        "containers": [{ "name": "c", "image": "i" }],
        "volumes": [{ "name": "s", "configMap": { "name": "x" } }],
    });
    assert!(faults_of_template(&serde_json::from_value(spec).unwrap(), "c").is_empty());
}
