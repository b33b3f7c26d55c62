//! Where distributions have what no flag names: folders that are walked, and files that are known by their place. A row a distribution.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::content::Content;
use super::flags::file_flags;
use super::program::{PROGRAMS, Program, of_words};
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
const UNITS: &[&str] = &["kube-", "kubelet", "etcd"];

/// Those of all distributions, so that a copy of any of them is looked at alike.
#[rustfmt::skip]
pub const FOLDERS: &[Folder] = &[
    Folder { path: "/etc/kubernetes*", depth: 6, begins: ANY },
    Folder { path: "/etc/ssl/etcd", depth: 2, begins: ANY },
    Folder { path: "/etc/etcd", depth: 2, begins: ANY },
    Folder { path: "/etc", depth: 0, begins: &["etcd.env", "hostname"] },
    Folder { path: "/etc/systemd/system", depth: 0, begins: UNITS },
    Folder { path: "/etc/systemd/system/kubelet.service.d", depth: 0, begins: ANY },
    Folder { path: "/usr/lib/systemd/system", depth: 0, begins: UNITS },
    Folder { path: "/usr/lib/systemd/system/kubelet.service.d", depth: 0, begins: ANY },
    Folder { path: "/var/lib/kubelet/pki", depth: 1, begins: ANY },
    Folder { path: "/var/lib/kubelet", depth: 0, begins: &["config.yaml", "kubelet-config.yaml", "kubeadm-flags.env", "kubeconfig", "kubelet.", "ca."] },
    Folder { path: "/var/lib/kubernetes", depth: 2, begins: ANY },
    Folder { path: "/var/lib/k0s/pki", depth: 2, begins: ANY },
    Folder { path: "/var/lib/k0s/kubelet/pki", depth: 1, begins: ANY },
    Folder { path: "/var/lib/k0s", depth: 0, begins: &["kubelet.conf"] },
    Folder { path: "/var/lib/rancher/k3s/server/tls", depth: 2, begins: ANY },
    Folder { path: "/var/lib/rancher/k3s/server/cred", depth: 0, begins: &["admin", "controller", "scheduler"] },
    Folder { path: "/var/lib/rancher/k3s/agent", depth: 0, begins: &["client-", "server-", "serving-", "kubelet", "kubeproxy"] },
    Folder { path: "/var/lib/rancher/rke2/server/tls", depth: 2, begins: ANY },
    Folder { path: "/var/lib/rancher/rke2/server/cred", depth: 0, begins: &["admin", "controller", "scheduler"] },
    Folder { path: "/var/lib/rancher/rke2/agent", depth: 0, begins: &["client-", "server-", "serving-", "kubelet", "kubeproxy"] },
    Folder { path: "/var/lib/rancher/rke2/agent/pod-manifests", depth: 0, begins: ANY },
    Folder { path: "/var/snap/microk8s/current/certs", depth: 0, begins: ANY },
    Folder { path: "/var/snap/microk8s/current/credentials", depth: 0, begins: ANY },
    Folder { path: "/var/snap/microk8s/current/args", depth: 0, begins: PROGRAMS },
    Folder { path: "/root", depth: 3, begins: ANY },
    Folder { path: "/var/backups", depth: 3, begins: ANY },
];

/// How a cluster was set up, as far as its files show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// kubeadm with kubespray's folders.
    Kubespray,
    /// kubeadm, and whatever calls it.
    Kubeadm,
    /// One program for everything.
    K3s,
    /// k3s with static pods.
    Rke2,
    /// One program, with a PKI like kubeadm's.
    K0s,
    /// A snap.
    Microk8s,
    /// Units of systemd by hand.
    HardWay,
    /// Nothing that is known.
    Unknown,
}

