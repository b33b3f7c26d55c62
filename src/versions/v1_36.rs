//! Kubernetes 1.36: what has changed since 1.35.

use super::schema::SchemaText;
use super::{
    Images, KubeletClient, Minor, PatchRelease, PodRules, PreflightRules, Schemas, Switch, Switches, gates,
    v1_35,
};

const FIRST: PatchRelease = PatchRelease {
    since: 0,
    images: Images { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2" },
    ..v1_35::LATER
};

/// From 1.36.1 on.
pub const LATER: PatchRelease = PatchRelease { since: 1, kubelet_client: KubeletClient::OwnGrant, ..FIRST };

/// Kubernetes 1.36, by what has changed since 1.35.
pub const MINOR: Minor = Minor {
    number: 36,
    stable: "1.36.3",
    releases: &[FIRST, LATER],
    feature_gates: &[
        gates::locked("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
    ],
    switches: Switches { local_cri_socket: Switch::Always, ..v1_35::MINOR.switches },
    pods: PodRules { oldest_etcd: "3.6.0", flexvolume_folder: None, ..v1_35::MINOR.pods },
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.36.json")),
        ..v1_35::MINOR.schemas
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.33.0",
        runtime_config_needed_in: Some("1.37"),
        ..v1_35::MINOR.preflight
    },
    ..v1_35::MINOR
};
