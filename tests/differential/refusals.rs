//! What kubewright refuses, the real kubeadm refuses too, or the reason why not stands here.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::kubeadms::minor::Minor;
use crate::programs;

/// Beginnings of the names in `tests/cli/bad/`, behind their numbers, of what kubeadm takes.
const STRICTER: &[(&str, &str)] = &[
    ("unknown-field", "kubeadm warns of a field that it does not know, and goes on without it"),
    ("field-twice", "kubeadm warns, and takes the last of the two"),
    ("field-of-v1beta4-in-v1beta3", "as an unknown field"),
    ("kubelet-unknown-field", "as an unknown field"),
    ("kubelet-field-of-1.37", "as an unknown field"),
    ("kube-proxy-unknown-field", "as an unknown field"),
    ("taint-effect", "kubeadm sends it to the API server, which refuses it when the cluster is up"),
    ("feature-gate-locked", "kubeadm stores a gate that it no longer looks at"),
    ("certificates-dir-upwards", "kubeadm follows the way upwards, and its dry run leaves its folder by it"),
    ("life-negative", "kubeadm makes certificates that have ended already"),
    ("flags-and-gates-not-taken", "kubeadm writes them, and the components do not start"),
];

pub fn unexplained() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/bad");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.retain(|name| kubeadm_takes(&folder.join(name)) != is_stricter(name));
    names
}

fn is_stricter(name: &str) -> bool {
    STRICTER.iter().any(|(start, _)| name[3..].starts_with(start))
}

fn kubeadm_takes(config: &Path) -> bool {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new(Minor::V1_36.kubeadm());
    command.args(["init", "--dry-run", "--ignore-preflight-errors=all", "--config"]).arg(config);
    programs::without_environment(&mut command).env("KUBEADM_INIT_DRYRUN_DIR", scratch.path());
    command.output().unwrap().status.success()
}
