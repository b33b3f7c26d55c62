//! Commands, flags and values → a completion script for bash, which needs no program when it completes.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command, ValueHint};

/// `root` has been built, so that each command has the flags of every command too.
pub fn script(root: &Command) -> String {
    let mut commands = Vec::new();
    collect(root, "", &mut commands);
    let global: Vec<String> =
        root.get_arguments().filter(|arg| arg.is_global_set()).flat_map(spellings).collect();
    let rows = [
        ("BELOW", words_by_command(&commands, below)),
        ("WORDS", words_by_command(&commands, words)),
        ("FLAGS", words_by_command(&commands, own_flags)),
        ("GLOBAL", global.join(" ")),
        ("TAKES", format!("    {}", takes(&commands).join("|"))),
        ("VALUES", values(&commands)),
    ];
    let filled = rows.iter().fold(SCRIPT.to_owned(), |script, (place, text)| script.replacen(place, text, 1));
    filled.replace("NAME", root.get_name())
}

/// The places in capitals are filled in; NAME is the program's.
const SCRIPT: &str = include_str!("bash.sh");

/// A command by its name without the program's.
type Named<'a> = (String, &'a Command);

/// `help` takes commands, which stand where they are.
fn collect<'a>(command: &'a Command, path: &str, all: &mut Vec<Named<'a>>) {
    all.push((path.to_owned(), command));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, format!("{path} {}", below.get_name()).trim_start(), all);
    }
}

fn below(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|below| below.get_name().to_owned()).collect()
}

/// The values of what stands without a flag, where they are known.
fn words(command: &Command) -> Vec<String> {
    command.get_positionals().flat_map(possible).collect()
}

fn own_flags(command: &Command) -> Vec<String> {
    command.get_arguments().filter(|arg| !arg.is_global_set()).flat_map(spellings).collect()
}

fn spellings(arg: &Arg) -> Vec<String> {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long).collect()
}

fn possible(arg: &Arg) -> Vec<String> {
    arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

/// A row of `case` for all commands that have the same words.
fn words_by_command(commands: &[Named<'_>], words: fn(&Command) -> Vec<String>) -> String {
    let mut by_words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, command) in commands {
        by_words.entry(words(command).join(" ")).or_default().push(format!("'{path}'"));
    }
    let rows = by_words.iter().filter(|(words, _)| !words.is_empty());
    rows.map(|(words, paths)| format!("    {}) reply='{words}' ;;", paths.join("|")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What completion offers behind a flag.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Offer {
    Files,
    Folders,
    One(String),
    List(String),
}

impl Offer {
    fn of(arg: &Arg) -> Option<Self> {
        let known = possible(arg).join(" ");
        match arg.get_value_hint() {
            ValueHint::FilePath => Some(Self::Files),
            ValueHint::DirPath => Some(Self::Folders),
            _ if known.is_empty() => None,
            _ if matches!(arg.get_action(), ArgAction::Append) => Some(Self::List(known)),
            _ => Some(Self::One(known)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Files => "kind=files".to_owned(),
            Self::Folders => "kind=folders".to_owned(),
            Self::One(values) => format!("reply='{values}'"),
            Self::List(values) => format!("reply='{values}' kind=list"),
        }
    }
}

/// Flags that have their value in the next word, or behind an equals sign.
fn takes(commands: &[Named<'_>]) -> Vec<String> {
    let mut names: Vec<String> = commands
        .iter()
        .flat_map(|(_, command)| command.get_arguments())
        .filter(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
        .flat_map(spellings)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Rows of `case` by command and flag. What most commands have behind a flag stands last, for any command.
fn values(commands: &[Named<'_>]) -> String {
    let mut by_flag: BTreeMap<String, BTreeMap<Offer, Vec<String>>> = BTreeMap::new();
    for (path, command) in commands {
        for arg in command.get_arguments().filter(|arg| !arg.is_require_equals_set()) {
            let Some(offer) = Offer::of(arg) else { continue };
            for flag in spellings(arg) {
                by_flag.entry(flag).or_default().entry(offer.clone()).or_default().push(path.clone());
            }
        }
    }
    let mut single: BTreeMap<Offer, Vec<String>> = BTreeMap::new();
    let mut usual: BTreeMap<Offer, Vec<String>> = BTreeMap::new();
    for (flag, offers) in by_flag {
        let most = offers.iter().max_by_key(|(_, paths)| paths.len()).map(|(offer, _)| offer.clone());
        for (offer, paths) in offers {
            if Some(&offer) == most.as_ref() {
                usual.entry(offer).or_default().push(format!("*' {flag}'"));
            } else {
                let patterns = paths.iter().map(|path| format!("'{path} {flag}'"));
                single.entry(offer).or_default().extend(patterns);
            }
        }
    }
    let rows = single.iter().chain(&usual);
    rows.map(|(offer, patterns)| format!("    {}) {} ;;", patterns.join("|"), offer.text()))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, outline};

    fn built() -> Command {
        let mut root = outline(Invocation::Kubewright);
        root.build();
        root
    }

    #[test]
    fn a_flag_has_a_value_with_every_command_or_with_none() {
        let root = built();
        let mut commands = Vec::new();
        collect(&root, "", &mut commands);
        let with_value = takes(&commands);
        for (path, command) in &commands {
            for arg in command.get_arguments() {
                let takes = arg.get_action().takes_values() && !arg.is_require_equals_set();
                for flag in spellings(arg) {
                    assert_eq!(with_value.contains(&flag), takes, "{path} {flag}");
                }
            }
        }
    }

    #[test]
    fn nothing_in_it_has_a_meaning_to_the_shell() {
        let mut commands = Vec::new();
        let root = built();
        collect(&root, "", &mut commands);
        let plain = |c: char| c.is_ascii_alphanumeric() || " -_./=".contains(c);
        for (path, command) in &commands {
            for words in [below(command), words(command), own_flags(command)] {
                assert!(words.iter().all(|word| word.chars().all(plain)), "{path}: {words:?}");
            }
            let offered: Vec<String> = command.get_arguments().flat_map(possible).collect();
            assert!(offered.iter().all(|word| word.chars().all(plain)), "{path}: {offered:?}");
        }
    }

    #[test]
    fn every_place_is_filled_in() {
        let script = script(&built());
        for place in ["NAME", "BELOW", "WORDS", "FLAGS", "GLOBAL", "TAKES", "VALUES"] {
            assert!(!script.replace("COMP_WORDS", "").contains(place), "{place}");
        }
    }
}
