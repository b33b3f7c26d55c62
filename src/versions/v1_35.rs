//! Kubernetes 1.35: what has changed since 1.34.

use super::{
    ExtraArgs, Images, KubeletClient, Minor, PatchRelease, PreflightRules, Switch, Switches, gates, v1_33,
    v1_34,
};

const FIRST: PatchRelease = PatchRelease {
    images: Images { etcd: "3.6.6-0", coredns: "v1.13.1", pause: "3.10.1" },
    min_external_etcd: "3.5.24-0",
    ..v1_33::FIRST
};

/// From 1.35.1 on.
pub const LATER: PatchRelease = PatchRelease { since: 1, extra_args: ExtraArgs::BehindDefaults, ..FIRST };

/// Kubernetes 1.35, by what has changed since 1.34.
pub const MINOR: Minor = Minor {
    number: 35,
    stable: "1.35.7",
    releases: &[FIRST, LATER, PatchRelease { since: 5, kubelet_client: KubeletClient::OwnGrant, ..LATER }],
    feature_gates: &[
        gates::locked("ControlPlaneKubeletLocalMode"),
        gates::on("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
    ],
    switches: Switches { local_kubelet: Switch::Always, ..v1_34::MINOR.switches },
    preflight: PreflightRules {
        oldest_kubelet: "1.32.0",
        runtime_config_needed_in: Some("1.36"),
        ..v1_34::MINOR.preflight
    },
    ..v1_34::MINOR
};
