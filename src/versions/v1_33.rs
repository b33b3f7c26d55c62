//! Kubernetes 1.33: what has changed since 1.32.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{ExtraArgs, Images, KubeletClient, Minor, PatchRelease, PreflightRules, Schemas, gates, v1_32};

/// Its first patch, 1.33.0.
pub const FIRST: PatchRelease = PatchRelease {
    since: 0,
    images: Images { etcd: "3.5.21-0", coredns: "v1.12.0", pause: "3.10" },
    min_external_etcd: "3.5.11-0",
    extra_args: ExtraArgs::Sorted,
    kubelet_client: KubeletClient::Administrator,
    // The last two kubeadm has dropped, but network plug-ins and the kubelet's rules go without them badly.
    programs: &[needs("losetup"), needs("mount"), needs("cp"), wants("ip"), wants("iptables")],
};

/// From 1.33.6 on.
const LATER: PatchRelease = PatchRelease {
    since: 6,
    images: Images { etcd: "3.5.24-0", ..FIRST.images },
    min_external_etcd: "3.5.24-0",
    ..FIRST
};

const NEWEST: PatchRelease = PatchRelease {
    since: 12,
    extra_args: ExtraArgs::BehindDefaults,
    kubelet_client: KubeletClient::OwnGrant,
    ..LATER
};

/// Kubernetes 1.33, by what has changed since 1.32.
pub const MINOR: Minor = Minor {
    number: 33,
    stable: "1.33.13",
    releases: &[
        FIRST,
        LATER,
        PatchRelease { since: 8, extra_args: ExtraArgs::BehindDefaults, ..LATER },
        NEWEST,
    ],
    feature_gates: &[
        gates::on("ControlPlaneKubeletLocalMode"),
        gates::off("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::on("WaitForAllControlPlaneComponents"),
    ],
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.33.json")),
        ..v1_32::MINOR.schemas
    },
    preflight: PreflightRules { oldest_kubelet: "1.30.0", ..v1_32::MINOR.preflight },
    ..v1_32::MINOR
};
