//! Kubernetes 1.31: what has changed since 1.30.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{ConfigFormat, Images, Minor, PreflightRules, Schemas, Switch, Switches, gates, v1_30};

pub const MINOR: Minor = Minor {
    number: 31,
    stable: "1.31.0",
    images: Images { etcd: "3.5.15-0", coredns: "v1.11.1", pause: "3.10" },
    config_format: ConfigFormat::V1Beta4,
    config_lacks: &[
        "ClusterConfiguration.etcd.external.httpEndpoints",
        "UpgradeConfiguration.plan.etcdUpgrade",
    ],
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
    min_external_etcd: "3.5.11-0",
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
    preflight: PreflightRules {
        oldest_kubelet: "1.28.0",
        programs: &[
            wants("crictl"),
            needs("conntrack"),
            needs("ip"),
            needs("iptables"),
            needs("mount"),
            needs("nsenter"),
            wants("ebtables"),
            wants("ethtool"),
            wants("socat"),
            wants("tc"),
            wants("touch"),
        ],
        ..v1_30::MINOR.preflight
    },
    ..v1_30::MINOR
};
