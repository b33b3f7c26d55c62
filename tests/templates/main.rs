//! Templates of `-o`, each by this program and by the real kubeadm: the same on standard output, and failures alike.
#![expect(clippy::disallowed_methods, reason = "a test runs programs and looks at files by itself")]

use std::path::Path;
use std::process::{Command, Output};

use kubeadms::minor::Minor;
use serde_json::Value;

#[path = "../kubeadms/mod.rs"]
mod kubeadms;

const MINOR: Minor = Minor::V1_36;

fn run(program: &Path, words: &[&str]) -> Output {
    Command::new(program).args(words).output().unwrap()
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kubewright"))
}

/// A folder of certificates as init makes it.
fn certificates(folder: &Path) {
    let pki = folder.join("pki");
    let flag = format!("--cert-dir={}", pki.display());
    let made = run(
        &MINOR.kubeadm(),
        &[
            "init",
            "phase",
            "certs",
            "all",
            "--kubernetes-version",
            MINOR.version(),
            &flag,
            "--apiserver-advertise-address=192.0.2.1",
        ],
    );
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

struct Told {
    succeeded: bool,
    printed: String,
    errors: String,
}

fn told(program: &Path, words: &[&str]) -> Told {
    let output = run(program, words);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Told { succeeded: output.status.success(), printed: text(output.stdout), errors: text(output.stderr) }
}

/// This program's own list, as it stands in JSON of either form, and in a map that Go prints.
fn without_kubelet(printed: &str) -> String {
    [",\"kubeletCertificates\":[]", ",\n        \"kubeletCertificates\": []", " kubeletCertificates:[]"]
        .iter()
        .fold(printed.to_owned(), |text, list| text.replace(list, ""))
}

/// What is left of seconds differs between two runs at times: they are tried again then.
fn difference(words: &[&str]) -> Option<String> {
    let mut last = None;
    for _ in 0..5 {
        let (ours, real) = (told(program(), words), told(&MINOR.kubeadm(), words));
        // This program's own list stands behind kubeadm's; a failure of kubeadm's tells it on standard output too.
        let printed = without_kubelet(&ours.printed);
        let is_alike = ours.succeeded == real.succeeded
            && if real.succeeded {
                printed == real.printed
            } else {
                printed.is_empty() && !ours.errors.is_empty()
            };
        if is_alike {
            return None;
        }
        last = Some(format!(
            "{words:?}\n  here: {} {:?} {}\n  kubeadm: {} {:?} {}",
            ours.succeeded, ours.printed, ours.errors, real.succeeded, real.printed, real.errors
        ));
    }
    last
}

fn compare(list: &str, command: &[&str]) {
    let cases: Vec<Value> = serde_json::from_str(list).unwrap();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let different: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let format = format!("{}={}", case["kind"].as_str().unwrap(), case["template"].as_str().unwrap());
            let missing = format!("--allow-missing-template-keys={}", case["strict"] != true);
            difference(&[command, &["-o", &format, &missing]].concat())
        })
        .collect();
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), cases.len(), different.join("\n"));
}

fn checked(list: &str) {
    let scratch = tempfile::tempdir().unwrap();
    certificates(scratch.path());
    let flag = format!("--cert-dir={}", scratch.path().join("pki").display());
    compare(list, &["certs", "check-expiration", &flag, "--kubeconfig=/nonexistent"]);
}

#[test]
fn jsonpath_is_kubeadm_s() {
    checked(include_str!("jsonpath.json"));
}

#[test]
fn go_templates_are_kubeadm_s() {
    checked(include_str!("go-template.json"));
}

#[test]
fn images_and_formats_are_kubeadm_s() {
    let list = ["config", "images", "list", "--kubernetes-version", MINOR.version()];
    let formats = [
        "text",
        "json",
        "yaml",
        "kyaml",
        "JSON",
        "KYaml",
        "Text",
        "wide",
        "",
        "jsonpath",
        "jsonpath=",
        "jsonpath-file",
        "jsonpath-file=/nonexistent",
        "jsonpath={.images[*]}",
        "jsonpath={range .images[*]}{@}{\"\\n\"}{end}",
        "jsonpath-as-json={.images}",
        "go-template",
        "go-template=",
        "go-template-file",
        "go-template-file=/nonexistent",
        "template",
        "templatefile=",
        "Go-Template={{.kind}}",
        "go-template={{.images}}",
        "template={{range .images}}{{.}}{{\"\\n\"}}{{end}}",
        "name",
        "custom-columns=A:.b",
    ];
    let parsed = |told: &Told| serde_json::from_str::<Value>(&told.printed).ok();
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("template");
    std::fs::write(&file, "{{len .images}} images\n").unwrap();
    let empty = scratch.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let of_files = [("go-template-file", &file), ("templatefile", &file), ("templatefile", &empty)]
        .map(|(format, file)| format!("{format}={}", file.display()));
    for format in formats.into_iter().chain(of_files.iter().map(String::as_str)) {
        let words = [&list[..], &["-o", format]].concat();
        let (ours, real) = (told(program(), &words), told(&MINOR.kubeadm(), &words));
        assert_eq!(ours.succeeded, real.succeeded, "{format}: {} {}", ours.errors, real.errors);
        let is_json = parsed(&real).is_some();
        assert!(
            ours.printed == real.printed || is_json && parsed(&ours) == parsed(&real),
            "{format}: {} {}",
            ours.printed,
            real.printed
        );
    }
}
