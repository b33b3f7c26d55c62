//! The command line: kubeadm's commands and their flags.

use clap::{Arg, ArgAction, Command};

use super::flag_group::FlagGroup;
use super::invocation::Invocation;
use super::{certs, complete, config, explain, flags, kubeconfig, legacy_names, token, upgrade, version};
use crate::plan::{Entry, Group, INIT, JOIN, LegacyName, Pipeline, RESET};
use crate::report;

/// Help has room for no more, however wide the terminal is: its tables are made for this.
pub const WIDTH: usize = 80;

/// The whole command line. Of a flag that is given twice the last one counts, as with kubeadm; lists go on.
pub fn command(invocation: Invocation) -> Command {
    let root = Command::new(invocation.name())
        .about("Sets up Kubernetes clusters, node by node: a drop-in for kubeadm")
        .max_term_width(WIDTH)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args_override_self(true)
        .subcommand_required(true)
        .arg(help())
        .arg(verbosity())
        .arg(rootfs())
        .arg(vmodule())
        .args(legacy_names::arguments())
        .subcommand(init())
        .subcommand(join())
        .subcommand(reset())
        .subcommand(certs::command())
        .subcommand(config::command())
        .subcommand(kubeconfig::command())
        .subcommand(token::command())
        .subcommand(explain::command())
        .subcommand(upgrade::command())
        .subcommand(version::command(invocation))
        .subcommand(complete::command(invocation))
        .subcommand(alpha())
        .mut_subcommands(without_help);
    match invocation {
        Invocation::Kubewright => root.version(version::OWN).arg(version_flag()),
        // Which has no such flag, and says so.
        Invocation::Kubeadm => root,
    }
}

fn help() -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .global(true)
        .help_heading(FlagGroup::Global.heading())
        .action(ArgAction::Help)
        .help("Print help; --help has more of it, where there is more")
}

fn version_flag() -> Arg {
    Arg::new("version")
        .short('V')
        .long("version")
        .help_heading(FlagGroup::Global.heading())
        .action(ArgAction::Version)
        .help("Print the program's name and version")
}

/// `help` takes the names of commands; once is enough.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

fn verbosity() -> Arg {
    Arg::new("v")
        .short('v')
        .long("v")
        .value_name("LEVEL")
        .global(true)
        .help_heading(FlagGroup::Global.heading())
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("1")
        .value_parser(clap::value_parser!(i32))
        .help("Say more: 1 names every file, object and check, 4 the calls to programs and services, 6 each request with its answer's status and time")
}

/// kubeadm's log settings by source file: there is no such log here, and scripts that give them still run.
fn vmodule() -> Arg {
    Arg::new("vmodule")
        .long("vmodule")
        .value_name("SETTINGS")
        .global(true)
        .help_heading(FlagGroup::Global.heading())
        .help("Taken for the sake of scripts written for kubeadm; has no effect")
}

fn rootfs() -> Arg {
    Arg::new("rootfs")
        .long("rootfs")
        .value_name("DIR")
        .global(true)
        .help_heading(FlagGroup::Global.heading())
        .help("Work on the host whose root is mounted here (chroot)")
}

/// `-o` of the commands whose results are this program's own: text or JSON.
pub fn output() -> Arg {
    Arg::new("output")
        .short('o')
        .long("output")
        .alias(legacy_names::OUTPUT)
        .value_name("FORMAT")
        .display_order(0)
        .help_heading(FlagGroup::Output.heading())
        .value_parser(["text", "json"])
        .default_value("text")
        .help("How results are printed on standard output")
}

/// For what kubeadm prints as documents: its formats, templates among them, with their settings. What is none of them is
/// refused by the command.
pub fn output_of_kubeadm(what: &str) -> Vec<Arg> {
    let format = Arg::new("output")
        .short('o')
        .long("output")
        .alias(legacy_names::OUTPUT)
        .value_name("FORMAT")
        .default_value("text")
        .display_order(0)
        .help_heading(FlagGroup::Output.heading())
        .help(format!("How {what} are printed: {}", report::FORMATS));
    std::iter::once(format).chain(flags::arguments(flags::OF_TEMPLATES)).collect()
}

