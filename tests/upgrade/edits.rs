//! What somebody has changed by hand in the manifests, in the folder of a node that an init has made: told, kept, or let go.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::apply::upgrade;
use crate::made::{init, read, stored};
use crate::{findings, out, said};

const OLD: &str = "v1.36.3";
const NEW: &str = "v1.37.1";
const MANIFESTS: &str = "etc/kubernetes/manifests";

fn edit(folder: &Path, pod: &str, before: &str, after: &str) {
    let path = format!("{MANIFESTS}/{pod}.yaml");
    let text = read(folder, &path);
    assert!(text.contains(before), "{text}");
    fs::write(folder.join(path), text.replacen(before, after, 1)).unwrap();
}

/// A dozen edits of each kind, as text editors make them; each with what shows it.
const EDITS: [(&str, &str, &str, &str); 12] = [
    (
        "kube-apiserver",
        "    - kube-apiserver\n",
        "    - kube-apiserver\n    - --v=4 # loud\n",
        "--v is 4 and would not be there",
    ),
    (
        "kube-apiserver",
        "--enable-bootstrap-token-auth=true",
        "--enable-bootstrap-token-auth=false",
        "--enable-bootstrap-token-auth is false",
    ),
    (
        "kube-apiserver",
        "  hostNetwork: true\n",
        "  hostNetwork: true\n  hostAliases:\n  - ip: 192.0.2.1\n    hostnames: [oidc.test]\n",
        "spec.hostAliases[192.0.2.1]",
    ),
    (
        "kube-apiserver",
        "    volumeMounts:\n",
        "    volumeMounts:\n    - mountPath: /audit\n      name: audit\n",
        "volumeMounts[/audit]",
    ),
    (
        "kube-apiserver",
        "  volumes:\n",
        "  volumes:\n  - name: audit\n    hostPath: {path: /audit}\n",
        "spec.volumes[audit]",
    ),
    (
        "kube-controller-manager",
        "    - kube-controller-manager\n",
        "    - kube-controller-manager\n    - --feature-gates=SidecarContainers=true,AllAlpha=false\n",
        "--feature-gates AllAlpha is false",
    ),
    (
        "kube-controller-manager",
        "    name: kube-controller-manager\n    ",
        "    name: kube-controller-manager\n    env: [{name: TZ, value: hunter2}]\n    ",
        "env[TZ] is there and would not be",
    ),
    (
        "kube-controller-manager",
        "  labels:\n",
        "  annotations: {team: a}\n  labels:\n",
        "metadata.annotations.team is a",
    ),
    (
        "kube-scheduler",
        "image: registry.k8s.io/",
        "image: mirror.test/",
        "image (registry and name) is mirror.test/kube-scheduler",
    ),
    (
        "kube-scheduler",
        "        cpu: 100m\n",
        "        cpu: 500m\n",
        "resources.requests.cpu is 500m and would be 100m",
    ),
    (
        "etcd",
        "--snapshot-count=10000",
        "--snapshot-count=5000",
        "--snapshot-count is 5000 and would be 10000",
    ),
    (
        "etcd",
        "    - etcd\n",
        "    - etcd\n    - --quota-backend-bytes=8589934592\n",
        "--quota-backend-bytes is 8589934592",
    ),
];

fn edited() -> TempDir {
    let folder = TempDir::new().unwrap();
    init(OLD, folder.path());
    for (pod, before, after, _) in EDITS {
        edit(folder.path(), pod, before, after);
    }
    folder
}

fn document(folder: &Path, version: &str, more: &[&str]) -> Value {
    let served = stored(folder, version);
    let output = upgrade(&served, folder, NEW, &[&["-o", "json"], more].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
}

fn messages(document: &Value) -> Vec<&str> {
    document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["message"].as_str().unwrap())
        .collect()
}

#[test]
fn each_of_a_dozen_edits_is_named_and_its_manifest_is_kept_beside() {
    let folder = edited();
    let before = read(folder.path(), &format!("{MANIFESTS}/kube-apiserver.yaml"));
    let document = document(folder.path(), OLD, &[]);
    let (told, text) = (messages(&document), document.to_string());
    for (pod, _, _, shown) in EDITS {
        let is_told =
            told.iter().any(|message| message.starts_with(&format!("{pod}: ")) && message.contains(shown));
        assert!(is_told, "{pod} {shown}: {told:#?}");
    }
    // A gate that the new version has no more makes one more.
    assert_eq!(told.len(), EDITS.len() + 1, "{told:#?}");
    assert!(
        findings(&document).iter().all(|label| label == "warning LocalEdits") && !text.contains("hunter2"),
        "{text}"
    );
    assert!(!read(folder.path(), &format!("{MANIFESTS}/kube-apiserver.yaml")).contains("--v=4"));
    let backups = folder.path().join("etc/kubernetes/tmp");
    let copies =
        fs::read_dir(backups).unwrap().map(|entry| entry.unwrap().path().join("kube-apiserver.yaml"));
    let kept: Vec<String> = copies.filter_map(|path| fs::read_to_string(path).ok()).collect();
    assert_eq!(kept, [before]);
}

