//! Every command that a text names is one that there is, with the flags that it is named with.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use kubewright::cli::{Invocation, command};

const NAME: &str = "kubewright ";

fn files(folder: &Path, endings: &[&str], all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            files(&path, endings, all);
        } else if endings.contains(&ending) {
            all.push(path);
        }
    }
}

/// Texts that go on in the next line are one.
fn joined(text: &str) -> String {
    let mut joined = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            whole.push_str(lines.next().unwrap_or_default().trim_start());
        }
        joined.push_str(&whole);
        joined.push('\n');
    }
    joined
}

/// What stands behind the name, of all that is in backquotes.
fn named(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in joined(text).lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices(NAME) {
            let rest = &line[at + NAME.len()..];
            if line[..at].ends_with('`') {
                found.push(rest[..rest.find('`').unwrap_or(rest.len())].to_owned());
            }
        }
    }
    found
}

/// What is wrong with a command line as a text has it, where capitals and braces stand for values.
fn fault(root: &Command, line: &str) -> Option<String> {
    let mut here = root;
    let mut in_commands = true;
    for word in line.split_whitespace() {
        if let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) {
            let name = flag.split(['=', ',', ')']).next().unwrap_or(flag);
            let has = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
            if name != "help" && !has(here) && !has(root) {
                return Some(format!("--{name} is no flag of {}", here.get_name()));
            }
            continue;
        }
        let is_name =
            word.chars().all(|c| c.is_ascii_lowercase() || "-.".contains(c)) && !word.starts_with(['-', '.']);
        if word.starts_with(['|', '&', ';', '>']) {
            break;
        }
        in_commands &= is_name;
        if in_commands && here.has_subcommands() {
            match here.find_subcommand(word) {
                Some(below) => here = below,
                None => return Some(format!("{} has no command {word}", here.get_name())),
            }
        }
    }
    None
}

#[test]
fn every_command_that_a_text_names_is_here_with_its_flags() {
    let root = command(Invocation::Kubewright);
    let mut all = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    files(Path::new("src"), &["rs"], &mut all);
    files(Path::new("docs"), &["md"], &mut all);
    let mut count = 0;
    let mut wrong = Vec::new();
    for file in all {
        for line in named(&fs::read_to_string(&file).unwrap()) {
            count += 1;
            wrong.extend(
                fault(&root, &line).map(|fault| format!("{}: `kubewright {line}`: {fault}", file.display())),
            );
        }
    }
    assert!(count > 60, "only {count} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_here_is_found() {
    let root = command(Invocation::Kubewright);
    for line in [
        "token nothing",
        "init --no-such",
        "certs renew all --upload-certs",
        "certs renew scheduler.conf --upload-certs",
        "reset --config FILE --control-plane",
    ] {
        assert!(fault(&root, line).is_some(), "{line}");
    }
    for line in [
        "token create --print-join-command",
        "init phase certs ca",
        "certs renew scheduler.conf --from-config",
        "{command} --help",
        "join HOST --token T",
    ] {
        assert_eq!(fault(&root, line), None, "{line}");
    }
}

#[test]
fn texts_know_every_command_by_which_the_program_is_named_anew() {
    let root = command(Invocation::Kubewright);
    let names: Vec<&str> =
        root.get_subcommands().filter(|below| !below.is_hide_set()).map(Command::get_name).collect();
    for name in &names {
        assert!(kubewright::report::COMMANDS.contains(name), "{name}");
    }
    assert_eq!(names.len(), kubewright::report::COMMANDS.len());
}
