//! `join`: what it refuses.

use std::fs;

use tempfile::TempDir;

use crate::program::{CLUSTER, ELSEWHERE, kubewright, refusal_of, text};

#[rustfmt::skip]
const BAD_JOINS: &[(&[&str], &str)] = &[
    (&[], "error: api-server-endpoint: must be given, as in 192.0.2.10:6443, or else --discovery-file"),
    (&["127.0.0.1"], "api-server-endpoint: \"127.0.0.1\" is not HOST:PORT"),
    (&["127.0.0.1:1", "--discovery-token-unsafe-skip-ca-verification"], "--token: must be given"),
    (&["127.0.0.1:1", "--token=abcdef.0123456789abcdef"], "--discovery-token-ca-cert-hash: without a hash"),
    (&["127.0.0.1:1", "--token=abcdef.0123456789abcdef", "--discovery-token-ca-cert-hash=sha1:00"], "--discovery-token-ca-cert-hash: not the hash"),
    (&["--discovery-file=http://127.0.0.1:1/"], "--discovery-file: neither a path nor an https:// URL"),
    (&["--discovery-file=/nonexistent/discovery.conf"], "/nonexistent/discovery.conf"),
    (&["--config=/nonexistent/file.yaml"], "/nonexistent/file.yaml"),
];

/// Behind [`CLUSTER`].
const BAD_JOIN_FLAGS: &[(&[&str], &str)] = &[
    (&["--discovery-file=/discovery.conf"], "--discovery-file: the cluster is found by a token"),
    (&["--node-name=a_b"], "--node-name"),
    (&["--cri-socket=tcp://127.0.0.1:1"], "--cri-socket"),
    (&["--ignore-preflight-errors=all,Swap"], "--ignore-preflight-errors"),
    (&["--skip-phases=addon"], "\"addon\" is not a phase of join"),
    (&["--patches=/nonexistent/patches"], "/nonexistent/patches"),
    (&["--control-plane", "--apiserver-advertise-address=224.0.0.1"], "--apiserver-advertise-address"),
    (&["--control-plane", "--apiserver-bind-port=70000"], "--apiserver-bind-port"),
    (&["--no-such-flag"], "--no-such-flag"),
    (&["surplus"], "surplus"),
];

#[test]
fn each_bad_flag_of_a_join_is_refused_by_name_before_the_cluster_is_asked() {
    let beside = BAD_JOIN_FLAGS.iter().map(|(flags, words)| ([CLUSTER, flags].concat(), words));
    for (flags, words) in BAD_JOINS.iter().map(|(flags, words)| (flags.to_vec(), words)).chain(beside) {
        let said = refusal_of("join", &flags);
        assert!(said.contains(words) && !said.contains(ELSEWHERE), "{flags:?} says only: {said}");
    }
}

/// (the kind of the file, what has to stand in it, flags that it could say)
const IN_A_FILE: &[(&str, &str, &[&str])] = &[
    (
        "join",
        "kind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /nonexistent}}\n",
        &[
            "--apiserver-advertise-address=10.0.0.1",
            "--apiserver-bind-port=6443",
            "--certificate-key=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
            "--control-plane",
            "--cri-socket=unix:///run/a.sock",
            "--discovery-file=/discovery.conf",
            "--discovery-token=abcdef.0123456789abcdef",
            "--discovery-token-ca-cert-hash=sha256:e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
            "--discovery-token-unsafe-skip-ca-verification",
            "--patches=/patches",
            "--tls-bootstrap-token=abcdef.0123456789abcdef",
            "--token=abcdef.0123456789abcdef",
        ],
    ),
    (
        "reset",
        "kind: ResetConfiguration\n",
        &["--cert-dir=/pki", "--cleanup-tmp-dir", "--cri-socket=unix:///run/a.sock", "--force"],
    ),
];

#[test]
fn flags_of_join_and_reset_that_a_file_could_say_are_refused_beside_one_and_secrets_not_told() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    for (command, body, flags) in IN_A_FILE {
        fs::write(&path, format!("apiVersion: kubeadm.k8s.io/v1beta4\n{body}")).unwrap();
        for flag in *flags {
            let said = refusal_of(command, &["--config", path.to_str().unwrap(), flag]);
            let name = flag.split('=').next().unwrap();
            assert!(
                said.contains(&format!("{name}: cannot be given together with --config")),
                "{flag}: {said}"
            );
            assert!(!said.contains("0123456789abcdef") && !said.contains("e6a2eb85"), "{flag}: {said}");
        }
    }
}

#[test]
fn a_refused_join_never_repeats_a_secret_in_words_or_json() {
    let secret = "zzzzzz.0123456789ABCDEF";
    for name in ["--token", "--discovery-token", "--tls-bootstrap-token", "--certificate-key"] {
        let flag = format!("{name}={secret}");
        let mut words = vec!["join", "127.0.0.1:1", "--control-plane", "--dry-run", "-o", "json", &flag];
        if name != "--token" {
            words.extend(&CLUSTER[1..]);
        }
        let output = kubewright(&words);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(name) && !said.contains("0123456789"), "{said}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(document["errors"][0]["message"].as_str().unwrap().starts_with("--"), "{document}");
    }
}
