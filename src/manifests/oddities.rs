//! A patched static pod → what of it a kubelet takes, but hardly anybody means.

use k8s_openapi::api::core::v1::{Container, Pod, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

const NAMESPACE: &str = "kube-system";

/// Of the static pod `name`, whose container has the same name. `after` is its document behind all patches.
pub fn of(name: &str, after: &Value) -> Vec<String> {
    let Ok(pod) = serde_json::from_value::<Pod>(after.clone()) else { return Vec::new() };
    let mut said = Vec::new();
    let back = serde_json::to_value(&pod).unwrap_or_default();
    lost("", after, &back, &mut said);
    let metadata = &pod.metadata;
    for (field, found, wanted) in [
        ("name", metadata.name.as_deref().unwrap_or_default(), name),
        ("namespace", metadata.namespace.as_deref().unwrap_or("default"), NAMESPACE),
    ] {
        if found != wanted {
            said.push(format!("metadata.{field} is {found}, and what looks for it goes by {wanted}"));
        }
    }
    let Some(spec) = &pod.spec else { return said };
    if !spec.containers.iter().any(|container| container.name == name) {
        said.push(format!("spec.containers has none that is called {name}"));
    }
    if let Some(policy) = spec.restart_policy.as_deref().filter(|policy| !matches!(*policy, "" | "Always")) {
        said.push(format!("spec.restartPolicy is {policy}, so nobody starts it again when it ends"));
    }
    if spec.host_network != Some(true) {
        said.push("spec.hostNetwork is off, so it is not to be reached at this host's addresses".to_owned());
    }
    spec.containers.iter().for_each(|container| of_container(container, &mut said));
    said
}

/// What is in the document, and not in what it is read as.
fn lost(path: &str, given: &Value, read: &Value, said: &mut Vec<String>) {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match read.get(name) {
                    Some(read) => lost(&inner, value, read, said),
                    None => said.push(format!("{inner} is left out: a Pod has no such field")),
                }
            }
        }
        (Value::Array(given), Value::Array(read)) => {
            for (index, (given, read)) in given.iter().zip(read).enumerate() {
                lost(&format!("{path}[{index}]"), given, read, said);
            }
        }
        _ => {}
    }
}

fn of_container(container: &Container, said: &mut Vec<String>) {
    let path = format!("spec.containers[{}]", container.name);
    let mut seen: Vec<&str> = Vec::new();
    for variable in container.env.iter().flatten() {
        if seen.contains(&variable.name.as_str()) {
            said.push(format!("{path}.env has {} twice; the last one counts", variable.name));
        }
        seen.push(&variable.name);
        let source = variable.value_from.as_ref();
        if source.is_some_and(|source| source.config_map_key_ref.is_some() || source.secret_key_ref.is_some())
        {
            said.push(format!(
                "{path}.env takes {} from the cluster, which newer kubelets refuse of static pods",
                variable.name
            ));
        }
    }
    for (name, probe) in [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ] {
        let port = probe.as_ref().and_then(named_port);
        let is_there =
            |port: &str| container.ports.iter().flatten().any(|known| known.name.as_deref() == Some(port));
        if let Some(port) = port.filter(|port| !is_there(port)) {
            said.push(format!("{path}.{name} asks at the port {port}, which the container does not have"));
        }
    }
}

fn named_port(probe: &Probe) -> Option<&str> {
    let http = probe.http_get.as_ref().map(|action| &action.port);
    match http.or(probe.tcp_socket.as_ref().map(|action| &action.port)) {
        Some(IntOrString::String(name)) => Some(name),
        Some(IntOrString::Int(_)) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_hardly_meant_is_told_by_its_field() {
        let after = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": "apiserver", "namespace": "default", "labels": { "any": "x" } },
            "spec": {
                "hostNetwrk": true, "restartPolicy": "Never",
                "containers": [{
                    "name": "x", "image": "i", "env": [{ "name": "A" }, { "name": "A" }],
                    "livenessProbe": { "httpGet": { "port": "probe-port" } },
                    "resources": { "requests": { "cpu": 1 } },
                }],
            },
        });
        let wanted = [
            "spec.hostNetwrk is left out: a Pod has no such field",
            "metadata.name is apiserver, and what looks for it goes by kube-apiserver",
            "metadata.namespace is default, and what looks for it goes by kube-system",
            "spec.containers has none that is called kube-apiserver",
            "spec.restartPolicy is Never, so nobody starts it again when it ends",
            "spec.hostNetwork is off, so it is not to be reached at this host's addresses",
            "spec.containers[x].env has A twice; the last one counts",
            "spec.containers[x].livenessProbe asks at the port probe-port, which the container does not have",
        ];
        assert_eq!(of("kube-apiserver", &after), wanted);
    }
}
