//! Kubernetes 1.34: what has changed since 1.33.

use super::{
    EtcdFlags, Images, Kernels, KubeletClient, Minor, PodRules, PreflightRules, ProbePort, Switch, Switches,
    gates, v1_33,
};

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
    switches: Switches { wait_for_all: Switch::Always, ..v1_33::MINOR.switches },
    key_algorithms: &["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"],
    later_fields: &["httpEndpoints"],
    // Not in its stable patch, though 1.33's has it.
    kubelet_client: KubeletClient::Administrator,
    pods: PodRules { probe_port: ProbePort::Name, etcd_flags: EtcdFlags::ByImageTag, ..v1_33::MINOR.pods },
    preflight: PreflightRules {
        oldest_kubelet: "1.31.0",
        kernels: Kernels::LongTerm(&[(5, 4), (5, 10), (5, 15)]),
        ..v1_33::MINOR.preflight
    },
    ..v1_33::MINOR
};
