//! `token list`: what is in the cluster → a table, or a document a token.

use super::detail;
use super::failure::TokenFailure;
use super::reached::Reached;
use crate::cli::failure::Failure;
use crate::cli::flags::Given;
use crate::config::BootstrapToken;
use crate::host::observe;
use crate::manifests::objects::found_token;
use crate::report::{self, Detail, Format, UnknownFormat, token_document, token_table};

pub fn run(given: Given<'_>, how: Detail) -> Result<(), Failure> {
    let name = given.text("output").unwrap_or_default();
    let format = Format::named(&name).ok_or(UnknownFormat {
        format: name,
        command: "token list",
        filter: ".token",
    })?;
    let reached = Reached::open(given, how)?;
    let tokens = tokens(&reached)?;
    detail(how, &format!("found {} tokens", tokens.len()));
    print(&tokens, format);
    Ok(())
}

/// By id; a Secret of the tokens' type that is none is told, and left out.
fn tokens(reached: &Reached) -> Result<Vec<BootstrapToken>, Failure> {
    let mut tokens = Vec::new();
    for secret in reached.store.list().map_err(TokenFailure::Call)? {
        match found_token(&secret) {
            Ok(token) => tokens.push(token),
            Err(why) => {
                let name =
                    secret.pointer("/metadata/name").and_then(|name| name.as_str()).unwrap_or_default();
                report::warn(&format!("the Secret kube-system/{name} is no bootstrap token: {why}"));
            }
        }
    }
    tokens.sort_by(|one, other| one.token.id.cmp(&other.token.id));
    Ok(tokens)
}

fn print(tokens: &[BootstrapToken], format: Format) {
    let now = observe::now();
    let documents = tokens.iter().map(|token| token_document(token, now));
    match format {
        Format::Text => report::out(&token_table(tokens, now)),
        Format::Json => documents.for_each(|document| report::json(&document)),
        Format::Yaml => {
            let texts: Vec<String> = documents.map(|document| report::in_yaml(&document)).collect();
            report::out(&texts.join("---\n"));
        }
    }
}
