//! Arguments → one function a command.

mod advice;
mod legacy_names;
mod bash;
mod certs;
mod check;
mod claim;
mod command;
mod complete;
mod conclude;
mod config;
mod confirm;
mod previous_run;
mod end;
mod examples;
mod explain;
mod failure;
mod fish;
mod flag_group;
mod flags;
mod former;
mod plan_inputs;
mod help;
mod identify;
mod idle;
mod images;
mod init;
mod invocation;
mod join;
mod kubeconfig;
mod lists;
mod outline;
mod output;
mod phases;
mod preflight;
mod readable;
mod request;
mod reset;
mod syntax;
mod target;
mod times;
mod token;
mod host_lock;
mod typography;
mod upgrade;
mod usage;
mod values;
mod version;
mod argv;
mod zsh;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;

use argv::Line;
pub use command::command;
use end::asked;
pub use failure::Failure;
use invocation::Called;
pub use invocation::Invocation;
pub use outline::outline;

use crate::host::{Node, watch_signals, without_cores};
use crate::plan::{INIT, JOIN, Phase, Pipeline, RESET};
use crate::report::{self, Detail, Format};

/// Runs the program and returns what it ends with. The words are those of the command line, the program's name first.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_on(&Node::this(), words)
}

/// The same on a host that is given.
pub fn run_on(host: &Node, words: impl IntoIterator<Item = OsString>) -> ExitCode {
    without_cores();
    watch_signals();
    let words: Vec<OsString> = words.into_iter().collect();
    let invocation = Called::of(words.first().map(OsString::as_os_str)).remember().invocation;
    end::end(answer(host, invocation, words), invocation)
}

fn answer(host: &Node, invocation: Invocation, words: Vec<OsString>) -> Result<(), (Failure, Format)> {
    let root = command(invocation);
    let Line { command, mut words } = argv::arrange(&root, words);
    if words.len() == 1 {
        // As with kubeadm, that is no mistake.
        words.push("--help".into());
    }
    if let Some(mistyped) = typography::refusal(&words) {
        return Err((mistyped.into(), asked(&words)));
    }
    for warning in legacy_names::warnings(&words).iter().chain(&typography::warnings(&words)) {
        report::warn(warning);
    }
    let matches = root.clone().try_get_matches_from(&words).map_err(|error| {
        let error = help::shown(readable::readable(error, &root, &words), &words, invocation);
        let advice = advice::advice(&root, &words);
        (Failure::CommandLine { command, error, advice }, asked(&words))
    })?;
    dispatch(host, &matches, invocation).map_err(|failure| (failure, format(&matches, &words)))
}

/// The format that the innermost command was given. One that does not know formats may have been asked for one.
fn format(matches: &ArgMatches, words: &[OsString]) -> Format {
    match matches.subcommand() {
        Some((_, below)) => format(below, words),
        None if matches.try_get_one::<String>("output").is_ok() => flags::FlagValues(matches).format(),
        None => asked(words),
    }
}

fn dispatch(host: &Node, matches: &ArgMatches, invocation: Invocation) -> Result<(), Failure> {
    let node = &match flags::FlagValues(matches).text("rootfs") {
        None => host.clone(),
        Some(path) => Node::mounted_at(&path).map_err(|source| Failure::Root { path, source })?,
    };
    report::log(matches.get_one("v").copied().unwrap_or_default());
    let detail = match matches.get_one::<i32>("v") {
        Some(1..) => Detail::Everything,
        None | Some(_) => Detail::Phases,
    };
    match matches.subcommand() {
        Some(("init", below)) => {
            let (phases, innermost) = chosen(&INIT, below)?;
            init::run(node, innermost, &phases, detail)
        }
        Some(("join", below)) => {
            let (phases, innermost) = chosen(&JOIN, below)?;
            if phases.is_empty() { Ok(()) } else { join::run(node, innermost, &phases, detail) }
        }
        Some(("reset", below)) => {
            let (phases, innermost) = chosen(&RESET, below)?;
            reset::run(node, innermost, &phases, detail)
        }
        Some(("certs", below)) => certs::run(node, below, invocation, detail),
        Some(("config", below)) => config::run(node, below),
        Some(("kubeconfig", below)) => kubeconfig::run(node, below),
        Some(("token", below)) => token::run(node, below, detail),
        Some(("explain", below)) => explain::run(below),
        Some(("upgrade", below)) => upgrade::run(node, below, invocation, detail),
        Some(("version", below)) => version::run(node, below, invocation),
        Some(("completion", below)) => {
            complete::run(below, invocation);
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
            pipeline.legacy_names(&name).iter().for_each(|old| report::warn(&old.to_string()));
            Ok((pipeline.named(&name)?, innermost))
        }
    }
}
