//! Kubernetes 1.36.

use super::schema::SchemaText;
use super::{ConfigFormat, FeatureGate, Images, Minor, PortScope, PreflightRules, Schemas};

pub const MINOR: Minor = Minor {
    number: 36,
    stable: "1.36.3",
    images: Images { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2" },
    config_format: ConfigFormat::V1Beta4,
    config_lacks: &[],
    feature_gates: &[
        FeatureGate { name: "NodeLocalCRISocket", default: true, locked: true, deprecated: None },
        FeatureGate {
            name: "PublicKeysECDSA",
            default: false,
            locked: false,
            deprecated: Some("set encryptionAlgorithm: ECDSA-P256 instead"),
        },
        FeatureGate {
            name: "RootlessControlPlane",
            default: false,
            locked: false,
            deprecated: Some("the kubelet's UserNamespacesSupport takes its place"),
        },
    ],
    min_external_etcd: "3.5.24-0",
    patch_targets: &[
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubeletconfiguration",
        "corednsdeployment",
    ],
    kube_proxy_mode: "",
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.36.json")),
        kube_proxy: SchemaText(include_str!("../../templates/schema/kube-proxy-v1.36.json")),
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.33.0",
        port_scope: PortScope::EveryAddress,
        runtime_config_needed_in: "1.37",
    },
};
