//! What is told while a command works, and what `-v` adds to it.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::Output;
use std::thread;

use assert_cmd::Command;
use tempfile::TempDir;

const TOKEN: &str = "abcdef.0123456789abcdef";

fn kubewright(words: &[&str], input: &str) -> Output {
    Command::cargo_bin("kubewright").unwrap().args(words).write_stdin(input).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Looks at this host, whatever is wrong with it, and changes nothing.
const LOOK: &[&str] =
    &["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version=v1.36.3"];

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
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    // They stay open until the test program ends.
    thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    let config = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {{name: node-1}}\n\
         timeouts: {{discovery: {timeout}}}\ndiscovery: {{bootstrapToken: {{token: {TOKEN}, apiServerEndpoint: '{at}', \
         unsafeSkipCAVerification: true}}}}\n"
    );
    let words = [&["join", "--dry-run", "--config", "-"][..], more].concat();
    let output = kubewright(&words, &config);
    assert!(!output.status.success());
    output
}
