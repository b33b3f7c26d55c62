//! Kubernetes 1.32: what has changed since 1.31.

use super::schema::SchemaText;
use super::{Images, Minor, PreflightRules, Schemas, gates, v1_31};

pub const MINOR: Minor = Minor {
    number: 32,
    stable: "1.32.2",
    images: Images { etcd: "3.5.16-0", coredns: "v1.11.3", pause: "3.10" },
    feature_gates: &[
        gates::off("ControlPlaneKubeletLocalMode"),
        gates::locked("EtcdLearnerMode"),
        gates::off("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::off("WaitForAllControlPlaneComponents"),
    ],
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.32.json")),
        ..v1_31::MINOR.schemas
    },
    preflight: PreflightRules { oldest_kubelet: "1.29.0", ..v1_31::MINOR.preflight },
    ..v1_31::MINOR
};