/// What is known of a distribution.
struct Row {
    layout: Layout,
    /// For programs.
    name: &'static str,
    /// Any of these shows it.
    marks: &'static [&'static str],
    /// Its programs, as they are started; taken where nothing on the host says so, with those flags whose files are there.
    programs: &'static [&'static [&'static str]],
    /// A pair that no flag names.
    pairs: &'static [(&'static str, &'static str, Role)],
    /// CAs, and where their keys are.
    authorities: &'static [(&'static str, &'static str)],
    /// kubeconfigs.
    kubeconfigs: &'static [(&'static str, Role)],
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row {
        layout: Layout::Kubespray, name: "kubespray", marks: &["/etc/kubernetes/ssl/ca.crt", "/etc/ssl/etcd/ssl/ca.pem"], programs: &[],
        pairs: &[],
        authorities: &[
            ("/etc/kubernetes/ssl/ca.crt", "/etc/kubernetes/ssl/ca.key"),
            ("/etc/kubernetes/ssl/front-proxy-ca.crt", "/etc/kubernetes/ssl/front-proxy-ca.key"),
            ("/etc/ssl/etcd/ssl/ca.pem", "/etc/ssl/etcd/ssl/ca-key.pem"),
        ],
        kubeconfigs: KUBECONFIGS,
    },
    Row {
        layout: Layout::Kubeadm, name: "kubeadm",
        marks: &["/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/admin.conf"],
        programs: KUBEADM,
        pairs: &[("/etc/kubernetes/pki/etcd/healthcheck-client.crt", "/etc/kubernetes/pki/etcd/healthcheck-client.key", Role::EtcdProbe)],
        authorities: &[
            ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key"),
            ("/etc/kubernetes/pki/front-proxy-ca.crt", "/etc/kubernetes/pki/front-proxy-ca.key"),
            ("/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/etcd/ca.key"),
        ],
        kubeconfigs: KUBECONFIGS,
    },
    Row {
        layout: Layout::K3s, name: "k3s", marks: &["/var/lib/rancher/k3s/server/tls/server-ca.crt", "/var/lib/rancher/k3s/agent/kubelet.kubeconfig"],
        programs: K3S, pairs: &[],
        authorities: &[
            ("/var/lib/rancher/k3s/server/tls/client-ca.crt", "/var/lib/rancher/k3s/server/tls/client-ca.key"),
            ("/var/lib/rancher/k3s/server/tls/server-ca.crt", "/var/lib/rancher/k3s/server/tls/server-ca.key"),
            ("/var/lib/rancher/k3s/server/tls/request-header-ca.crt", "/var/lib/rancher/k3s/server/tls/request-header-ca.key"),
            ("/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt", "/var/lib/rancher/k3s/server/tls/etcd/server-ca.key"),
            ("/var/lib/rancher/k3s/server/tls/etcd/peer-ca.crt", "/var/lib/rancher/k3s/server/tls/etcd/peer-ca.key"),
        ],
        kubeconfigs: &[
            ("/var/lib/rancher/k3s/server/cred/admin.kubeconfig", Role::Admin),
            ("/var/lib/rancher/k3s/server/cred/controller.kubeconfig", Role::ControllerManager),
            ("/var/lib/rancher/k3s/server/cred/scheduler.kubeconfig", Role::Scheduler),
            ("/var/lib/rancher/k3s/agent/kubelet.kubeconfig", Role::Kubelet),
            ("/var/lib/rancher/k3s/agent/kubeproxy.kubeconfig", Role::KubeProxy),
        ],
    },
    Row {
        layout: Layout::Rke2, name: "rke2", marks: &["/var/lib/rancher/rke2/server/tls/server-ca.crt", "/var/lib/rancher/rke2/agent/kubelet.kubeconfig"],
        programs: &[], pairs: &[],
        authorities: &[
            ("/var/lib/rancher/rke2/server/tls/client-ca.crt", "/var/lib/rancher/rke2/server/tls/client-ca.key"),
            ("/var/lib/rancher/rke2/server/tls/server-ca.crt", "/var/lib/rancher/rke2/server/tls/server-ca.key"),
            ("/var/lib/rancher/rke2/server/tls/request-header-ca.crt", "/var/lib/rancher/rke2/server/tls/request-header-ca.key"),
            ("/var/lib/rancher/rke2/server/tls/etcd/server-ca.crt", "/var/lib/rancher/rke2/server/tls/etcd/server-ca.key"),
            ("/var/lib/rancher/rke2/server/tls/etcd/peer-ca.crt", "/var/lib/rancher/rke2/server/tls/etcd/peer-ca.key"),
        ],
        kubeconfigs: &[
            ("/var/lib/rancher/rke2/server/cred/admin.kubeconfig", Role::Admin),
            ("/var/lib/rancher/rke2/server/cred/controller.kubeconfig", Role::ControllerManager),
            ("/var/lib/rancher/rke2/server/cred/scheduler.kubeconfig", Role::Scheduler),
            ("/var/lib/rancher/rke2/agent/kubelet.kubeconfig", Role::Kubelet),
        ],
    },
    Row {
        layout: Layout::K0s, name: "k0s", marks: &["/var/lib/k0s/pki/ca.crt", "/var/lib/k0s/kubelet.conf"], programs: K0S, pairs: &[],
        authorities: &[
            ("/var/lib/k0s/pki/ca.crt", "/var/lib/k0s/pki/ca.key"),
            ("/var/lib/k0s/pki/front-proxy-ca.crt", "/var/lib/k0s/pki/front-proxy-ca.key"),
            ("/var/lib/k0s/pki/etcd/ca.crt", "/var/lib/k0s/pki/etcd/ca.key"),
        ],
        kubeconfigs: &[
            ("/var/lib/k0s/pki/admin.conf", Role::Admin), ("/var/lib/k0s/pki/ccm.conf", Role::ControllerManager),
            ("/var/lib/k0s/pki/scheduler.conf", Role::Scheduler), ("/var/lib/k0s/kubelet.conf", Role::Kubelet),
        ],
    },
    Row {
        layout: Layout::Microk8s, name: "microk8s", marks: &["/var/snap/microk8s/current/certs/ca.crt"], programs: &[], pairs: &[],
        authorities: &[
            ("/var/snap/microk8s/current/certs/ca.crt", "/var/snap/microk8s/current/certs/ca.key"),
            ("/var/snap/microk8s/current/certs/front-proxy-ca.crt", "/var/snap/microk8s/current/certs/front-proxy-ca.key"),
        ],
        kubeconfigs: &[
            ("/var/snap/microk8s/current/credentials/client.config", Role::Admin),
            ("/var/snap/microk8s/current/credentials/controller.config", Role::ControllerManager),
            ("/var/snap/microk8s/current/credentials/scheduler.config", Role::Scheduler),
            ("/var/snap/microk8s/current/credentials/kubelet.config", Role::Kubelet),
            ("/var/snap/microk8s/current/credentials/proxy.config", Role::KubeProxy),
        ],
    },
    Row {
        layout: Layout::HardWay, name: "hard-way", marks: &["/var/lib/kubernetes/ca.crt", "/var/lib/kubernetes/ca.pem", "/var/lib/kubelet/ca.crt"], programs: &[],
        pairs: &[],
        authorities: &[("/var/lib/kubernetes/ca.crt", "/var/lib/kubernetes/ca.key"), ("/var/lib/kubernetes/ca.pem", "/var/lib/kubernetes/ca-key.pem")],
        kubeconfigs: &[("/var/lib/kubelet/kubeconfig", Role::Kubelet)],
    },
    Row { layout: Layout::Unknown, name: "unknown", marks: &[], programs: &[], pairs: &[], authorities: &[], kubeconfigs: KUBECONFIGS },
];

