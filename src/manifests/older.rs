//! A static pod in the templates' form, which is the newest → the form that its minor gives it.

use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Pod};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::probes::http_actions;
use super::static_pod::{StaticPod, container, pod_spec};
use crate::versions::{PodRules, ProbePort, SchedulerHealth};

pub(super) fn adapt(pod: &mut Pod, kind: StaticPod, rules: &PodRules) {
    let container = container(pod_spec(pod));
    match (kind, rules.scheduler_health) {
        (StaticPod::Scheduler, SchedulerHealth::Healthz) => ask_healthz(container),
        (StaticPod::Scheduler, SchedulerHealth::LivezAndReadyz)
        | (StaticPod::Etcd | StaticPod::ApiServer | StaticPod::ControllerManager, _) => {}
    }
    match rules.probe_port {
        ProbePort::Name => {}
        ProbePort::Number => number_ports(container),
    }
}

fn ask_healthz(container: &mut Container) {
    container.readiness_probe = None;
    for action in http_actions(container) {
        action.path = Some("/healthz".to_owned());
    }
}

/// Each probe gets the number of the port that it names, and the list of names goes.
pub(super) fn number_ports(container: &mut Container) {
    let ports = container.ports.take().unwrap_or_default();
    let number = |action: &HTTPGetAction| match &action.port {
        IntOrString::String(name) => ports.iter().find(|port| port.name.as_ref() == Some(name)),
        IntOrString::Int(_) => None,
    };
    for action in http_actions(container) {
        if let Some(port) = number(action) {
            action.port = IntOrString::Int(port.container_port);
        }
    }
}
