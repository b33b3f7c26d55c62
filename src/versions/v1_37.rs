//! Kubernetes 1.37: what has changed since 1.36.

use super::schema::SchemaText;
use super::{Images, Minor, PatchRelease, PortScope, PreflightRules, Schemas, gates, v1_36};

/// Kubernetes 1.37, by what has changed since 1.36.
pub const MINOR: Minor = Minor {
    number: 37,
    stable: "1.37.2",
    releases: &[PatchRelease {
        since: 0,
        images: Images { etcd: "3.7.0-0", coredns: "v1.14.6", pause: "3.10.2" },
        ..v1_36::LATER
    }],
    feature_gates: &[gates::ROOTLESS_CONTROL_PLANE],
    patch_targets: &[
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubeletconfiguration",
        "corednsdeployment",
        "kubeproxydaemonset",
    ],
    kube_proxy_mode: "iptables",
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.37.json")),
        ..v1_36::MINOR.schemas
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.34.0",
        port_scope: PortScope::ComponentAddress,
        runtime_config_needed_in: Some("1.38"),
        ..v1_36::MINOR.preflight
    },
    ..v1_36::MINOR
};
