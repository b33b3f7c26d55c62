//! `config`: kubeadm's configuration files, printed, checked and rewritten. The images are `images`' own.

mod migrate;
mod print;
mod validate;

use clap::{ArgMatches, Command};

use super::command::output;
use super::failure::Failure;
use super::flag_group::FlagGroup;
use super::flags::{self, Flag, FlagKind};
use super::images;
use crate::host::Node;

#[rustfmt::skip]
const MIGRATE: &[Flag] = &[
    Flag { name: "allow-experimental-api", group: FlagGroup::Configuration, kind: FlagKind::Switch, help: "Taken for the sake of scripts written for kubeadm; has no effect" },
    Flag { name: "kubernetes-version", group: FlagGroup::Cluster, kind: FlagKind::Value("VERSION"), help: "Kubernetes version whose kubeadm is to read the result, as in stable-1.30; 1.29 and 1.30 get v1beta3, others v1beta4 [default: kubernetesVersion of the file, or else as for init]" },
    Flag { name: "new-config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "File that is written; by default, and for -, standard output" },
    Flag { name: "old-config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "Configuration file that is read; - is standard input" },
];

#[rustfmt::skip]
const VALIDATE: &[Flag] = &[
    Flag { name: "allow-deprecated-api", group: FlagGroup::Configuration, kind: FlagKind::Switch, help: "Do not warn of formats that are on their way out" },
    Flag { name: "allow-experimental-api", group: FlagGroup::Configuration, kind: FlagKind::Switch, help: "Taken for the sake of scripts written for kubeadm; has no effect" },
    Flag { name: "config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "Configuration file; - is standard input" },
];

/// `config`, with all that is below it.
pub fn command() -> Command {
    Command::new("config")
        .about(
            "kubeadm's configuration files: print, check and rewrite them, and list the images they ask for",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(flags::arguments(&["kubeconfig"]).into_iter().map(|arg| arg.global(true))) // nothing here asks a cluster
        .subcommand(print::command())
        .subcommand(migrate())
        .subcommand(validate())
        .subcommand(images::command())
}

fn migrate() -> Command {
    Command::new("migrate")
        .about("Rewrite a configuration file in the format that a Kubernetes minor's kubeadm reads")
        .args(MIGRATE.iter().map(|flag| flags::argument(flag).required(flag.name == "old-config")))
        .mut_args(|arg| arg.allow_hyphen_values(true))
        .arg(output())
}

fn validate() -> Command {
    Command::new("validate")
        .about("Check a configuration file, and tell all that is wrong with it")
        .args(VALIDATE.iter().map(|flag| flags::argument(flag).required(flag.name == "config")))
        .arg(output())
}

/// Carries out the command below `config` that was given.
pub fn run(node: &Node, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("images", below)) => images::run(node, below),
        Some(("migrate", below)) => migrate::run(node, flags::FlagValues(below)),
        Some(("print", below)) => {
            below.subcommand().map_or(Ok(()), |(name, below)| print::run(node, name, below))
        }
        Some(("validate", below)) => validate::run(node, flags::FlagValues(below)),
        _ => Ok(()),
    }
}
