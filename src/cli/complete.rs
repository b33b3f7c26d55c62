//! `completion`: the script that lets a shell complete this program's commands and flags.

use clap::{Arg, ArgAction, ArgMatches, Command};
use clap_complete::Shell;

use super::invocation::Invocation;
use super::outline::outline;
use super::{bash, fish, zsh};
use crate::report;

/// `completion SHELL`, with where each shell looks for its script.
pub fn command(invocation: Invocation) -> Command {
    let shell = Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .action(ArgAction::Set)
        .value_parser(clap::value_parser!(Shell))
        .help("The shell that it is for");
    let places = PLACES.replace("NAME", invocation.name());
    Command::new("completion").about("Print a shell's completion script").after_help(places).arg(shell)
}

const PLACES: &str = "\
To try it: source <(NAME completion bash). To keep it, write the script to where the shell looks for such:
  bash  /etc/bash_completion.d/NAME
  fish  /etc/fish/completions/NAME.fish
  zsh   _NAME, in a folder of $fpath";

/// Prints the script of the shell that was named.
pub fn run(matches: &ArgMatches, invocation: Invocation) {
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        report::document(&script(*shell, invocation));
    }
}

fn script(shell: Shell, invocation: Invocation) -> String {
    let mut outline = outline(invocation);
    match shell {
        // clap_complete's script says all flags of a command again for each name below `help`, and completes no lists.
        Shell::Bash => {
            outline.build();
            bash::script(&outline)
        }
        Shell::Fish => {
            outline.build();
            fish::script(&outline)
        }
        Shell::Zsh => {
            let script = generated(shell, &mut outline, invocation);
            zsh::with_lists(script, &outline)
        }
        _ => generated(shell, &mut outline, invocation),
    }
}

/// clap_complete's script.
fn generated(shell: Shell, outline: &mut Command, invocation: Invocation) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, outline, invocation.name(), &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
