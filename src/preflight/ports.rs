//! Checks that the ports which the control plane listens on are free.

use super::{Finding, subjects};
use crate::config::Spec;
use crate::facts::{Facts, PortHolder, PortQuestion, PortState};
use crate::manifests::static_pod::StaticPod;

/// Port: those of API server, controller manager and scheduler are free.
pub fn control_plane(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    judge(&subjects::ports_before_runtime(spec), facts)
}

/// Port: the kubelet's is free.
pub fn kubelet(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    judge(&[subjects::kubelet_port()], facts)
}

/// Port: those of an etcd of this host are free.
pub fn etcd(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    judge(&subjects::etcd_ports(spec), facts)
}

/// Of all that [`control_plane`] looks at.
pub fn control_plane_ids(spec: Spec<'_>) -> Vec<String> {
    subjects::ports_before_runtime(spec).iter().map(id).collect()
}

/// Of all that [`kubelet`] looks at.
pub fn kubelet_ids(_: Spec<'_>) -> Vec<String> {
    vec![id(&subjects::kubelet_port())]
}

/// Of all that [`etcd`] looks at.
pub fn etcd_ids(spec: Spec<'_>) -> Vec<String> {
    subjects::etcd_ports(spec).iter().map(id).collect()
}

fn id(question: &PortQuestion) -> String {
    format!("Port-{}", question.port)
}

fn judge(ports: &[PortQuestion], facts: &Facts) -> Vec<Finding> {
    ports.iter().filter_map(|question| taken(question, facts.port(question)?)).collect()
}

fn taken(question: &PortQuestion, state: &PortState) -> Option<Finding> {
    let port = question.port;
    let id = id(question);
    match state {
        PortState::Free => None,
        PortState::InUse { holder } => Some(
            Finding::error(id, format!("Port {port} is in use"))
                .seen(holder.as_ref().map_or_else(|| "another socket listens there".to_owned(), describe))
                .fix(release(port, holder.as_ref())),
        ),
        PortState::Unusable { why } => {
            let address = question.address.as_deref().unwrap_or("any address");
            let message = format!("Port {port} cannot be listened on at {address}");
            Some(
                Finding::error(id, message).seen(why.clone()).fix("ip address (shows this host's addresses)"),
            )
        }
    }
}

fn describe(holder: &PortHolder) -> String {
    format!("process {} ({}) listens there", holder.process, holder.name)
}

/// Static pods come back when they are killed, so an earlier control plane is better reset.
fn release(port: u16, holder: Option<&PortHolder>) -> String {
    match holder {
        None => format!("ss -ltnp 'sport = :{port}' (shows who listens there)"),
        Some(PortHolder { name, .. }) if name == "kubelet" => "systemctl stop kubelet.service".to_owned(),
        Some(PortHolder { name, .. }) if StaticPod::of_process(name).is_some() => format!(
            "crictl ps --name {name} (shows the static pod of an earlier cluster; if that is of no more use, kubewright reset)"
        ),
        Some(PortHolder { process, .. }) => format!(
            "systemctl status {process} (shows which unit it belongs to: stop that, or move one of the two to another port)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{facts, ids};
    use super::*;
    use crate::config::fixture::config;

    #[test]
    fn every_port_that_is_taken_is_named() {
        let take_all = |facts: &mut Facts| {
            facts.ports.values_mut().for_each(|state| *state = PortState::InUse { holder: None });
        };
        let wanted = ["error Port-6443", "error Port-10259", "error Port-10257"];
        assert_eq!(ids(control_plane, config().spec(), take_all), wanted);
        assert_eq!(ids(kubelet, config().spec(), take_all), ["error Port-10250"]);
        assert_eq!(ids(etcd, config().spec(), take_all), ["error Port-2379", "error Port-2380"]);
    }

    #[test]
    fn free_ports_are_no_finding() {
        let all = [control_plane, kubelet, etcd].map(|check| check(config().spec(), &facts()));
        assert!(all.iter().all(Vec::is_empty), "{all:?}");
    }

    #[test]
    fn an_address_that_the_host_lacks_is_a_finding_too() {
        let state = PortState::Unusable { why: "cannot assign requested address".to_owned() };
        let foreign = |facts: &mut Facts| facts.ports.values_mut().for_each(|port| *port = state.clone());
        assert_eq!(ids(kubelet, config().spec(), foreign), ["error Port-10250"]);
    }

    #[test]
    fn the_holder_is_named_with_the_command_that_stops_it() {
        let held = |name: &str| {
            let holder = Some(PortHolder { process: 42, name: name.to_owned() });
            taken(&subjects::kubelet_port(), &PortState::InUse { holder }).unwrap()
        };
        assert_eq!(held("nginx").evidence, "process 42 (nginx) listens there");
        let unknown = held("nginx").fix;
        assert!(unknown.starts_with("systemctl status 42 (shows which unit") && !unknown.contains("kill"));
        assert_eq!(held("kubelet").fix, "systemctl stop kubelet.service");
        assert!(held("kube-apiserver").fix.starts_with("crictl ps --name kube-apiserver"));
    }
}
