//! The phases of `init`.

use super::{ClusterWork, Entry, Group, LegacyName, Phase, Pipeline, Work};
use crate::kubeconfig::File;
use crate::manifests::static_pod::StaticPod;
use crate::pki;

/// The phases of `init`, in kubeadm's order and by its names.
pub static INIT: Pipeline =
    Pipeline { command: "init", phases: PHASES, groups: GROUPS, legacy_names: LEGACY_NAMES };

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
    certificate(Phase::CertsCa, &pki::Entry::CA, CA, "Make the Kubernetes CA, which signs the identities of the other components"),
    certificate(Phase::CertsApiserver, &pki::Entry::APISERVER, SERVING, "Make the certificate that serves the Kubernetes API"),
    certificate(Phase::CertsApiserverKubeletClient, &pki::Entry::APISERVER_KUBELET_CLIENT, CA, "Make the certificate with which the API server calls kubelets"),
    certificate(Phase::CertsFrontProxyCa, &pki::Entry::FRONT_PROXY_CA, CA, "Make the CA of the front proxy"),
    certificate(Phase::CertsFrontProxyClient, &pki::Entry::FRONT_PROXY_CLIENT, CA, "Make the client certificate of the front proxy"),
    certificate(Phase::CertsEtcdCa, &pki::Entry::ETCD_CA, CA, "Make the CA of etcd"),
    certificate(Phase::CertsEtcdServer, &pki::Entry::ETCD_SERVER, CA, "Make the certificate that serves etcd"),
    certificate(Phase::CertsEtcdPeer, &pki::Entry::ETCD_PEER, CA, "Make the certificate with which etcd members talk to each other"),
    certificate(Phase::CertsEtcdHealthcheckClient, &pki::Entry::ETCD_HEALTHCHECK_CLIENT, CA, "Make the certificate of etcd's health probes"),
    certificate(Phase::CertsApiserverEtcdClient, &pki::Entry::APISERVER_ETCD_CLIENT, CA, "Make the certificate with which the API server calls etcd"),
    certificate(Phase::CertsSa, &pki::Entry::SA, CA, "Make the key pair that signs service account tokens"),
    kubeconfig(Phase::KubeconfigAdmin, &File::ADMIN, KUBECONFIG, "Make the kubeconfig of the administrator, which this program uses too"),
    kubeconfig(Phase::KubeconfigSuperAdmin, &File::SUPER_ADMIN, KUBECONFIG, "Make the kubeconfig of the super administrator"),
    kubeconfig(Phase::KubeconfigKubelet, &File::KUBELET, KUBECONFIG_KUBELET, "Make the kubeconfig with which this node's kubelet starts"),
    kubeconfig(Phase::KubeconfigControllerManager, &File::CONTROLLER_MANAGER, KUBECONFIG, "Make the kubeconfig of the controller manager"),
    kubeconfig(Phase::KubeconfigScheduler, &File::SCHEDULER, KUBECONFIG, "Make the kubeconfig of the scheduler"),
    Entry { phase: Phase::EtcdLocal, path: "etcd/local", work: Work::Etcd, flags: ETCD, about: "Write the static pod of a local etcd" },
    Entry { phase: Phase::ControlPlaneApiserver, path: "control-plane/apiserver", work: Work::Manifest(StaticPod::ApiServer), flags: APISERVER, about: "Write the static pod of the API server" },
    Entry { phase: Phase::ControlPlaneControllerManager, path: "control-plane/controller-manager", work: Work::Manifest(StaticPod::ControllerManager), flags: CONTROLLER_MANAGER, about: "Write the static pod of the controller manager" },
    Entry { phase: Phase::ControlPlaneScheduler, path: "control-plane/scheduler", work: Work::Manifest(StaticPod::Scheduler), flags: SCHEDULER, about: "Write the static pod of the scheduler" },
    Entry { phase: Phase::KubeletStart, path: "kubelet-start", work: Work::KubeletStart, flags: KUBELET_START, about: "Write the kubelet's settings and restart it" },
    Entry { phase: Phase::WaitControlPlane, path: "wait-control-plane", work: Work::WaitControlPlane, flags: &[], about: "Wait until the kubelet and the control plane are healthy" },
    Entry { phase: Phase::UploadConfigKubeadm, path: "upload-config/kubeadm", work: Work::Cluster(ClusterWork::KubeadmConfig), flags: UPLOAD_CONFIG, about: "Store the ClusterConfiguration in the cluster" },
    Entry { phase: Phase::UploadConfigKubelet, path: "upload-config/kubelet", work: Work::Cluster(ClusterWork::KubeletConfig), flags: UPLOAD_CONFIG, about: "Store the kubelet's configuration in the cluster" },
    Entry { phase: Phase::UploadCerts, path: "upload-certs", work: Work::Cluster(ClusterWork::Certificates), flags: UPLOAD_CERTS, about: "Store the shared certificates, encrypted, in the kubeadm-certs Secret" },
    Entry { phase: Phase::MarkControlPlane, path: "mark-control-plane", work: Work::Cluster(ClusterWork::NodeMarks), flags: MARK, about: "Label and taint this node as a control plane" },
    Entry { phase: Phase::BootstrapToken, path: "bootstrap-token", work: Work::Cluster(ClusterWork::BootstrapTokens), flags: TOKEN, about: "Make the bootstrap tokens, and the rules that let nodes join with them" },
    Entry { phase: Phase::KubeletFinalizeEnableClientCertRotation, path: "kubelet-finalize/enable-client-cert-rotation", work: Work::EnableCertificateRotation, flags: FINALIZE, about: "Point the kubelet at its own, rotating client certificate" },
    Entry { phase: Phase::AddonCoredns, path: "addon/coredns", work: Work::Cluster(ClusterWork::Coredns), flags: COREDNS, about: "Install CoreDNS" },
    Entry { phase: Phase::AddonKubeProxy, path: "addon/kube-proxy", work: Work::Cluster(ClusterWork::KubeProxy), flags: KUBE_PROXY, about: "Install kube-proxy" },
    Entry { phase: Phase::ShowJoinCommand, path: "show-join-command", work: Work::JoinCommand, flags: &[], about: "Print the commands with which nodes join" },
];

