//! `kubeconfig`: kubeconfigs beside those of `init` and `join`.

mod user;

use clap::{ArgMatches, Command};

use super::failure::Failure;
use crate::host::Node;

pub fn command() -> Command {
    Command::new("kubeconfig")
        .about("Make kubeconfigs for more users")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(user::command())
}

pub fn run(node: &Node, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("user", below)) => user::run(node, below),
        _ => Ok(()),
    }
}
