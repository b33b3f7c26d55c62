//! A command line that is wrong → how it may have been meant, beside what clap says of it.

use std::ffi::OsString;

use clap::{Arg, Command};

use super::former;
use super::outline::is_hidden;

const PROGRAM: &str = "kubewright";
const KUBERNETES: &str = "kubernetes-version";

/// `words` are in order, the program's first. No value is repeated: it may be a secret.
pub fn advice(root: &Command, words: &[OsString]) -> Option<String> {
    let words: Vec<&str> =
        words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str()).collect();
    let all = Flags::of(root);
    former::today(&words)
        .or_else(|| words.iter().skip(1).find_map(|word| spelling(&all, word)))
        .or_else(|| words.windows(2).skip(1).find_map(|pair| apart(&all, pair[0], pair[1])))
        .or_else(|| {
            let here = commands_of(root, &words);
            words.iter().skip(1).find_map(|word| elsewhere(&all, &here, word))
        })
}

/// Every flag that help shows, with the commands that have it.
struct Flags<'a>(Vec<(String, &'a Arg)>);

impl<'a> Flags<'a> {
    fn of(root: &'a Command) -> Self {
        let mut all = Vec::new();
        collect(root, PROGRAM, &mut all);
        Self(all)
    }

    fn named(&self, long: &str) -> impl Iterator<Item = &(String, &'a Arg)> {
        self.0.iter().filter(move |(_, arg)| arg.get_long() == Some(long))
    }

    /// Those of `-f`, a single letter.
    fn of_letter(&self, word: &str) -> impl Iterator<Item = &(String, &'a Arg)> {
        let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
        let letter = letters.next().filter(|_| letters.as_str().is_empty());
        self.0.iter().filter(move |(_, arg)| letter.is_some() && arg.get_short() == letter)
    }

    fn know(&self, long: &str) -> bool {
        self.named(long).next().is_some()
    }

    fn is_switch(&self, long: &str) -> bool {
        self.named(long).any(|(_, arg)| arg.is_require_equals_set())
    }
}

fn collect<'a>(command: &'a Command, path: &str, all: &mut Vec<(String, &'a Arg)>) {
    let (_, commands) = path.split_once(' ').unwrap_or((path, ""));
    let shown = command.get_arguments().filter(|arg| !is_hidden(commands, arg));
    all.extend(shown.map(|arg| (path.to_owned(), arg)));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, &format!("{path} {}", below.get_name()), all);
    }
}

const SPACE: &str = "there is no space around the = between a flag and its value";

/// A flag that is known by another spelling.
fn spelling(all: &Flags<'_>, word: &str) -> Option<String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    if let Some(long) = name.strip_prefix("--") {
        if all.know(long) {
            // What stood apart has become the flag's value.
            return value.starts_with('=').then(|| SPACE.to_owned());
        }
        if let Some((before, _)) = long.split_once(':').filter(|(before, _)| all.know(before)) {
            return Some(format!("--{before} has its value behind = or a space: --{before}=VALUE"));
        }
        let plain = long.to_lowercase().replace('_', "-");
        return all.know(&plain).then(|| format!("write --{plain}"));
    }
    let long = name.trim_start_matches('-');
    // A single letter is a flag of its own, and -ojson is one with its value.
    let is_bare = !name.starts_with('-') && word.contains('=');
    let is_short = name.starts_with('-') && long.chars().count() > 1;
    ((is_bare || is_short) && all.know(long)).then(|| format!("write --{long}, with two hyphens"))
}

/// A flag and what was put apart from it.
fn apart(all: &Flags<'_>, before: &str, word: &str) -> Option<String> {
    if word == "=" || (word.starts_with('=') && before.starts_with('-')) || before == "=" {
        return Some(SPACE.to_owned());
    }
    let long = before.strip_prefix("--")?;
    let is_value = matches!(word, "true" | "false" | "1" | "0") && all.is_switch(long);
    is_value.then(|| format!("a switch has its value behind =: --{long}={word}"))
}

/// A flag of other commands. Of those that have it the first are named.
fn elsewhere(all: &Flags<'_>, here: &str, word: &str) -> Option<String> {
    let (name, _) = word.split_once('=').unwrap_or((word, ""));
    let known: Vec<&(String, &Arg)> = match name.strip_prefix("--") {
        Some(long) => all.named(long).collect(),
        None => all.of_letter(name).collect(),
    };
    let is_everywhere = known.iter().any(|(path, arg)| path == PROGRAM && arg.is_global_set());
    if is_everywhere || known.is_empty() || known.iter().any(|(path, _)| path == here) {
        return None;
    }
    let named: Vec<String> = known.iter().take(3).map(|(path, _)| format!("`{path}`")).collect();
    let advice = format!("{name} is a flag of {}", named.join(", "));
    let is_version = known.iter().any(|(_, arg)| arg.get_id() == "version");
    let has_kubernetes_s = all.named(KUBERNETES).any(|(path, _)| path == here);
    Some(if is_version && has_kubernetes_s {
        format!("{advice} alone; the version of Kubernetes is --{KUBERNETES}")
    } else {
        advice
    })
}

/// The words that are commands: `kubewright token create`.
fn commands_of(root: &Command, words: &[&str]) -> String {
    let mut path = PROGRAM.to_owned();
    let mut command = root;
    for word in &words[1..] {
        let Some(below) = command.find_subcommand(word) else { break };
        path = format!("{path} {}", below.get_name());
        command = below;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::argv::arrange;
    use crate::cli::{Invocation, command};

    fn of(line: &str) -> Option<String> {
        let root = command(Invocation::Kubewright);
        let words = arrange(&root, line.split(' ').map(OsString::from)).words;
        advice(&root, &words)
    }

    #[test]
    fn what_was_meant_is_said_without_any_value() {
        for (line, advice) in [
            ("k init -config=/secret", "write --config, with two hyphens"),
            ("k init config=/secret", "write --config, with two hyphens"),
            ("k init --dry_run", "write --dry-run"),
            ("k init --Config=/secret", "write --config"),
            ("k init --config:/secret", "--config has its value behind = or a space: --config=VALUE"),
            ("k init --dry-run false", "a switch has its value behind =: --dry-run=false"),
            ("k init --token = secret", "there is no space around the = between a flag and its value"),
            ("k init --dry-run =false", "there is no space around the = between a flag and its value"),
            ("k join --print-join-command", "--print-join-command is a flag of `kubewright token create`"),
            (
                "k init --version",
                "--version is a flag of `kubewright` alone; the version of Kubernetes is --kubernetes-version",
            ),
            (
                "k config images list -V",
                "-V is a flag of `kubewright` alone; the version of Kubernetes is --kubernetes-version",
            ),
            ("k join --version", "--version is a flag of `kubewright`"),
            (
                "k init -f",
                "-f is a flag of `kubewright reset`, `kubewright reset phase preflight`, `kubewright reset phase remove-etcd-member`",
            ),
        ] {
            assert_eq!(of(line).as_deref(), Some(advice), "{line}");
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_right_or_unknown() {
        for line in ["k init --config=/x -v=5", "k init --no-such", "k version -ojson", "k init surplus"] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
