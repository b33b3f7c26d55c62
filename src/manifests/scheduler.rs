//! kube-scheduler's static pod.

use k8s_openapi::api::core::v1::Pod;

use super::flags::Value::Text;
use super::flags::{Flag, command_line, flag};
use super::probes;
use super::static_pod::{PodNode, Settings, StaticPod, fill_component};
use crate::config::Spec;

const FLAGS: &[Flag<PodNode>] = &[
    flag("authentication-kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("authorization-kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("bind-address", Text("127.0.0.1")),
    flag("kubeconfig", Text("/etc/kubernetes/scheduler.conf")),
    flag("leader-elect", Text("true")),
];

pub(super) fn fill(pod: &mut Pod, spec: Spec<'_>, node: &PodNode) {
    let user = &spec.cluster.scheduler;
    let settings = Settings {
        image: spec.cluster.kubernetes_image(StaticPod::Scheduler.name()),
        arguments: command_line(FLAGS, spec, node, &user.extra_args),
        user,
        mounts: Vec::new(),
        probe_host: probes::bound_host(&user.extra_args),
    };
    fill_component(pod, &node.inputs, settings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::flags;
    use crate::versions::facts::Component;

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
        flags::assert_known(FLAGS, Component::Scheduler);
    }
}
