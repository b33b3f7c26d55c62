//! Kubernetes 1.34: what has changed since 1.33.

use super::{Images, Minor, PreflightRules, gates, v1_33};

pub const MINOR: Minor = Minor {
    number: 34,
    stable: "1.34.4",
    images: Images { etcd: "3.6.5-0", coredns: "v1.12.1", pause: "3.10.1" },
    feature_gates: &[
        gates::on("ControlPlaneKubeletLocalMode"),
        gates::on("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::locked("WaitForAllControlPlaneComponents"),
    ],
    preflight: PreflightRules { oldest_kubelet: "1.31.0", ..v1_33::MINOR.preflight },
    ..v1_33::MINOR
};
