//! kube-controller-manager's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::args::{self, Defaults};
use super::static_pod::{
    CaKey, PodInputs, Settings, StaticPod, certificates_dir, fill_component, spec, template_arguments,
};
use super::{probes, volumes};
use crate::config::{Config, HostPathMount};

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs) {
    let user = &config.cluster.controller_manager;
    let directory = certificates_dir(config);
    volumes::relocate(spec(pod), "k8s-certs", &directory);
    let mut defaults = template_arguments(pod, &directory);
    set_defaults(&mut defaults, config, inputs.cluster_ca);
    let settings = Settings {
        image: config.kubernetes_image(StaticPod::ControllerManager.name()),
        user,
        mounts: mounts(config, inputs),
        probe_host: probes::bound_host(&user.extra_args),
        order: config.release().extra_args,
    };
    fill_component(pod, &defaults, inputs, settings);
}

fn mounts(config: &Config, inputs: &PodInputs) -> Vec<HostPathMount> {
    let given = args::last(&config.cluster.controller_manager.extra_args, "flex-volume-plugin-dir");
    let flexvolume = config.minor.pods.flexvolume_folder.map(|folder| given.unwrap_or(folder));
    let mut mounts = volumes::host_ca_mounts(config.minor, &inputs.host_ca_dirs);
    mounts.extend(flexvolume.map(volumes::flexvolume_mount));
    mounts
}

fn set_defaults(defaults: &mut Defaults, config: &Config, ca: CaKey) {
    let network = &config.cluster.networking;
    if ca == CaKey::External {
        // Empty on purpose: the CSR signing controllers stay off instead of looking for a key that is elsewhere.
        defaults.set("cluster-signing-cert-file", "");
        defaults.set("cluster-signing-key-file", "");
    }
    if !network.pod_subnet_text.is_empty() {
        defaults.set("allocate-node-cidrs", "true");
        defaults.set("cluster-cidr", &network.pod_subnet_text);
        defaults.set("service-cluster-ip-range", &network.service_subnet_text);
    }
    if !config.cluster.cluster_name.is_empty() {
        defaults.set("cluster-name", &config.cluster.cluster_name);
    }
}
