//! The commands of `upgrade` and their flags, with kubeadm's names and defaults.

use clap::{Arg, Command};

use crate::cli::command::{output_of_kubeadm, pipeline};
use crate::cli::flags;
use crate::plan::{UPGRADE_APPLY, UPGRADE_NODE};

/// The word of `plan` that is no flag.
pub const VERSION: &str = "wanted-version";

/// `upgrade`, with the names of kubeadm's commands below it.
pub fn command() -> Command {
    Command::new("upgrade")
        .about("Bring a cluster to another Kubernetes version, node by node")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(apply())
        .subcommand(diff())
        .subcommand(node())
        .subcommand(plan())
}

fn apply() -> Command {
    let version = Arg::new(VERSION)
        .value_name("VERSION")
        .help("Version that the cluster is to have, as in v1.37.1 or stable-1.37");
    let about = "Give the cluster, and this control plane first of all, another version";
    pipeline(&UPGRADE_APPLY, about, flags::UPGRADE_APPLY).arg(version).after_help(ONE_AFTER_THE_OTHER)
}

fn node() -> Command {
    let about = "Give this node the cluster's version: one more control plane, or a worker";
    pipeline(&UPGRADE_NODE, about, flags::UPGRADE_NODE)
}

const ONE_AFTER_THE_OTHER: &str = "Upgrade one node after the other: `upgrade apply` on one control plane, `upgrade node` on the other control planes \
    and then on the workers, and on each of them the kubelet after that.";

fn diff() -> Command {
    let version =
        Arg::new(VERSION).value_name("VERSION").help("Version to compare with [default: the cluster's own]");
    Command::new("diff")
        .about("Show what another version changes in this control plane's files and the cluster's objects; changes nothing")
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
