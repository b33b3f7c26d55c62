//! kube-controller-manager's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::flags::Value::{Certificate, Of, Optional, Text};
use super::flags::{Flag, certificate, command_line, flag};
use super::static_pod::{
    CaKey, PodInputs, PodNode, Settings, StaticPod, certificates_dir, fill_component, pod_spec,
};
use super::{args, probes, volumes};
use crate::config::{HostPathMount, Spec};

#[rustfmt::skip]
const FLAGS: &[Flag<PodNode>] = &[
    flag("allocate-node-cidrs", Optional(|spec, _| with_pod_subnet(spec, "true"))),
    flag("authentication-kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("authorization-kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("bind-address", Text("127.0.0.1")),
    flag("client-ca-file", Certificate("ca.crt")),
    flag("cluster-cidr", Optional(|spec, _| with_pod_subnet(spec, &spec.cluster.networking.pod_subnet_text))),
    flag("cluster-name", Optional(|spec, _| Some(spec.cluster.cluster_name.clone()).filter(|name| !name.is_empty()))),
    flag("cluster-signing-cert-file", Of(|spec, node| signing(spec, node, "ca.crt"))),
    flag("cluster-signing-key-file", Of(|spec, node| signing(spec, node, "ca.key"))),
    flag("controllers", Text("*,bootstrapsigner,tokencleaner")),
    flag("kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("leader-elect", Text("true")),
    flag("requestheader-client-ca-file", Certificate("front-proxy-ca.crt")),
    flag("root-ca-file", Certificate("ca.crt")),
    flag("service-account-private-key-file", Certificate("sa.key")),
    flag("service-cluster-ip-range", Optional(|spec, _| with_pod_subnet(spec, &spec.cluster.networking.service_subnet_text))),
    flag("use-service-account-credentials", Text("true")),
];

/// Without a range for pods the controller manager gives nodes none.
fn with_pod_subnet(spec: Spec<'_>, value: &str) -> Option<String> {
    (!spec.cluster.networking.pod_subnet_text.is_empty()).then(|| value.to_owned())
}

/// Empty on purpose where the CA is external: the CSR signing controllers stay off instead of looking for a key that is
/// elsewhere.
fn signing(spec: Spec<'_>, node: &PodNode, file: &str) -> String {
    match node.inputs.cluster_ca {
        CaKey::Present => certificate(spec, file),
        CaKey::External => String::new(),
    }
}

pub(super) fn fill(pod: &mut Pod, spec: Spec<'_>, node: &PodNode) {
    let user = &spec.cluster.controller_manager;
    volumes::relocate(pod_spec(pod), "k8s-certs", &certificates_dir(spec));
    let settings = Settings {
        image: spec.cluster.kubernetes_image(StaticPod::ControllerManager.name()),
        arguments: command_line(FLAGS, spec, node, &user.extra_args),
        user,
        mounts: mounts(spec, &node.inputs),
        probe_host: probes::bound_host(&user.extra_args),
    };
    fill_component(pod, &node.inputs, settings);
}

fn mounts(spec: Spec<'_>, inputs: &PodInputs) -> Vec<HostPathMount> {
    let given = args::last(&spec.cluster.controller_manager.extra_args, "flex-volume-plugin-dir");
    let flexvolume = spec.cluster.minor.pods.flexvolume_folder.map(|folder| given.unwrap_or(folder));
    let mut mounts = volumes::host_ca_mounts(spec.cluster.minor, &inputs.host_ca_dirs);
    mounts.extend(flexvolume.map(volumes::flexvolume_mount));
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::flags;
    use crate::versions::facts::Component;

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
        flags::assert_known(FLAGS, Component::ControllerManager);
    }
}
