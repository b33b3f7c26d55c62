//! What the program prints for machines, command by command, held against docs/schema and docs/output.md.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod certificates;
mod cluster;
mod commands;
mod configurations;
mod host;
#[path = "../http/mod.rs"]
mod http;
mod program;
mod runtime;
mod schema;
mod upgrades;
