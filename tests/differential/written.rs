//! What kubeadm really writes, as against what its dry run says it would: its phases, one by one, in a root of their
//! own. So folders and their modes can be compared too, and the dry run itself is checked.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Ready;
use crate::kubeadms::compare::{Property, Snapshot};
use crate::tree::{self, Tree};
use crate::{programs, snapshot};

const PHASES: &[&str] = &["certs all", "kubeconfig all", "etcd local", "control-plane all", "kubelet-start"];

/// Folders of certificates that a host may have; a manifest mounts those that exist.
const CA_FOLDERS: &[&str] = &[
    "etc/ca-certificates",
    "etc/pki/ca-trust",
    "etc/pki/tls/certs",
    "etc/ssl/certs",
    "usr/local/share/ca-certificates",
    "usr/share/ca-certificates",
];

/// Those that a host does not have of itself.
const FOLDERS: &[&str] = &[
    "etc/kubernetes",
    "etc/kubernetes/manifests",
    "etc/kubernetes/pki",
    "etc/kubernetes/pki/etcd",
    "var/lib/etcd",
    "var/lib/kubelet",
];

/// The root that kubeadm's phases leave behind.
pub fn by_kubeadm(case: &Ready) -> PathBuf {
    let root = case.scratch.join("root");
    let here = |folder: &&&str| Path::new("/").join(folder).exists();
    for folder in CA_FOLDERS.iter().filter(here).chain(&["tmp", "var/lib"]) {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::copy(case.config.as_ref().expect("a file"), root.join("config.yaml")).unwrap();
    for phase in PHASES {
        run(&root, case, phase);
    }
    root
}

/// kubeadm changes its root itself; a user namespace gives one who is not root the right to.
fn run(root: &Path, case: &Ready, phase: &str) {
    let mut command = if nix::unistd::geteuid().is_root() {
        Command::new(case.minor.kubeadm())
    } else {
        let mut command = Command::new("unshare");
        command.arg("--map-root-user").arg(case.minor.kubeadm());
        command
    };
    command
        .arg("--rootfs")
        .arg(root)
        .args(["init", "phase"])
        .args(phase.split(' '))
        .arg("--config=/config.yaml");
    let output = programs::without_environment(&mut command).output().unwrap();
    assert!(output.status.success(), "init phase {phase}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The files below `etc/kubernetes` and `var/lib/kubelet`, and the folders.
pub fn snapshot(root: &Path, case: &Ready, started: i64) -> Snapshot {
    let mut files = BTreeMap::new();
    for folder in ["etc/kubernetes", "var/lib/kubelet"] {
        let found = tree::read_all(&root.join(folder));
        files.extend(found.into_iter().map(|(path, file)| (format!("{folder}/{path}"), file)));
    }
    let tree = Tree { files, started, ..Tree::default() };
    let mut snapshot = snapshot::of(&tree, case);
    for folder in FOLDERS {
        let mode =
            fs::metadata(root.join(folder)).map(|data| format!("{:04o}", data.permissions().mode() & 0o7777));
        let mode = mode.unwrap_or_else(|_| "absent".to_owned());
        snapshot.insert((format!("{folder}/"), "mode".to_owned()), Property::Exact(mode));
    }
    snapshot
}
