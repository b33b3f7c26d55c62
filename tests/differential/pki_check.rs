//! `certs check` finds nothing wrong with what the real kubeadm of each release makes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use kubewright::kubeconfig::Embedded;
use serde_json::Value;

use crate::kubeadms::minor::Minor;
use crate::kubeadms::say;
use crate::renewals::{run, write_config};
use crate::run::scratch;

/// A control plane as `init` leaves it: the kubelet has its own certificate, and the kubeconfig of the super-admin is put away.
fn control_plane(root: &Path, minor: Minor) {
    fs::create_dir_all(root.join("etc/kubernetes")).unwrap();
    fs::create_dir_all(root.join("tmp")).unwrap();
    write_config(root, minor, ["", ""]);
    for phase in
        [&["certs", "all"][..], &["kubeconfig", "all"], &["control-plane", "all"], &["etcd", "local"]]
    {
        let words = [&["init", "phase"], phase, &["--config=/config.yaml"]].concat();
        let output = run(&minor.kubeadm(), root, &words);
        assert!(output.status.success(), "{}: {}", minor.version(), String::from_utf8_lossy(&output.stderr));
    }
    let _ = fs::remove_file(root.join("etc/kubernetes/super-admin.conf"));
    kubelet(root);
}

fn kubelet(root: &Path) {
    let path = root.join("etc/kubernetes/kubelet.conf");
    let text = fs::read_to_string(&path).unwrap();
    let embedded = Embedded::parse(text.as_bytes()).unwrap();
    let folder = root.join("var/lib/kubelet/pki");
    fs::create_dir_all(&folder).unwrap();
    let pem = folder.join("kubelet-client-2026-11-01-00-00-00.pem");
    fs::write(&pem, [embedded.certificate.own.to_pem(), embedded.key().unwrap().to_vec()].concat()).unwrap();
    fs::set_permissions(&pem, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(pem.file_name().unwrap(), folder.join("kubelet-client-current.pem")).unwrap();
    let current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let pointed = kubewright::kubeconfig::point_at_certificate(text.as_bytes(), Path::new(current)).unwrap();
    fs::write(&path, pointed.expose_secret()).unwrap();
    let settings = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nrotateCertificates: true\n\
        authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}\n";
    fs::write(root.join("var/lib/kubelet/config.yaml"), settings).unwrap();
}

pub fn check_all() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for minor in Minor::wanted() {
        let root: PathBuf = scratch("pki-check").join(minor.version());
        let _ = fs::remove_dir_all(&root);
        control_plane(&root, minor);
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubewright"));
        let output = command.args(["certs", "check", "-o", "json", "--root"]).arg(&root).output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        count += told["certificates"].as_array().unwrap().len();
        if told["findings"] != serde_json::json!([]) || output.status.code() != Some(0) {
            wrong.push(format!("{}: {:#}", minor.version(), told["findings"]));
        }
    }
    say(&format!("certs check: nothing is wrong with the {count} certificates that real kubeadms have made"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
