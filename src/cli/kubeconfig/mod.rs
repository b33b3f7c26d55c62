//! `kubeconfig`: kubeconfigs beside those of `init` and `join`.

mod user;

use clap::{ArgMatches, Command};

use super::failure::Failure;
use crate::host::Node;

/// `kubeconfig`, with `user` below it.
pub fn command() -> Command {
    Command::new("kubeconfig")
        .about("Make kubeconfigs for more users")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(user::command())
}

/// Carries out the command below `kubeconfig` that was given.
pub fn run(node: &Node, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("user", below)) => user::run(node, below),
        _ => Ok(()),
    }
}
