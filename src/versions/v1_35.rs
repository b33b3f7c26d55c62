//! Kubernetes 1.35: what has changed since 1.34.

use super::{Images, Minor, PauseImage, PodRules, PreflightRules, Switch, Switches, gates, v1_34};

pub const MINOR: Minor = Minor {
    number: 35,
    stable: "1.35.4",
    images: Images { etcd: "3.6.6-0", coredns: "v1.13.1", pause: "3.10.1" },
    config_lacks: &[],
    feature_gates: &[
        gates::locked("ControlPlaneKubeletLocalMode"),
        gates::on("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
    ],
    switches: Switches { local_kubelet: Switch::Always, ..v1_34::MINOR.switches },
    later_fields: &[],
    pods: PodRules { pause_image: PauseImage::Runtime, ..v1_34::MINOR.pods },
    preflight: PreflightRules {
        oldest_kubelet: "1.32.0",
        runtime_config_needed_in: Some("1.36"),
        ..v1_34::MINOR.preflight
    },
    ..v1_34::MINOR
};
