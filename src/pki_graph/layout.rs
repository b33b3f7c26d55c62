//! Where distributions have what no flag names: folders that are walked, and files that are known by their place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::content::Content;
use super::flags::file_flags;
use super::program::{Program, of_words};
use super::role::Role;
use super::seen::{Tree, normal};

/// A folder of which everything is read that may be a key, a certificate or a kubeconfig.
#[derive(Debug)]
pub struct Folder {
    /// Its path; a star at its end stands for the rest of its name.
    pub path: &'static str,
    /// How many folders deep.
    pub depth: usize,
    /// What a file's name has to begin with; everything where that is empty.
    pub begins: &'static [&'static str],
}

const ANY: &[&str] = &[];

/// A path that other tools use stands here as well, so that a copy of any of them is looked at alike.
#[rustfmt::skip]
pub const FOLDERS: &[Folder] = &[
    Folder { path: "/etc/kubernetes*", depth: 6, begins: ANY },
    Folder { path: "/var/lib/kubelet/pki", depth: 1, begins: ANY },
    Folder { path: "/var/lib/kubelet", depth: 0, begins: &["config.yaml", "kubeadm-flags.env", "kubeconfig"] },
    Folder { path: "/root", depth: 3, begins: ANY },
    Folder { path: "/var/backups", depth: 3, begins: ANY },
];

/// How a cluster was set up, as far as its files show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// kubeadm, and whatever calls it.
    Kubeadm,
    /// Nothing that is known.
    Unknown,
}

impl Layout {
    /// For programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubeadm => "kubeadm",
            Self::Unknown => "unknown",
        }
    }

    /// By the files that are there.
    pub fn of(tree: &Tree) -> Self {
        let has = |path: &str| tree.files.contains_key(Path::new(path));
        let known = [
            "/etc/kubernetes/manifests/kube-apiserver.yaml",
            "/etc/kubernetes/kubelet.conf",
            "/etc/kubernetes/pki/ca.crt",
            "/etc/kubernetes/admin.conf",
        ];
        if known.into_iter().any(has) { Self::Kubeadm } else { Self::Unknown }
    }
}

/// A pair that is known by its place alone: nobody's flag names it.
pub struct KnownPair {
    /// Without its ending.
    pub stem: &'static str,
    /// What it is for.
    pub role: Role,
}

/// Of kubeadm.
pub const PAIRS: &[KnownPair] =
    &[KnownPair { stem: "/etc/kubernetes/pki/etcd/healthcheck-client", role: Role::EtcdProbe }];

/// CAs whose keys lie beside them, or whose keys are elsewhere; with what each is of.
pub const AUTHORITIES: &[&str] =
    &["/etc/kubernetes/pki/ca", "/etc/kubernetes/pki/front-proxy-ca", "/etc/kubernetes/pki/etcd/ca"];

/// What else is known by its place, and not named by a flag on each node.
pub const KEPT: &[&str] = &["/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/sa.pub"];

/// Where a rotation has what comes and what goes; nothing there is a fault.
pub const ROTATION: &[&str] = &["/etc/kubernetes/pki/next", "/etc/kubernetes/pki/previous"];

/// The administrator's own.
const OF_ROOT: &str = "/root/.kube/config";

/// kubeconfigs that are known by their names.
#[rustfmt::skip]
pub const KUBECONFIGS: &[(&str, Role)] = &[
    ("/etc/kubernetes/admin.conf", Role::Admin),
    ("/etc/kubernetes/super-admin.conf", Role::SuperAdmin),
    ("/etc/kubernetes/controller-manager.conf", Role::ControllerManager),
    ("/etc/kubernetes/scheduler.conf", Role::Scheduler),
    ("/etc/kubernetes/kubelet.conf", Role::Kubelet),
    (OF_ROOT, Role::OtherClient),
];

/// What a kubelet begins with, and needs no longer once it has its own.
pub const BOOTSTRAP: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// The administrator that no rule of RBAC binds.
pub const SUPER_ADMIN: &str = "/etc/kubernetes/super-admin.conf";
/// Where a kubelet has its own certificates.
pub const KUBELET_PKI: &str = "/var/lib/kubelet/pki";
/// Its configuration.
pub const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";
/// The flags that kubeadm gives it.
pub const KUBELET_FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
/// What the host is called.
pub const HOSTNAME: &str = "/etc/hostname";

