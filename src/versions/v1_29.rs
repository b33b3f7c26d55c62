//! Kubernetes 1.29.

use super::schema::SchemaText;
use super::{AuthorizationMode, ConfigFormat, Images, Minor, PortScope, PreflightRules, Schemas, gates};

pub const MINOR: Minor = Minor {
    number: 29,
    stable: "1.29.6",
    images: Images { etcd: "3.5.12-0", coredns: "v1.11.1", pause: "3.9" },
    config_format: ConfigFormat::V1Beta3,
    config_lacks: &[],
    authorization_mode: AuthorizationMode::Stored("Node,RBAC"),
    feature_gates: &[
        gates::on("EtcdLearnerMode"),
        gates::PUBLIC_KEYS_ECDSA_ALONE,
        gates::off("RootlessControlPlane"),
        gates::UPGRADE_ADDONS_BEFORE_CONTROL_PLANE,
    ],
    min_external_etcd: "3.4.13-4",
    patch_targets: &[
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubeletconfiguration",
    ],
    kube_proxy_mode: "",
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.29.json")),
        kube_proxy: SchemaText(include_str!("../../templates/schema/kube-proxy-v1.29.json")),
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.26.0",
        port_scope: PortScope::EveryAddress,
        runtime_config_needed_in: None,
    },
};
