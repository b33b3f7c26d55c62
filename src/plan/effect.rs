//! What a plan comes to once its keys are made and its bytes rendered: a list of effects, all of them in memory
//! before the first is carried out.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::written_file::WrittenFile;
use super::{Phase, Teardown, Wait};
use crate::duration::GoDuration;
use crate::facts::MemberId;
use crate::manifests::objects::{Object, ObjectKind};
use crate::manifests::rootless::Ownership;
use crate::manifests::static_pod::StaticPod;
use crate::pki;

/// One change, or one wait, together with the phase that asks for it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// That which is told when it is carried out, and named where it fails.
    pub phase: Phase,
    /// One thing that is done or waited for.
    pub action: Action,
}

/// All that a plan can have a host do; `describe` says in one place what each is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// With the folders above it; one that is there keeps its mode.
    MakeDir(Directory),
    /// Through a temporary file beside it that takes its place at once.
    WriteFile(File),
    /// Files that belong together, as a key and its certificate, take the place of those that are there.
    Replace(Vec<File>),
    /// The file is there and fits; it is named so that the user sees it was looked at.
    KeepFile(PathBuf),
    /// A file or tree becomes somebody else's.
    GiveTo(Ownership),
    /// By the init system: systemd or OpenRC.
    Kubelet(KubeletCall),
    /// Containers that see something else than what is now at a path which they mount.
    RestartMounting(Mounting),
    /// Until every probe answers that it is healthy.
    Wait(Wait),
    /// A container runs on for a while, and is not started again meanwhile.
    Settle(Settle),
    /// Allows the waits that follow to start etcd from nothing again, should it turn out that it was killed in its first start.
    AllowEtcdRecovery(EtcdRecovery),
    /// `kubelet.conf` names the file of the rotating certificate, in place of holding one of its own.
    EnableCertificateRotation(KubeletCertificate),
    /// The kubelet asks for its certificate and writes its kubeconfig.
    AwaitBootstrap(Bootstrap),
    /// One that is not there is no error.
    RemoveFile(PathBuf),
    /// The voting members answer, and are enough.
    CheckEtcd(EtcdAccess),
    /// A learner becomes a voting member.
    PromoteEtcd(Learner),
    /// All data of this host's member are kept in a file.
    SnapshotEtcd(EtcdSnapshot),
    /// Another member leads, where this host's does and is about to end.
    MoveEtcdLeader(OwnMember),
    /// Objects that need not wait for each other.
    Send(Vec<Object>),
    /// The pods of an addon are those of its new template, and up.
    AwaitRollout(Rollout),
    /// What init or join have made is removed.
    Teardown(Teardown),
}

/// A folder that is to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Absolute, on the host.
    pub path: PathBuf,
    /// As chmod(2) takes it, such as `0o700`.
    pub mode: u32,
}

/// A whole file as it is to be: the mode follows from the kind, so that a key cannot be planned readable. JSON has no secret's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WrittenFile", try_from = "WrittenFile")]
pub struct File {
    /// Absolute, on the host.
    pub path: PathBuf,
    /// Of which mode and secrecy follow.
    pub kind: FileKind,
    /// All of it.
    pub content: Content,
    /// What has to be in its place until then.
    pub expect: Expect,
}

impl File {
    /// The static pod whose manifest it replaces by one that says something else.
    pub fn replaced_pod(&self) -> Option<StaticPod> {
        if self.kind != FileKind::Manifest {
            return None;
        }
        let replaces_none = [Expect::Absent, Expect::seen(Some(self.content.bytes()))];
        let pod = StaticPod::named(self.path.file_stem()?.to_str()?);
        pod.filter(|_| !replaces_none.contains(&self.expect))
    }
}

/// What a file is for, as far as its mode and its secrecy go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A certificate, a key, or a request for a certificate.
    Pki(pki::FileKind),
    /// It holds a key or a token.
    Kubeconfig,
    /// A static pod's.
    Manifest,
    /// `config.yaml`, `kubeadm-flags.env` and the like below `/var/lib/kubelet`.
    KubeletSettings,
    /// `/etc/passwd` and `/etc/group`.
    Accounts,
}

impl FileKind {
    /// The mode that the real kubeadm gives such a file.
    pub const fn mode(self) -> u32 {
        match self {
            Self::Pki(kind) => kind.mode(),
            Self::Kubeconfig | Self::Manifest => 0o600,
            Self::KubeletSettings | Self::Accounts => 0o644,
        }
    }

    /// The mode of its folder, where that has to be made; the real kubeadm's again.
    pub const fn folder_mode(self) -> u32 {
        match self {
            Self::Pki(_) | Self::Kubeconfig | Self::Accounts => 0o755,
            Self::Manifest | Self::KubeletSettings => 0o700,
        }
    }

    /// Whether its text may be shown in a dry run.
    pub const fn is_secret(self) -> bool {
        match self {
            Self::Pki(pki::FileKind::PrivateKey) | Self::Kubeconfig => true,
            Self::Pki(
                pki::FileKind::PublicKey
                | pki::FileKind::SharedPublicKey
                | pki::FileKind::Certificate
                | pki::FileKind::Request,
            )
            | Self::Manifest
            | Self::KubeletSettings
            | Self::Accounts => false,
        }
    }
}

/// A file's bytes, wiped on drop and never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    /// The bytes are moved, and wiped when this is dropped.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Secret where the file's kind is.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Content({} bytes)", self.0.len())
    }
}

/// What a write counts on finding in its place. Facts go stale: a file that changed since it was seen is not
/// overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expect {
    /// Nothing is there.
    Absent,
    /// A file with this hash of its content is there.
    Sha256([u8; 32]),
}

