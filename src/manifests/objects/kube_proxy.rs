//! kube-proxy: one pod a node, with the configuration that all of them share.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use serde_json::{Value, json};

use super::BadObject;
use super::grants::{Grant, KUBE_PROXY};
use super::object::{KUBE_SYSTEM, Object, ObjectKind, document};
use super::template::{Patched, parse, set, typed};
use super::upload_config::signed;
use crate::config::{ApiEndpoint, ClusterSpec, ControlPlane};
use crate::manifests::component;
use crate::yaml;

const CONFIG_MAP: &str = include_str!("../../../templates/objects/kube-proxy-config-map.yaml");
const KUBECONFIG: &str = include_str!("../../../templates/objects/kube-proxy-kubeconfig.yaml");
const DAEMON_SET: &str = include_str!("../../../templates/objects/kube-proxy-daemon-set.yaml");

/// The DaemonSet as it is before patches (target `kubeproxydaemonset`, where the minor has it).
pub fn kube_proxy_daemon_set(cluster: &ClusterSpec) -> Value {
    let mut pods = parse(DAEMON_SET);
    set(&mut pods, "/spec/template/spec/containers/0/image", cluster.kubernetes_image("kube-proxy"));
    pods
}

/// The addon's objects. `daemon_set` is [`kube_proxy_daemon_set`] with the user's patches applied; `proxies` are the
/// host's proxy variables, which join its environment. The DaemonSet comes after all that its pods need.
///
/// # Errors
/// [`BadObject::Patched`], where `daemon_set` is no DaemonSet; [`BadObject::Text`], where a value of the user's
/// configuration is none that YAML can hold.
pub fn addon_kube_proxy(
    spec: ControlPlane<'_>,
    proxies: &[(String, String)],
    daemon_set: Value,
) -> Result<Vec<Object>, BadObject> {
    let account = Value::Object(document(ObjectKind::ServiceAccount, Some(KUBE_SYSTEM), "kube-proxy"));
    let mut objects = vec![Object::apply(ObjectKind::ServiceAccount, account)];
    objects.extend(KUBE_PROXY.iter().flat_map(Grant::objects));
    objects.push(config_map(spec)?);
    objects.push(Object::apply(ObjectKind::DaemonSet, with_proxies(daemon_set, proxies)?));
    Ok(objects)
}

fn config_map(spec: ControlPlane<'_>) -> Result<Object, BadObject> {
    let mut kubeconfig = parse(KUBECONFIG);
    set(&mut kubeconfig, "/clusters/0/cluster/server", control_plane_url(spec));
    let mut map = parse(CONFIG_MAP);
    let document = component::kube_proxy(spec).document;
    set(&mut map, "/data/config.conf", text("kube-proxy's configuration", &document)?);
    set(&mut map, "/data/kubeconfig.conf", text("kube-proxy's kubeconfig", &kubeconfig)?);
    Ok(signed(Object::apply(ObjectKind::ConfigMap, map), &spec.cluster.kube_proxy))
}

/// Without a line end at the end, as the reference has both texts.
fn text(what: &'static str, document: &Value) -> Result<String, BadObject> {
    let text = yaml::to_string(document).map_err(|source| BadObject::Text { what, source })?;
    Ok(text.trim_end().to_owned())
}

/// The control plane's shared endpoint, or where there is none this node's.
fn control_plane_url(spec: ControlPlane<'_>) -> String {
    let ApiEndpoint { advertise_address, bind_port } = spec.endpoint;
    let (host, port) = match &spec.cluster.control_plane_endpoint {
        Some(endpoint) => (endpoint.host.clone(), endpoint.port),
        None => (advertise_address.to_string(), bind_port),
    };
    if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") }
}

/// The host's proxies behind what the first container's environment already has, each name once and in order.
fn with_proxies(daemon_set: Value, proxies: &[(String, String)]) -> Result<Value, BadObject> {
    let patched = Patched { kind: "DaemonSet", name: "kube-proxy", target: "kubeproxydaemonset" };
    let mut daemon_set = typed::<DaemonSet>(daemon_set, &patched)?;
    let by_name: BTreeMap<&String, &String> = proxies.iter().map(|(name, value)| (name, value)).collect();
    if let Some(container) = daemon_set.pointer_mut("/spec/template/spec/containers/0")
        && !by_name.is_empty()
    {
        let mut env = container["env"].as_array().cloned().unwrap_or_default();
        env.extend(by_name.iter().map(|(name, value)| json!({ "name": name, "value": value })));
        container["env"] = Value::Array(env);
    }
    Ok(daemon_set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HostPort, fixture};

    fn pods(proxies: &[(&str, &str)]) -> Value {
        let config = fixture::config();
        let proxies: Vec<(String, String)> =
            proxies.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let objects =
            addon_kube_proxy(config.control_plane(), &proxies, kube_proxy_daemon_set(&config.cluster))
                .unwrap();
        objects.last().unwrap().body.redacted()["spec"]["template"]["spec"].clone()
    }

    #[test]
    fn the_host_s_proxies_follow_the_node_s_name_each_once() {
        let pods = pods(&[("no_proxy", "a"), ("HTTP_PROXY", "b"), ("no_proxy", "c")]);
        let env = pods["containers"][0]["env"].as_array().unwrap();
        let names: Vec<&Value> = env.iter().map(|variable| &variable["name"]).collect();
        assert_eq!(names, ["NODE_NAME", "HTTP_PROXY", "no_proxy"]);
        assert_eq!(env[2]["value"], "c");
    }

    #[test]
    fn the_server_is_the_shared_endpoint_or_this_node() {
        let mut config = fixture::config();
        assert_eq!(control_plane_url(config.control_plane()), "https://192.168.0.10:6443");
        config.advertise("fd00::10");
        assert_eq!(control_plane_url(config.control_plane()), "https://[fd00::10]:6443");
        config.cluster.control_plane_endpoint = Some(HostPort { host: "api.example".to_owned(), port: 443 });
        assert_eq!(control_plane_url(config.control_plane()), "https://api.example:443");
    }
}
