//! The phases of `init`.

use super::{Bygone, ClusterWork, Entry, Group, Phase, Pipeline, Work};
use crate::manifests::static_pod::StaticPod;

pub static INIT: Pipeline = Pipeline { command: "init", phases: PHASES, groups: GROUPS, bygone: BYGONE };

const CA: &[&str] = &["cert-dir", "config", "dry-run", "kubernetes-version"];
const SERVING: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-cert-extra-sans",
    "cert-dir",
    "config",
    "control-plane-endpoint",
    "dry-run",
    "kubernetes-version",
    "service-cidr",
    "service-dns-domain",
];
const KUBECONFIG: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "cert-dir",
    "config",
    "control-plane-endpoint",
    "dry-run",
    "kubeconfig-dir",
    "kubernetes-version",
];
const KUBECONFIG_KUBELET: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "cert-dir",
    "config",
    "control-plane-endpoint",
    "dry-run",
    "kubeconfig-dir",
    "kubernetes-version",
    "node-name",
];
const APISERVER: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "apiserver-extra-args",
    "cert-dir",
    "config",
    "control-plane-endpoint",
    "dry-run",
    "feature-gates",
    "image-repository",
    "kubernetes-version",
    "patches",
    "service-cidr",
];
const CONTROLLER_MANAGER: &[&str] = &[
    "cert-dir",
    "config",
    "controller-manager-extra-args",
    "dry-run",
    "image-repository",
    "kubernetes-version",
    "patches",
    "pod-network-cidr",
];
const SCHEDULER: &[&str] = &[
    "cert-dir",
    "config",
    "dry-run",
    "image-repository",
    "kubernetes-version",
    "patches",
    "scheduler-extra-args",
];
const PREFLIGHT: &[&str] =
    &["config", "cri-socket", "dry-run", "ignore-preflight-errors", "image-repository"];
const ETCD: &[&str] = &["cert-dir", "config", "dry-run", "image-repository", "patches"];
const KUBELET_START: &[&str] =
    &["config", "cri-socket", "dry-run", "image-repository", "node-name", "patches"];
const UPLOAD_CONFIG: &[&str] = &["config", "cri-socket", "dry-run", "kubeconfig"];
const UPLOAD_CERTS: &[&str] =
    &["certificate-key", "config", "dry-run", "kubeconfig", "skip-certificate-key-print", "upload-certs"];
const MARK: &[&str] = &["config", "dry-run", "node-name"];
const TOKEN: &[&str] = &["config", "dry-run", "kubeconfig", "skip-token-print"];
const FINALIZE: &[&str] = &["cert-dir", "config", "dry-run"];
const COREDNS: &[&str] = &[
    "config",
    "dry-run",
    "feature-gates",
    "image-repository",
    "kubeconfig",
    "kubernetes-version",
    "print-manifest",
    "service-cidr",
    "service-dns-domain",
];
const KUBE_PROXY: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "config",
    "control-plane-endpoint",
    "dry-run",
    "image-repository",
    "kubeconfig",
    "kubernetes-version",
    "pod-network-cidr",
    "print-manifest",
];