/// The administrator's own.
const OF_ROOT: &str = "/root/.kube/config";

const KUBECONFIGS: &[(&str, Role)] = &[
    ("/etc/kubernetes/admin.conf", Role::Admin),
    ("/etc/kubernetes/super-admin.conf", Role::SuperAdmin),
    ("/etc/kubernetes/controller-manager.conf", Role::ControllerManager),
    ("/etc/kubernetes/scheduler.conf", Role::Scheduler),
    ("/etc/kubernetes/kubelet.conf", Role::Kubelet),
    (OF_ROOT, Role::OtherClient),
];

#[rustfmt::skip]
const KUBEADM: &[&[&str]] = &[
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

#[rustfmt::skip]
const K3S: &[&[&str]] = &[
    &["kube-apiserver", "--tls-cert-file=/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt", "--tls-private-key-file=/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.key",
        "--client-ca-file=/var/lib/rancher/k3s/server/tls/client-ca.crt", "--kubelet-certificate-authority=/var/lib/rancher/k3s/server/tls/server-ca.crt",
        "--kubelet-client-certificate=/var/lib/rancher/k3s/server/tls/client-kube-apiserver.crt", "--kubelet-client-key=/var/lib/rancher/k3s/server/tls/client-kube-apiserver.key",
        "--proxy-client-cert-file=/var/lib/rancher/k3s/server/tls/client-auth-proxy.crt", "--proxy-client-key-file=/var/lib/rancher/k3s/server/tls/client-auth-proxy.key",
        "--requestheader-client-ca-file=/var/lib/rancher/k3s/server/tls/request-header-ca.crt", "--requestheader-allowed-names=system:auth-proxy",
        "--etcd-cafile=/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt", "--etcd-certfile=/var/lib/rancher/k3s/server/tls/etcd/client.crt",
        "--etcd-keyfile=/var/lib/rancher/k3s/server/tls/etcd/client.key", "--service-account-key-file=/var/lib/rancher/k3s/server/tls/service.key",
        "--service-account-signing-key-file=/var/lib/rancher/k3s/server/tls/service.current.key"],
    &["kube-controller-manager", "--root-ca-file=/var/lib/rancher/k3s/server/tls/server-ca.crt", "--kubeconfig=/var/lib/rancher/k3s/server/cred/controller.kubeconfig",
        "--service-account-private-key-file=/var/lib/rancher/k3s/server/tls/service.current.key"],
    &["kube-scheduler", "--kubeconfig=/var/lib/rancher/k3s/server/cred/scheduler.kubeconfig"],
    &["etcd", "--cert-file=/var/lib/rancher/k3s/server/tls/etcd/server-client.crt", "--key-file=/var/lib/rancher/k3s/server/tls/etcd/server-client.key",
        "--trusted-ca-file=/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt", "--peer-cert-file=/var/lib/rancher/k3s/server/tls/etcd/peer-server-client.crt",
        "--peer-key-file=/var/lib/rancher/k3s/server/tls/etcd/peer-server-client.key", "--peer-trusted-ca-file=/var/lib/rancher/k3s/server/tls/etcd/peer-ca.crt"],
    &["kubelet", "--kubeconfig=/var/lib/rancher/k3s/agent/kubelet.kubeconfig", "--client-ca-file=/var/lib/rancher/k3s/agent/client-ca.crt",
        "--tls-cert-file=/var/lib/rancher/k3s/agent/serving-kubelet.crt", "--tls-private-key-file=/var/lib/rancher/k3s/agent/serving-kubelet.key"],
    &["kube-proxy", "--kubeconfig=/var/lib/rancher/k3s/agent/kubeproxy.kubeconfig"],
];

#[rustfmt::skip]
const K0S: &[&[&str]] = &[
    &["kube-apiserver", "--tls-cert-file=/var/lib/k0s/pki/server.crt", "--tls-private-key-file=/var/lib/k0s/pki/server.key",
        "--client-ca-file=/var/lib/k0s/pki/ca.crt", "--kubelet-client-certificate=/var/lib/k0s/pki/apiserver-kubelet-client.crt",
        "--kubelet-client-key=/var/lib/k0s/pki/apiserver-kubelet-client.key", "--proxy-client-cert-file=/var/lib/k0s/pki/front-proxy-client.crt",
        "--proxy-client-key-file=/var/lib/k0s/pki/front-proxy-client.key", "--requestheader-client-ca-file=/var/lib/k0s/pki/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client", "--etcd-cafile=/var/lib/k0s/pki/etcd/ca.crt",
        "--etcd-certfile=/var/lib/k0s/pki/apiserver-etcd-client.crt", "--etcd-keyfile=/var/lib/k0s/pki/apiserver-etcd-client.key",
        "--service-account-key-file=/var/lib/k0s/pki/sa.pub", "--service-account-signing-key-file=/var/lib/k0s/pki/sa.key"],
    &["kube-controller-manager", "--kubeconfig=/var/lib/k0s/pki/ccm.conf", "--client-ca-file=/var/lib/k0s/pki/ca.crt", "--root-ca-file=/var/lib/k0s/pki/ca.crt",
        "--cluster-signing-cert-file=/var/lib/k0s/pki/ca.crt", "--cluster-signing-key-file=/var/lib/k0s/pki/ca.key", "--service-account-private-key-file=/var/lib/k0s/pki/sa.key"],
    &["kube-scheduler", "--kubeconfig=/var/lib/k0s/pki/scheduler.conf"],
    &["etcd", "--cert-file=/var/lib/k0s/pki/etcd/server.crt", "--key-file=/var/lib/k0s/pki/etcd/server.key", "--trusted-ca-file=/var/lib/k0s/pki/etcd/ca.crt",
        "--peer-cert-file=/var/lib/k0s/pki/etcd/peer.crt", "--peer-key-file=/var/lib/k0s/pki/etcd/peer.key", "--peer-trusted-ca-file=/var/lib/k0s/pki/etcd/ca.crt"],
    &["kubelet", "--kubeconfig=/var/lib/k0s/kubelet.conf", "--client-ca-file=/var/lib/k0s/pki/ca.crt"],
];

impl Layout {
    fn row(self) -> &'static Row {
        // Every layout has a row, which a test sees to.
        ROWS.iter().find(|row| row.layout == self).unwrap_or(&ROWS[ROWS.len() - 1])
    }

    /// For programs.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// By the files that are there.
    pub fn of(tree: &Tree) -> Self {
        let has = |row: &&Row| row.marks.iter().any(|mark| tree.files.contains_key(Path::new(mark)));
        ROWS.iter().find(has).map_or(Self::Unknown, |row| row.layout)
    }

    /// Pairs that no flag names: the certificate, its key, and what they are for.
    pub fn pairs(self) -> &'static [(&'static str, &'static str, Role)] {
        self.row().pairs
    }

    /// CAs whose keys lie beside them, or are elsewhere: the certificate and the key.
    pub fn authorities(self) -> &'static [(&'static str, &'static str)] {
        self.row().authorities
    }

    /// kubeconfigs that are known by their names.
    pub fn kubeconfigs(self) -> &'static [(&'static str, Role)] {
        self.row().kubeconfigs
    }

    /// Every file that its programs would name.
    pub fn usual_files(self) -> impl Iterator<Item = &'static str> {
        let words = self.row().programs.iter().flat_map(|words| words.iter());
        words
            .filter_map(|word| word.split_once('='))
            .map(|(_, value)| value)
            .filter(|value| value.starts_with('/'))
    }
}

