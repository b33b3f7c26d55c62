//! Kubernetes 1.33: what has changed since 1.32.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{ExtraArgs, Images, KubeletClient, Minor, PodRules, PreflightRules, Schemas, gates, v1_32};

pub const MINOR: Minor = Minor {
    number: 33,
    stable: "1.33.13",
    images: Images { etcd: "3.5.24-0", coredns: "v1.12.0", pause: "3.10" },
    feature_gates: &[
        gates::on("ControlPlaneKubeletLocalMode"),
        gates::off("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::on("WaitForAllControlPlaneComponents"),
    ],
    config_lacks: &["ClusterConfiguration.etcd.external.httpEndpoints"],
    min_external_etcd: "3.5.24-0",
    kubelet_client: KubeletClient::OwnGrant,
    pods: PodRules { extra_args: ExtraArgs::BehindDefaults, ..v1_32::MINOR.pods },
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.33.json")),
        ..v1_32::MINOR.schemas
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.30.0",
        // The last two kubeadm has dropped, but network plug-ins and the kubelet's rules go without them badly.
        programs: &[needs("losetup"), needs("mount"), needs("cp"), wants("ip"), wants("iptables")],
        ..v1_32::MINOR.preflight
    },
    ..v1_32::MINOR
};
