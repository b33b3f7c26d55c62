//! kube-scheduler's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::flags::Value::Text;
use super::flags::{Flag, command_line, flag};
use super::probes;
use super::static_pod::{PodInputs, Settings, StaticPod, fill_component};
use crate::config::Config;

const FLAGS: &[Flag<PodInputs>] = &[
    flag("authentication-kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("authorization-kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("bind-address", Text("127.0.0.1")),
    flag("kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("leader-elect", Text("true")),
];

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs) {
    let user = &config.cluster.scheduler;
    let settings = Settings {
        image: config.kubernetes_image(StaticPod::Scheduler.name()),
        arguments: command_line(FLAGS, config, inputs, &user.extra_args),
        user,
        mounts: Vec::new(),
        probe_host: probes::bound_host(&user.extra_args),
    };
    fill_component(pod, inputs, settings);
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