/// kubeadm's certificates, as its static pods would name them; taken where there are no static pods to be asked.
#[rustfmt::skip]
const ASSUMED: &[&[&str]] = &[
    &["kube-apiserver", "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt", "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
        "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt", "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key",
        "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt", "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
        "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt", "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
        "--client-ca-file=/etc/kubernetes/pki/ca.crt", "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client", "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub", "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key"],
    &["kube-controller-manager", "--client-ca-file=/etc/kubernetes/pki/ca.crt", "--root-ca-file=/etc/kubernetes/pki/ca.crt",
        "--kubeconfig=/etc/kubernetes/controller-manager.conf"],
    &["kube-scheduler", "--kubeconfig=/etc/kubernetes/scheduler.conf"],
    &["etcd", "--cert-file=/etc/kubernetes/pki/etcd/server.crt", "--key-file=/etc/kubernetes/pki/etcd/server.key",
        "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt", "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
        "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key", "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt"],
];

/// What only the host has that runs such a program.
const OWN: &[&str] = &["tls-cert-file", "cert-file", "kubeconfig"];

/// Every file that kubeadm's static pods would name.
pub fn usual_files() -> impl Iterator<Item = &'static str> {
    let words = ASSUMED.iter().flat_map(|words| words.iter());
    words
        .filter_map(|word| word.split_once('='))
        .map(|(_, value)| value)
        .filter(|value| value.starts_with('/'))
}

/// The programs of a tree that has the files of a control plane and no manifest that says what they are for. Only flags whose files
/// are there are taken.
pub fn assumed(tree: &Tree) -> Vec<Program> {
    let is_there = |value: &str| !value.starts_with('/') || tree.file(Path::new(value)).is_some();
    let programs = ASSUMED.iter().filter_map(|words| of_words(words));
    let mut programs: Vec<Program> = programs
        .map(|mut program| {
            program.flags.retain(|(_, value)| is_there(value));
            program.source = PathBuf::from("/etc/kubernetes/pki");
            program
        })
        .collect();
    // A worker has the CA's file, too.
    programs.retain(|program| OWN.iter().any(|flag| program.flag(flag).is_some()));
    programs
}

/// All programs that something on the host starts.
pub fn programs(tree: &Tree) -> Vec<Program> {
    let run: Vec<Program> = tree
        .files
        .iter()
        .filter(|(path, _)| is_manifest(path))
        .flat_map(|(_, file)| match &file.content {
            Content::Programs(programs) => programs.clone(),
            _ => Vec::new(),
        })
        .collect();
    if run.is_empty() { assumed(tree) } else { run }
}

/// The kubelet takes every file of its folder for a manifest, unless its name begins with a dot.
fn is_manifest(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.parent() == Some(Path::new("/etc/kubernetes/manifests"))
}

/// The files that something names, and that were not looked at yet.
pub fn wanted(tree: &Tree) -> BTreeSet<PathBuf> {
    let mut all: BTreeSet<PathBuf> =
        [HOSTNAME, KUBELET_CONFIG, KUBELET_FLAGS, OF_ROOT].map(PathBuf::from).into();
    for program in programs(tree) {
        let values = file_flags(&program.name).flat_map(|flag| program.all(flag).collect::<Vec<_>>());
        all.extend(values.filter_map(|path| program.on_host(path)));
    }
    for file in tree.files.values() {
        match &file.content {
            Content::Kubeconfig(read) => all.extend(read.iter().flat_map(|read| read.files().cloned())),
            Content::Kubelet(settings) => {
                let named = [&settings.client_authority, &settings.certificate, &settings.key];
                all.extend(named.into_iter().flatten().map(PathBuf::from));
            }
            _ => {}
        }
    }
    all.into_iter().map(|path| normal(&path)).filter(|path| !tree.files.contains_key(path)).collect()
}
