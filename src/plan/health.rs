//! The health endpoints of the kubelet and the control plane, read from what they were told to listen on.

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::{HealthEndpoint, Probe, Wait};
use crate::config::{ClusterSpec, ControlPlane, NodeSpec};
use crate::manifests::static_pod::StaticPod;
use crate::versions::SchedulerHealth;

/// The kubelet's healthz, as its configuration has it; nothing where it is turned off by port 0.
pub fn kubelet(node: &NodeSpec, document: &Value) -> Option<Wait> {
    let port = document["healthzPort"].as_u64().filter(|port| *port != 0)?;
    let host = document["healthzBindAddress"].as_str().unwrap_or("127.0.0.1");
    let url = format!("http://{}/healthz", host_port(host, &port.to_string()));
    let probe =
        Probe { component: HealthEndpoint::Kubelet, url, as_administrator: false, is_replaced: false };
    Some(Wait { on: vec![probe], timeout: node.timeouts.kubelet_health_check })
}

/// The API server's livez, the controller manager's healthz and the scheduler's livez or healthz, as their pods are
/// called. The manifests of those that are `replaced` take the place of others.
pub fn control_plane(spec: ControlPlane<'_>, pods: &[(StaticPod, Pod)], replaced: &[StaticPod]) -> Wait {
    let probe = |(kind, pod): &(StaticPod, Pod)| {
        let probe = probe(spec, *kind, pod)?;
        Some(Probe { is_replaced: replaced.contains(kind), ..probe })
    };
    let on = pods.iter().filter_map(probe).collect();
    Wait { on, timeout: spec.node.timeouts.control_plane_component_health_check }
}

/// Of one of them that gets another manifest, this one, and of etcd too: as long as an upgrade waits for it.
pub fn replaced(spec: ControlPlane<'_>, kind: StaticPod, pod: &Pod) -> Wait {
    let probe = if kind == StaticPod::Etcd { Some(etcd(pod)) } else { probe(spec, kind, pod) };
    let on = probe.map(|probe| Probe { is_replaced: true, ..probe }).into_iter().collect();
    Wait { on, timeout: spec.node.timeouts.upgrade_manifests }
}

/// Healthy is a member that has a leader and takes writes.
fn etcd(pod: &Pod) -> Probe {
    let urls = flag(pod, "listen-metrics-urls").unwrap_or("http://127.0.0.1:2381");
    let first = urls.split(',').next().unwrap_or(urls);
    let component = HealthEndpoint::Pod(StaticPod::Etcd);
    Probe { component, url: format!("{first}/health"), as_administrator: false, is_replaced: false }
}

fn probe(spec: ControlPlane<'_>, kind: StaticPod, pod: &Pod) -> Option<Probe> {
    let advertised = spec.endpoint.advertise_address.to_string();
    let (address_flag, address, port, path) = match kind {
        StaticPod::Etcd => return None,
        StaticPod::ApiServer => ("advertise-address", advertised.as_str(), "6443", "livez"),
        StaticPod::ControllerManager => ("bind-address", "127.0.0.1", "10257", "healthz"),
        StaticPod::Scheduler => ("bind-address", "127.0.0.1", "10259", scheduler_path(spec.cluster)),
    };
    let host = flag(pod, address_flag).unwrap_or(address);
    let port = flag(pod, "secure-port").unwrap_or(port);
    let url = format!("https://{}/{path}", host_port(host, port));
    let as_administrator = kind == StaticPod::ApiServer;
    Some(Probe { component: HealthEndpoint::Pod(kind), url, as_administrator, is_replaced: false })
}

fn scheduler_path(cluster: &ClusterSpec) -> &'static str {
    match cluster.minor.pods.scheduler_health {
        SchedulerHealth::Healthz => "healthz",
        SchedulerHealth::LivezAndReadyz => "livez",
    }
}

/// The last `--name=value` of the pod's command.
pub(super) fn flag<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    let container = pod.spec.as_ref()?.containers.first()?;
    let words = container.command.iter().flatten().chain(container.args.iter().flatten());
    words.rev().find_map(|word| word.trim().strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

fn host_port(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::manifests::static_pod::{PodInputs, static_pod, static_pods};
    use serde_json::json;

    fn urls(spec: ControlPlane<'_>) -> Vec<String> {
        let pods: Vec<_> = static_pods(spec.spec())
            .into_iter()
            .map(|kind| (kind, static_pod(kind, spec.spec(), &PodInputs::default()).unwrap()))
            .collect();
        control_plane(spec, &pods, &[]).on.into_iter().map(|probe| probe.url).collect()
    }

    #[test]
    fn each_component_is_asked_where_it_listens() {
        let expected = [
            "https://192.168.0.10:6443/livez",
            "https://127.0.0.1:10257/healthz",
            "https://127.0.0.1:10259/livez",
        ];
        assert_eq!(urls(fixture::config().control_plane()), expected);
    }

    #[test]
    fn the_user_s_own_addresses_and_ports_count() {
        let mut config = fixture::config();
        let arg = |name: &str, value: &str| crate::config::Arg { name: name.into(), value: value.into() };
        config.cluster.scheduler.extra_args = vec![arg("bind-address", "::1"), arg("secure-port", "20259")];
        assert_eq!(urls(config.control_plane())[2], "https://[::1]:20259/livez");
    }

    #[test]
    fn a_kubelet_without_healthz_is_not_waited_for() {
        let config = fixture::config();
        assert_eq!(kubelet(&config.node, &json!({ "healthzPort": 0 })), None);
        let wait = kubelet(&config.node, &json!({ "healthzPort": 10248, "healthzBindAddress": "127.0.0.1" }))
            .unwrap();
        assert_eq!(wait.on[0].url, "http://127.0.0.1:10248/healthz");
    }
}
