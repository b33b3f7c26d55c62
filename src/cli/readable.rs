//! What clap says of a command line → the same with the words of the command line as a terminal can show them.

use std::ffi::OsString;

use clap::{Command, error::ErrorKind};

use crate::report::visible;

/// `error`, in which no word moves the cursor, changes a colour, or begins a line. The words are read once more as they are shown.
pub fn readable(error: clap::Error, root: &Command, words: &[OsString]) -> clap::Error {
    let shown: Vec<OsString> = words.iter().map(shown).collect();
    if shown == words || error.kind() == ErrorKind::InvalidUtf8 {
        return error;
    }
    match root.clone().try_get_matches_from(shown) {
        Err(readable) if readable.kind() == error.kind() => readable,
        Err(_) | Ok(_) => error,
    }
}

fn shown(word: &OsString) -> OsString {
    visible(&word.to_string_lossy()).replace('\n', r"\n").replace('\t', r"\t").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, command};

    #[test]
    fn no_word_of_a_command_line_does_anything_to_a_terminal() {
        let root = command(Invocation::Kubewright);
        for (line, said) in [
            (["kubewright", "version", "-o", "js\n\u{1b}[2J"], r"js\n\u{1b}[2J"),
            (["kubewright", "init", "a\rb", ""], r"a\u{d}b"),
            (["kubewright", "init", "--a\u{9b}b", ""], r"--a\u{9b}b"),
        ] {
            let words = line.map(OsString::from);
            let error = root.clone().try_get_matches_from(&words).unwrap_err();
            let text = readable(error, &root, &words).render().ansi().to_string();
            assert!(text.contains(said), "{text:?}");
        }
    }
}
