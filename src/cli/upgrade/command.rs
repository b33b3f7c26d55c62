//! The commands of `upgrade` and their flags, with kubeadm's names and defaults.

use clap::{Arg, Command};

use crate::cli::command::output_of_kubeadm;
use crate::cli::flags;

/// The word of `plan` that is no flag.
pub const VERSION: &str = "wanted-version";

/// kubeadm's commands that are not here yet.
pub const LATER: &[(&str, &str)] = &[
    ("apply", "Bring the cluster to another Kubernetes version"),
    ("node", "Bring one more node to the cluster's version"),
];

const UNTIL_THEN: &str = "Comes later, as do its commands. Until then, run the real kubeadm of the version that the cluster is to \
    have: clusters that kubewright has set up are upgraded as any other is.";

/// `upgrade`, with the names of kubeadm's commands below it.
pub fn command() -> Command {
    Command::new("upgrade")
        .about("Bring a cluster to another Kubernetes version: so far, show to which and what is in the way")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(diff())
        .subcommand(plan())
        .subcommands(LATER.iter().map(|(name, about)| later(name, about)))
}

fn diff() -> Command {
    let version =
        Arg::new(VERSION).value_name("VERSION").help("Version to compare with [default: the cluster's own]");
    Command::new("diff")
        .about("Show what another version changes in the static pods of this control plane; changes nothing")
        .arg(version)
        .args(flags::arguments(flags::UPGRADE_DIFF))
}

fn plan() -> Command {
    let version = Arg::new(VERSION)
        .value_name("VERSION")
        .help("Version to look at, as in v1.36.3 or stable-1.36; by default the newest patches of this minor and of the next");
    Command::new("plan")
        .about("Show to which versions the cluster can go, and what is in the way; changes nothing")
        .arg(version)
        .args(flags::arguments(flags::UPGRADE_PLAN))
        .args(output_of_kubeadm("the plan"))
}

/// Takes whatever kubeadm's takes, or will take.
fn later(name: &'static str, about: &str) -> Command {
    let words = Arg::new("words").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true).hide(true);
    Command::new(name).about(format!("{about} (comes later)")).after_help(UNTIL_THEN).arg(words)
}
