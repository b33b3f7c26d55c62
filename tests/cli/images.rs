//! `config images`.

use std::fs;

use tempfile::TempDir;

use crate::program::{kubewright, text};

#[test]
fn images_are_listed_as_kubeadm_lists_them() {
    let list = |format: &str| {
        text(&kubewright(&["config", "images", "list", "--kubernetes-version=v1.36.3", "-o", format]).stdout)
    };
    let images = [
        "registry.k8s.io/kube-apiserver:v1.36.3",
        "registry.k8s.io/kube-controller-manager:v1.36.3",
        "registry.k8s.io/kube-scheduler:v1.36.3",
        "registry.k8s.io/kube-proxy:v1.36.3",
        "registry.k8s.io/coredns/coredns:v1.14.2",
        "registry.k8s.io/pause:3.10.2",
        "registry.k8s.io/etcd:3.6.8-0",
    ];
    assert_eq!(list("text"), images.join("\n") + "\n");
    let head = "apiVersion: output.kubeadm.k8s.io/v1alpha3\nimages:\n";
    assert_eq!(list("yaml"), format!("{head}- {}\nkind: Images\n", images.join("\n- ")));
    let document: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let wanted = serde_json::json!({ "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images });
    assert_eq!(document, wanted);
}

#[test]
fn a_format_that_only_kubeadm_has_is_refused_with_those_that_there_are() {
    let output = kubewright(&["config", "images", "list", "-o", "wide"]);
    let said = "error: -o \"wide\" is not known to config images list; known are text, json, yaml, kyaml, jsonpath=…, \
                jsonpath-as-json=…, jsonpath-file=…, go-template=… or go-template-file=…\n";
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), said.to_owned()));
}

#[test]
fn beside_a_file_the_flags_of_the_images_are_passed_over_and_the_runtime_s_counts() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.1\n";
    fs::write(&path, file).unwrap();
    let images = |words: &[&str]| {
        let file = ["--config", path.to_str().unwrap(), "--kubernetes-version=v1.37.1"];
        kubewright(&[&["config", "images"], words, &file].concat())
    };
    let listed = images(&["list"]);
    assert!(text(&listed.stdout).contains("kube-apiserver:v1.36.1\n"), "{}", text(&listed.stdout));
    assert!(text(&listed.stderr).contains("--kubernetes-version is ignored"), "{}", text(&listed.stderr));
    let pulled = images(&["pull", "--cri-socket=unix:///nonexistent.sock"]);
    assert_eq!(pulled.status.code(), Some(1));
    assert!(text(&pulled.stderr).contains("no socket at /nonexistent.sock"), "{}", text(&pulled.stderr));
}

#[test]
fn images_are_those_of_the_patch_and_of_the_newest_known_where_it_is_a_newer_one() {
    let list = |version: &str| {
        let output = kubewright(&["config", "images", "list", "--kubernetes-version", version]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let images = text(&output.stdout);
        let tags = ["coredns", "etcd"].map(|name| {
            let line = images.lines().find(|line| line.contains(&format!("/{name}:")));
            line.unwrap().rsplit_once(':').unwrap().1.to_owned()
        });
        (tags, text(&output.stderr))
    };
    let [old, new] = [["v1.11.1", "3.5.15-0"], ["v1.11.3", "3.5.24-0"]].map(|tags| tags.map(str::to_owned));
    assert_eq!(list("v1.31.0"), (old, String::new()));
    assert_eq!(list("v1.31.14"), (new.clone(), String::new()));
    let (tags, said) = list("v1.31.99");
    assert_eq!(tags, new);
    assert_eq!(
        said,
        "warning: --kubernetes-version: v1.31.99 is newer than this kubewright knows: for the images of etcd, CoreDNS and \
         pause it takes those of v1.31.14; look for a newer kubewright\n"
    );
}
