//! Words of a command line as kubeadm takes them → the same as clap takes them.
//!
//! kubeadm's parser (pflag) lets any flag stand before the command that it belongs to, and takes the word behind a flag
//! with a value for that value, whatever it looks like. Here each flag is put behind the innermost command, with its value
//! in the same word; but for the program's own, which no command has (`--version`): in front of all commands, they stay there.

use std::ffi::{OsStr, OsString};
use std::iter::Peekable;

use clap::{Arg, Command};

/// A command line in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The program and its commands: `kubewright token create`.
    pub command: String,
    /// The program, its own flags, the commands, then all else. They may be secrets, so nothing prints them.
    pub words: Vec<OsString>,
}

/// Puts `words`, of which the first is the program's, in order.
pub fn arrange(root: &Command, words: impl IntoIterator<Item = OsString>) -> Line {
    let mut words = words.into_iter().peekable();
    let program = words.next().unwrap_or_else(|| root.get_name().into());
    let mut walk = Walk {
        path: vec![root],
        own: Vec::new(),
        commands: Vec::new(),
        rest: Vec::new(),
        stage: Stage::Commands,
    };
    while let Some(word) = words.next() {
        walk.take(word, &mut words);
    }
    let names = walk.path.iter().map(|command| command.get_name());
    let command = names.collect::<Vec<_>>().join(" ");
    Line { command, words: [vec![program], walk.own, walk.commands, walk.rest].concat() }
}

struct Walk<'a> {
    path: Vec<&'a Command>,
    /// The program's own flags.
    own: Vec<OsString>,
    /// As they were written.
    commands: Vec<OsString>,
    rest: Vec<OsString>,
    stage: Stage,
}

/// What a word without a hyphen may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Commands,
    Values,
    /// Behind `--`, where hyphens mean nothing.
    Verbatim,
}

/// What follows a flag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Value,
    /// A number, which may be missing.
    Level,
    Nothing,
}

impl<'a> Walk<'a> {
    fn take(&mut self, word: OsString, next: &mut Peekable<impl Iterator<Item = OsString>>) {
        match (self.stage, word.to_str()) {
            (Stage::Verbatim, _) | (_, Some("-")) => self.rest.push(word),
            (_, Some("--")) => {
                self.stage = Stage::Verbatim;
                self.rest.push(word);
            }
            (_, Some(text)) if text.starts_with('-') => self.flag(text, next),
            (Stage::Commands, Some(name)) => match self.here().find_subcommand(name) {
                Some(command) => {
                    self.path.push(command);
                    self.commands.push(word);
                }
                None => self.value(word),
            },
            (Stage::Commands | Stage::Values, _) => self.value(word),
        }
    }

    fn value(&mut self, word: OsString) {
        self.stage = Stage::Values;
        self.rest.push(word);
    }

    fn flag(&mut self, text: &str, next: &mut Peekable<impl Iterator<Item = OsString>>) {
        if let [root] = self.path[..]
            && root.get_arguments().any(|arg| !arg.is_global_set() && is_spelt(arg, text))
        {
            self.own.push(text.into());
            return;
        }
        let wants = self.wants(text);
        if let (Wants::Level, Some(number)) = (wants, text.strip_prefix("-v").filter(|rest| is_number(rest)))
        {
            self.rest.push(format!("-v={number}").into());
            return;
        }
        let follows = match wants {
            Wants::Value => true,
            Wants::Level => next.peek().and_then(|word| word.to_str()).is_some_and(is_number),
            Wants::Nothing => false,
        };
        let mut whole = OsString::from(text);
        if let Some(value) = next.next_if(|_| follows) {
            whole.push("=");
            whole.push(value);
        }
        self.rest.push(whole);
    }

    /// A flag that has its value in the same word wants nothing more.
    fn wants(&self, text: &str) -> Wants {
        if let Some(name) = text.strip_prefix("--") {
            return self.find(|arg| is_long(arg, name));
        }
        let mut letters = text.strip_prefix('-').unwrap_or_default().chars();
        let letter = letters.next();
        let found = self.find(|arg| arg.get_short() == letter);
        if letters.as_str().is_empty() || found == Wants::Level { found } else { Wants::Nothing }
    }

