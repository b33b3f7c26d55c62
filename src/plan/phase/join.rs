//! The phases of `join`.

use super::{ClusterWork, Entry, Group, LegacyName, Phase, Pipeline, Work};

/// The phases of `join`, in kubeadm's order and by its names.
pub static JOIN: Pipeline =
    Pipeline { command: "join", phases: PHASES, groups: GROUPS, legacy_names: LEGACY_NAMES };

const PREFLIGHT: &[&str] = &[
    "api-server-endpoint",
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "certificate-key",
    "config",
    "control-plane",
    "cri-socket",
    "discovery-file",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "dry-run",
    "ignore-preflight-errors",
    "node-name",
    "tls-bootstrap-token",
    "token",
];
const DOWNLOAD_CERTS: &[&str] = &[
    "api-server-endpoint",
    "certificate-key",
    "config",
    "control-plane",
    "discovery-file",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "dry-run",
    "tls-bootstrap-token",
    "token",
];
const CERTS: &[&str] = &[
    "api-server-endpoint",
    "apiserver-advertise-address",
    "config",
    "control-plane",
    "discovery-file",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "dry-run",
    "node-name",
    "tls-bootstrap-token",
    "token",
];
const KUBECONFIG: &[&str] = DOWNLOAD_CERTS;
const CONTROL_PLANE: &[&str] =
    &["apiserver-advertise-address", "apiserver-bind-port", "config", "control-plane", "dry-run", "patches"];
const KUBELET_START: &[&str] = &[
    "api-server-endpoint",
    "config",
    "cri-socket",
    "discovery-file",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "dry-run",
    "node-name",
    "patches",
    "tls-bootstrap-token",
    "token",
];
const ETCD: &[&str] =
    &["apiserver-advertise-address", "config", "control-plane", "dry-run", "node-name", "patches"];
const WAIT_BOOTSTRAP: &[&str] = &["config", "cri-socket", "dry-run"];
/// The first and the last are those of `all`: the etcd member was once a phase of this group, and scripts may give them.
const MARK: &[&str] =
    &["apiserver-advertise-address", "config", "control-plane", "dry-run", "node-name", "patches"];
/// Beyond kubeadm, whose phase by itself has no flags and so waits for nothing.
const WAIT_CONTROL_PLANE: &[&str] = &["config", "control-plane", "dry-run"];

#[rustfmt::skip]
const PHASES: &[Entry] = &[
    Entry { phase: Phase::JoinPreflight, path: "preflight", work: Work::Preflight, flags: PREFLIGHT, about: "Check that this host can join" },
    Entry { phase: Phase::JoinDownloadCerts, path: "control-plane-prepare/download-certs", work: Work::SharedCertificates, flags: DOWNLOAD_CERTS, about: "Fetch the certificates that control planes share from the kubeadm-certs Secret" },
    Entry { phase: Phase::JoinCerts, path: "control-plane-prepare/certs", work: Work::Certificates, flags: CERTS, about: "Make this control plane's own certificates" },
    Entry { phase: Phase::JoinKubeconfig, path: "control-plane-prepare/kubeconfig", work: Work::Kubeconfigs, flags: KUBECONFIG, about: "Make the kubeconfigs of the administrator, the controller manager and the scheduler" },
    Entry { phase: Phase::JoinControlPlane, path: "control-plane-prepare/control-plane", work: Work::Manifests, flags: CONTROL_PLANE, about: "Write the static pods of the API server, the controller manager and the scheduler" },
    Entry { phase: Phase::JoinCheckEtcd, path: "check-etcd", work: Work::CheckEtcd, flags: &[], about: "Check that the cluster's etcd is healthy" },
    Entry { phase: Phase::JoinKubeletStart, path: "kubelet-start", work: Work::BootstrapKubelet, flags: KUBELET_START, about: "Write the kubelet's settings and restart it" },
    Entry { phase: Phase::JoinEtcd, path: "etcd-join", work: Work::JoinEtcd, flags: ETCD, about: "Make this host a member of the cluster's etcd" },
    Entry { phase: Phase::JoinKubeletWaitBootstrap, path: "kubelet-wait-bootstrap", work: Work::WaitBootstrap, flags: WAIT_BOOTSTRAP, about: "Wait until the kubelet has its own certificate" },
    Entry { phase: Phase::JoinMarkControlPlane, path: "control-plane-join/mark-control-plane", work: Work::Cluster(ClusterWork::NodeMarks), flags: MARK, about: "Label and taint this node as a control plane" },
    Entry { phase: Phase::JoinWaitControlPlane, path: "wait-control-plane", work: Work::WaitControlPlane, flags: WAIT_CONTROL_PLANE, about: "Wait until the control plane is healthy" },
];

#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "preflight", alias: None, about: "Check that this host can join", hidden: false },
    Group { name: "control-plane-prepare", alias: None, about: "Prepare this host for a control plane", hidden: false },
    Group { name: "check-etcd", alias: None, about: "Check that the cluster's etcd is healthy", hidden: true },
    Group { name: "kubelet-start", alias: None, about: "Write the kubelet's settings and restart it", hidden: false },
    Group { name: "etcd-join", alias: None, about: "Make this host a member of the cluster's etcd", hidden: false },
    Group { name: "kubelet-wait-bootstrap", alias: None, about: "Wait until the kubelet has its own certificate", hidden: false },
    Group { name: "control-plane-join", alias: None, about: "Make this node a control plane", hidden: false },
    Group { name: "wait-control-plane", alias: None, about: "Wait until the control plane is healthy", hidden: false },
];

const LEGACY_NAMES: &[LegacyName] = &[
    LegacyName { path: "control-plane-join/etcd", now: Some("etcd-join"), until: 34, flags: ETCD },
    LegacyName { path: "control-plane-join/update-status", now: None, until: 30, flags: MARK },
];
