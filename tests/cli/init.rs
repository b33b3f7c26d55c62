//! `init`: what it refuses, and its dry runs.

use std::fs;

use tempfile::TempDir;

use crate::program::{Caller, KUBELET, kubeadm, kubewright, refusal, text};

#[test]
fn folders_of_the_host_that_lead_upwards_are_refused_by_their_flag() {
    let scratch = TempDir::new().unwrap();
    let dry = ["--dry-run", "--output-dir", scratch.path().to_str().unwrap()];
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    fs::write(&file, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    for (words, flag, more) in [
        (&["init", "phase", "certs", "ca", "--cert-dir=/etc/../x"][..], "--cert-dir", &dry[..]),
        (&["init", "phase", "kubeconfig", "admin", "--kubeconfig-dir=../x"], "--kubeconfig-dir", &dry),
        (&["certs", "renew", "all", "--cert-dir=../pki"], "--cert-dir", &[&config[..], &dry].concat()),
        (&["certs", "check-expiration", "--cert-dir=../pki"], "--cert-dir", &config),
        (&["certs", "generate-csr", "--cert-dir=a/../b"], "--cert-dir", &config),
        (&["certs", "generate-csr", "--kubeconfig-dir=a/../b"], "--kubeconfig-dir", &config),
    ] {
        let output = kubewright(&[words, more].concat());
        let said = text(&output.stderr);
        let named = said.contains(&format!("{flag}: ")) && said.contains("must not have '..' in it");
        assert!(!output.status.success() && named, "{words:?}: {said}");
    }
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

/// As another run, the test holds the lock of a folder that stands for the root; only root may change his root.
#[test]
fn a_wait_for_another_run_says_whom_for_and_ends_at_once_when_it_is_told_to() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let root = TempDir::new().unwrap();
    let folder = root.path().join("run/kubewright");
    fs::create_dir_all(&folder).unwrap();
    // What any user could open counts for nothing.
    let old = fs::File::create(root.path().join("run/kubewright.lock")).unwrap();
    old.lock().unwrap();
    let held = fs::File::create(folder.join("lock")).unwrap();
    fs::set_permissions(folder.join("lock"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    held.lock().unwrap();
    fs::write(
        folder.join("lock"),
        "{\"process\":4711,\"command\":\"init\",\"since\":\"2026-11-21T08:00:00Z\"}",
    )
    .unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"))
        .args(["--rootfs", root.path().to_str().unwrap(), "init", "phase", "certs", "ca"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    while !said.contains("waiting for") {
        assert_ne!(std::io::BufRead::read_line(&mut lines, &mut said).unwrap(), 0, "{said}");
    }
    assert!(said.contains("kubewright init, process 4711, since 2026-11-21 08:00:00 UTC"), "{said}");
    let child_id = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(child_id, nix::sys::signal::Signal::SIGTERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
}

const BAD_FLAGS: &[(&[&str], &str)] = &[
    (&["--apiserver-advertise-address=node-1"], "--apiserver-advertise-address"),
    (&["--apiserver-advertise-address=0.0.0.0/0"], "--apiserver-advertise-address"),
    (&["--apiserver-bind-port=eighty"], "--apiserver-bind-port"),
    (&["--apiserver-bind-port=70000"], "--apiserver-bind-port"),
    (&["--apiserver-cert-extra-sans=a_b"], "--apiserver-cert-extra-sans"),
    (&["--cert-dir=pki"], "--cert-dir"),
    (
        &["--cert-dir=/etc/kubernetes/../../x"],
        "--cert-dir: \"/etc/kubernetes/../../x\" must not have '..' in it",
    ),
    (&["--certificate-key=abc"], "--certificate-key"),
    (&["--config=/nonexistent/file.yaml"], "/nonexistent/file.yaml"),
    (&["--control-plane-endpoint=a_b"], "--control-plane-endpoint"),
    (&["--feature-gates=NoSuchGate=true"], "NoSuchGate"),
    (&["--feature-gates=RootlessControlPlane=perhaps"], "RootlessControlPlane"),
    (&["--ignore-preflight-errors=all,Swap"], "--ignore-preflight-errors"),
    (&["--kubernetes-version=1.12.0"], "--kubernetes-version"),
    (&["--kubernetes-version=one"], "--kubernetes-version"),
    (&["--node-name=a_b"], "--node-name"),
    (&["--patches=/nonexistent/patches"], "/nonexistent/patches"),
    (&["--pod-network-cidr=10.244.0.0"], "--pod-network-cidr"),
    (&["--service-cidr=10.96.0.0/31"], "--service-cidr"),
    (&["--service-dns-domain=a_b"], "--service-dns-domain"),
    (&["--skip-phases=no-such-phase"], "no-such-phase"),
    (&["--skip-phases=bootstrap-token"], "they are left out: bootstrap-token"),
    (&["--token=short"], "--token"),
    (&["--token-ttl=soon"], "--token-ttl"),
    (&["--no-such-flag"], "--no-such-flag"),
    (&["surplus"], "surplus"),
];

#[test]
fn each_bad_flag_is_refused_by_name_before_anything_is_written() {
    for (flags, words) in BAD_FLAGS {
        let address: &[&str] = &["--apiserver-advertise-address=10.20.30.40"];
        let own =
            flags[0].starts_with(address[0].split_once('=').unwrap().0) || flags[0].starts_with("--config");
        let said = refusal(&[if own { &[] } else { address }, *flags].concat());
        assert!(said.contains(words), "{flags:?} says only: {said}");
    }
}

/// What may not stand beside a file, because the file says it.
#[test]
fn flags_that_a_file_could_say_are_refused_beside_a_file() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    fs::write(&path, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n").unwrap();
    for flag in [
        "--apiserver-advertise-address=10.0.0.1",
        "--apiserver-bind-port=6443",
        "--apiserver-cert-extra-sans=a.example.com",
        "--cert-dir=/pki",
        "--control-plane-endpoint=a.example.com",
        "--cri-socket=unix:///run/a.sock",
        "--image-repository=a.example.com",
        "--kubernetes-version=v1.36.3",
        "--pod-network-cidr=10.244.0.0/16",
        "--service-cidr=10.96.0.0/16",
        "--service-dns-domain=a.local",
        "--token=abcdef.0123456789abcdef",
        "--token-ttl=1h",
        "--certificate-key=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
    ] {
        let said = refusal(&["--config", path.to_str().unwrap(), flag]);
        assert!(said.contains(flag.split_once('=').unwrap().0), "{flag} says only: {said}");
    }
}

#[test]
fn a_refusal_never_repeats_a_secret() {
    let secret = "zzzzzz.0123456789ABCDEF";
    for flags in [format!("--token={secret}"), format!("--certificate-key={secret}")] {
        let said = refusal(&["--apiserver-advertise-address=10.20.30.40", &flags]);
        assert!(!said.contains("0123456789ABCDEF"), "{said}");
    }
}

#[test]
fn init_and_its_phases_take_the_kubelet_s_version_and_init_says_which() {
    let caller = Caller::named("kubewright").with_kubelet(KUBELET);
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let output = caller.run(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("[init] Using Kubernetes version: v1.35.2\n"), "{said}");
    let manifest = scratch.path().join("etc/kubernetes/manifests/kube-apiserver.yaml");
    assert!(fs::read_to_string(manifest).unwrap().contains("kube-apiserver:v1.35.2"));
}

/// This host has no runtime at that socket.
#[test]
fn called_as_kubeadm_a_dry_run_whose_preflight_fails_ends_with_1_and_prints_no_plan() {
    let flags = [
        "init",
        "--dry-run",
        "--apiserver-advertise-address=10.0.0.1",
        "--cri-socket=unix:///nonexistent.sock",
    ];
    let output = kubeadm(&flags);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    assert!(text(&output.stderr).contains("error: [ERROR CRI]: "), "{}", text(&output.stderr));
    let ignoring = kubeadm(&[&flags[..], &["--ignore-preflight-errors=all"]].concat());
    assert!(ignoring.status.success() && !ignoring.stdout.is_empty(), "{}", text(&ignoring.stderr));
    assert!(kubewright(&flags).status.success());
}

#[test]
fn called_as_kubeadm_overlapping_subnets_are_a_warning() {
    let flags = [
        "init",
        "--dry-run",
        "--apiserver-advertise-address=10.0.0.1",
        "--pod-network-cidr=10.96.0.0/16",
        "--service-cidr=10.96.0.0/12",
    ];
    assert!(text(&kubeadm(&flags).stderr).contains("[WARNING SubnetOverlap]: "));
    assert!(text(&kubewright(&flags).stderr).contains("[ERROR SubnetOverlap]: "));
}
