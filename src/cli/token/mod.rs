//! `token`: bootstrap tokens, made, listed and deleted in a cluster that is up.

mod command;
mod create;
mod delete;
mod failure;
mod list;
mod reached;
mod upload;

use clap::ArgMatches;
use serde_json::json;

pub use command::command;
pub use failure::TokenFailure;

use super::failure::Failure;
use super::flags::FlagValues;
use crate::host::{Node, random};
use crate::report::{self, Detail, Document, DocumentKind, Status};

/// Carries out the command below `token` that was given.
pub fn run(node: &Node, matches: &ArgMatches, detail: Detail) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("create", below)) => create::run(node, FlagValues(below), detail),
        Some(("delete", below)) => delete::run(node, FlagValues(below), detail),
        Some(("generate", below)) => generate(FlagValues(below)),
        Some(("list", below)) => list::run(node, FlagValues(below), detail),
        _ => Ok(()),
    }
}

fn generate(given: FlagValues<'_>) -> Result<(), Failure> {
    let token = random::token()?.text();
    if given.wants_json() {
        let fields = json!({ "tokens": [token.expose_secret()] });
        report::json(&Document::new(DocumentKind::Tokens, Status::Done, fields).to_value());
    } else {
        report::out(&format!("{}\n", token.expose_secret()));
    }
    Ok(())
}

const DRY_RUN: &str = "this was a dry run: nothing was changed";

/// What `-v` adds.
fn detail(detail: Detail, line: &str) {
    match detail {
        Detail::Phases => {}
        Detail::Everything => report::say(&format!("[token] {line}")),
    }
}