const fn certificate(
    phase: Phase,
    entry: &'static pki::Entry,
    flags: &'static [&'static str],
    about: &'static str,
) -> Entry {
    Entry { phase, path: entry.phase, about, flags, work: Work::Certificate(entry) }
}

const fn kubeconfig(
    phase: Phase,
    file: &'static File,
    flags: &'static [&'static str],
    about: &'static str,
) -> Entry {
    Entry { phase, path: file.phase, about, flags, work: Work::Kubeconfig(file) }
}

/// The first level of `init phase`, in the order of [`PHASES`].
#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "preflight", alias: None, about: "Check that this host can become a control plane", hidden: false },
    Group { name: "certs", alias: None, about: "Make certificates and keys", hidden: false },
    Group { name: "kubeconfig", alias: None, about: "Make the kubeconfig files of the administrators and the control plane", hidden: false },
    Group { name: "etcd", alias: None, about: "Write the static pod of a local etcd", hidden: false },
    Group { name: "control-plane", alias: None, about: "Write the static pods of the control plane", hidden: false },
    Group { name: "kubelet-start", alias: None, about: "Write the kubelet's settings and restart it", hidden: false },
    Group { name: "wait-control-plane", alias: None, about: "Wait until the kubelet and the control plane are healthy", hidden: false },
    Group { name: "upload-config", alias: Some("uploadconfig"), about: "Store the configuration in the cluster", hidden: false },
    Group { name: "upload-certs", alias: None, about: "Store the shared certificates, encrypted, in the kubeadm-certs Secret", hidden: false },
    Group { name: "mark-control-plane", alias: None, about: "Label and taint this node as a control plane", hidden: false },
    Group { name: "bootstrap-token", alias: Some("bootstraptoken"), about: "Make the bootstrap tokens, and the rules that let nodes join with them", hidden: false },
    Group { name: "kubelet-finalize", alias: None, about: "Change the kubelet's settings once it has its own certificate", hidden: false },
    Group { name: "addon", alias: None, about: "Install CoreDNS and kube-proxy", hidden: false },
    Group { name: "show-join-command", alias: None, about: "Print the commands with which nodes join", hidden: false },
];

const LEGACY_NAMES: &[LegacyName] = &[LegacyName {
    path: "kubelet-finalize/experimental-cert-rotation",
    now: Some("kubelet-finalize/enable-client-cert-rotation"),
    until: 31,
    flags: FINALIZE,
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig;

    #[test]
    fn every_certificate_and_kubeconfig_has_its_phase_in_the_order_of_the_catalogues() {
        let works = || PHASES.iter().map(|entry| entry.work);
        let certificates = works().filter_map(|work| match work {
            Work::Certificate(entry) => Some(*entry),
            _ => None,
        });
        assert_eq!(certificates.collect::<Vec<_>>(), pki::ENTRIES);
        let kubeconfigs = works().filter_map(|work| match work {
            Work::Kubeconfig(file) => Some(*file),
            _ => None,
        });
        assert_eq!(kubeconfigs.collect::<Vec<_>>(), kubeconfig::FILES);
    }
}
