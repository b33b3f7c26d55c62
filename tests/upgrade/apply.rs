//! `upgrade apply --dry-run` into the folder of a node that an init of the earlier version has made: what it writes is what an init of the new
//! version writes.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::Served;
use crate::made::{init, kubewright, read, stored};
use crate::{out, said};

/// The minors in which a hop is tried, each with the one behind it.
const HOPS: [(&str, &str); 8] = [
    ("v1.29.15", "v1.30.4"),
    ("v1.30.4", "v1.31.0"),
    ("v1.31.0", "v1.32.2"),
    ("v1.32.2", "v1.33.13"),
    ("v1.33.13", "v1.34.4"),
    ("v1.34.4", "v1.35.4"),
    ("v1.35.4", "v1.36.3"),
    ("v1.36.3", "v1.37.1"),
];
const PODS: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

pub fn upgrade(served: &Served, folder: &Path, to: &str, more: &[&str]) -> Output {
    let scratch = TempDir::new().unwrap();
    let kubeconfig = served.kubeconfig(scratch.path());
    let words =
        ["upgrade", "apply", to, "--dry-run", "--output-dir", folder.to_str().unwrap(), "--kubeconfig"];
    kubewright(&[&words[..], &[kubeconfig.to_str().unwrap()], more].concat())
}

/// What an upgrade leaves that an init would not write: 1.29 has stored a flag which it gave by itself, and nobody can tell it from the user's.
const STAYS: [&str; 1] = ["v1.30.4 cluster/configmap/kube-system/kubeadm-config.yaml"];

#[test]
fn an_upgrade_of_each_minor_writes_what_an_init_of_the_next_would() {
    let mut paths: Vec<String> =
        PODS.iter().map(|pod| format!("etc/kubernetes/manifests/{pod}.yaml")).collect();
    paths.push("var/lib/kubelet/config.yaml".to_owned());
    for name in ["configmap/kube-system/kubeadm-config", "configmap/kube-system/kubelet-config"] {
        paths.push(format!("cluster/{name}.yaml"));
    }
    for name in [
        "configmap/kube-system/kube-proxy",
        "deployment/kube-system/coredns",
        "daemonset/kube-system/kube-proxy",
    ] {
        paths.push(format!("cluster/{name}.yaml"));
    }
    let mut other = Vec::new();
    for (from, to) in HOPS {
        let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        init(from, old.path());
        init(to, new.path());
        let served = stored(old.path(), from);
        let output = upgrade(&served, old.path(), to, &["-o", "json"]);
        assert!(output.status.success(), "{from} {to}: {}", said(&output));
        let document: Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(document["status"], "done", "{document:#}");
        assert_eq!(document["findings"], Value::Array(Vec::new()), "{from} {to}: nobody has edited anything");
        assert!(!said(&output).contains("AddonEdits"), "{from} {to}: {}", said(&output));
        for path in &paths {
            let (found, wanted) = (read(old.path(), path), read(new.path(), path));
            if found != wanted {
                println!("{from} {to} {path}:\n{found}\nand an init:\n{wanted}");
                other.push(format!("{to} {path}"));
            }
        }
        let again = stored(old.path(), to);
        let output = upgrade(&again, old.path(), to, &["-o", "json"]);
        let document: Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(document["status"], "nothing", "{from} {to}: {document:#}");
    }
    assert_eq!(other, STAYS);
}

#[test]
fn a_worker_gets_the_kubelet_s_settings_and_no_more() {
    let folder = TempDir::new().unwrap();
    init("v1.36.3", folder.path());
    let served = stored(folder.path(), "v1.36.3");
    fs::remove_dir_all(folder.path().join("etc/kubernetes/manifests")).unwrap();
    let scratch = TempDir::new().unwrap();
    let kubeconfig = served.kubeconfig(scratch.path());
    let output = kubewright(&[
        "upgrade",
        "node",
        "--dry-run",
        "--output-dir",
        folder.path().to_str().unwrap(),
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
        "-o",
        "json",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    let document: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&document["role"], document["components"].as_array().unwrap().len()), (&"worker".into(), 0));
    let asked = served.asked.lock().unwrap();
    assert!(asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
}
