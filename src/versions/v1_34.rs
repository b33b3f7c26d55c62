//! Kubernetes 1.34: what has changed since 1.33.

use super::{
    ExtraArgs, Images, Kernels, KubeletClient, Minor, PatchRelease, PodRules, PreflightRules, ProbePort,
    Switch, Switches, gates, v1_33,
};

const FIRST: PatchRelease = PatchRelease {
    images: Images { etcd: "3.6.4-0", coredns: "v1.12.1", pause: "3.10.1" },
    min_external_etcd: "3.5.21-0",
    ..v1_33::FIRST
};

/// From 1.34.2 on.
const LATER: PatchRelease = PatchRelease {
    since: 2,
    images: Images { etcd: "3.6.5-0", ..FIRST.images },
    min_external_etcd: "3.5.24-0",
    ..FIRST
};

/// From 1.34.8 on.
const NEWEST: PatchRelease = PatchRelease {
    since: 8,
    extra_args: ExtraArgs::BehindDefaults,
    kubelet_client: KubeletClient::OwnGrant,
    ..LATER
};

/// Kubernetes 1.34, by what has changed since 1.33.
pub const MINOR: Minor = Minor {
    number: 34,
    stable: "1.34.10",
    releases: &[
        FIRST,
        LATER,
        PatchRelease { since: 4, extra_args: ExtraArgs::BehindDefaults, ..LATER },
        NEWEST,
    ],
    feature_gates: &[
        gates::on("ControlPlaneKubeletLocalMode"),
        gates::on("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::locked("WaitForAllControlPlaneComponents"),
    ],
    switches: Switches { wait_for_all: Switch::Always, ..v1_33::MINOR.switches },
    key_algorithms: &["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"],
    pods: PodRules { probe_port: ProbePort::Name, ..v1_33::MINOR.pods },
    preflight: PreflightRules {
        oldest_kubelet: "1.31.0",
        kernels: Kernels::LongTerm(&[(5, 4), (5, 10), (5, 15)]),
        ..v1_33::MINOR.preflight
    },
    ..v1_33::MINOR
};
