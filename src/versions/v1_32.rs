//! Kubernetes 1.32: what has changed since 1.31.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{
    DnsCache, ExtraArgs, Images, Kernels, KubeletClient, Minor, PatchRelease, PodRules, PreflightRules,
    SchedulerHealth, Schemas, Switch, Switches, gates, v1_31,
};

const FIRST: PatchRelease = PatchRelease {
    since: 0,
    images: Images { etcd: "3.5.16-0", coredns: "v1.11.3", pause: "3.10" },
    min_external_etcd: "3.5.11-0",
    extra_args: ExtraArgs::Sorted,
    kubelet_client: KubeletClient::Administrator,
    programs: &[
        needs("ip"),
        needs("iptables"),
        needs("mount"),
        needs("nsenter"),
        wants("ethtool"),
        wants("tc"),
        wants("touch"),
    ],
};

/// From 1.32.10 on.
const LATER: PatchRelease = PatchRelease {
    since: 10,
    images: Images { etcd: "3.5.24-0", ..FIRST.images },
    min_external_etcd: "3.5.24-0",
    ..FIRST
};

/// Kubernetes 1.32, by what has changed since 1.31.
pub const MINOR: Minor = Minor {
    number: 32,
    stable: "1.32.13",
    releases: &[FIRST, LATER, PatchRelease { since: 12, extra_args: ExtraArgs::BehindDefaults, ..LATER }],
    feature_gates: &[
        gates::off("ControlPlaneKubeletLocalMode"),
        gates::locked("EtcdLearnerMode"),
        gates::off("NodeLocalCRISocket"),
        gates::PUBLIC_KEYS_ECDSA,
        gates::ROOTLESS_CONTROL_PLANE,
        gates::off("WaitForAllControlPlaneComponents"),
    ],
    switches: Switches { local_cri_socket: Switch::Gate("NodeLocalCRISocket"), ..v1_31::MINOR.switches },
    pods: PodRules { scheduler_health: SchedulerHealth::LivezAndReadyz, ..v1_31::MINOR.pods },
    dns_cache: DnsCache::OtherDomains,
    schemas: Schemas {
        kubelet: SchemaText(include_str!("../../templates/schema/kubelet-v1.32.json")),
        ..v1_31::MINOR.schemas
    },
    preflight: PreflightRules {
        oldest_kubelet: "1.29.0",
        kernels: Kernels::From(4, 19),
        ..v1_31::MINOR.preflight
    },
    ..v1_31::MINOR
};
