//! `token delete`: every token that is named and there, before those are told that are not.

use serde_json::json;

use super::command::VALUES;
use super::failure::TokenFailure;
use super::reached::Reached;
use super::{DRY_RUN, detail};
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::config::{TokenString, is_token_id};
use crate::host::{Node, TokenError, TokenRemoval, TokenStore};
use crate::manifests::objects::secret_name;
use crate::report::{self, Detail, Document, DocumentKind, Status};

/// Whether it is done, or only told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Real,
    Dry,
}

/// Deletes the tokens that were named, and goes on where one is not there.
pub fn run(node: &Node, given: FlagValues<'_>, how: Detail) -> Result<(), Failure> {
    let ids = ids(given.0.get_many::<String>(VALUES).into_iter().flatten())?;
    let mode = if given.is_on("dry-run") { Mode::Dry } else { Mode::Real };
    let reached = Reached::open(node, given, how)?;
    let (mut deleted, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        detail(how, &format!("deleting the Secret kube-system/{}", secret_name(&id)));
        match mode.remove(&reached.store, &id).map_err(TokenFailure::Call)? {
            TokenRemoval::NotThere => missing.push(id),
            TokenRemoval::Removed => {
                if !given.wants_json() {
                    report::out(&mode.told(&id));
                }
                deleted.push(id);
            }
        }
    }
    if mode == Mode::Dry {
        report::say(DRY_RUN);
    }
    if !missing.is_empty() {
        return Err(TokenFailure::NoSuchToken { missing, deleted }.into());
    }
    if given.wants_json() {
        let document =
            Document::new(DocumentKind::DeletedTokens, mode.status(), json!({ "deleted": deleted }));
        report::json(&document.to_value());
    }
    Ok(())
}

impl Mode {
    fn remove(self, store: &TokenStore, id: &str) -> Result<TokenRemoval, TokenError> {
        match self {
            Self::Real => store.remove(id),
            Self::Dry => Ok(if store.has(id)? { TokenRemoval::Removed } else { TokenRemoval::NotThere }),
        }
    }

    fn status(self) -> Status {
        match self {
            Self::Real => Status::Done,
            Self::Dry => Status::Planned,
        }
    }

    fn told(self, id: &str) -> String {
        match self {
            Self::Real => format!("bootstrap token {id:?} deleted\n"),
            Self::Dry => format!("object Secret kube-system/{}: delete\n", secret_name(id)),
        }
    }
}

/// The ids of ids and whole tokens, each once.
fn ids<'a>(values: impl Iterator<Item = &'a String>) -> Result<Vec<String>, TokenFailure> {
    let mut ids: Vec<String> = Vec::new();
    for (index, value) in values.enumerate() {
        let id = match value.parse::<TokenString>() {
            Ok(token) => token.id,
            Err(_) if is_token_id(value) => value.clone(),
            Err(_) => return Err(TokenFailure::NeitherIdNorToken { place: index + 1 }),
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<Vec<String>, String> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        ids(values.iter()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_id_and_a_whole_token_name_the_same() {
        let all = of(&["abcdef", "ghijkl.0123456789abcdef", "abcdef.0123456789abcdef"]);
        assert_eq!(all.unwrap(), ["abcdef", "ghijkl"]);
    }

    #[test]
    fn what_is_neither_is_told_by_its_place_because_it_may_be_a_secret() {
        for bad in ["", "abc", "ABCDEF", "abcdef.hunter2", "../abc"] {
            let said = of(&["abcdef", bad]).unwrap_err();
            assert!(said.starts_with("TOKEN 2 is neither"), "{said}");
        }
    }
}
