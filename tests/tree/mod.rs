//! What is in a folder that stands for a control plane's host, and whether its keys fit.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kubewright::kubeconfig::Embedded;
use kubewright::pki::{self, HeldKey};
use tempfile::TempDir;

/// ECDSA, since most tests make many keys.
pub const CONFIG: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration: {name: node-1, criSocket: 'unix:///run/containerd/containerd.sock'}
localAPIEndpoint: {advertiseAddress: 10.1.2.3}
bootstrapTokens: [{token: abcdef.0123456789abcdef}]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
encryptionAlgorithm: ECDSA-P256
";

/// A folder with the configuration in it.
pub fn configured() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
    folder
}

/// Mode and bytes by path below the folder.
pub type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// All of them, what the program keeps to itself while it writes among them.
pub fn files(root: &Path) -> Files {
    let mut all = Files::new();
    if root.is_dir() {
        read_all(root, root, &mut all);
    }
    all
}

fn read_all(root: &Path, folder: &Path, all: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(root, &path, all);
        } else {
            let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
            // A run that was cut off may have left links to what is not there yet beside the files.
            let bytes = if path.exists() { fs::read(&path).unwrap() } else { Vec::new() };
            all.insert(path.strip_prefix(root).unwrap().to_owned(), (mode, bytes));
        }
    }
}

/// Whether the program keeps it to itself while it writes.
pub fn is_own(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().to_string_lossy().starts_with(".kubewright-"))
}

/// The host's certificates whose key is not their own, or is not there.
pub fn torn(files: &Files) -> Vec<PathBuf> {
    let of_host = files.keys().filter(|path| path.starts_with("etc/kubernetes") && !is_own(path));
    of_host.filter(|path| key_of(path, files).is_some_and(|key| key != HeldKey::Own)).cloned().collect()
}

/// Nothing for what holds no certificate.
fn key_of(path: &Path, files: &Files) -> Option<HeldKey> {
    let bytes = |path: &Path| files.get(path).map(|(_, bytes)| bytes.as_slice());
    let content = bytes(path)?;
    match path.extension()?.to_str()? {
        "crt" => {
            Some(HeldKey::of(&pki::certificates(content).unwrap().own, bytes(&path.with_extension("key"))))
        }
        "conf" => {
            let embedded = Embedded::parse(content).unwrap();
            let key = embedded.key();
            Some(HeldKey::of(&embedded.certificate.own, key.as_ref().map(|key| key.as_slice())))
        }
        _ => None,
    }
}
