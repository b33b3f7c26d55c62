//! What patches and extra volumes make of manifests, tried by a dry run of `init`: refused before anything is written, or told.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// A dry run: what it says, and the folder that it has written, where it has.
struct Run {
    scratch: TempDir,
    said: String,
    succeeded: bool,
}

impl Run {
    fn made(&self, name: &str) -> String {
        fs::read_to_string(self.tree().join("etc/kubernetes/manifests").join(name)).unwrap()
    }

    fn tree(&self) -> PathBuf {
        self.scratch.path().join("tree")
    }
}

fn run(patches: &[(&str, &str)], cluster: &str) -> Run {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().join("patches");
    fs::create_dir(&folder).unwrap();
    for (name, patch) in patches {
        fs::write(folder.join(name), patch).unwrap();
    }
    let config = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 10.0.0.5}}\n\
         nodeRegistration: {{name: n1}}\npatches: {{directory: {}}}\n---\n\
         apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n\
         encryptionAlgorithm: ECDSA-P256\n{cluster}",
        folder.display()
    );
    let tree = scratch.path().join("tree");
    let output = Command::cargo_bin("kubewright")
        .unwrap()
        .args(["init", "--dry-run", "--config", "-", "--output-dir", tree.to_str().unwrap()])
        .write_stdin(config)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    Run { scratch, said, succeeded: output.status.success() }
}

/// What is said of patches that are refused.
fn refusal(patches: &[(&str, &str)]) -> String {
    let run = run(patches, "");
    assert!(!run.succeeded && !run.tree().exists(), "{}", run.said);
    run.said
}

#[test]
fn a_json_patch_may_replace_what_is_not_there() {
    let patch = "- {op: replace, path: /spec/dnsPolicy, value: ClusterFirstWithHostNet}\n\
                 - {op: replace, path: /metadata/labels/team, value: infra}\n";
    let run = run(&[("kube-apiserver+json.yaml", patch)], "");
    assert!(run.succeeded, "{}", run.said);
    let made = run.made("kube-apiserver.yaml");
    assert!(made.contains("dnsPolicy: ClusterFirstWithHostNet") && made.contains("team: infra"), "{made}");
}

#[test]
fn a_json_patch_that_does_not_apply_says_what_does() {
    let said = refusal(&[("etcd+json.yaml", "- {op: replace, path: /metadata/none/team, value: infra}\n")]);
    assert!(
        said.contains("etcd+json.yaml") && said.contains("there is no /metadata/none; `add` it first"),
        "{said}"
    );
}

#[test]
fn a_container_that_a_patch_adds_needs_an_image() {
    let patch = "spec:\n  containers:\n  - name: apiserver\n    resources: {requests: {cpu: 500m}}\n";
    let said = refusal(&[("kube-apiserver.yaml", patch)]);
    let wanted = "the container \"apiserver\" has no image; the container that is always there is called kube-apiserver";
    assert!(
        said.contains(wanted)
            && said.contains("look at the patches that it has gone through: kube-apiserver.yaml"),
        "{said}"
    );
}

#[test]
fn an_extra_volume_may_not_take_a_path_of_the_manifest_s_own() {
    let volumes = "apiServer:\n  extraVolumes:\n  - {name: company-cas, hostPath: /etc/ssl/certs, mountPath: /etc/ssl/certs}\n";
    let run = run(&[], volumes);
    assert!(!run.succeeded && !run.tree().exists());
    let wanted = "mountPath: \"/etc/ssl/certs\" is the mountPath of the volumes ca-certs and company-cas";
    assert!(run.said.contains(wanted) && run.said.contains("look at extraVolumes"), "{}", run.said);
}

#[test]
fn what_patches_make_is_judged_whatever_their_type() {
    for (name, patch, words) in [
        ("etcd+merge.yaml", "spec: {containers: []}\n", "no container is left"),
        ("etcd+merge.yaml", "metadata: {name: Etcd_1}\n", "metadata.name: \"Etcd_1\" is not a name"),
        ("etcd+merge.yaml", "kind: Deployment\n", "etcd is not a Pod any more after its patches"),
        ("etcd+json.yaml", "- {op: remove, path: /spec/volumes/0}\n", "there is no volume"),
        (
            "etcd.yaml",
            "spec: {restartPolicy: Sometimes}\n",
            "\"Sometimes\" is not one of Always, OnFailure, Never",
        ),
        (
            "kube-scheduler.yaml",
            "spec: {containers: [{name: kube-scheduler, resources: {requests: {cpu: lots}}}]}\n",
            "resources.requests.cpu: \"lots\" is not a quantity",
        ),
        (
            "kube-apiserver+json.yaml",
            "- {op: add, path: /spec/volumes/-, value: {name: k8s-certs, emptyDir: {}}}\n",
            "\"k8s-certs\" stands twice",
        ),
        (
            "kubeletconfiguration.yaml",
            "failSwapOn: 'no'\n",
            "failSwapOn: the text \"no\" where true or false is wanted",
        ),
        ("kubeletconfiguration+merge.yaml", "kind: Kubelet\n", "kind must be KubeletConfiguration"),
        (
            "corednsdeployment.yaml",
            "spec: {template: {spec: {containers: [{name: dns}]}}}\n",
            "the container \"dns\" has no image",
        ),
    ] {
        let said = refusal(&[(name, patch)]);
        assert!(said.contains(words), "{name} {patch}: {said}");
    }
}

#[test]
fn what_is_hardly_meant_is_told_and_written() {
    let patches = [
        ("kube-scheduler.yaml", "metadata: {namespace: other}\nspec: {hostNetwrk: true}\n"),
        ("kubeletconfiguration+merge.yaml", "maxPod: 10\n"),
    ];
    let run = run(&patches, "");
    assert!(run.succeeded, "{}", run.said);
    for words in [
        "kube-scheduler after its patches (kube-scheduler.yaml): spec.hostNetwrk is left out: a Pod has no such field",
        "metadata.namespace is other, and what looks for it goes by kube-system",
        "maxPod: there is no such field; did you mean maxPods?",
    ] {
        assert!(run.said.contains(words), "{words}: {}", run.said);
    }
    assert!(run.made("kube-scheduler.yaml").contains("namespace: other"));
}

#[test]
fn a_patch_file_that_is_no_text_is_named_and_other_files_are_not_read() {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path();
    fs::write(folder.join("README.png"), b"\x89PNG\xff\0").unwrap();
    fs::write(folder.join("etcd.yaml"), b"metadata: {labels: {a: \xe4}}\n").unwrap();
    let output = Command::cargo_bin("kubewright")
        .unwrap()
        .args([
            "init",
            "--dry-run",
            "--apiserver-advertise-address=10.0.0.5",
            "--patches",
            folder.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let file = folder.join("etcd.yaml");
    assert!(said.contains(&format!("cannot read the patch file {}", file.display())), "{said}");
    assert!(said.contains("looks like Latin-1") && said.contains("iconv -f ISO-8859-1"), "{said}");
}
