//! Kubernetes 1.30: what has changed since 1.29.

use super::schema::SchemaText;
use super::{
    AuthorizationMode, Images, Minor, PatchRelease, PreflightRules, Schemas, Switch, Switches, gates, v1_29,
};

/// Its first patch, 1.30.0.
pub const FIRST: PatchRelease =
    PatchRelease { images: Images { etcd: "3.5.12-0", coredns: "v1.11.1", pause: "3.9" }, ..v1_29::FIRST };

const LATER_IMAGES: Images = Images { etcd: "3.5.15-0", coredns: "v1.11.3", ..FIRST.images };

/// Kubernetes 1.30, by what has changed since 1.29.
pub const MINOR: Minor = Minor {
    number: 30,
    stable: "1.30.14",
    releases: &[
        FIRST,
        PatchRelease { since: 5, images: LATER_IMAGES, ..FIRST },
        PatchRelease { since: 6, images: LATER_IMAGES, programs: v1_29::LATER_PROGRAMS, ..FIRST },
    ],
    authorization_mode: AuthorizationMode::Manifest,
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
    preflight: PreflightRules {
        oldest_kubelet: "1.27.0",
        ipv4_switches: &["/proc/sys/net/ipv4/ip_forward"],
        ipv6_switches: &["/proc/sys/net/ipv6/conf/default/forwarding"],
        ..v1_29::MINOR.preflight
    },
    ..v1_29::MINOR
};
