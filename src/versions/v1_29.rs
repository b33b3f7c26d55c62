//! Kubernetes 1.29.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{
    AuthorizationMode, CertificateRules, ConfigFormat, DnsCache, EtcdHealth, ExtraArgs, GatedKeys, Images,
    Kernels, KubeletClient, LeafBegin, Minor, PatchRelease, PodRules, PortScope, PreflightRules, ProbePort,
    Program, SchedulerHealth, Schemas, Switch, Switches, gates,
};

/// Its first patch, 1.29.0.
pub const FIRST: PatchRelease = PatchRelease {
    since: 0,
    images: Images { etcd: "3.5.10-0", coredns: "v1.11.1", pause: "3.9" },
    min_external_etcd: "3.4.13-4",
    extra_args: ExtraArgs::Sorted,
    kubelet_client: KubeletClient::Administrator,
    programs: &[
        // kubeadm calls it before 1.31, and refuses a host without it; kubewright does not need it.
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
};

/// 1.29.10, and of 1.30 and 1.31 the patches of that day, no longer look for ebtables and socat.
pub const LATER_PROGRAMS: &[Program] = &[
    // kubeadm calls it before 1.31, and refuses a host without it; kubewright does not need it.
    wants("crictl"),
    needs("conntrack"),
    needs("ip"),
    needs("iptables"),
    needs("mount"),
    needs("nsenter"),
    wants("ethtool"),
    wants("tc"),
    wants("touch"),
];

const LATER: PatchRelease = PatchRelease { programs: LATER_PROGRAMS, ..FIRST };

/// Kubernetes 1.29, which the later minors are told from.
pub const MINOR: Minor = Minor {
    number: 29,
    stable: "1.29.15",
    releases: &[
        FIRST,
        PatchRelease { since: 3, images: Images { etcd: "3.5.12-0", ..FIRST.images }, ..FIRST },
        PatchRelease { since: 9, images: Images { etcd: "3.5.15-0", ..FIRST.images }, ..FIRST },
        PatchRelease { since: 10, images: Images { etcd: "3.5.15-0", ..FIRST.images }, ..LATER },
        PatchRelease { since: 11, images: Images { etcd: "3.5.16-0", ..FIRST.images }, ..LATER },
    ],
    config_format: ConfigFormat::V1Beta3,
    authorization_mode: AuthorizationMode::Stored("Node,RBAC"),
    feature_gates: &[
        gates::on("EtcdLearnerMode"),
        gates::PUBLIC_KEYS_ECDSA_ALONE,
        gates::off("RootlessControlPlane"),
        gates::UPGRADE_ADDONS_BEFORE_CONTROL_PLANE,
    ],
    switches: Switches {
        wait_for_all: Switch::Never,
        local_kubelet: Switch::Never,
        local_cri_socket: Switch::Never,
    },
    key_algorithms: &["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256"],
    certificates: CertificateRules { leaf_begin: LeafBegin::WithItsCa, gated_keys: GatedKeys::InFiles },
    pods: PodRules {
        probe_port: ProbePort::Number,
        scheduler_health: SchedulerHealth::Healthz,
        etcd_health: EtcdHealth::Health,
        oldest_etcd: "3.5.0",
        flexvolume_folder: Some("/usr/libexec/kubernetes/kubelet-plugins/volume/exec"),
        ca_folders: &[
            "/etc/pki",
            "/usr/share/ca-certificates",
            "/usr/local/share/ca-certificates",
            "/etc/ca-certificates",
        ],
    },
    dns_cache: DnsCache::Everything,
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
        ipv4_switches: &["/proc/sys/net/bridge/bridge-nf-call-iptables", "/proc/sys/net/ipv4/ip_forward"],
        ipv6_switches: &[
            "/proc/sys/net/bridge/bridge-nf-call-ip6tables",
            "/proc/sys/net/ipv6/conf/default/forwarding",
        ],
        runtime_config_needed_in: None,
        kernels: Kernels::From(3, 10),
    },
};