/// In the order in which they run.
#[rustfmt::skip]
const PHASES: &[Entry] = &[
    Entry { phase: Phase::Preflight, path: "preflight", work: Work::Preflight, flags: PREFLIGHT, about: "Check that this host can become a control plane" },
    Entry { phase: Phase::CertsCa, path: "certs/ca", work: Work::Certificate, flags: CA, about: "Make the Kubernetes CA, which signs the identities of the other components" },
    Entry { phase: Phase::CertsApiserver, path: "certs/apiserver", work: Work::Certificate, flags: SERVING, about: "Make the certificate that serves the Kubernetes API" },
    Entry { phase: Phase::CertsApiserverKubeletClient, path: "certs/apiserver-kubelet-client", work: Work::Certificate, flags: CA, about: "Make the certificate with which the API server calls kubelets" },
    Entry { phase: Phase::CertsFrontProxyCa, path: "certs/front-proxy-ca", work: Work::Certificate, flags: CA, about: "Make the CA of the front proxy" },
    Entry { phase: Phase::CertsFrontProxyClient, path: "certs/front-proxy-client", work: Work::Certificate, flags: CA, about: "Make the client certificate of the front proxy" },
    Entry { phase: Phase::CertsEtcdCa, path: "certs/etcd-ca", work: Work::Certificate, flags: CA, about: "Make the CA of etcd" },
    Entry { phase: Phase::CertsEtcdServer, path: "certs/etcd-server", work: Work::Certificate, flags: CA, about: "Make the certificate that serves etcd" },
    Entry { phase: Phase::CertsEtcdPeer, path: "certs/etcd-peer", work: Work::Certificate, flags: CA, about: "Make the certificate with which etcd members talk to each other" },
    Entry { phase: Phase::CertsEtcdHealthcheckClient, path: "certs/etcd-healthcheck-client", work: Work::Certificate, flags: CA, about: "Make the certificate of etcd's health probes" },
    Entry { phase: Phase::CertsApiserverEtcdClient, path: "certs/apiserver-etcd-client", work: Work::Certificate, flags: CA, about: "Make the certificate with which the API server calls etcd" },
    Entry { phase: Phase::CertsSa, path: "certs/sa", work: Work::Certificate, flags: CA, about: "Make the key pair that signs service account tokens" },
    Entry { phase: Phase::KubeconfigAdmin, path: "kubeconfig/admin", work: Work::Kubeconfig, flags: KUBECONFIG, about: "Make the kubeconfig of the administrator, which this program uses too" },
    Entry { phase: Phase::KubeconfigSuperAdmin, path: "kubeconfig/super-admin", work: Work::Kubeconfig, flags: KUBECONFIG, about: "Make the kubeconfig of the super administrator" },
    Entry { phase: Phase::KubeconfigKubelet, path: "kubeconfig/kubelet", work: Work::Kubeconfig, flags: KUBECONFIG_KUBELET, about: "Make the kubeconfig with which this node's kubelet starts" },
    Entry { phase: Phase::KubeconfigControllerManager, path: "kubeconfig/controller-manager", work: Work::Kubeconfig, flags: KUBECONFIG, about: "Make the kubeconfig of the controller manager" },
    Entry { phase: Phase::KubeconfigScheduler, path: "kubeconfig/scheduler", work: Work::Kubeconfig, flags: KUBECONFIG, about: "Make the kubeconfig of the scheduler" },
    Entry { phase: Phase::EtcdLocal, path: "etcd/local", work: Work::Etcd, flags: ETCD, about: "Write the static pod of a local etcd" },
    Entry { phase: Phase::ControlPlaneApiserver, path: "control-plane/apiserver", work: Work::Manifest(StaticPod::ApiServer), flags: APISERVER, about: "Write the static pod of the API server" },
    Entry { phase: Phase::ControlPlaneControllerManager, path: "control-plane/controller-manager", work: Work::Manifest(StaticPod::ControllerManager), flags: CONTROLLER_MANAGER, about: "Write the static pod of the controller manager" },
    Entry { phase: Phase::ControlPlaneScheduler, path: "control-plane/scheduler", work: Work::Manifest(StaticPod::Scheduler), flags: SCHEDULER, about: "Write the static pod of the scheduler" },
    Entry { phase: Phase::KubeletStart, path: "kubelet-start", work: Work::KubeletStart, flags: KUBELET_START, about: "Write the kubelet's settings and start it anew" },
    Entry { phase: Phase::WaitControlPlane, path: "wait-control-plane", work: Work::WaitControlPlane, flags: &[], about: "Wait until the kubelet and the control plane are healthy" },
    Entry { phase: Phase::UploadConfigKubeadm, path: "upload-config/kubeadm", work: Work::Cluster(ClusterWork::KubeadmConfig), flags: UPLOAD_CONFIG, about: "Store the ClusterConfiguration in the cluster" },
    Entry { phase: Phase::UploadConfigKubelet, path: "upload-config/kubelet", work: Work::Cluster(ClusterWork::KubeletConfig), flags: UPLOAD_CONFIG, about: "Store the kubelet's configuration in the cluster" },
    Entry { phase: Phase::UploadCerts, path: "upload-certs", work: Work::Cluster(ClusterWork::Certificates), flags: UPLOAD_CERTS, about: "Store the shared certificates, encrypted, in the kubeadm-certs Secret" },
    Entry { phase: Phase::MarkControlPlane, path: "mark-control-plane", work: Work::Cluster(ClusterWork::NodeMarks), flags: MARK, about: "Label and taint this node as a control plane" },
    Entry { phase: Phase::BootstrapToken, path: "bootstrap-token", work: Work::Cluster(ClusterWork::BootstrapTokens), flags: TOKEN, about: "Make the bootstrap tokens, and the rules that let nodes join with them" },
    Entry { phase: Phase::KubeletFinalizeEnableClientCertRotation, path: "kubelet-finalize/enable-client-cert-rotation", work: Work::SettleKubelet, flags: FINALIZE, about: "Point the kubelet at its own, rotating client certificate" },
    Entry { phase: Phase::AddonCoredns, path: "addon/coredns", work: Work::Cluster(ClusterWork::Coredns), flags: COREDNS, about: "Install CoreDNS" },
    Entry { phase: Phase::AddonKubeProxy, path: "addon/kube-proxy", work: Work::Cluster(ClusterWork::KubeProxy), flags: KUBE_PROXY, about: "Install kube-proxy" },
    Entry { phase: Phase::ShowJoinCommand, path: "show-join-command", work: Work::JoinCommand, flags: &[], about: "Print the commands with which nodes join" },
];

