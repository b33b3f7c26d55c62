//! `token`.

use std::fs;

use tempfile::TempDir;

use crate::program::{kubewright, text};

/// `token …` with a kubeconfig whose server is nowhere: (status, what it says on stderr).
fn token(arguments: &[&str]) -> (Option<i32>, String) {
    let scratch = TempDir::new().unwrap();
    let kubeconfig = scratch.path().join("admin.conf");
    fs::write(
        &kubeconfig,
        "{kind: Config, apiVersion: v1, current-context: a, contexts: [{name: a, context: {cluster: k, user: u}}], \
         users: [{name: u, user: {}}], clusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]}",
    )
    .unwrap();
    let output = kubewright(&[&["token", "--kubeconfig", kubeconfig.to_str().unwrap()], arguments].concat());
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output.stdout));
    (output.status.code(), text(&output.stderr))
}

const UNREACHABLE: &str = "  caused by: http://127.0.0.1:1 did not answer: Connection refused (os error 111)\n\
    hint: `crictl ps -a --name kube-apiserver` on that control plane shows whether it runs; where a load balancer stands \
    before it, whether that has it as a back end; --kubeconfig FILE names another way to the cluster\n";

/// Whatever is wrong with the command line is said before the cluster is asked: it would say `did not answer`.
const BAD_TOKENS: &[(&[&str], i32, &str)] = &[
    (
        &["create", "zzzzzz.0123456789ABCDEF"],
        3,
        "error: TOKEN: not a bootstrap token: it is six characters, a '.' and sixteen, all of a-z and 0-9\n",
    ),
    (
        &["create", "--ttl=soon"],
        3,
        "error: --ttl: \"soon\" is not a duration; write it as in 24h0m0s, 90s or 1.5h\n",
    ),
    (&["create", "--ttl=-1s"], 3, "error: --ttl: -1s must not be negative\n"),
    (
        &["create", "--usages=authentication,joining"],
        3,
        "error: --usages: \"joining\" is not a use of a bootstrap token; known are signing and authentication\n",
    ),
    (
        &["create", "--usages=signing"],
        3,
        "error: --usages: groups, of which a token has system:bootstrappers:kubeadm:default-node-token unless others are \
         given, need the usage authentication, which is not among the usages\n",
    ),
    (
        &["create", "--groups=system:masters"],
        3,
        "error: --groups: \"system:masters\" is not a group of bootstrap tokens: it begins with system:bootstrappers: and \
         goes on with a-z, 0-9, ':' and '-', ending with a letter or digit\n",
    ),
    (
        &["create", "--print-join-command", "--certificate-key=0123456789ABCDEF"],
        3,
        "error: --certificate-key: not a certificate key: 32 bytes in hexadecimal, 64 digits; `openssl rand -hex 32` makes \
         one\n",
    ),
    (
        &["create", "--certificate-key=00"],
        1,
        "error: --certificate-key belongs to --print-join-command or --control-plane; give one of them\n",
    ),
    (
        &["delete", "abcdef", "zzzzzz.0123456789ABCDEF"],
        1,
        "error: TOKEN 2 is neither an id, which is six characters of a-z and 0-9, nor a whole token, which goes on with a \
         '.' and sixteen more\n",
    ),
    (
        &["list", "--output=jsonpath={.token"],
        1,
        "error: error parsing jsonpath {.token, unclosed action, at character 8\n\
         hint: actions stand in braces, as in '{range .items[*]}{.name}{\"\\n\"}{end}'\n",
    ),
];

#[test]
fn each_bad_token_command_is_refused_before_the_cluster_is_asked() {
    for (arguments, code, said) in BAD_TOKENS {
        assert_eq!(token(arguments), (Some(*code), (*said).to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_named_with_what_was_asked_of_it() {
    for (arguments, what) in [
        (&["list"][..], "list the bootstrap tokens"),
        (&["create", "abcdef.0123456789abcdef"], "look up the bootstrap token abcdef"),
        (&["create", "abcdef.0123456789abcdef", "--dry-run"], "look up the bootstrap token abcdef"),
        (&["delete", "abcdef.0123456789abcdef"], "delete the bootstrap token abcdef"),
        (&["delete", "abcdef", "--dry-run"], "look up the bootstrap token abcdef"),
    ] {
        assert_eq!(
            token(arguments),
            (Some(1), format!("error: cannot {what}\n{UNREACHABLE}")),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_kubeconfig_that_is_missing_is_named() {
    let said = "error: there is no kubeconfig to reach the cluster with; looked for /nonexistent\n\
                hint: run this on a control plane, or give --kubeconfig FILE\n";
    let output = kubewright(&["token", "list", "--kubeconfig=/nonexistent"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), said.to_owned()));
}

#[test]
fn a_generated_token_is_one_and_another_each_time() {
    let generate = || text(&kubewright(&["token", "generate"]).stdout);
    let (one, other) = (generate(), generate());
    assert_ne!(one, other);
    let shape: Vec<usize> = one.trim_end().split('.').map(str::len).collect();
    assert_eq!(shape, [6, 16], "{one}");
}
