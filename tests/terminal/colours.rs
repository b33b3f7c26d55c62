//! Colours are for terminals that have them, and for nobody who does not want them.

use std::process::{Command, Stdio};

use crate::{LOOK, Scratch, expired, join_configuration, program, pty};

const WRONG: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\npodSubnt: 10.0.0.0/16\n";

/// Commands whose output has colours on a terminal: an error with its place, help, a mistake in the command line, a table.
fn coloured(scratch: &Scratch) -> Vec<Vec<String>> {
    let file = scratch.file("wrong.yaml", WRONG);
    let folder = expired(scratch);
    [
        &["config", "validate", "--config", &file][..],
        &["init", "--help"],
        &["init", "--no-such-flag"],
        &["certs", "check-expiration", "--cert-dir", &folder],
    ]
    .iter()
    .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
    .collect()
}

fn command(words: &[String], variables: &[(&str, &str)]) -> Command {
    program(&words.iter().map(String::as_str).collect::<Vec<_>>(), variables)
}

#[test]
fn a_terminal_has_colours_and_whoever_wants_none_has_none() {
    let scratch = Scratch::new();
    for words in coloured(&scratch) {
        for (variables, wanted) in [
            (&[][..], true),
            (&[("NO_COLOR", "")], true), // as no-color.org has it
            (&[("NO_COLOR", "1")], false),
            (&[("CLICOLOR", "0")], false),
            (&[("TERM", "dumb")], false),
            (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
        ] {
            let shown = pty::run(&mut command(&words, variables), 120);
            assert_eq!(shown.has_colour(), wanted, "{words:?} {variables:?}: {:?}", shown.sent);
            assert!(wanted || !shown.has_controls(), "{words:?} {variables:?}: {:?}", shown.sent);
        }
        let unset = pty::run(command(&words, &[]).env_remove("TERM"), 120);
        assert!(!unset.has_controls(), "{words:?}: {:?}", unset.sent);
    }
}

/// Standard output and standard error.
fn piped(mut command: Command) -> [String; 2] {
    let output = command.stdin(Stdio::null()).output().unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
}

fn has_controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

#[test]
fn what_is_no_terminal_is_sent_text_alone() {
    let scratch = Scratch::new();
    let join = scratch.file("join.yaml", &join_configuration("1500ms"));
    let mut all = coloured(&scratch);
    for words in [
        LOOK,
        &[LOOK, &["-v=6"]].concat(),
        &["join", "--dry-run", "--config", &join],
        &["explain"],
        &["explain", "NoBackend"],
        &["--version"],
        &["token", "generate"],
    ] {
        all.push(words.iter().map(|word| (*word).to_owned()).collect());
    }
    for words in all {
        for text in piped(command(&words, &[])) {
            assert!(!has_controls(&text), "{words:?}: {text:?}");
        }
    }
}

#[test]
fn colours_that_are_asked_for_come_where_people_read_and_not_in_documents() {
    let scratch = Scratch::new();
    let force = &[("CLICOLOR_FORCE", "1")];
    for words in coloured(&scratch) {
        let all = piped(command(&words, force));
        assert!(all.iter().any(|text| text.contains("\u{1b}[")), "{words:?}: {all:?}");
    }
    let folder = scratch.path("host/etc/kubernetes/pki");
    let words = ["certs", "check-expiration", "--cert-dir", &folder, "-o", "json"];
    let [document, _] = piped(program(&words, force));
    assert!(serde_json::from_str::<serde_json::Value>(&document).is_ok(), "{document:?}");
    // Whoever takes the table apart finds the words of before.
    let [table, _] = piped(program(&words[..4], force));
    let plain = piped(program(&words[..4], &[])).into_iter().next().unwrap();
    assert_eq!(anstream::adapter::strip_str(&table).to_string(), plain);
    assert!(table.contains("\u{1b}[31m<invalid>"), "{table:?}");
}

#[test]
fn a_document_on_a_terminal_is_a_document() {
    let scratch = Scratch::new();
    let folder = expired(&scratch);
    let mut command = program(&["certs", "check-expiration", "--cert-dir", &folder, "-o", "json"], &[]);
    let shown = pty::run(&mut command, 80);
    let at = shown.sent.find('{').unwrap();
    assert!(!shown.sent[at..].contains('\u{1b}'), "{:?}", shown.sent);
    let document: serde_json::Value = serde_json::from_str(&shown.sent[at..]).unwrap();
    assert_eq!(document["kind"], "CertificateExpirationInfo");
}
