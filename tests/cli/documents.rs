//! Configuration files that are refused, and, by kubeadm's name, those that are only warned of.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{ELSEWHERE, kubeadm, kubewright, refusal_of, text};

/// Which files each command is to refuse, and how many there are at least.
const BAD: &[(&str, &str, usize)] =
    &[("init", "tests/cli/bad", 41), ("join", "tests/cli/bad-join", 10), ("reset", "tests/cli/bad-reset", 4)];

fn bad_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A line that ends with `#~ words` is an offence: the words must be said of that line's number.
fn offences(file: &str) -> Vec<(usize, &str)> {
    let lines = file.lines().enumerate();
    lines.filter_map(|(index, line)| Some((index + 1, line.split_once("#~")?.1.trim()))).collect()
}

#[test]
fn each_bad_configuration_is_refused_with_field_and_line_before_anything_is_written_or_asked() {
    let mut complaints = Vec::new();
    for (command, folder, least) in BAD {
        let files = bad_files(folder);
        assert!(files.len() >= *least, "{folder}");
        for path in files {
            let said = refusal_of(command, &["--config", path.to_str().unwrap()]);
            let unsaid = unsaid(&fs::read_to_string(&path).unwrap(), &said);
            complaints
                .extend(unsaid.iter().map(|what| format!("{}: {what} not in:\n{said}", path.display())));
            assert!(!said.contains(ELSEWHERE), "{}: {said}", path.display());
            assert!(!said.contains(NOT_TO_BE_TOLD), "{}: {said}", path.display());
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// In every secret of the files that has the wrong form.
const NOT_TO_BE_TOLD: &str = "hunter2";

/// The offences of `file` that `said` does not name.
fn unsaid(file: &str, said: &str) -> Vec<String> {
    let offences = offences(file);
    assert!(!offences.is_empty(), "no offence is marked:\n{file}");
    let is_said = |(line, words): &(usize, &str)| {
        let named = |text: &str| text.contains(&format!("line {line}")) && text.contains(words);
        // Of a document as a whole there is no field to name, nor a line of its own.
        let whole = file.lines().nth(line - 1).unwrap().starts_with("#~") && said.contains(words);
        whole || said.lines().any(named)
    };
    let missing = offences.iter().filter(|offence| !is_said(offence));
    missing.map(|(line, words)| format!("line {line} {words:?}")).collect()
}

/// A file that a dry run of init can be made of, and what more is to stand in its ClusterConfiguration.
fn configuration(more: &str) -> (TempDir, String) {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("kubeadm.yaml");
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 10.0.0.1}\n\
                ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n";
    fs::write(&path, format!("{head}{more}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (scratch, path)
}

#[test]
fn called_as_kubeadm_what_it_does_not_know_is_a_warning_as_it_is_kubeadm_s() {
    let component = "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnoSuch: 1\n";
    for (more, words) in [
        ("dns: {type: CoreDNS}\n", "dns.type: there is no such field; it is left out"),
        (
            "apiServer: {timeoutForControlPlane: 4m0s}\n",
            "apiServer.timeoutForControlPlane: there is no such field; did you mean",
        ),
        (
            "ClusterName: a\n",
            "ClusterName: there is no such field; did you mean clusterName?; it is left out",
        ),
        (component, "noSuch: there is no such field; it is left out"),
        (
            "clusterName: a\nclusterName: b\n",
            "clusterName: given twice; the first stands in line 8; the last one counts",
        ),
        (
            "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: NoSuch\n",
            "kubeadm.k8s.io/v1beta4 has no kind \"NoSuch\"; it is left out",
        ),
    ] {
        let (scratch, path) = configuration(more);
        let folder = scratch.path().join("cluster");
        let flags = ["init", "--dry-run", "--output-dir", folder.to_str().unwrap(), "--config", &path];
        let refused = kubewright(&flags);
        assert_eq!(refused.status.code(), Some(3), "{more}");
        let output = kubeadm(&flags);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{more}: {said}");
        assert!(said.contains("warning: ") && said.contains(words), "{more}: {said}");
        if more.contains("clusterName: b") {
            let stored = folder.join("cluster/configmap/kube-system/kubeadm-config.yaml");
            assert!(fs::read_to_string(stored).unwrap().contains("clusterName: b"));
        }
    }
}

#[test]
fn called_as_kubeadm_what_kubeadm_refuses_is_refused() {
    for more in ["clusterName: 5\n", "featureGates: {NoSuch: true}\n", "imageRepository: \"a b\"\n"] {
        let (scratch, path) = configuration(more);
        let folder = scratch.path().join("cluster");
        let output =
            kubeadm(&["init", "--dry-run", "--output-dir", folder.to_str().unwrap(), "--config", &path]);
        assert_eq!(output.status.code(), Some(1), "{more}");
        assert!(!folder.exists());
    }
    let (_scratch, path) = configuration("noSuch: 1\n");
    assert_eq!(kubeadm(&["config", "validate", "--config", &path]).status.code(), Some(1));
}
