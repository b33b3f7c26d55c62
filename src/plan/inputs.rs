//! What a plan is made from: the configuration, what was found on the host, and what only chance or a clock can give.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;

use super::Content;
use crate::config::{BootstrapToken, CertificateKey, ClusterSpec, Spec, TokenString};
use crate::kubeconfig;
use crate::manifests::accounts::{self, AccountFiles, Accounts, AccountsError};
use crate::manifests::component::Resolver;
use crate::manifests::objects::SeenDns;
use crate::manifests::patches::Patches;
use crate::manifests::static_pod::{StaticPod, static_pods};
use crate::pki::{self, Existing, SharedPath};

/// Whatever lies there is run by the kubelet.
pub const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// The kubelet's own folder.
pub const KUBELET: &str = "/var/lib/kubelet";
/// Where the files of kubeadm are, unless a flag or a field says otherwise.
pub const KUBERNETES: &str = "/etc/kubernetes";

/// Path on the host → content; what is not here is not there.
pub type Files = BTreeMap<PathBuf, Content>;

/// What one node's plan is made from; no part of it is read from the host by the plan itself.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The configuration that says which certificates there are, and where.
    pub spec: Spec<'a>,
    /// Those that the cluster is to have.
    pub tokens: &'a [BootstrapToken],
    /// Those of [`observed_paths`] that are there.
    pub files: &'a Files,
    /// Of the folder that `--patches` names; empty without one.
    pub patches: &'a Patches,
    /// What of this host shows in the files that are made.
    pub host: &'a HostInputs,
    /// Of the kubeconfigs, which flags can move.
    pub paths: &'a Paths,
    /// Only where certificates are to be uploaded.
    pub upload: Option<Upload>,
    /// The control plane's own users, where it is not to run as root.
    pub accounts: Option<Accounts>,
    /// Of a node that joins.
    pub joining: Option<&'a JoinInputs>,
    /// From here new certificates' lives are counted, and by it the old ones are judged.
    pub now: Timestamp,
}

impl<'a> Inputs<'a> {
    /// Of a node that neither joins nor uploads anything, has no tokens to make, and whose control plane is root's.
    pub fn new(
        spec: Spec<'a>,
        files: &'a Files,
        patches: &'a Patches,
        host: &'a HostInputs,
        paths: &'a Paths,
        now: Timestamp,
    ) -> Self {
        Self {
            spec,
            tokens: &[],
            files,
            patches,
            host,
            paths,
            upload: None,
            accounts: None,
            joining: None,
            now,
        }
    }
}

/// What a node that joins has learned of its cluster.
#[derive(Debug, Clone)]
pub struct JoinInputs {
    /// Where a worker keeps the cluster's CA.
    pub ca_cert_path: PathBuf,
    /// The kubeconfig with which the kubelet asks for its certificate; none where it has one, which it got for an earlier
    /// run.
    pub bootstrap: Option<Content>,
    /// The cluster's CA, PEM.
    pub authority: Content,
    /// What control planes share, out of the kubeadm-certs Secret: path on the host → content.
    pub shared: Files,
}

/// What of the host shows in the files.
#[derive(Debug, Clone)]
pub struct HostInputs {
    /// The host's own, as the kernel has it: where the node is called otherwise, the kubelet has to be told.
    /// Empty where it has none.
    pub name: String,
    /// Who answers name look-ups, by which the kubelet's `resolvConf` is chosen.
    pub resolver: Resolver,
    /// The folders with the host's CA certificates that exist.
    pub ca_directories: Vec<String>,
    /// The variables of the environment that static pods get, name and value: `HTTPS_PROXY` and its like.
    pub proxies: Vec<(String, String)>,
    /// Paths that the static pods of others mount.
    pub foreign_mounts: Vec<PathBuf>,
}

/// Where kubeconfigs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The five of init.
    pub kubeconfig_dir: PathBuf,
    /// The one with which this run reaches the cluster.
    pub kubeconfig: PathBuf,
}

/// The certificates are to be uploaded: under this key, for as long as this token lives, with these nonces (each
/// is used once).
#[derive(Debug, Clone)]
pub struct Upload {
    /// Of AES-256-GCM.
    pub key: CertificateKey,
    /// A bootstrap token that owns the Secret: both go together.
    pub token: TokenString,
    /// Of AES-256-GCM, 12 bytes each: as many as there are files to upload.
    pub nonces: Vec<[u8; 12]>,
}

/// What was found in a cluster that is up.
#[derive(Debug, Clone, Default)]
pub struct ClusterState {
    /// What is in it of an earlier CoreDNS.
    pub dns: SeenDns,
    /// This node's.
    pub taints: Vec<Taint>,
    /// The bootstrap tokens that are in it.
    pub tokens: Vec<BootstrapToken>,
}

impl Default for Paths {
    fn default() -> Self {
        let kubeconfig_dir = PathBuf::from(KUBERNETES);
        Self { kubeconfig: kubeconfig_dir.join(kubeconfig::File::ADMIN.name), kubeconfig_dir }
    }
}

impl Paths {
    /// The five, and the one that this run uses.
    pub fn kubeconfigs(&self) -> impl Iterator<Item = PathBuf> {
        let five = kubeconfig::FILES.iter().map(|file| self.kubeconfig_dir.join(file.name));
        five.chain([self.kubeconfig.clone()])
    }
}

