//! `upgrade`: from one Kubernetes version to another, looked at, and carried out node by node.

mod changes;
mod command;
mod diff;
mod edits;
mod failure;
mod judge;
mod next;
mod plan;
mod reached;
mod request;
mod run;
mod this_node;

use clap::ArgMatches;

pub use command::{VERSION, command};
pub use failure::UpgradeFailure;

use super::chosen;
use super::failure::Failure;
use super::flags::FlagValues;
use super::invocation::Invocation;
use crate::host::Node;
use crate::plan::{UPGRADE_APPLY, UPGRADE_NODE};
use crate::report::Detail;
use request::Which;

/// Carries out the command below `upgrade` that was given.
pub fn run(node: &Node, matches: &ArgMatches, invocation: Invocation, detail: Detail) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("apply", below)) => {
            let (phases, innermost) = chosen(&UPGRADE_APPLY, below)?;
            run::run(node, Which::Apply, FlagValues(innermost), &phases, invocation, detail)
        }
        Some(("node", below)) => {
            let (phases, innermost) = chosen(&UPGRADE_NODE, below)?;
            run::run(node, Which::Node, FlagValues(innermost), &phases, invocation, detail)
        }
        Some(("plan", below)) => plan::run(node, FlagValues(below), invocation),
        Some(("diff", below)) => diff::run(node, FlagValues(below), invocation),
        _ => Ok(()),
    }
}
