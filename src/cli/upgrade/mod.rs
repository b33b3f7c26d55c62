//! `upgrade`: from one Kubernetes version to another. So far it can be planned and looked at; the rest is known by name.

mod command;
mod diff;
mod failure;
mod plan;
mod reached;

use clap::ArgMatches;

pub use command::{LATER, VERSION, command};
pub use failure::UpgradeFailure;

use super::failure::Failure;
use super::flags::FlagValues;
use super::invocation::Invocation;
use crate::host::Node;

/// Carries out the command below `upgrade` that was given.
pub fn run(node: &Node, matches: &ArgMatches, invocation: Invocation) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("plan", below)) => plan::run(node, FlagValues(below), invocation),
        Some(("diff", below)) => diff::run(node, FlagValues(below)),
        other => {
            let name = other.map(|(name, _)| name).unwrap_or_default();
            Err(Failure::NoUpgrade { command: format!("upgrade {name}") })
        }
    }
}