    /// Flags are those of the command that is known so far, of those around it and of those below it.
    fn find(&self, is_it: impl Fn(&Arg) -> bool + Copy) -> Wants {
        let around = self.path.iter().flat_map(|command| command.get_arguments());
        let found = around.chain(below(self.here())).find(|arg| is_it(arg));
        found.map_or(Wants::Nothing, wants)
    }

    fn here(&self) -> &'a Command {
        self.path[self.path.len() - 1]
    }
}

fn below(command: &Command) -> Vec<&Arg> {
    let deeper = command.get_subcommands().flat_map(below);
    command.get_arguments().chain(deeper).collect()
}

fn is_spelt(arg: &Arg, text: &str) -> bool {
    match (text.strip_prefix("--"), text.strip_prefix('-')) {
        (Some(long), _) => arg.get_long() == Some(long),
        (None, Some(short)) => arg.get_short().is_some_and(|letter| short.chars().eq([letter])),
        (None, None) => false,
    }
}

fn is_long(arg: &Arg, name: &str) -> bool {
    arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
}

fn wants(arg: &Arg) -> Wants {
    if !arg.get_action().takes_values() {
        Wants::Nothing
    } else if !arg.is_require_equals_set() {
        Wants::Value
    } else if arg.get_id() == "v" {
        Wants::Level
    } else {
        Wants::Nothing
    }
}

fn is_number(text: impl AsRef<OsStr>) -> bool {
    text.as_ref().to_str().is_some_and(|text| text.parse::<i32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, command};

    fn arranged(words: &str) -> String {
        let line = arrange(&command(Invocation::Kubewright), words.split(' ').map(OsString::from));
        line.words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn flags_follow_the_innermost_command_with_their_values() {
        for (given, arranged_) in [
            ("k init --token a.b --dry-run", "k init --token=a.b --dry-run"),
            ("k --dry-run init", "k init --dry-run"),
            (
                "k --kubeconfig /x token --dry-run=false list -o json",
                "k token list --kubeconfig=/x --dry-run=false -o=json",
            ),
            ("k init --token --dry-run", "k init --token=--dry-run"),
            ("k init --node-name -x", "k init --node-name=-x"),
            ("k init --config -", "k init --config=-"),
            ("k join host:6443 --token t phase", "k join host:6443 --token=t phase"),
            ("k join --token t host:6443", "k join --token=t host:6443"),
            ("k token delete abcdef -- --x", "k token delete abcdef -- --x"),
            ("k init --no-such value", "k init --no-such value"),
            ("k help init phase", "k help init phase"),
            ("k reset -f -v5", "k reset -f -v=5"),
            ("k init --config", "k init --config"),
            ("k --version init --dry-run", "k --version init --dry-run"),
            ("k --dry-run -V init", "k -V init --dry-run"),
            ("k init --version", "k init --version"),
            ("k init -V", "k init -V"),
        ] {
            assert_eq!(arranged(given), arranged_);
        }
    }

    #[test]
    fn the_level_of_words_may_stand_anywhere_or_be_missing() {
        for given in ["k -v5 version", "k -v 5 version", "k version -v=5", "k version -v5"] {
            assert_eq!(arranged(given), "k version -v=5", "{given}");
        }
        for given in ["k --v 5 version", "k --v=5 version", "k version --v 5"] {
            assert_eq!(arranged(given), "k version --v=5", "{given}");
        }
        assert_eq!(arranged("k version -v -o short"), "k version -v -o=short");
        assert_eq!(arranged("k -v version"), "k version -v");
    }

    #[test]
    fn a_word_is_a_command_only_before_the_first_value() {
        let of = |words: &str| {
            arrange(&command(Invocation::Kubewright), words.split(' ').map(OsString::from)).command
        };
        assert_eq!(of("k init phase certs ca"), "kubewright init phase certs ca");
        assert_eq!(of("k join host:6443 phase preflight"), "kubewright join");
        assert_eq!(of("k nothing init"), "kubewright");
    }

    #[test]
    fn words_that_are_no_text_are_kept() {
        use std::os::unix::ffi::OsStringExt;
        let odd = OsString::from_vec(vec![b'/', 0xff]);
        let words = ["k".into(), "init".into(), "--config".into(), odd.clone()];
        let line = arrange(&command(Invocation::Kubewright), words);
        let mut whole = OsString::from("--config=");
        whole.push(odd);
        assert_eq!(line.words, ["k".into(), "init".into(), whole]);
    }
}
