//! `upgrade`: known by name, and answered with what to do until it is here.

use clap::{Arg, ArgMatches, Command};

use super::failure::Failure;

/// kubeadm's commands below it.
const COMMANDS: &[(&str, &str)] = &[
    ("apply", "Bring the cluster to another Kubernetes version"),
    ("diff", "Show what an upgrade changes in the static pods"),
    ("node", "Bring one more node to the cluster's version"),
    ("plan", "Show to which versions the cluster can go"),
];

const LATER: &str = "Comes later, as do its commands. Until then, run the real kubeadm of the version that the cluster is to \
    have: clusters that kubewright has set up are upgraded as any other is.";

/// `upgrade`, with the names of kubeadm's commands below it.
pub fn command() -> Command {
    Command::new("upgrade")
        .about("Bring a cluster to another Kubernetes version (comes later)")
        .after_help(LATER)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.iter().map(|(name, about)| below(name, about)))
}

/// Takes whatever kubeadm's takes, or will take.
fn below(name: &'static str, about: &str) -> Command {
    let words = Arg::new("words").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true).hide(true);
    Command::new(name).about(format!("{about} (comes later)")).after_help(LATER).arg(words)
}

/// Says that the command is not there yet.
pub fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.subcommand_name().unwrap_or_default();
    Err(Failure::NoUpgrade { command: format!("upgrade {name}") })
}
