//! Arguments → one function a command.

mod bygone;
mod check;
mod command;
mod conclude;
mod failure;
mod flags;
mod gather;
mod init;
mod invocation;
mod join;
mod lists;
mod preflight;
mod request;
mod reset;
mod syntax;
mod token;
mod upgrade;
mod usage;
mod version;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;

pub use command::command;
pub use failure::Failure;
pub use invocation::Invocation;

use crate::plan::{INIT, JOIN, Phase, Pipeline, RESET};
use crate::report::{self, Detail};

/// Runs the program and returns what it ends with. The words are those of the command line, the program's name first.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let invocation = Invocation::of(words.first().map(OsString::as_os_str));
    match answer(invocation, words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.say(invocation);
            failure.exit_code(invocation)
        }
    }
}

fn answer(invocation: Invocation, words: Vec<OsString>) -> Result<(), Failure> {
    let root = command(invocation);
    let mut line = words::arrange(&root, words);
    if line.words.len() == 1 {
        // As with kubeadm, that is no mistake.
        line.words.push("--help".into());
    }
    for warning in bygone::warnings(&line.words) {
        report::warn(&warning);
    }
    let matches = root
        .try_get_matches_from(line.words)
        .map_err(|error| Failure::CommandLine { command: line.command, error })?;
    dispatch(&matches, invocation).inspect_err(|failure| {
        if wants_json(&matches) {
            report::json(&failure.json());
        }
    })
}

/// Whether the innermost command was given `-o json`.
fn wants_json(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, below)) => wants_json(below),
        None => flags::Given(matches).wants_json(),
    }
}

fn dispatch(matches: &ArgMatches, invocation: Invocation) -> Result<(), Failure> {
    if let Some(folder) = flags::Given(matches).text("rootfs") {
        change_root(&folder)?;
    }
    let detail = match matches.get_one::<i32>("v") {
        Some(1..) => Detail::Everything,
        None | Some(_) => Detail::Phases,
    };
    match matches.subcommand() {
        Some(("init", below)) => {
            let (phases, innermost) = chosen(&INIT, below)?;
            init::run(innermost, &phases, detail)
        }
        Some(("join", below)) => {
            let (phases, innermost) = chosen(&JOIN, below)?;
            if phases.is_empty() { Ok(()) } else { join::run(innermost, &phases, detail) }
        }
        Some(("reset", below)) => {
            let (phases, innermost) = chosen(&RESET, below)?;
            reset::run(innermost, &phases, detail)
        }
        Some(("config", below)) => match below.subcommand().and_then(|(_, images)| images.subcommand()) {
            Some((_, list)) => lists::list_images(list),
            None => Ok(()),
        },
        Some(("token", below)) => token::run(below, detail),
        Some(("upgrade", below)) => upgrade::run(below),
        Some(("version", below)) => version::run(below, invocation),
        Some(("completion", below)) => {
            complete(below, invocation);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// All phases of a command, or those that its `phase` subcommand names; and the arguments of the innermost command.
fn chosen<'a>(pipeline: &Pipeline, matches: &'a ArgMatches) -> Result<(Vec<Phase>, &'a ArgMatches), Failure> {
    match matches.subcommand() {
        None => Ok((pipeline.all(), matches)),
        Some((_, phase)) => named(pipeline, phase),
    }
}

/// `phase GROUP [SUB]` → the phases that it names, and the arguments of the innermost command.
fn named<'a>(pipeline: &Pipeline, matches: &'a ArgMatches) -> Result<(Vec<Phase>, &'a ArgMatches), Failure> {
    let Some((group, below)) = matches.subcommand() else { return Ok((Vec::new(), matches)) };
    match below.subcommand() {
        None | Some(("all", _)) => {
            let innermost = below.subcommand().map_or(below, |(_, all)| all);
            Ok((pipeline.named(group)?, innermost))
        }
        Some((sub, innermost)) => {
            let name = format!("{group}/{sub}");
            pipeline.bygone(&name).iter().for_each(|old| report::warn(&old.to_string()));
            Ok((pipeline.named(&name)?, innermost))
        }
    }
}

fn change_root(folder: &str) -> Result<(), Failure> {
    let changed = nix::unistd::chroot(folder).and_then(|()| nix::unistd::chdir("/"));
    changed.map_err(|source| Failure::Root { path: folder.to_owned(), source })
}

fn complete(matches: &ArgMatches, invocation: Invocation) {
    if let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut command(invocation), invocation.name(), &mut script);
        report::out(&String::from_utf8_lossy(&script));
    }
}
