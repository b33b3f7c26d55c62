//! Kubernetes 1.31: what has changed since 1.30.

use super::schema::SchemaText;
use super::{
    CertificateRules, ConfigFormat, EtcdHealth, GatedKeys, Images, LeafBegin, Minor, PatchRelease, PodRules,
    PreflightRules, Schemas, Switch, Switches, gates, v1_29, v1_30,
};

const FIRST: PatchRelease = PatchRelease {
    images: Images { etcd: "3.5.15-0", coredns: "v1.11.1", pause: "3.10" },
    min_external_etcd: "3.5.11-0",
    ..v1_30::FIRST
};

/// From 1.31.2 on.
const LATER: PatchRelease = PatchRelease {
    since: 2,
    images: Images { coredns: "v1.11.3", ..FIRST.images },
    programs: v1_29::LATER_PROGRAMS,
    ..FIRST
};

/// Kubernetes 1.31, by what has changed since 1.30.
pub const MINOR: Minor = Minor {
    number: 31,
    stable: "1.31.14",
    releases: &[
        FIRST,
        PatchRelease { since: 1, images: LATER.images, ..FIRST },
        LATER,
        PatchRelease {
            since: 14,
            images: Images { etcd: "3.5.24-0", ..LATER.images },
            min_external_etcd: "3.5.24-0",
            ..LATER
        },
    ],
    config_format: ConfigFormat::V1Beta4,
    feature_gates: &[
        gates::off("ControlPlaneKubeletLocalMode"),
        gates::on("EtcdLearnerMode"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::off("WaitForAllControlPlaneComponents"),
    ],
    switches: Switches {
        local_kubelet: Switch::Gate("ControlPlaneKubeletLocalMode"),
        ..v1_30::MINOR.switches
    },
    certificates: CertificateRules { leaf_begin: LeafBegin::Backdated, gated_keys: GatedKeys::All },
    pods: PodRules {
        etcd_health: EtcdHealth::LivezAndReadyz,
        ca_folders: &[
            "/etc/pki/ca-trust",
            "/etc/pki/tls/certs",
            "/etc/ca-certificates",
            "/usr/share/ca-certificates",
            "/usr/local/share/ca-certificates",
        ],
        ..v1_30::MINOR.pods
    },
    patch_targets: &[
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubeletconfiguration",
        "corednsdeployment",
    ],
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.31.json")),
        kube_proxy: SchemaText(include_str!("../../templates/schema/kube-proxy-v1.31.json")),
    },
    preflight: PreflightRules { oldest_kubelet: "1.28.0", ..v1_30::MINOR.preflight },
    ..v1_30::MINOR
};