/// Where a rotation has what comes and what goes; nothing there is a fault.
pub const ROTATION: &[&str] = &["/etc/kubernetes/pki/next", "/etc/kubernetes/pki/previous"];

/// What a kubelet begins with, and needs no longer once it has its own.
pub const BOOTSTRAP: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
/// The administrator that no rule of RBAC binds.
pub const SUPER_ADMIN: &str = "/etc/kubernetes/super-admin.conf";
/// Where a kubelet has its own certificates.
pub const KUBELET_PKI: &str = "/var/lib/kubelet/pki";
/// Its configuration, where no flag names another.
const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";
/// The flags that kubeadm gives it.
pub const KUBELET_FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
/// What the host is called.
pub const HOSTNAME: &str = "/etc/hostname";
/// etcd's variables, for its unit.
const ETCD_VARIABLES: &[&str] = &["/etc/etcd.env", "/etc/etcd/etcd.conf"];

/// What only the host has that runs such a program; a worker has the CA's file, too.
const OWN: &[&str] = &["tls-cert-file", "cert-file", "kubeconfig"];

/// The programs of a tree that has the files of a node and nothing that says what they are for. Only flags whose files are there are
/// taken.
fn assumed(tree: &Tree) -> Vec<Program> {
    let is_there = |value: &str| !value.starts_with('/') || tree.file(Path::new(value)).is_some();
    let programs = Layout::of(tree).row().programs.iter().filter_map(|words| of_words(words));
    let mut programs: Vec<Program> = programs
        .map(|mut program| {
            program.flags.retain(|(_, value)| is_there(value));
            program.source = PathBuf::from("/");
            program
        })
        .collect();
    programs.retain(|program| OWN.iter().any(|flag| program.flag(flag).is_some()));
    programs
}

