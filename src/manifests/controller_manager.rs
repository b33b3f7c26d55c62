//! kube-controller-manager's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::flags::Value::{Certificate, Of, Optional, Text};
use super::flags::{Flag, certificate, command_line, flag};
use super::static_pod::{CaKey, PodInputs, Settings, StaticPod, certificates_dir, fill_component, spec};
use super::{args, probes, volumes};
use crate::config::{Config, HostPathMount};

#[rustfmt::skip]
const FLAGS: &[Flag<PodInputs>] = &[
    flag("allocate-node-cidrs", Optional(|config, _| with_pod_subnet(config, "true"))),
    flag("authentication-kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("authorization-kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("bind-address", Text("127.0.0.1")),
    flag("client-ca-file", Certificate("ca.crt")),
    flag("cluster-cidr", Optional(|config, _| with_pod_subnet(config, &config.cluster.networking.pod_subnet_text))),
    flag("cluster-name", Optional(|config, _| Some(config.cluster.cluster_name.clone()).filter(|name| !name.is_empty()))),
    flag("cluster-signing-cert-file", Of(|config, pods| signing(config, pods, "ca.crt"))),
    flag("cluster-signing-key-file", Of(|config, pods| signing(config, pods, "ca.key"))),
    flag("controllers", Text("*,bootstrapsigner,tokencleaner")),
    flag("kubeconfig", Text("/etc/kubernetes/controller-manager.conf")),
    flag("leader-elect", Text("true")),
    flag("requestheader-client-ca-file", Certificate("front-proxy-ca.crt")),
    flag("root-ca-file", Certificate("ca.crt")),
    flag("service-account-private-key-file", Certificate("sa.key")),
    flag("service-cluster-ip-range", Optional(|config, _| with_pod_subnet(config, &config.cluster.networking.service_subnet_text))),
    flag("use-service-account-credentials", Text("true")),
];

/// Without a range for pods the controller manager gives nodes none.
fn with_pod_subnet(config: &Config, value: &str) -> Option<String> {
    (!config.cluster.networking.pod_subnet_text.is_empty()).then(|| value.to_owned())
}

/// Empty on purpose where the CA is external: the CSR signing controllers stay off instead of looking for a key that is
/// elsewhere.
fn signing(config: &Config, pods: &PodInputs, file: &str) -> String {
    match pods.cluster_ca {
        CaKey::Present => certificate(config, file),
        CaKey::External => String::new(),
    }
}

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs) {
    let user = &config.cluster.controller_manager;
    volumes::relocate(spec(pod), "k8s-certs", &certificates_dir(config));
    let settings = Settings {
        image: config.kubernetes_image(StaticPod::ControllerManager.name()),
        arguments: command_line(FLAGS, config, inputs, &user.extra_args),
        user,
        mounts: mounts(config, inputs),
        probe_host: probes::bound_host(&user.extra_args),
    };
    fill_component(pod, inputs, settings);
}

fn mounts(config: &Config, inputs: &PodInputs) -> Vec<HostPathMount> {
    let given = args::last(&config.cluster.controller_manager.extra_args, "flex-volume-plugin-dir");
    let flexvolume = config.minor.pods.flexvolume_folder.map(|folder| given.unwrap_or(folder));
    let mut mounts = volumes::host_ca_mounts(config.minor, &inputs.host_ca_dirs);
    mounts.extend(flexvolume.map(volumes::flexvolume_mount));
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::flags;

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
    }
}
