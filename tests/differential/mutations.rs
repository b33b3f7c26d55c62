//! The harness tested: each change of a tree shows as the differences that it makes, and as no others.

use serde_json::json;

use crate::case::Ready;
use crate::kubeadms::compare::Difference;
use crate::kubeadms::minor::Minor;
use crate::run::{compare_trees, kubeadm_tree, sample, scratch};
use crate::tree::Tree;

enum Change {
    Nothing,
    /// File, mode.
    Mode(&'static str, u32),
    /// File, a text in it, another in its place.
    Text(&'static str, &'static str, &'static str),
    /// File, the file whose bytes it gets.
    Copy(&'static str, &'static str),
    RemoveFile(&'static str),
    RemoveObject(&'static str),
    /// Object, JSON pointer, a text in the string there, another in its place.
    ObjectText(&'static str, &'static str, &'static str, &'static str),
}

/// A change, and the files, objects and paths that it shows in.
const CHANGES: &[(Change, &[&str])] = &[
    (Change::Nothing, &[]),
    (Change::Mode("etc/kubernetes/pki/ca.key", 0o644), &["etc/kubernetes/pki/ca.key mode"]),
    (Change::RemoveFile("etc/kubernetes/scheduler.conf"), &["etc/kubernetes/scheduler.conf "]),
    (
        Change::Text(
            "etc/kubernetes/manifests/etcd.yaml",
            "--snapshot-count=10000",
            "--snapshot-count=10001",
        ),
        &["etc/kubernetes/manifests/etcd.yaml spec.containers[0].command[17]"],
    ),
    (
        Change::Text("etc/kubernetes/manifests/etcd.yaml", "cpu: 100m", "cpu: 0.1"),
        &["etc/kubernetes/manifests/etcd.yaml spec.containers[0].resources.requests.cpu"],
    ),
    (
        Change::Text("etc/kubernetes/admin.conf", "kubernetes-admin", "Kubernetes-admin"),
        &[
            "etc/kubernetes/admin.conf contexts[0].context.user",
            "etc/kubernetes/admin.conf contexts[0].name",
            "etc/kubernetes/admin.conf current-context",
            "etc/kubernetes/admin.conf users[0].name",
        ],
    ),
    (
        Change::Text("var/lib/kubelet/kubeadm-flags.env", "\"\n", "\""),
        &["var/lib/kubelet/kubeadm-flags.env text"],
    ),
    (
        Change::Text("etc/kubernetes/pki/sa.key", "EC PRIVATE", "PRIVATE"),
        &[
            "etc/kubernetes/pki/sa.key belongs to",
            "etc/kubernetes/pki/sa.key kind",
            "etc/kubernetes/pki/sa.key labels",
        ],
    ),
    (
        Change::Copy("etc/kubernetes/pki/apiserver.key", "etc/kubernetes/pki/front-proxy-client.key"),
        &["etc/kubernetes/pki/apiserver.key belongs to"],
    ),
    (
        Change::Copy("etc/kubernetes/pki/etcd/server.crt", "etc/kubernetes/pki/etcd/peer.crt"),
        &[
            "etc/kubernetes/pki/etcd/peer.crt also in",
            "etc/kubernetes/pki/etcd/peer.key belongs to",
            "etc/kubernetes/pki/etcd/server.crt also in",
            "etc/kubernetes/pki/etcd/server.key belongs to",
        ],
    ),
    (
        Change::Copy(
            "etc/kubernetes/pki/apiserver-etcd-client.crt",
            "etc/kubernetes/pki/apiserver-kubelet-client.crt",
        ),
        &[
            "etc/kubernetes/pki/apiserver-etcd-client.crt also in",
            "etc/kubernetes/pki/apiserver-etcd-client.crt issuer",
            "etc/kubernetes/pki/apiserver-etcd-client.crt signed by",
            "etc/kubernetes/pki/apiserver-etcd-client.crt subject",
            "etc/kubernetes/pki/apiserver-etcd-client.key belongs to",
            "etc/kubernetes/pki/apiserver-kubelet-client.crt also in",
            "etc/kubernetes/pki/apiserver-kubelet-client.key belongs to",
        ],
    ),
    (Change::RemoveObject("serviceaccount/kube-system/coredns"), &["serviceaccount/kube-system/coredns "]),
    (
        Change::ObjectText("service/kube-system/kube-dns", "/spec/clusterIP", "10.96.0.10", "10.96.0.11"),
        &["service/kube-system/kube-dns spec.clusterIP"],
    ),
    (
        Change::ObjectText("secret/kube-system/bootstrap-token-abcdef", "/type", "token", "tokens"),
        &["secret/kube-system/bootstrap-token-abcdef type"],
    ),
    (
        Change::ObjectText("configmap/kube-system/coredns", "/data/Corefile", "cache 30", "cache 31"),
        &["configmap/kube-system/coredns data.Corefile"],
    ),
    (
        Change::ObjectText(
            "configmap/kube-system/kubeadm-config",
            "/data/ClusterConfiguration",
            "cluster.local",
            "cluster.Local",
        ),
        &["configmap/kube-system/kubeadm-config data.ClusterConfiguration!.networking.dnsDomain"],
    ),
    (
        Change::ObjectText("configmap/kube-system/kubelet-config", "/data/kubelet", "10248", "10249"),
        &[
            "configmap/kube-system/kubelet-config data.kubelet!.healthzPort",
            "configmap/kube-system/kubelet-config hash",
        ],
    ),
];

pub fn find_all() {
    let (case, tree) = planned("mutations");
    for (index, (change, shown)) in CHANGES.iter().enumerate() {
        let mut changed = tree.clone();
        change.apply(&mut changed);
        let differences = compare_trees(&case, &changed, &tree).differences;
        let found: Vec<String> = differences.iter().map(place).collect();
        assert_eq!(found, *shown, "change {index}");
    }
}

/// An hour's delay shows in each time, and in nothing else.
pub fn find_late_clock() {
    let (case, tree) = planned("late-clock");
    let mut late = tree.clone();
    late.started += 3600;
    let found: Vec<String> = compare_trees(&case, &late, &tree).differences.iter().map(place).collect();
    let is_time = |place: &String| ["begins", "ends", "expiration"].iter().any(|end| place.ends_with(end));
    assert!(found.len() > 30 && found.iter().all(is_time), "{found:?}");
}

fn planned(folder: &str) -> (Ready, Tree) {
    let case = sample(&["08-"]).remove(0).prepare(Minor::V1_36, &scratch(folder));
    let tree = kubeadm_tree(&case, "kubeadm");
    (case, tree)
}

fn place(difference: &Difference) -> String {
    format!("{} {}", difference.file, difference.path)
}

impl Change {
    fn apply(&self, tree: &mut Tree) {
        match *self {
            Self::Nothing => {}
            Self::Mode(file, mode) => tree.files.get_mut(file).unwrap().mode = mode,
            Self::Text(file, from, to) => {
                let bytes = &mut tree.files.get_mut(file).unwrap().bytes;
                *bytes = replaced(std::str::from_utf8(bytes).unwrap(), from, to).into_bytes();
            }
            Self::Copy(to, from) => tree.files.get_mut(to).unwrap().bytes = tree.files[from].bytes.clone(),
            Self::RemoveFile(file) => drop(tree.files.remove(file).unwrap()),
            Self::RemoveObject(object) => drop(tree.objects.remove(object).unwrap()),
            Self::ObjectText(object, pointer, from, to) => {
                let value = tree.objects.get_mut(object).unwrap().pointer_mut(pointer).unwrap();
                *value = json!(replaced(value.as_str().unwrap(), from, to));
            }
        }
    }
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{text}");
    text.replace(from, to)
}
