//! `reset`: what it removes, what it keeps, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{files_below, kubewright, laid_out, text};

#[test]
fn reset_takes_back_every_file_of_init_and_follows_no_link() {
    let scratch = laid_out();
    let host = scratch.path();
    fs::write(host.join("mine"), "precious").unwrap();
    std::os::unix::fs::symlink(host.join("mine"), host.join("etc/kubernetes/pki/etcd/link")).unwrap();
    std::os::unix::fs::symlink(host, host.join("var/lib/kubelet/link")).unwrap();
    let reset = || kubewright(&["reset", "--dry-run", "--output-dir", host.to_str().unwrap(), "-o", "json"]);
    let output = reset();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["status"], "done");
    assert!(document["steps"].as_array().unwrap().iter().any(|step| step["path"] == "/etc/kubernetes/pki"));
    assert_eq!(files_below(&host.join("etc")), Vec::<PathBuf>::new());
    assert_eq!(files_below(&host.join("var")), Vec::<PathBuf>::new());
    assert_eq!(fs::read_to_string(host.join("mine")).unwrap(), "precious");
    let again: serde_json::Value = serde_json::from_slice(&reset().stdout).unwrap();
    assert_eq!((&again["status"], &again["steps"]), (&"nothing".into(), &serde_json::json!([])));
}

/// shared case 58
#[test]
fn beside_an_external_etcd_a_reset_keeps_the_keys_that_init_did_not_make_however_often_it_is_run() {
    let scratch = TempDir::new().unwrap();
    let host = scratch.path().join("host");
    let config = scratch.path().join("init.yaml");
    let endpoint = "localAPIEndpoint: {advertiseAddress: 10.0.0.5}\nnodeRegistration: {name: n1}\n";
    let etcd = "etcd: {external: {endpoints: [https://10.0.0.5:2379], caFile: /etc/kubernetes/pki/etcd/ca.crt, certFile: \
                /etc/kubernetes/pki/apiserver-etcd-client.crt, keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key}}\n";
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind:";
    fs::write(
        &config,
        format!("{head} InitConfiguration\n{endpoint}---\n{head} ClusterConfiguration\n{etcd}"),
    )
    .unwrap();
    let (host, config) = (host.to_str().unwrap(), config.to_str().unwrap());
    let output = kubewright(&["init", "--dry-run", "--output-dir", host, "--config", config]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let pki = Path::new(host).join("etc/kubernetes/pki");
    fs::create_dir_all(pki.join("etcd")).unwrap();
    let theirs = ["apiserver-etcd-client.key", "etcd/peer.key", "etcd/server.key", "secrets_encryption.yaml"];
    for name in theirs {
        fs::write(pki.join(name), "x").unwrap();
    }
    for _ in 0..2 {
        let output = kubewright(&["reset", "-f", "--dry-run", "--output-dir", host]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let mut stays = files_below(&pki);
        stays.sort();
        assert_eq!(stays, theirs.map(|name| pki.join(name)));
        assert!(theirs.iter().all(|name| text(&output.stderr).contains(name)), "{}", text(&output.stderr));
    }
}

#[test]
fn a_folder_of_the_system_is_refused_by_whatever_name() {
    let scratch = TempDir::new().unwrap();
    std::os::unix::fs::symlink("/", scratch.path().join("top")).unwrap();
    let by_link = format!("--cert-dir={}/top/etc", scratch.path().display());
    for flag in ["--cert-dir=/proc/self/root/etc", "--cert-dir=/proc/self/root/var/lib", &by_link] {
        let output = kubewright(&["reset", "--dry-run", flag]);
        let (out, said) = (text(&output.stdout), text(&output.stderr));
        assert!(!output.status.success() && said.contains("is a folder of the system"), "{flag}: {said}");
        assert!(!out.contains("passwd") && !said.contains("passwd"), "{flag}: {out}{said}");
    }
}

#[test]
fn a_link_in_place_of_the_certificates_stays_and_ends_the_reset_as_incomplete() {
    let scratch = laid_out();
    let host = scratch.path();
    fs::rename(host.join("etc/kubernetes/pki"), host.join("pki")).unwrap();
    std::os::unix::fs::symlink(host.join("pki"), host.join("etc/kubernetes/pki")).unwrap();
    let output = kubewright(&["reset", "--dry-run", "--output-dir", host.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("/etc/kubernetes/pki stays: it is a link"),
        "{}",
        text(&output.stderr)
    );
    assert!(host.join("pki/ca.key").exists() && !host.join("etc/kubernetes/admin.conf").exists());
}

#[test]
fn a_reset_that_is_asked_for_wrongly_says_what_is_wrong() {
    for (flags, code, words) in [
        (&["--cert-dir=/etc"][..], 3, "\"/etc\" is a folder of the system"),
        (&["--cert-dir=pki"], 3, "--cert-dir"),
        (&["--cri-socket=tcp://x"], 3, "--cri-socket"),
        (&["--ignore-preflight-errors=all,Swap"], 3, "--ignore-preflight-errors"),
        (&["--skip-phases=certs"], 3, "\"certs\" is not a phase of reset"),
        (&["--config=/nonexistent/file.yaml"], 1, "/nonexistent/file.yaml"),
        (&["--no-such-flag"], 1, "--no-such-flag"),
    ] {
        let output = kubewright(&[&["reset", "--dry-run"], flags].concat());
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(code) && said.contains(words), "{flags:?}: {said}");
    }
}