#[test]
fn kept_edits_are_in_the_new_manifests_and_a_second_run_has_nothing_to_do() {
    let folder = edited();
    let first = document(folder.path(), OLD, &["--keep-edits"]);
    assert_eq!(first["status"], "done", "{first:#}");
    let new = |pod: &str| read(folder.path(), &format!("{MANIFESTS}/{pod}.yaml"));
    let api_server = new("kube-apiserver");
    for part in ["--v=4", "oidc.test", "mountPath: /audit", "path: /audit", "kube-apiserver:v1.37.1"] {
        assert!(api_server.contains(part), "{part}: {api_server}");
    }
    let manager = new("kube-controller-manager");
    assert!(manager.contains("--feature-gates=AllAlpha=false\n"), "what 1.37 has no more goes: {manager}");
    assert!(manager.contains("value: hunter2") && manager.contains("team: a"), "{manager}");
    let scheduler = new("kube-scheduler");
    assert!(
        scheduler.contains("image: mirror.test/kube-scheduler:v1.37.1") && scheduler.contains("cpu: 500m"),
        "{scheduler}"
    );
    assert!(new("etcd").contains("--snapshot-count=5000"));
    let again = document(folder.path(), NEW, &["--keep-edits"]);
    assert_eq!(again["status"], "nothing", "{again:#}");
    let dropped = document(folder.path(), NEW, &["--drop-edits"]);
    assert_eq!(dropped["status"], "done", "{dropped:#}");
    let nothing = document(folder.path(), NEW, &[]);
    assert_eq!((&nothing["status"], messages(&nothing)), (&"nothing".into(), Vec::new()));
}

#[test]
fn an_edit_that_the_new_version_changes_too_is_an_error_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    init(OLD, folder.path());
    edit(folder.path(), "kube-scheduler", ":v1.36.3", ":v1.36.3@sha256:0123");
    let before = read(folder.path(), &format!("{MANIFESTS}/kube-scheduler.yaml"));
    let failed = document(folder.path(), OLD, &["--keep-edits"]);
    assert_eq!(failed["errors"][0]["id"], "EditsInConflict", "{failed:#}");
    assert!(failed.to_string().contains("image (tag)"), "{failed:#}");
    assert!(failed["errors"][0]["hint"].as_str().unwrap().contains("kube-scheduler.yaml"), "{failed:#}");
    assert_eq!(read(folder.path(), &format!("{MANIFESTS}/kube-scheduler.yaml")), before);
    let both = upgrade(&stored(folder.path(), OLD), folder.path(), NEW, &["--keep-edits", "--drop-edits"]);
    assert!(!both.status.success() && said(&both).contains("--drop-edits"), "{}", said(&both));
}

#[test]
fn patches_that_were_not_given_are_missed_and_those_that_are_explain_what_they_have_made() {
    let (folder, patches) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let text = "spec:\n  containers:\n  - name: etcd\n    resources:\n      limits:\n        memory: 2Gi\n";
    fs::write(patches.path().join("etcd.yaml"), text).unwrap();
    let given = ["--patches", patches.path().to_str().unwrap()];
    crate::made::init_with(OLD, folder.path(), &given);
    let copy = TempDir::new().unwrap();
    for pod in ["etcd", "kube-apiserver"] {
        let name = format!("{pod}.yaml");
        fs::copy(folder.path().join(MANIFESTS).join(&name), copy.path().join(&name)).unwrap();
    }
    let missed = document(folder.path(), OLD, &[]);
    assert_eq!(findings(&missed), ["warning PatchesMissing"], "{missed:#}");
    assert!(missed.to_string().contains("limits.memory is 2Gi"), "{missed:#}");
    fs::copy(copy.path().join("etcd.yaml"), folder.path().join(MANIFESTS).join("etcd.yaml")).unwrap();
    let explained = document(folder.path(), OLD, &given);
    assert_eq!(messages(&explained), [""; 0]);
    assert!(read(folder.path(), &format!("{MANIFESTS}/etcd.yaml")).contains("memory: 2Gi"));
}

/// By the way the reader of that document may be asked for text.
#[test]
fn text_names_the_edits_too() {
    let folder = TempDir::new().unwrap();
    init(OLD, folder.path());
    edit(folder.path(), "kube-scheduler", "        cpu: 100m\n", "        cpu: 500m # more\n");
    let output = upgrade(&stored(folder.path(), OLD), folder.path(), NEW, &[]);
    let text = said(&output);
    assert!(text.contains("[WARNING LocalEdits] (this host): kube-scheduler: "), "{text} {}", out(&output));
}