/// On the host: `/etc/kubernetes/manifests/kube-apiserver.yaml` and its like.
pub fn manifest_path(pod: StaticPod) -> PathBuf {
    Path::new(MANIFESTS).join(format!("{}.yaml", pod.name()))
}

/// `name` is a path below the kubelet's folder.
pub fn kubelet_path(name: &str) -> PathBuf {
    Path::new(KUBELET).join(name)
}

/// The ranges of the numbers of the system's users and groups.
const LOGIN_DEFS: &str = "/etc/login.defs";
/// The host's users.
pub const PASSWD: &str = "/etc/passwd";
/// The host's groups.
pub const GROUP: &str = "/etc/group";

/// Whether the control plane is to run as users of its own (KEP-2568).
fn is_rootless(cluster: &ClusterSpec) -> bool {
    cluster.feature_gates.get("RootlessControlPlane").copied().unwrap_or(false)
}

/// The accounts of a rootless control plane: those that the host has, and the missing ones.
///
/// # Errors
/// The host's account files cannot be read as such, or leave no room.
pub fn accounts(cluster: &ClusterSpec, files: &Files) -> Result<Option<Accounts>, AccountsError> {
    let bytes = |path: &str| files.get(Path::new(path)).map(Content::bytes).unwrap_or_default();
    let found = AccountFiles { login_defs: bytes(LOGIN_DEFS), passwd: bytes(PASSWD), group: bytes(GROUP) };
    is_rootless(cluster).then(|| accounts::ensure(found)).transpose()
}

/// Every file that the plan may write, keep or read.
pub fn observed_paths(spec: Spec<'_>, paths: &Paths) -> Vec<PathBuf> {
    let certificates =
        Existing::paths(&pki::catalogue(spec)).into_iter().map(|path| certificate_path(spec.cluster, &path));
    let manifests = static_pods(spec).into_iter().map(manifest_path);
    let kubelet = KUBELET_FILES.iter().chain(&KUBELET_SERVING).map(|name| kubelet_path(name));
    let accounts = is_rootless(spec.cluster)
        .then_some([LOGIN_DEFS, PASSWD, GROUP])
        .into_iter()
        .flatten()
        .map(PathBuf::from);
    let mut all: Vec<PathBuf> = certificates
        .chain(shared_paths(spec.cluster))
        .chain(paths.kubeconfigs())
        .chain(manifests)
        .chain(kubelet)
        .chain(accounts)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Whether any of the plan's files is at, or below, one of the paths `mounts`.
pub fn are_mounted(spec: Spec<'_>, paths: &Paths, mounts: &[PathBuf]) -> bool {
    let own = observed_paths(spec, paths);
    mounts.iter().any(|mount| own.iter().any(|path| path.starts_with(mount)))
}

/// Below the kubelet's folder: the flags that systemd's unit hands to the kubelet.
pub const FLAGS_FILE: &str = "kubeadm-flags.env";
/// Below the kubelet's folder: what of the kubelet's configuration is this node's own, as kubeadm's patch of
/// `config.yaml`.
pub const INSTANCE_FILE: &str = "instance-config.yaml";
/// Below the kubelet's folder: the KubeletConfiguration with which the kubelet starts.
pub const CONFIG_FILE: &str = "config.yaml";
const KUBELET_FILES: &[&str] = &[FLAGS_FILE, INSTANCE_FILE, CONFIG_FILE];
/// The key, and the certificate, with which it serves its own API.
pub const KUBELET_SERVING: [&str; 2] = ["pki/kubelet.key", "pki/kubelet.crt"];

/// `below` is a path below certificatesDir, such as `etcd/ca.crt`.
pub fn certificate_path(cluster: &ClusterSpec, below: &str) -> PathBuf {
    cluster.certificates_dir.join(below)
}

/// Where a shared file is, where the configuration names one.
pub fn shared_path(cluster: &ClusterSpec, path: &SharedPath) -> Option<PathBuf> {
    match path {
        SharedPath::Certificates(below) => Some(certificate_path(cluster, below)),
        SharedPath::ExternalEtcd(path) => (!path.is_empty()).then(|| PathBuf::from(path)),
    }
}

/// Where each file is that all control planes of the cluster share.
pub fn shared_paths(cluster: &ClusterSpec) -> Vec<PathBuf> {
    shared_places(cluster).into_iter().map(|(path, _)| path).collect()
}

/// The same, with what each file is.
pub fn shared_places(cluster: &ClusterSpec) -> Vec<(PathBuf, pki::FileKind)> {
    let files = pki::shared_files(cluster);
    files.iter().filter_map(|file| Some((shared_path(cluster, &file.path)?, file.kind()))).collect()
}

/// The files below the certificates directory, as `pki` takes them.
pub fn existing(cluster: &ClusterSpec, files: &Files) -> Existing {
    let below = |path: &Path| Some(path.strip_prefix(&cluster.certificates_dir).ok()?.to_str()?.to_owned());
    files.iter().filter_map(|(path, content)| Some((below(path)?, content.bytes().to_vec()))).collect()
}
