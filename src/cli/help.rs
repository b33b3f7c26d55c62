//! A command line that asks for help → the help as people read it, from the outline of the commands.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::invocation::Invocation;
use super::outline::outline;

/// `error` itself where it is no help. The command line takes more than help shows: switches with values, what only scripts
/// know. The words are in order, so that each flag has its value in the same word.
pub fn shown(error: clap::Error, words: &[OsString], invocation: Invocation) -> clap::Error {
    if !is_help(error.kind()) {
        return error;
    }
    let asked: Vec<&OsString> = words.iter().filter(|word| !is_other_flag(word)).collect();
    match outline(invocation).try_get_matches_from(asked) {
        Err(shown) if shown.kind() == error.kind() => shown,
        Err(_) | Ok(_) => error,
    }
}

fn is_help(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
}

fn is_other_flag(word: &OsString) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.starts_with(b"-") && bytes != b"-h" && bytes != b"--help"
}