/// The first level of `init phase`, in the order of [`PHASES`].
#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "preflight", alias: None, about: "Check that this host can become a control plane", hidden: false },
    Group { name: "certs", alias: None, about: "Make certificates and keys", hidden: false },
    Group { name: "kubeconfig", alias: None, about: "Make the kubeconfig files of the administrators and the control plane", hidden: false },
    Group { name: "etcd", alias: None, about: "Write the static pod of a local etcd", hidden: false },
    Group { name: "control-plane", alias: None, about: "Write the static pods of the control plane", hidden: false },
    Group { name: "kubelet-start", alias: None, about: "Write the kubelet's settings and start it anew", hidden: false },
    Group { name: "wait-control-plane", alias: None, about: "Wait until the kubelet and the control plane are healthy", hidden: false },
    Group { name: "upload-config", alias: Some("uploadconfig"), about: "Store the configuration in the cluster", hidden: false },
    Group { name: "upload-certs", alias: None, about: "Store the shared certificates, encrypted, in the kubeadm-certs Secret", hidden: false },
    Group { name: "mark-control-plane", alias: None, about: "Label and taint this node as a control plane", hidden: false },
    Group { name: "bootstrap-token", alias: Some("bootstraptoken"), about: "Make the bootstrap tokens, and the rules that let nodes join with them", hidden: false },
    Group { name: "kubelet-finalize", alias: None, about: "Settle the kubelet after it has got its own certificate", hidden: false },
    Group { name: "addon", alias: None, about: "Install CoreDNS and kube-proxy", hidden: false },
    Group { name: "show-join-command", alias: None, about: "Print the commands with which nodes join", hidden: false },
];

const BYGONE: &[Bygone] = &[Bygone {
    path: "kubelet-finalize/experimental-cert-rotation",
    now: Some("kubelet-finalize/enable-client-cert-rotation"),
    until: 31,
    flags: FINALIZE,
}];