/// All programs that something on the host starts.
pub fn programs(tree: &Tree) -> Vec<Program> {
    let started = tree.files.iter().filter(|(path, _)| starts(path));
    let mut run: Vec<Program> = started
        .flat_map(|(_, file)| match &file.content {
            Content::Programs(programs) => programs.clone(),
            _ => Vec::new(),
        })
        .collect();
    for program in &mut run {
        for path in ETCD_VARIABLES {
            if let Some(Content::Environment(pairs)) = tree.file(Path::new(path)).map(|file| &file.content) {
                program.add_variables(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            }
        }
    }
    // A drop-in has more to say than the unit.
    let kubelets = run.iter().filter(|program| program.name == "kubelet");
    let most = kubelets.map(|program| program.flags.len()).max().unwrap_or_default();
    run.retain(|program| program.name != "kubelet" || program.flags.len() == most && most > 0);
    let is_of_node = |program: &Program| ["kubelet", "kube-proxy"].contains(&program.name.as_str());
    if run.iter().all(is_of_node) {
        run.extend(assumed(tree).into_iter().filter(|one| one.name != "kubelet" || most == 0));
    }
    run
}

/// Folders of static pods, of units and of a snap's arguments.
const STARTING: &[&str] = &[
    "/etc/kubernetes/manifests",
    "/var/lib/rancher/rke2/agent/pod-manifests",
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    "/etc/systemd/system/kubelet.service.d",
    "/usr/lib/systemd/system/kubelet.service.d",
    MICROK8S_ARGUMENTS,
];

/// A file for each program, with a flag a line.
pub const MICROK8S_ARGUMENTS: &str = "/var/snap/microk8s/current/args";

/// The kubelet takes every file of its folder for a manifest, unless its name begins with a dot.
fn starts(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.parent().is_some_and(|folder| STARTING.iter().any(|one| folder == Path::new(one)))
}

/// The kubelet's configuration.
pub fn kubelet_config(programs: &[Program]) -> PathBuf {
    let kubelet = programs.iter().find(|program| program.name == "kubelet");
    kubelet.and_then(|kubelet| kubelet.flag("config")).unwrap_or(KUBELET_CONFIG).into()
}

/// The files that something names, and that were not looked at yet.
pub fn wanted(tree: &Tree) -> BTreeSet<PathBuf> {
    let programs = programs(tree);
    let mut all: BTreeSet<PathBuf> = [HOSTNAME, KUBELET_FLAGS, OF_ROOT].map(PathBuf::from).into();
    all.insert(kubelet_config(&programs));
    for program in &programs {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_one_row_and_the_last_is_of_what_is_not_known() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(ROWS.iter().position(|other| other.layout == row.layout), Some(at));
            assert_eq!(row.layout.as_str(), row.name);
        }
        assert_eq!(ROWS.last().unwrap().layout, Layout::Unknown);
        assert_eq!(Layout::of(&Tree::default()), Layout::Unknown);
    }
}
