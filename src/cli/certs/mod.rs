//! `certs`: the certificates of a control plane, told, checked, renewed, requested, and their CAs issued again.

mod actions;
mod check;
mod check_expiration;
mod command;
mod failure;
mod generate_csr;
mod reissue_ca;
mod renew;
mod settings;

use clap::ArgMatches;
use serde_json::json;

pub use check::BadCheck;
pub use check_expiration::{present, read};
pub use command::command;
pub use failure::{CertsFailure, Codes};
pub use settings::this_node;

use super::Invocation;
use super::failure::Failure;
use super::flags::FlagValues;
use crate::config::CertificateKey;
use crate::host::{Node, random};
use crate::report::{self, Detail, Document, DocumentKind, Status};

/// Carries out the command below `certs` that was given.
pub fn run(node: &Node, matches: &ArgMatches, invocation: Invocation, detail: Detail) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("certificate-key", below)) => certificate_key(FlagValues(below)),
        Some(("check", below)) => check::run(node, FlagValues(below)),
        Some(("check-expiration", below)) => check_expiration::run(node, FlagValues(below), invocation),
        Some(("generate-csr", below)) => generate_csr::run(node, FlagValues(below), detail),
        Some(("reissue-ca", below)) => match below.subcommand() {
            Some((name, innermost)) => reissue_ca::run(node, FlagValues(innermost), name, detail),
            None => Ok(()),
        },
        Some(("renew", below)) => match below.subcommand() {
            Some((name, innermost)) => renew::run(node, FlagValues(innermost), name, detail),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn certificate_key(given: FlagValues<'_>) -> Result<(), Failure> {
    let key = CertificateKey::new(random::bytes()?).to_hex();
    if given.wants_json() {
        let fields = json!({ "certificateKey": key.expose_secret() });
        report::json(&Document::new(DocumentKind::CertificateKey, Status::Done, fields).to_value());
    } else {
        report::out(&format!("{}\n", key.expose_secret()));
    }
    Ok(())
}
