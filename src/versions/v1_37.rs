//! Kubernetes 1.37.

use super::schema::SchemaText;
use super::{ConfigFormat, FeatureGate, Images, Minor, PortScope, PreflightRules, Schemas};

pub const MINOR: Minor = Minor {
    number: 37,
    stable: "1.37.1",
    images: Images { etcd: "3.7.0-0", coredns: "v1.14.6", pause: "3.10.2" },
    config_format: ConfigFormat::V1Beta4,
    config_lacks: &[],
    feature_gates: &[FeatureGate {
        name: "RootlessControlPlane",
        default: false,
        locked: false,
        deprecated: Some("the kubelet's UserNamespacesSupport takes its place"),
    }],
    min_external_etcd: "3.5.24-0",
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
        kube_proxy: SchemaText(include_str!("../../templates/schema/kube-proxy-v1.37.json")),
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.34.0",
        port_scope: PortScope::ComponentAddress,
        runtime_config_needed_in: "1.38",
    },
};
