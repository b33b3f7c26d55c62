//! What is told while a command works, and what `-v` adds to it.

use std::os::unix::fs::symlink;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::{LOOK, TOKEN, join_configuration};

fn kubewright(words: &[&str], input: &str) -> Output {
    Command::cargo_bin("kubewright").unwrap().args(words).write_stdin(input).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn preflight_ends_in_how_many_checks_have_come_to_what() {
    let plain = said(&kubewright(LOOK, ""));
    let sums: Vec<&str> = plain.lines().filter_map(|line| line.strip_prefix("[preflight] ")).collect();
    let [sum] = sums.as_slice() else { panic!("{plain}") };
    let (passed, rest) = sum.split_once(" ok").unwrap();
    assert!(passed.parse::<usize>().unwrap() > 10, "{plain}");
    for (word, sign) in [("warning", "warning: [WARNING "), ("error", "error: [ERROR ")] {
        let count = plain.lines().filter(|line| line.starts_with(sign)).count();
        let counted =
            rest.split(", ").find(|part| part.contains(word)).and_then(|part| part.split(' ').next());
        assert_eq!(counted.map_or(0, |text| text.parse().unwrap()), count, "{plain}");
    }
    assert!(!plain.contains("] ok: "), "{plain}");
}

#[test]
fn what_has_passed_is_named_with_v() {
    let told = said(&kubewright(&[LOOK, &["-v"]].concat(), ""));
    let named = told.lines().filter(|line| line.starts_with("[preflight] ok: ")).count();
    assert!(told.contains("[preflight] ok: KubernetesVersion\n"), "{told}");
    assert!(told.contains(&format!("[preflight] {named} ok")), "{told}");
}

#[test]
fn by_kubeadm_s_name_there_is_no_sum() {
    let scratch = TempDir::new().unwrap();
    let kubeadm = scratch.path().join("kubeadm");
    symlink(assert_cmd::cargo::cargo_bin("kubewright"), &kubeadm).unwrap();
    let told = said(&Command::new(&kubeadm).args(LOOK).output().unwrap());
    assert!(told.contains("[ERROR ") || told.contains("[WARNING "), "{told}");
    assert!(!told.lines().any(|line| line.starts_with("[preflight] ") && line.contains(" ok")), "{told}");
}

#[test]
fn init_tells_where_the_time_went() {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let words = [LOOK, &["--output-dir", folder]].concat();
    let told = said(&kubewright(&[&words[..], &["--timeline"]].concat(), ""));
    let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("[timeline] ")).collect();
    let names: Vec<&str> = lines.iter().filter_map(|line| line.split("  ").next()).collect();
    assert_eq!((names.first(), names.last()), (Some(&"PHASE"), Some(&"total")), "{told}");
    for name in ["preflight", "certs", "kubeconfig", "etcd", "control-plane", "upload-config", "addon"] {
        assert!(names.contains(&name), "{name}: {told}");
    }
    let short = said(&kubewright(&[&words[..], &["-v"]].concat(), ""));
    assert!(short.contains("\n[init] took ") && !short.contains("[timeline]"), "{short}");
    let plain = said(&kubewright(&words, ""));
    assert!(!plain.contains("took") && !plain.contains("[timeline]"), "{plain}");
}

#[test]
fn calls_are_told_from_4_on_and_requests_from_6_on() {
    let three = said(&kubewright(&[LOOK, &["-v=3"]].concat(), ""));
    assert!(!three.contains(" s  "), "{three}");
    let four = said(&kubewright(&[LOOK, &["-v=4"]].concat(), ""));
    assert!(four.contains(" s  ran `"), "{four}");
    let six = said(&silent_join("1500ms", &["-v=6"]));
    assert!(six.contains(" s  calls https://127.0.0.1:"), "{six}");
    assert!(!six.contains(TOKEN) && !six.contains("0123456789abcdef"), "{six}");
    assert!(!six.contains("authorization") && !six.contains("hyper"), "{six}");
}

#[test]
fn a_join_to_a_silent_server_says_what_it_waits_for_and_for_how_long_yet() {
    let told = said(&silent_join("7s", &[]));
    let line = told.lines().find(|line| line.contains(": waiting for ") && line.contains(" by now, for "));
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert!(line.starts_with("[preflight] 127.0.0.1:") && line.ends_with("s more at most"), "{told}");
    assert!(["5s by now", "6s by now"].iter().any(|since| line.contains(since)), "{told}");
    assert!(said(&silent_join("1s", &[])).lines().all(|line| !line.contains("waiting for")), "too early");
}

/// To a server that takes connections and says nothing.
fn silent_join(timeout: &str, more: &[&str]) -> Output {
    let words = [&["join", "--dry-run", "--config", "-"][..], more].concat();
    let output = kubewright(&words, &join_configuration(timeout));
    assert!(!output.status.success());
    output
}

/// The seconds of each phase in a document's timeline, which is sound.
fn seconds_by_phase(output: &Output) -> Vec<(String, f64)> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let timeline = &document["timeline"];
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{document:#}"));
    let phases: Vec<(String, f64)> = timeline["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert!(number(&row["from"]) + number(&row["seconds"]) <= number(&timeline["seconds"]) + 0.002);
            (row["phase"].as_str().unwrap().to_owned(), number(&row["seconds"]))
        })
        .collect();
    assert!(number(&timeline["between"]) <= number(&timeline["seconds"]), "{timeline:#}");
    phases
}

#[test]
fn programs_read_the_timeline_of_init_where_they_ask_for_it() {
    let scratch = TempDir::new().unwrap();
    let words = [LOOK, &["--output-dir", scratch.path().to_str().unwrap(), "-o", "json"]].concat();
    let output = kubewright(&[&words[..], &["--timeline"]].concat(), "");
    assert!(output.status.success(), "{}", said(&output));
    let phases = seconds_by_phase(&output);
    for name in ["preflight", "certs/ca", "certs/apiserver", "kubeconfig/admin", "addon/coredns"] {
        assert!(phases.iter().any(|(phase, _)| phase == name), "{name}: {phases:?}");
    }
    // People read it as well.
    assert!(said(&output).contains("\n[timeline] total"), "{}", said(&output));
    let plain: Value = serde_json::from_slice(&kubewright(&words, "").stdout).unwrap();
    assert!(plain["status"] == "done" && plain.get("timeline").is_none(), "{plain:#}");
}

#[test]
fn a_join_tells_where_its_time_went_though_its_cluster_never_came() {
    let output = silent_join("1500ms", &["--timeline", "-o", "json"]);
    let phases = seconds_by_phase(&output);
    let (_, waited) = phases.iter().find(|(phase, _)| phase == "discovery").unwrap();
    assert!((1.4..10.0).contains(waited), "{phases:?}");
    assert!(phases.iter().any(|(phase, _)| phase == "preflight"), "{phases:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["kind"], &document["status"]), (&"Failure".into(), &"failed".into()));
    assert_eq!(document["errors"][0]["id"], "DiscoveryUnreachable", "{document:#}");
    let told = said(&output);
    let timeline = told.find("[timeline] discovery ").unwrap_or_else(|| panic!("{told}"));
    assert!(timeline < told.rfind("\nerror: ").unwrap(), "{told}");
    assert!(said(&silent_join("1s", &["-v"])).contains("\n[join] took "), "in a line with -v");
}
