//! `token list`: what is in the cluster → a table, or a document a token.

use super::detail;
use super::failure::TokenFailure;
use super::reached::Reached;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::output::{output, screen};
use crate::config::BootstrapToken;
use crate::host::Node;
use crate::manifests::objects::found_token;
use crate::report::{self, Detail, token_document, token_table};

/// Prints the cluster's tokens, secrets included, as kubeadm does.
pub fn run(node: &Node, given: FlagValues<'_>, how: Detail) -> Result<(), Failure> {
    let output = output(given, "token list")?;
    let reached = Reached::open(node, given, how)?;
    let tokens = tokens(&reached)?;
    detail(how, &format!("found {} tokens", tokens.len()));
    let now = node.now();
    let documents: Vec<_> = tokens.iter().map(|token| token_document(token, now)).collect();
    report::document(&output.render(&documents, || token_table(&tokens, now, screen()))?);
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
