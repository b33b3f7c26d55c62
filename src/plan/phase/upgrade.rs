//! The phases of `upgrade apply` and of `upgrade node`.

use super::{ClusterWork, Entry, Group, Phase, Pipeline, Work};

/// The phases of `upgrade apply`, in kubeadm's order and by its names since 1.32.
pub static UPGRADE_APPLY: Pipeline =
    Pipeline { command: "upgrade apply", phases: APPLY, groups: APPLY_GROUPS, legacy_names: &[] };

/// The phases of `upgrade node`.
pub static UPGRADE_NODE: Pipeline =
    Pipeline { command: "upgrade node", phases: NODE, groups: NODE_GROUPS, legacy_names: &[] };

const PREFLIGHT: &[&str] = &[
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "config",
    "dry-run",
    "force",
    "ignore-preflight-errors",
    "kubeconfig",
    "yes",
];
const NODE_PREFLIGHT: &[&str] = &["config", "ignore-preflight-errors"];
const CONTROL_PLANE: &[&str] = &[
    "certificate-renewal",
    "config",
    "drop-edits",
    "dry-run",
    "etcd-upgrade",
    "keep-edits",
    "kubeconfig",
    "patches",
];
const PLAIN: &[&str] = &["config", "dry-run", "kubeconfig"];
const PATCHED: &[&str] = &["config", "dry-run", "kubeconfig", "patches"];

#[rustfmt::skip]
const APPLY: &[Entry] = &[
    Entry { phase: Phase::UpgradePreflight, path: "preflight", work: Work::Preflight, flags: PREFLIGHT, about: "Check that the cluster can have the version, and pull its images" },
    Entry { phase: Phase::UpgradeControlPlane, path: "control-plane", work: Work::UpgradeControlPlane, flags: CONTROL_PLANE, about: "Give this host's control plane the version: etcd first, and each component once the one before it serves" },
    Entry { phase: Phase::UpgradeUploadKubeadm, path: "upload-config/kubeadm", work: Work::Cluster(ClusterWork::KubeadmConfig), flags: PLAIN, about: "Store the ClusterConfiguration, with the new version in it" },
    Entry { phase: Phase::UpgradeUploadKubelet, path: "upload-config/kubelet", work: Work::Cluster(ClusterWork::KubeletConfig), flags: PLAIN, about: "Store the KubeletConfiguration, as the new version has it" },
    Entry { phase: Phase::UpgradeKubeconfig, path: "kubeconfig", work: Work::LocalKubelet, flags: PLAIN, about: "Point this host's kubelet at its own API server" },
    Entry { phase: Phase::UpgradeKubeletConfig, path: "kubelet-config", work: Work::UpgradeKubelet, flags: PATCHED, about: "Write this host's kubelet's settings from the cluster's" },
    Entry { phase: Phase::UpgradeBootstrapToken, path: "bootstrap-token", work: Work::Cluster(ClusterWork::JoinRights), flags: PLAIN, about: "Give nodes that join, and the API server, the rights that the version has" },
    Entry { phase: Phase::UpgradeAddonCoredns, path: "addon/coredns", work: Work::Cluster(ClusterWork::Coredns), flags: PATCHED, about: "Upgrade CoreDNS" },
    Entry { phase: Phase::UpgradeAddonKubeProxy, path: "addon/kube-proxy", work: Work::Cluster(ClusterWork::KubeProxy), flags: PATCHED, about: "Upgrade kube-proxy" },
    Entry { phase: Phase::UpgradePostUpgrade, path: "post-upgrade", work: Work::KubeletFlags, flags: PLAIN, about: "Take flags from this host's kubelet that the version no longer has" },
];

#[rustfmt::skip]
const NODE: &[Entry] = &[
    Entry { phase: Phase::NodePreflight, path: "preflight", work: Work::Preflight, flags: NODE_PREFLIGHT, about: "Check this host, and pull the version's images where it is a control plane" },
    Entry { phase: Phase::NodeControlPlane, path: "control-plane", work: Work::UpgradeControlPlane, flags: CONTROL_PLANE, about: "Give this host's control plane, if it has one, the cluster's version" },
    Entry { phase: Phase::NodeKubeconfig, path: "kubeconfig", work: Work::LocalKubelet, flags: PLAIN, about: "Point this host's kubelet at its own API server" },
    Entry { phase: Phase::NodeKubeletConfig, path: "kubelet-config", work: Work::UpgradeKubelet, flags: PATCHED, about: "Write this host's kubelet's settings from the cluster's" },
    Entry { phase: Phase::NodeAddonCoredns, path: "addon/coredns", work: Work::Cluster(ClusterWork::Coredns), flags: PATCHED, about: "Upgrade CoreDNS, where this control plane is the last of all" },
    Entry { phase: Phase::NodeAddonKubeProxy, path: "addon/kube-proxy", work: Work::Cluster(ClusterWork::KubeProxy), flags: PATCHED, about: "Upgrade kube-proxy, where this control plane is the last of all" },
    Entry { phase: Phase::NodePostUpgrade, path: "post-upgrade", work: Work::KubeletFlags, flags: PLAIN, about: "Take flags from this host's kubelet that the version no longer has" },
];

#[rustfmt::skip]
const APPLY_GROUPS: &[Group] = &[
    Group { name: "preflight", alias: None, about: "Check that the cluster can have the version, and pull its images", hidden: false },
    Group { name: "control-plane", alias: None, about: "Give this host's control plane the version", hidden: false },
    Group { name: "upload-config", alias: Some("uploadconfig"), about: "Store the configurations in the cluster", hidden: false },
    Group { name: "kubeconfig", alias: None, about: "Point this host's kubelet at its own API server", hidden: true },
    Group { name: "kubelet-config", alias: None, about: "Write this host's kubelet's settings from the cluster's", hidden: false },
    Group { name: "bootstrap-token", alias: None, about: "Give nodes that join, and the API server, the rights that the version has", hidden: false },
    Group { name: "addon", alias: None, about: "Upgrade the addons", hidden: false },
    Group { name: "post-upgrade", alias: None, about: "Take flags from this host's kubelet that the version no longer has", hidden: false },
];

#[rustfmt::skip]
const NODE_GROUPS: &[Group] = &[
    Group { name: "preflight", alias: None, about: "Check this host, and pull the version's images where it is a control plane", hidden: false },
    Group { name: "control-plane", alias: None, about: "Give this host's control plane, if it has one, the cluster's version", hidden: false },
    Group { name: "kubeconfig", alias: None, about: "Point this host's kubelet at its own API server", hidden: true },
    Group { name: "kubelet-config", alias: None, about: "Write this host's kubelet's settings from the cluster's", hidden: false },
    Group { name: "addon", alias: None, about: "Upgrade the addons, where this control plane is the last of all", hidden: false },
    Group { name: "post-upgrade", alias: None, about: "Take flags from this host's kubelet that the version no longer has", hidden: false },
];
