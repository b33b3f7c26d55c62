//! kube-scheduler's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::probes;
use super::static_pod::{
    PodInputs, Settings, StaticPod, certificates_dir, fill_component, template_arguments,
};
use crate::config::Config;

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs) {
    let user = &config.cluster.scheduler;
    let defaults = template_arguments(pod, &certificates_dir(config));
    let settings = Settings {
        image: config.kubernetes_image(StaticPod::Scheduler.name()),
        user,
        mounts: Vec::new(),
        probe_host: probes::bound_host(&user.extra_args),
        order: config.release().extra_args,
    };
    fill_component(pod, &defaults, inputs, settings);
}
