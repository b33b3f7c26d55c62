//! The command line: help, completion, spellings, and what is wrong with a word of it.

use std::fs;

use crate::program::{Caller, kubeadm, kubewright, text};
use crate::spellings;

#[test]
fn a_program_by_itself_shows_its_help() {
    for output in [kubewright(&[]), kubeadm(&[])] {
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(text(&output.stdout).contains("\n  upgrade "), "{}", text(&output.stdout));
    }
}

/// A command whose standard output is this file: (status, what it says on stderr).
fn into(path: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"))
        .args(arguments)
        .stdout(fs::File::options().write(true).open(path).unwrap())
        .output()
        .unwrap();
    (output.status.code(), text(&output.stderr))
}

const PRINTING: &[&[&str]] = &[
    &["config", "images", "list"],
    &["token", "generate"],
    &["completion", "bash"],
    &["--help"],
    &["--version"],
    &["version", "-o", "json"],
];

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let said = "error: cannot write to standard output\n  caused by: No space left on device (os error 28)\n";
    for arguments in PRINTING {
        assert_eq!(into("/dev/full", arguments), (Some(1), said.to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_output_and_is_no_failure() {
    for arguments in PRINTING {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = child.args(*arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn a_command_line_that_is_wrong_is_told_as_json_too() {
    let output = kubewright(&["init", "--no-such-flag", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["status"]), (Some(1), &"failed".into()));
    let wanted = serde_json::json!([
        { "id": "CommandLine", "message": "unexpected argument '--no-such-flag' found", "causes": [], "hint": null }
    ]);
    assert_eq!(document["errors"], wanted);
}

#[test]
fn hints_name_the_program_as_it_was_called() {
    for name in ["kubeadm", "kubeadm-1.36", "kubewright"] {
        let caller = Caller::named(name);
        let skip =
            ["init", "--dry-run", "--skip-phases=no-such-phase", "--apiserver-advertise-address=10.0.0.1"];
        let said = text(&caller.run(&skip).stderr);
        assert!(said.contains(&format!("`{name} init --help` lists them")), "{said}");
        let document = text(&caller.run(&[&skip[..], &["-o", "json"]].concat()).stdout);
        assert!(document.contains(&format!("`{name} init --help` lists them")), "{document}");
    }
}

#[test]
fn a_long_dash_and_what_cannot_be_seen_are_named_without_secrets() {
    let secret = "abcdef.0123456789abcdef";
    for (arguments, error, hint) in [
        (vec!["init".to_owned(), format!("\u{2014}token={secret}")], "a long dash", "write --token"),
        (vec!["init".to_owned(), "\u{2013}v".to_owned()], "a long dash", "write -v"),
        (
            vec!["token".into(), "create".into(), format!("\u{201c}{secret}\u{201d}")],
            "a curly quote",
            "type that word",
        ),
        (vec!["init\u{a0}--dry-run".to_owned()], "a non-breaking space", "type that word"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = kubewright(&arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(error) && said.contains(&format!("hint: {hint}")), "{arguments:?}: {said}");
        assert!(!said.contains("0123456789"), "{said}");
    }
}

#[test]
fn a_flag_that_was_meant_otherwise_is_told_how_it_is_written() {
    for (arguments, hint) in [
        (&["init", "-config=/x"][..], "hint: write --config, with two hyphens"),
        (&["init", "--dry-run", "false"], "hint: a switch has its value behind =: --dry-run=false"),
        (&["init", "--config", "=", "/x"], "hint: there is no space around the ="),
        (
            &["join", "--pod-network-cidr=10.0.0.0/8"],
            "hint: --pod-network-cidr is a flag of `kubewright init`",
        ),
    ] {
        let said = text(&kubewright(arguments).stderr);
        assert!(said.contains(hint), "{arguments:?}: {said}");
    }
}

#[test]
fn called_as_kubeadm_whatever_fails_ends_with_1() {
    let bad = ["init", "--dry-run", "--apiserver-advertise-address=node-1"];
    assert_eq!((kubeadm(&bad).status.code(), kubewright(&bad).status.code()), (Some(1), Some(3)));
}

#[test]
fn called_as_kubeadm_it_says_first_what_kubeadm_says_of_a_command_line() {
    for (arguments, first) in [
        (&["init", "--no-such-flag"][..], "error: unknown flag: --no-such-flag"),
        (&["reset", "-x"], "error: unknown shorthand flag: 'x' in -x"),
        (&["nothing"], "error: unknown command \"nothing\" for \"kubeadm\""),
        (&["token", "nothing"], "error: unknown command \"nothing\" for \"kubeadm token\""),
        (&["version", "surplus"], "error: unknown command \"surplus\" for \"kubeadm version\""),
    ] {
        let output = kubeadm(arguments);
        assert_eq!((text(&output.stderr).lines().next(), output.status.code()), (Some(first), Some(1)));
    }
    let usage = text(&kubeadm(&["token", "--help"]).stdout);
    assert!(usage.contains("Usage: kubeadm token ") && !usage.contains("kubewright token"), "{usage}");
    assert!(text(&kubeadm(&["completion", "bash"]).stdout).contains("complete -F _kubeadm "));
}

#[test]
fn whatever_spelling_of_flags_kubeadm_takes_is_taken() {
    for same in spellings::SAME {
        let said = |arguments: &&[&str]| {
            let output = kubewright(arguments);
            (output.status.code(), text(&output.stdout), text(&output.stderr))
        };
        let first = said(&same[0]);
        assert!(!first.2.contains("Usage:"), "{:?}: {}", same[0], first.2);
        for other in &same[1..] {
            assert_eq!(said(other), first, "{other:?}");
        }
    }
}