fn init() -> Command {
    pipeline(&INIT, "Set up the first control plane of a cluster on this host", flags::INIT)
}

fn join() -> Command {
    pipeline(&JOIN, "Make this host a node of a cluster: a worker, or one more control plane", flags::JOIN)
}

fn reset() -> Command {
    pipeline(&RESET, "Remove what init or join have made on this host", flags::RESET)
}

/// A command that is made of phases, by the last word of its name.
pub fn pipeline(pipeline: &'static Pipeline, about: &'static str, names: &[&str]) -> Command {
    let name = pipeline.command.rsplit(' ').next().unwrap_or(pipeline.command);
    Command::new(name).about(about).args(flags::arguments(names)).arg(output()).subcommand(phase(pipeline))
}

/// The phases of a group, in the order in which they run.
pub fn entries(pipeline: &'static Pipeline, group: &Group) -> impl Iterator<Item = &'static Entry> {
    let name = group.name;
    pipeline.phases.iter().filter(move |entry| entry.group() == name)
}

fn phase(pipeline: &'static Pipeline) -> Command {
    Command::new("phase")
        .about(format!("Run one phase of {}", pipeline.command))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(pipeline.groups.iter().map(|group| group_command(pipeline, group)))
}

/// A phase of its own, or a group with one subcommand for each of its phases and `all` for every one.
fn group_command(pipeline: &'static Pipeline, group: &Group) -> Command {
    let command = Command::new(group.name).about(group.about).aliases(group.alias).hide(group.hidden);
    match entries(pipeline, group).find(|entry| entry.sub().is_none()) {
        Some(entry) => command.args(flags::arguments(entry.flags)).arg(output()),
        None => command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(all_of(pipeline, group))
            .subcommands(entries(pipeline, group).map(sub_command))
            .subcommands(
                pipeline.legacy_names.iter().filter(|old| old.group() == group.name).map(old_command),
            ),
    }
}

fn sub_command(entry: &Entry) -> Command {
    Command::new(entry.sub().unwrap_or(entry.path))
        .about(entry.about)
        .args(flags::arguments(entry.flags))
        .arg(output())
}

/// Help does not show it.
fn old_command(old: &'static LegacyName) -> Command {
    Command::new(old.sub()).about(old.to_string()).args(flags::arguments(old.flags)).arg(output()).hide(true)
}

/// `all` takes what any of its phases takes; printing instead of installing is for a single addon.
fn all_of(pipeline: &'static Pipeline, group: &Group) -> Command {
    let names: Vec<&str> = entries(pipeline, group)
        .flat_map(|entry| entry.flags.iter().copied())
        .filter(|name| *name != "print-manifest")
        .collect();
    let about = format!("Run all phases of {}", group.name);
    Command::new("all").about(about).args(flags::arguments(&names)).arg(output())
}

/// The place of kubeadm's experiments, of which there are none in any minor of the span.
fn alpha() -> Command {
    Command::new("alpha").about("Experimental commands; there are none now").hide(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PIPELINES;

    #[test]
    fn the_command_line_is_sound() {
        command(Invocation::Kubewright).debug_assert();
    }

    #[test]
    fn every_phase_is_a_subcommand() {
        for pipeline in PIPELINES {
            for entry in pipeline.phases {
                let command_words = pipeline.command.split(' ').chain(["phase"]);
                let words = std::iter::once("kubewright").chain(command_words).chain(entry.path.split('/'));
                assert!(
                    command(Invocation::Kubewright).try_get_matches_from(words).is_ok(),
                    "{}",
                    entry.path
                );
            }
        }
    }
}
