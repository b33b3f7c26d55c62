//! Kubernetes 1.29.

use super::programs::{needs, wants};
use super::schema::SchemaText;
use super::{
    ConfigFormat, DnsCache, EtcdFlags, ExtraArgs, Images, Kernels, KubeletClient, Minor, PauseImage,
    PodRules, PortScope, PreflightRules, ProbePort, SchedulerHealth, Schemas, Switch, Switches, gates,
};

pub const MINOR: Minor = Minor {
    number: 29,
    stable: "1.29.6",
    images: Images { etcd: "3.5.12-0", coredns: "v1.11.1", pause: "3.9" },
    config_format: ConfigFormat::V1Beta3,
    config_lacks: &[
        "ResetConfiguration.timeouts",
        "ResetConfiguration.unmountFlags",
        "UpgradeConfiguration.plan.etcdUpgrade",
    ],
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
    later_fields: &["fileKeyRef", "httpEndpoints"],
    kubelet_client: KubeletClient::Administrator,
    pods: PodRules {
        probe_port: ProbePort::Number,
        scheduler_health: SchedulerHealth::Healthz,
        extra_args: ExtraArgs::Sorted,
        etcd_flags: EtcdFlags::Experimental,
        flexvolume_folder: Some("/usr/libexec/kubernetes/kubelet-plugins/volume/exec"),
        pause_image: PauseImage::Flag,
    },
    dns_cache: DnsCache::Everything,
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
        programs: &[
            needs("crictl"),
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
        kernels: Kernels::From(3, 10),
    },
};
