//! `config migrate`, `config validate` and `config print` as their users meet them.
#![allow(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const OLD: &str = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\nnodeRegistration: {name: node-1}\ndiscovery:\n  \
                   file: {kubeConfigPath: /x}\n  tlsBootstrapToken: abcdef.0123456789abcdef\n  timeout: 7m # long\n";
const BAD: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nfoo: 1\n---\n\
                   apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncertificatesDir: pki\n";

fn kubewright(words: &[&str], input: &str) -> Output {
    Command::cargo_bin("kubewright").unwrap().args(words).write_stdin(input).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_migrated_file_is_for_its_owner_alone_and_what_has_changed_is_said() {
    let scratch = TempDir::new().unwrap();
    let new = scratch.path().join("new.yaml");
    let output =
        kubewright(&["config", "migrate", "--old-config", "-", "--new-config", new.to_str().unwrap()], OLD);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr)
            .contains("discovery.timeout has moved to JoinConfiguration's timeouts.discovery")
    );
    assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&new).unwrap().contains("  discovery: 7m0s # long\n"));
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn nothing_is_written_where_the_file_is_not_valid() {
    let scratch = TempDir::new().unwrap();
    let new = scratch.path().join("new.yaml");
    fs::write(&new, "mine").unwrap();
    let words =
        ["config", "migrate", "--old-config", "-", "--new-config", new.to_str().unwrap(), "-o", "json"];
    let output = kubewright(&words, BAD);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(fs::read_to_string(&new).unwrap(), "mine");
    assert_eq!(json(&output)["status"], "failed");
}

#[test]
fn the_text_goes_to_standard_output_or_into_the_document() {
    let words = ["config", "migrate", "--old-config", "-", "--new-config", "-"];
    let plain = kubewright(&words, OLD);
    assert!(text(&plain.stdout).starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n"));
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), OLD));
    assert_eq!(document["kind"], "MigratedConfiguration");
    assert_eq!(document["text"], text(&plain.stdout));
    assert_eq!(document["file"], Value::Null);
    assert_eq!(document["changes"][1]["change"], "moved");
}

#[test]
fn all_problems_of_all_documents_are_told_at_once() {
    let output = kubewright(&["config", "validate", "--config", "-"], BAD);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    let said = text(&output.stderr);
    for place in
        ["document 1 (JoinConfiguration), line 3", "document 1 (JoinConfiguration), line 1", "line 7"]
    {
        assert!(said.contains(place), "{said}");
    }
    let document = json(&kubewright(&["config", "validate", "--config", "-", "-o", "json"], BAD));
    let ids: Vec<&Value> = document["errors"].as_array().unwrap().iter().map(|error| &error["id"]).collect();
    assert_eq!(ids, ["ConfigMissing", "ConfigUnknownField", "ConfigBadValue"]);
}

#[test]
fn an_old_format_is_a_warning_unless_it_is_allowed() {
    let words = ["config", "validate", "--config", "-"];
    let warned = kubewright(&words, OLD);
    assert_eq!(text(&warned.stdout), "ok\n");
    assert!(text(&warned.stderr).contains("deprecated"));
    let allowed = kubewright(&[&words[..], &["--allow-deprecated-api"]].concat(), OLD);
    assert_eq!((allowed.status.code(), text(&allowed.stderr).as_str()), (Some(0), ""));
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), OLD));
    assert_eq!(document["warnings"][0]["id"], "OldApiVersion");
}

#[test]
fn defaults_are_printed_with_those_of_the_components_in_the_order_asked_for() {
    let words = [
        "config",
        "print",
        "init-defaults",
        "--component-configs",
        "KubeProxyConfiguration,KubeletConfiguration",
    ];
    let printed = text(&kubewright(&words, "").stdout);
    let kinds: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    assert_eq!(
        kinds,
        ["InitConfiguration", "ClusterConfiguration", "KubeProxyConfiguration", "KubeletConfiguration"]
    );
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), ""));
    assert_eq!(document["documents"].as_array().unwrap().len(), 4);
    let refused = kubewright(&["config", "print", "init-defaults", "--component-configs", "Other"], "");
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn printed_defaults_are_valid() {
    for command in ["init", "join", "reset", "upgrade"] {
        let printed = text(&kubewright(&["config", "print", &format!("{command}-defaults")], "").stdout);
        let output = kubewright(&["config", "validate", "--config", "-"], &printed);
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    }
}
