//! Help, and the program's own version.

use clap::Command;
use kubewright::cli::{Invocation, command, outline};

use crate::program::{kubeadm, kubewright, text, text_of};

/// The words of each command that help shows.
fn commands(command: &Command, above: &[String], all: &mut Vec<Vec<String>>) {
    all.push(above.to_vec());
    for below in command.get_subcommands() {
        commands(below, &[above, &[below.get_name().to_owned()]].concat(), all);
    }
}

fn help(words: &[String], flag: &str) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).chain([flag]).collect();
    text_of(&kubewright(&words))
}

#[test]
fn the_help_of_every_command_fits_eighty_columns_and_shows_only_what_has_an_effect() {
    let mut all = Vec::new();
    commands(&outline(Invocation::Kubewright), &[], &mut all);
    assert!(all.len() > 80, "{all:?}");
    for words in all {
        for flag in ["-h", "--help"] {
            let shown = help(&words, flag);
            // A command's own line has no place to be broken at.
            for line in shown.lines().filter(|line| !line.starts_with("Usage: ")) {
                assert!(line.chars().count() <= 80, "{words:?} {flag}: {line}");
            }
            for hidden in ["<BOOL>", "no effect", "--vmodule", "-extra-args", "--show-managed-fields"] {
                assert!(!shown.contains(hidden), "{words:?} {flag}: {hidden}\n{shown}");
            }
            assert!(shown.contains("\nExamples:\n  # "), "{words:?} {flag}: {shown}");
            assert!(shown.contains("\nGlobal options:\n"), "{words:?} {flag}: {shown}");
        }
    }
}

#[test]
fn what_help_does_not_show_is_taken_all_the_same() {
    for words in [
        &["version", "--vmodule=a=1"][..],
        &[
            "config",
            "images",
            "list",
            "--show-managed-fields",
            "--kubeconfig=/x",
            "--feature-gates=",
            "-o",
            "json",
        ],
        &["reset", "--dry-run=false", "--dry-run", "--kubeconfig", "/x", "--rootfs", "/"],
    ] {
        let root = command(Invocation::Kubewright);
        let line = std::iter::once("kubewright").chain(words.iter().copied());
        assert!(root.try_get_matches_from(line).is_ok(), "{words:?}");
    }
    let output = kubewright(&["config", "images", "list", "--vmodule=a=1", "--kubeconfig=/nonexistent"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn flags_stand_in_groups_in_one_order() {
    let shown = text_of(&kubewright(&["init", "-h"]));
    let headings: Vec<&str> = shown
        .lines()
        .filter(|line| !line.starts_with(' ') && line.ends_with(':') && line.len() > 1)
        .collect();
    assert_eq!(
        headings,
        [
            "Commands:",
            "Configuration options:",
            "Cluster options:",
            "Joining options:",
            "Node options:",
            "Run options:",
            "Output options:",
            "Global options:",
            "Examples:"
        ]
    );
    let of_run = shown.split("\nRun options:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for flag in ["      --dry-run\n", "      --skip-phases <PHASES>\n", "      --output-dir <DIR>\n"] {
        assert!(of_run.contains(flag), "{of_run}");
    }
}

#[test]
fn short_help_leaves_the_phases_and_the_gates_to_the_long_one() {
    let (short, long) = (text_of(&kubewright(&["init", "-h"])), text_of(&kubewright(&["init", "--help"])));
    assert!(short.contains("\nPhases, and the flags of each: kubewright init --help\n"), "{short}");
    let phase = "    /sa                          Make the key pair that signs service account\n                                 tokens\n";
    let flags = "      --cert-dir --config --dry-run --kubernetes-version --output-dir\n";
    assert!(long.contains(&format!("{phase}{flags}")) && !short.contains(phase), "{long}");
    let gate = "  PublicKeysECDSA=false (1.29 to 1.36)\n";
    assert!(long.contains(gate) && !short.contains("PublicKeysECDSA"), "{long}");
    assert_eq!(text_of(&kubewright(&["help", "init"])), long);
    assert_eq!(text_of(&kubewright(&["init", "--dry-run=false", "--token", "--help", "--help"])), long);
}

#[test]
fn a_command_that_only_has_commands_shows_its_help_with_examples_too() {
    let output = kubewright(&["certs", "renew"]);
    let shown = text(&output.stderr);
    assert!(!output.status.success() && shown.contains("  kubewright certs renew all\n"), "{shown}");
}

#[test]
fn called_as_kubeadm_the_examples_name_kubeadm() {
    let shown = text_of(&kubeadm(&["init", "--help"]));
    assert!(
        shown.contains("\n  kubeadm init --config kubeadm.yaml --dry-run") && !shown.contains("kubewright")
    );
}

#[test]
fn the_version_flag_tells_name_and_version_and_kubeadm_has_none() {
    let told = concat!("kubewright ", env!("CARGO_PKG_VERSION"), "\n");
    for flag in ["--version", "-V"] {
        let output = kubewright(&[flag]);
        let said = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert_eq!(said, (Some(0), told.to_owned(), String::new()));
        // Whatever stands behind it is not run, and not read.
        let output = kubewright(&[flag, "init", "--no-such-flag"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), told.to_owned()));
    }
    for (flag, first) in
        [("--version", "error: unknown flag: --version"), ("-V", "error: unknown shorthand flag: 'V' in -V")]
    {
        let output = kubeadm(&[flag]);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), said.lines().next()), (Some(1), Some(first)));
    }
    let output = kubewright(&["init", "--version"]);
    let said = text(&output.stderr);
    let hint = "hint: --version is a flag of `kubewright` alone; the version of Kubernetes is --kubernetes-version\n";
    assert!(said.contains(hint) && output.status.code() == Some(1), "{said}");
    // A kubeadm has a parser that knows no places: the flag is that of the command.
    let said = text(&kubeadm(&["--version", "init"]).stderr);
    assert_eq!(said.lines().next(), Some("error: unknown flag: --version"));
}
