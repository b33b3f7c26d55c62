//! A container: its name, image, ports, variables and mounts.

use k8s_openapi::api::core::v1::{Container, ContainerPort, EnvVarSource, PodSpec};

use super::names::{goes_upwards, is_label, is_port_name, is_variable};
use super::{Faults, Rule, probe, resources};

/// Where a container stands in its pod.
pub struct ContainerPath<'a> {
    /// As in `spec.containers[etcd]`.
    pub path: String,
    /// The container that the pod has in any case.
    pub own: &'a str,
}

impl ContainerPath<'_> {
    /// The path of a field in it.
    pub fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }
}

/// Notes what the kubelet, or the API server, would refuse in a container.
pub fn judge(place: &ContainerPath<'_>, container: &Container, spec: &PodSpec, faults: &mut Faults) {
    match container.name.as_str() {
        "" => faults.add(&place.field("name"), Rule::Missing),
        name if !is_label(name) => {
            faults.add(&place.field("name"), Rule::NotALabel { value: name.to_owned() });
        }
        _ => {}
    }
    if container.image.as_deref().is_none_or(|image| image.trim().is_empty()) {
        let own = (container.name != place.own).then(|| place.own.to_owned());
        faults.add(&place.field("image"), Rule::NoImage { container: container.name.clone(), own });
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    faults.add_unless_known(&place.field("imagePullPolicy"), container.image_pull_policy.as_ref(), &policies);
    let messages = ["File", "FallbackToLogsOnError"];
    faults.add_unless_known(
        &place.field("terminationMessagePolicy"),
        container.termination_message_policy.as_ref(),
        &messages,
    );
    ports(place, container, spec.host_network == Some(true), faults);
    variables(place, container, faults);
    mounts(place, container, spec, faults);
    probe::judge(place, container, faults);
    if let Some(given) = &container.resources {
        resources::judge(place, given, faults);
    }
}

fn ports(place: &ContainerPath<'_>, container: &Container, on_host: bool, faults: &mut Faults) {
    let ports = || container.ports.iter().flatten();
    for (index, port) in ports().enumerate() {
        let field = |name: &str| place.field(&format!("ports[{index}].{name}"));
        if !is_port(port.container_port) {
            faults.add(&field("containerPort"), Rule::NotAPort { value: port.container_port.into() });
        }
        if let Some(given) = port.host_port.filter(|port| *port != 0) {
            if !is_port(given) {
                faults.add(&field("hostPort"), Rule::NotAPort { value: given.into() });
            } else if on_host && given != port.container_port {
                faults.add(&field("hostPort"), Rule::OtherHostPort { wanted: port.container_port });
            }
        }
        if let Some(value) = port.name.clone().filter(|name| !name.is_empty() && !is_port_name(name)) {
            faults.add(&field("name"), Rule::NotAPortName { value });
        }
        faults.add_unless_known(&field("protocol"), port.protocol.as_ref(), &["TCP", "UDP", "SCTP"]);
    }
    let names = ports().filter_map(|port| port.name.as_deref()).filter(|name| !name.is_empty());
    faults.add_repeated(&place.field("ports"), names);
    let numbers: Vec<String> = ports().filter_map(|port| host_port(port, on_host)).collect();
    faults.add_repeated(&place.field("ports"), numbers.iter().map(String::as_str));
}

/// On the host's network each port is the host's own.
fn host_port(port: &ContainerPort, on_host: bool) -> Option<String> {
    let own = on_host.then_some(port.container_port);
    let number = port.host_port.filter(|port| *port != 0).or(own)?;
    let address = port.host_ip.as_deref().unwrap_or_default();
    let protocol = port.protocol.as_deref().filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
    Some(if address.is_empty() {
        format!("{number}/{protocol}")
    } else {
        format!("{address} {number}/{protocol}")
    })
}

/// Whether a number is one of TCP's and UDP's ports.
pub fn is_port(number: i32) -> bool {
    (1..=65535).contains(&number)
}

fn variables(place: &ContainerPath<'_>, container: &Container, faults: &mut Faults) {
    for (index, variable) in container.env.iter().flatten().enumerate() {
        let field = |name: &str| place.field(&format!("env[{index}].{name}"));
        match variable.name.as_str() {
            "" => faults.add(&field("name"), Rule::Missing),
            name if !is_variable(name) => {
                faults.add(&field("name"), Rule::NotAVariable { value: name.to_owned() });
            }
            _ => {}
        }
        let Some(source) = &variable.value_from else { continue };
        if variable.value.as_deref().is_some_and(|value| !value.is_empty()) {
            faults.add(&field("valueFrom"), Rule::Forbidden);
        }
        let count = sources(source);
        if count != 1 {
            let known = "configMapKeyRef, fieldRef, fileKeyRef, resourceFieldRef and secretKeyRef";
            faults.add(&field("valueFrom"), Rule::NotOne { known, count });
        }
    }
}

fn sources(source: &EnvVarSource) -> usize {
    let given = [
        source.config_map_key_ref.is_some(),
        source.field_ref.is_some(),
        source.file_key_ref.is_some(),
        source.resource_field_ref.is_some(),
        source.secret_key_ref.is_some(),
    ];
    given.into_iter().filter(|given| *given).count()
}

fn mounts(place: &ContainerPath<'_>, container: &Container, spec: &PodSpec, faults: &mut Faults) {
    let all = container.volume_mounts.as_deref().unwrap_or_default();
    for (index, mount) in all.iter().enumerate() {
        let field = |name: &str| place.field(&format!("volumeMounts[{index}].{name}"));
        if !spec.volumes.iter().flatten().any(|volume| volume.name == mount.name) {
            faults.add(&field("name"), Rule::NoVolume { volume: mount.name.clone() });
        }
        if mount.mount_path.is_empty() {
            faults.add(&field("mountPath"), Rule::Missing);
        }
        if let Some(first) = all[..index].iter().find(|first| first.mount_path == mount.mount_path) {
            let (path, first, second) = (mount.mount_path.clone(), first.name.clone(), mount.name.clone());
            faults.add(&field("mountPath"), Rule::MountPathTwice { path, first, second });
        }
        if let Some(value) = mount.sub_path.clone().filter(|path| goes_upwards(path) || path.starts_with('/'))
        {
            faults.add(&field("subPath"), Rule::Upwards { value });
        }
    }
}
