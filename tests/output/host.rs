//! init, join and reset with their phases, on folders that stand for hosts.

use std::fs;

use kubewright::host::FileChange;
use kubewright::plan::PIPELINES;
use kubewright::report::{Document, DocumentKind, FileDone, JoinedAs, JoinedNode, Status};
use serde_json::{Value, json};

use crate::program::{Told, laid_out, output, told};
use crate::schema::complaints;

#[test]
fn init_tells_how_to_join_and_every_file() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags =
        ["--apiserver-advertise-address=10.0.0.1", "--control-plane-endpoint=api.test", "--upload-certs"];
    let init = || told(&[&["init", "--dry-run", "--output-dir", folder], &flags[..]].concat());
    let (first, second) = (init(), init());
    let changes = |told: &Told| {
        let files = told.document["files"].as_array().unwrap();
        let mut all: Vec<String> =
            files.iter().map(|file| file["change"].as_str().unwrap().to_owned()).collect();
        all.dedup();
        all
    };
    assert_eq!(changes(&first), ["created"]);
    assert!(changes(&second).contains(&"kept".to_owned()), "{:#}", second.document);
    assert_eq!(first.document["endpoint"], "api.test:6443");
    assert!(first.document["certificateKey"].is_string() && first.document["tokens"][0].is_string());
}

#[test]
fn a_run_that_fails_midway_tells_the_files_that_it_has_written() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().to_str().unwrap();
    fs::write(scratch.path().join("cluster"), "in the way of the objects").unwrap();
    let told = told(&["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"]);
    assert!(told.has("Failure", "failed"), "{told:?}");
    assert_eq!((told.code, told.error_ids()), (1, vec!["FileNotAFolder"]), "{told:?}");
    let files = told.document["files"].as_array().unwrap();
    assert!(
        files.contains(&json!({ "path": "/etc/kubernetes/pki/ca.crt", "change": "created" })),
        "{told:?}"
    );
    let hint = told.document["errors"][0]["hint"].as_str().unwrap();
    assert!(hint.starts_with(&format!("{folder}/cluster is a file")), "{hint}");
}

#[test]
fn a_dry_run_that_is_printed_tells_machines_of_findings_and_people_of_the_plan() {
    let words = ["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1"];
    assert!(told(&words).has("Init", "planned"));
    let said = String::from_utf8(output(&[&words[..], &["-o", "json"]].concat()).stderr).unwrap();
    assert!(said.contains("file /etc/kubernetes/pki/ca.crt: create"), "{said}");
}

#[test]
fn a_dry_run_tells_what_a_wait_may_turn_out_to_need() {
    let possible = |more: &[&str]| {
        let words = [&["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1"], more].concat();
        let said = String::from_utf8(output(&words).stdout).unwrap();
        let line = said.lines().find(|line| line.contains("killed in its first start")).map(str::to_owned);
        (told(&words).document["possible"].clone(), line)
    };
    let step =
        json!({ "phase": "wait-control-plane", "action": "recover-etcd", "path": "/var/lib/etcd/member" });
    let line = "etcd: if it was killed in its first start, remove /var/lib/etcd/member, in which nothing is then, and restart it";
    assert_eq!(possible(&[]), (json!([step]), Some(line.to_owned())));
    assert_eq!(possible(&["--skip-phases=wait-control-plane"]), (json!([]), None));
}

#[test]
fn preflight_tells_its_findings_whether_it_refuses_or_not() {
    let flags = ["--cri-socket=unix:///nonexistent.sock"];
    for (command, more) in [("init", &[][..]), ("join", JOINING)] {
        let words = [&[command, "phase", "preflight"], &flags[..], more].concat();
        let told = told(&words);
        let findings = told.document["findings"].as_array().unwrap();
        let is_cri = |finding: &Value| finding["id"] == "CRI" && finding["severity"] == "error";
        assert!(findings.iter().any(is_cri), "{told:?}");
        assert_eq!((told.code, told.error_ids()), (2, vec!["Preflight"]), "{told:?}");
    }
    let words = ["init", "phase", "preflight", "--dry-run", flags[0]];
    assert!(told(&words).has("Init", "planned"));
}

/// To a cluster that no one finds.
const JOINING: &[&str] =
    &["127.0.0.1:1", "--token=abcdef.0123456789abcdef", "--discovery-token-unsafe-skip-ca-verification"];

#[test]
fn every_phase_tells_of_itself_alone() {
    let scratch = laid_out();
    let folder = scratch.path().to_str().unwrap();
    let mut count = 0;
    for pipeline in PIPELINES {
        for entry in pipeline.phases.iter().filter(|entry| entry.flags.contains(&"dry-run")) {
            let phase: Vec<&str> = entry.path.split('/').collect();
            let target = ["--dry-run", "--output-dir", folder];
            let command: Vec<&str> = pipeline.command.split(' ').collect();
            told(&[&command[..], &["phase"], &phase[..], &target].concat());
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn reset_tells_whether_anything_was_left_to_do() {
    let scratch = laid_out();
    let folder = scratch.path().to_str().unwrap();
    let reset = || told(&["reset", "--dry-run", "--output-dir", folder]);
    let (first, second) = (reset(), reset());
    assert!(first.has("Reset", "done") && second.has("Reset", "nothing"), "{first:?} {second:?}");
    assert!(told(&["reset", "--dry-run"]).has("Reset", "planned"));
}

#[test]
fn a_reset_that_is_not_complete_tells_what_stays() {
    let scratch = laid_out();
    let host = scratch.path();
    fs::rename(host.join("etc/kubernetes/pki"), host.join("pki")).unwrap();
    std::os::unix::fs::symlink(host.join("pki"), host.join("etc/kubernetes/pki")).unwrap();
    let told = told(&["reset", "--dry-run", "--output-dir", host.to_str().unwrap()]);
    assert!(told.has("Reset", "incomplete") && told.code == 1, "{told:?}");
    assert_eq!(told.error_ids(), ["NotReset"], "{:#}", told.document);
}

#[test]
fn files_that_cannot_be_used_are_an_error_each() {
    let scratch = laid_out();
    let folder = scratch.path().to_str().unwrap();
    for name in ["apiserver.key", "front-proxy-client.key"] {
        fs::remove_file(scratch.path().join("etc/kubernetes/pki").join(name)).unwrap();
    }
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let told = told(&flags);
    assert_eq!(told.error_ids(), ["FilesUnusable"; 2], "{:#}", told.document);
}

/// A join needs a cluster to come this far; the tests with real ones are in tests/cluster.
#[test]
fn what_a_join_tells_fits_its_schema() {
    for role in [JoinedAs::Worker, JoinedAs::ControlPlane, JoinedAs::ControlPlaneWithEtcd] {
        let changes = [FileChange::Created, FileChange::Replaced, FileChange::Unchanged, FileChange::Removed];
        let files = changes.map(|change| FileDone { path: "/etc/kubernetes/pki/ca.crt".into(), change });
        let fields = JoinedNode { node: "cp2".to_owned(), role }.json(&files);
        let document: Value = Document::new(DocumentKind::Join, Status::Done, fields).to_value();
        assert_eq!(complaints(&document), Vec::<String>::new(), "{document:#}");
        assert_eq!(document["errors"], json!([]));
    }
}
