//! Kubernetes 1.30: what has changed since 1.29.

use super::schema::SchemaText;
use super::{Images, Minor, PreflightRules, Schemas, Switch, Switches, gates, v1_29};

pub const MINOR: Minor = Minor {
    number: 30,
    stable: "1.30.4",
    images: Images { etcd: "3.5.12-0", coredns: "v1.11.1", pause: "3.9" },
    config_lacks: &["UpgradeConfiguration.plan.etcdUpgrade"],
    feature_gates: &[
        gates::on("EtcdLearnerMode"),
        gates::PUBLIC_KEYS_ECDSA_ALONE,
        gates::off("RootlessControlPlane"),
        gates::UPGRADE_ADDONS_BEFORE_CONTROL_PLANE,
        gates::off("WaitForAllControlPlaneComponents"),
    ],
    switches: Switches {
        wait_for_all: Switch::Gate("WaitForAllControlPlaneComponents"),
        ..v1_29::MINOR.switches
    },
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.30.json")),
        kube_proxy: SchemaText(include_str!("../../templates/schema/kube-proxy-v1.30.json")),
    },
    preflight: PreflightRules { oldest_kubelet: "1.27.0", ..v1_29::MINOR.preflight },
    ..v1_29::MINOR
};
