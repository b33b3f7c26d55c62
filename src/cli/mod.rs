//! Arguments → one function a command.

mod certs;
mod check;
mod command;
mod conclude;
mod failure;
mod flags;
mod gather;
mod init;
mod join;
mod lists;
mod preflight;
mod request;
mod reset;
mod token;

use std::process::ExitCode;

use clap::ArgMatches;

pub use command::command;
pub use failure::Failure;

use crate::plan::{INIT, JOIN, Phase, Pipeline, RESET};
use crate::report::{self, Detail};

/// Runs the program and returns what it ends with. The words are those of the command line, the program's name first.
pub fn run(words: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let result = command().try_get_matches_from(words).map_err(Failure::CommandLine).and_then(|matches| {
        let json = wants_json(&matches);
        dispatch(&matches).inspect_err(|failure| {
            if json {
                report::json(&failure.json());
            }
        })
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.say();
            failure.exit_code()
        }
    }
}

/// Whether the innermost command was given `-o json`.
fn wants_json(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, below)) => wants_json(below),
        None => flags::Given(matches).wants_json(),
    }
}

fn dispatch(matches: &ArgMatches) -> Result<(), Failure> {
    if let Some(folder) = flags::Given(matches).text("rootfs") {
        change_root(&folder)?;
    }
    let detail = match matches.get_one::<u8>("v") {
        None | Some(0) => Detail::Phases,
        Some(_) => Detail::Everything,
    };
    match matches.subcommand() {
        Some(("init", below)) => {
            let (phases, innermost) = chosen(&INIT, below)?;
            init::run(innermost, &phases, detail)
        }
        Some(("join", below)) => {
            let (phases, innermost) = chosen(&JOIN, below)?;
            join::run(innermost, &phases, detail)
        }
        Some(("reset", below)) => {
            let (phases, innermost) = chosen(&RESET, below)?;
            reset::run(innermost, &phases, detail)
        }
        Some(("config", below)) => match below.subcommand().and_then(|(_, images)| images.subcommand()) {
            Some((_, list)) => lists::list_images(list),
            None => Ok(()),
        },
        Some(("certs", below)) => certs::run(below, detail),
        Some(("token", below)) => token::run(below, detail),
        Some(("version", below)) => {
            lists::version(below);
            Ok(())
        }
        Some(("completion", below)) => {
            complete(below);
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
        Some((sub, innermost)) => Ok((pipeline.named(&format!("{group}/{sub}"))?, innermost)),
    }
}

fn change_root(folder: &str) -> Result<(), Failure> {
    let changed = nix::unistd::chroot(folder).and_then(|()| nix::unistd::chdir("/"));
    changed.map_err(|source| Failure::Root { path: folder.to_owned(), source })
}

fn complete(matches: &ArgMatches) {
    if let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut command(), "kubewright", &mut script);
        report::out(&String::from_utf8_lossy(&script));
    }
}
