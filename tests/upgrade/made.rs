//! What an init makes, as files and as a cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use crate::cluster::{Cluster, Served};

pub fn kubewright(words: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("kubewright"));
    command.args(words).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.output().unwrap()
}

/// What an init of the version makes, as files.
pub fn init(version: &str, folder: &Path) {
    init_with(version, folder, &[]);
}

/// The same with more flags.
pub fn init_with(version: &str, folder: &Path, more: &[&str]) {
    let folder = folder.to_str().unwrap();
    let words = [
        "init",
        "--dry-run",
        "--output-dir",
        folder,
        "--kubernetes-version",
        version,
        "--apiserver-advertise-address",
        "192.0.2.10",
        "--node-name",
        "cp1",
        "--cri-socket",
        "unix:///run/containerd/containerd.sock",
        "--ignore-preflight-errors",
        "all",
    ];
    let output = kubewright(&[&words[..], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An object of the cluster that an init has written into the folder.
pub fn object(folder: &Path, path: &str) -> Value {
    let path = folder.join(format!("cluster/{path}.yaml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    kubewright_yaml(&text)
}

/// What the cluster has stored after that init.
pub fn stored(folder: &Path, version: &str) -> Served {
    let map = |name: &str| object(folder, &format!("configmap/kube-system/{name}"));
    let mut cluster = Cluster::of(version, "", "v1.11.1");
    cluster.maps = ["kubeadm-config", "kubelet-config", "kube-proxy"].map(|name| (name, map(name))).into();
    cluster.dns_pods = object(folder, "deployment/kube-system/coredns");
    cluster.proxy = object(folder, "daemonset/kube-system/kube-proxy");
    cluster.objects = objects(&folder.join("cluster"));
    Served::new(cluster)
}

/// All that are below this folder, by their paths in the API.
fn objects(folder: &Path) -> BTreeMap<String, Value> {
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries(folder).flat_map(|kind| entries(&kind).collect::<Vec<_>>());
    let files = files.flat_map(|namespace| entries(&namespace).collect::<Vec<_>>());
    files
        .map(|file| kubewright_yaml(&fs::read_to_string(file).unwrap()))
        .map(|object| (path(&object), object))
        .collect()
}

fn path(object: &Value) -> String {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let version = text("/apiVersion");
    let root = if version.contains('/') { "apis" } else { "api" };
    let namespace = text("/metadata/namespace");
    let below = if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
    format!("/{root}/{version}{below}/{}s/{}", text("/kind").to_lowercase(), text("/metadata/name"))
}

fn kubewright_yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

pub fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
