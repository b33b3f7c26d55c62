//! A container's probes.

use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::container::{ContainerPath, is_port};
use super::names::is_port_name;
use super::{Faults, Rule};

/// Whether a single success has to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Liveness,
    Readiness,
    Startup,
}

/// Notes what is wrong with a container's probes.
pub fn judge(place: &ContainerPath<'_>, container: &Container, faults: &mut Faults) {
    for (name, probe, kind) in [
        ("livenessProbe", &container.liveness_probe, Kind::Liveness),
        ("readinessProbe", &container.readiness_probe, Kind::Readiness),
        ("startupProbe", &container.startup_probe, Kind::Startup),
    ] {
        if let Some(probe) = probe {
            of_probe(&place.field(name), probe, kind, faults);
        }
    }
}

fn of_probe(path: &str, probe: &Probe, kind: Kind, faults: &mut Faults) {
    let field = |name: &str| format!("{path}.{name}");
    let given =
        [probe.exec.is_some(), probe.grpc.is_some(), probe.http_get.is_some(), probe.tcp_socket.is_some()];
    let count = given.into_iter().filter(|given| *given).count();
    if count != 1 {
        faults.add(path, Rule::NotOne { known: "exec, grpc, httpGet and tcpSocket", count });
    }
    for (name, number) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        if let Some(value) = number.filter(|number| *number < 0) {
            faults.add(&field(name), Rule::Negative { value: value.into() });
        }
    }
    if kind != Kind::Readiness && probe.success_threshold.is_some_and(|number| number > 1) {
        faults.add(&field("successThreshold"), Rule::MustBeOne);
    }
    match probe.termination_grace_period_seconds {
        Some(_) if kind == Kind::Readiness => {
            faults.add(&field("terminationGracePeriodSeconds"), Rule::Forbidden);
        }
        Some(value) if value <= 0 => {
            faults.add(&field("terminationGracePeriodSeconds"), Rule::MustBePositive);
        }
        Some(_) | None => {}
    }
    if let Some(action) = &probe.http_get {
        port(&field("httpGet.port"), &action.port, faults);
        faults.add_unless_known(&field("httpGet.scheme"), action.scheme.as_ref(), &["HTTP", "HTTPS"]);
    }
    if let Some(action) = &probe.tcp_socket {
        port(&field("tcpSocket.port"), &action.port, faults);
    }
    if let Some(action) = probe.grpc.as_ref().filter(|action| !is_port(action.port)) {
        faults.add(&field("grpc.port"), Rule::NotAPort { value: action.port.into() });
    }
}

fn port(field: &str, port: &IntOrString, faults: &mut Faults) {
    match port {
        IntOrString::Int(number) if !is_port(*number) => {
            faults.add(field, Rule::NotAPort { value: (*number).into() });
        }
        IntOrString::String(name) if !is_port_name(name) => {
            faults.add(field, Rule::NotAPortName { value: name.clone() });
        }
        IntOrString::Int(_) | IntOrString::String(_) => {}
    }
}
