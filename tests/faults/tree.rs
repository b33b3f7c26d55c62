//! A folder that stands for a host, and what is in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kubewright::kubeconfig::Embedded;
use kubewright::pki::{self, HeldKey};
use tempfile::TempDir;

use crate::program::{Ended, run};

/// ECDSA, since a run for each fault makes keys.
const CONFIG: &str = "\
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

pub struct Host(TempDir);

/// Mode and bytes by path.
pub type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl Host {
    pub fn new() -> Self {
        let host = Self(TempDir::new().unwrap());
        fs::write(host.0.path().join("config.yaml"), CONFIG).unwrap();
        host
    }

    /// With all that init writes.
    pub fn laid_out() -> Self {
        let host = Self::new();
        let made = host.run(&[], INIT);
        assert_eq!(made.code, Some(0), "{}", made.said);
        host
    }

    pub fn copy(&self) -> Self {
        let copy = Self::new();
        let from = self.root();
        let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(copy.root()).status().unwrap();
        assert!(copied.success());
        copy
    }

    pub fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    pub fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub fn run(&self, under: &[String], words: &[&str]) -> Ended {
        let (root, config) = (self.root().display().to_string(), self.0.path().join("config.yaml"));
        let more = ["--dry-run", "--output-dir", &root, "--config", config.to_str().unwrap()];
        run(under, &[words, &more].concat())
    }

    pub fn files(&self) -> Files {
        let mut all = BTreeMap::new();
        if self.root().is_dir() {
            read_all(&self.root(), &self.root(), &mut all);
        }
        all
    }

    /// Of files that the program keeps to itself while it writes.
    pub fn left(&self) -> Vec<PathBuf> {
        let own = |path: &&PathBuf| path.to_string_lossy().contains("/.kubewright-");
        self.files().keys().filter(own).cloned().collect()
    }

    /// The certificates whose key is not their own.
    pub fn torn(&self) -> Vec<PathBuf> {
        let files = self.files();
        let key = |path: &Path| files.get(&path.with_extension("key")).map(|(_, bytes)| bytes.as_slice());
        let fits = |path: &Path, content: &[u8]| match path.extension()?.to_str()? {
            "crt" => Some(HeldKey::of(&pki::certificates(content).unwrap().own, key(path))),
            "conf" => {
                let embedded = Embedded::parse(content).ok()?;
                let key = embedded.key();
                Some(HeldKey::of(&embedded.certificate.own, key.as_ref().map(|key| key.as_slice())))
            }
            _ => None,
        };
        let torn = files.iter().filter(|(path, (_, content))| {
            let is_own = path.to_string_lossy().contains("/.kubewright-");
            path.starts_with("etc/kubernetes")
                && !is_own
                && fits(path, content).is_some_and(|key| key != HeldKey::Own)
        });
        torn.map(|(path, _)| path.clone()).collect()
    }
}

pub const INIT: &[&str] = &["init"];
pub const RENEW: &[&str] = &["certs", "renew", "all"];

fn read_all(root: &Path, folder: &Path, all: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(root, &path, all);
        } else {
            let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
            let name = path.strip_prefix(root).unwrap().to_owned();
            all.insert(name, (mode, fs::read(&path).unwrap_or_default()));
        }
    }
}