impl Expect {
    /// What was seen: nothing, or these bytes.
    pub fn seen(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self::Absent, |bytes| Self::Sha256(Sha256::digest(bytes).into()))
    }
}

/// What the init system is asked to do with the kubelet's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KubeletCall {
    /// And wait until it has stopped.
    Stop,
    /// Units are reloaded first.
    Restart,
}

/// The kubelet's kubeconfig, and the file in which the kubelet keeps the certificate that it renews by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeletCertificate {
    /// `kubelet.conf`.
    pub kubeconfig: PathBuf,
    /// `kubelet-client-current.pem`: a link to the newest certificate and its key.
    pub certificate: PathBuf,
}

/// The kubelet's TLS bootstrap: done once its kubeconfig is there, together with the certificate that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// `kubelet.conf`, which the kubelet writes.
    pub kubeconfig: PathBuf,
    /// The kubeconfig with which the kubelet asks.
    pub credentials: PathBuf,
    /// Where its request goes.
    pub from: BootstrapFrom,
    /// The configuration's `timeouts.tlsBootstrap`.
    pub timeout: GoDuration,
}

/// Which API server the kubelet asks for its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BootstrapFrom {
    /// One that runs.
    Cluster,
    /// That of this host, which the kubelet itself has to start: its first try fails, and it would take its time
    /// before the next.
    OwnApiServer,
}

/// Files of this run that containers of others may have mounted before they were there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mounting {
    /// Of the runtime that runs the containers.
    pub cri_socket: String,
    /// Absolute, on the host; each was written by this run.
    pub paths: Vec<PathBuf>,
}

/// A static pod whose container has come up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// By its component.
    pub pod: StaticPod,
    /// Of the runtime that it runs in.
    pub cri_socket: String,
}

/// An etcd whose data is empty where it was killed in its first start, and keeps it from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdRecovery {
    /// The folder of its data, as its manifest has it.
    pub data_dir: PathBuf,
    /// Of the runtime that its pod runs in.
    pub cri_socket: String,
}

/// An addon whose pods are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rollout {
    /// The Deployment coredns.
    Dns,
    /// The DaemonSet kube-proxy.
    Proxy,
}

impl Rollout {
    /// Its place in the API.
    pub fn path(self) -> String {
        let (kind, name, _) = self.words();
        format!("{}/{name}", kind.collection_path(Some("kube-system")))
    }

    /// That of the list of its pods.
    pub fn pods_path(self) -> String {
        format!("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3D{}", self.words().2)
    }

    fn words(self) -> (ObjectKind, &'static str, &'static str) {
        match self {
            Self::Dns => (ObjectKind::Deployment, "coredns", "kube-dns"),
            Self::Proxy => (ObjectKind::DaemonSet, "kube-proxy", "kube-proxy"),
        }
    }

    /// Puts back the template of before.
    pub fn put_back(self, template: &Value) -> Object {
        let (kind, name, _) = self.words();
        Object::template(kind, name, template)
    }
}

impl fmt::Display for Rollout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name, _) = self.words();
        write!(out, "{} {name}", kind.as_str())
    }
}

/// How the cluster's etcd is reached from a control plane: by the health check's certificate, as kubeadm does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdAccess {
    /// The path of etcd's CA, PEM.
    pub authority: PathBuf,
    /// The path of the client certificate, PEM.
    pub certificate: PathBuf,
    /// The path of the client certificate's key, PEM.
    pub key: PathBuf,
    /// Of a call with all its attempts: the configuration's `timeouts.etcdAPICall`.
    pub timeout: GoDuration,
}

/// The member that this host is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdJoin {
    /// With which the cluster's etcd is asked to add it.
    pub access: EtcdAccess,
    /// The node's name.
    pub name: String,
    /// `https://ADDRESS:2380`, by which the cluster knows it.
    pub peer_url: String,
    /// Where it serves clients once it is up.
    pub client_url: String,
    /// Its folder on this host.
    pub data_dir: PathBuf,
    /// Of the runtime that its pod runs in.
    pub cri_socket: String,
}

/// This host's member, which serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMember {
    /// With which it is asked.
    pub access: EtcdAccess,
    /// Where it serves clients: `https://ADDRESS:2379`.
    pub client_urls: Vec<String>,
}

/// Where the data of this host's member are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdSnapshot {
    /// Whose data they are.
    pub member: OwnMember,
    /// The file, as `etcdutl snapshot restore` reads it.
    pub path: PathBuf,
}

/// This host's member, which has no vote so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    /// With which it is promoted.
    pub access: EtcdAccess,
    /// The id that etcd has given it.
    pub member: MemberId,
    /// Where it serves clients once it is up.
    pub client_url: String,
    /// Of the runtime that its pod runs in.
    pub cri_socket: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_manifest_that_says_something_else_replaces_a_pod() {
        let replaced = |name: &str, kind, seen: Option<&str>| {
            let expect = Expect::seen(seen.map(str::as_bytes));
            File { path: name.into(), kind, content: Content::new("new"), expect }.replaced_pod()
        };
        let etcd = "/etc/kubernetes/manifests/etcd.yaml";
        assert_eq!(replaced(etcd, FileKind::Manifest, Some("old")), Some(StaticPod::Etcd));
        assert_eq!(replaced(etcd, FileKind::Manifest, Some("new")), None);
        assert_eq!(replaced(etcd, FileKind::Manifest, None), None);
        assert_eq!(replaced(etcd, FileKind::KubeletSettings, Some("old")), None);
        assert_eq!(replaced("/etc/kubernetes/manifests/lb.yaml", FileKind::Manifest, Some("old")), None);
    }
}
