//! YAML in and out, as Kubernetes' Go programs read and write it. The only module that names the YAML package.

mod comments;
mod tree;
mod words;

pub use comments::{Anchor, Comment, Path, PathSegment, commented, comments};
pub use tree::{BadTree, Node, Spot, Spotted, tree, tree_behind};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_yaml::options::DuplicateKeyPolicy;

/// What the parser says of a text that is not the wanted document; carries line and column, never the text itself,
/// which may hold keys or tokens.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadYaml(String);

/// Reads one document. Old octal numbers (`0644`) count as Go counts them.
///
/// # Errors
/// The text is no YAML, a key stands twice, or a value has another type than `T` wants.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, BadYaml> {
    serde_yaml::from_str_with_options(text, options(DuplicateKeyPolicy::Error))
        .map_err(|error| BadYaml(in_words(&said(&error))))
}

/// The place stays behind what is said.
fn in_words(said: &str) -> String {
    match said.rsplit_once(" at line ") {
        Some((said, place)) => format!("{} at line {place}", words::plain(said)),
        None => words::plain(said),
    }
}

/// What the reader says. Of all values it quotes one, a number beyond all floats, and that may be a token.
fn said(error: &serde_yaml::Error) -> String {
    let said = error.to_string();
    match (said.find('`'), said.rfind('`')) {
        (Some(start), Some(end)) if said.contains("finite") => {
            format!("{}…{}", &said[..start], &said[end + 1..])
        }
        _ => said,
    }
}

/// What aliases may add to a document: far more than anybody writes, and little enough to be read at once.
const MOST_REPEATED: usize = 20_000;
/// Of all scalars, those that aliases repeat included.
const MOST_BYTES: usize = 8 << 20;
/// Thrice what Kubernetes' types need; twice that is too much for a thread's stack of 2 MB.
const MOST_NESTED: usize = 32;

/// How Go reads, within bounds.
fn options(duplicates: DuplicateKeyPolicy) -> serde_yaml::Options {
    serde_yaml::options! {
        legacy_octal_numbers: true,
        with_snippet: false,
        duplicate_keys: duplicates,
        budget: serde_yaml::budget! { max_depth: MOST_NESTED, max_total_scalar_bytes: MOST_BYTES },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: MOST_REPEATED },
    }
}

/// Writes one document in block style, with long texts left on their line and strings quoted where Go would read
/// something else.
///
/// # Errors
/// Only for values that YAML cannot hold; none of ours.
pub fn to_string<T: Serialize>(value: &T) -> Result<String, BadYaml> {
    let options = serde_yaml::ser_options! { folded_wrap_chars: usize::MAX, min_fold_chars: usize::MAX };
    let mut text = String::new();
    serde_yaml::to_fmt_writer_with_options(&mut text, value, options)
        .map_err(|error| BadYaml(error.to_string()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Nine times nine times nine…: ten lines that stand for billions of values.
    fn alias_bomb() -> String {
        let line = |i: usize| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
        let lines: String = (1..10).map(line).collect();
        format!("a0: &a0 [x, x]\n{lines}")
    }

    #[test]
    fn a_document_that_aliases_blow_up_is_refused_before_it_does_harm() {
        assert!(from_str::<Value>(&alias_bomb()).is_err());
        assert!(tree(&alias_bomb()).is_err());
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 50].join(", "));
        assert!(from_str::<Value>(&long).is_err());
    }

    #[test]
    fn nesting_has_an_end() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(100_000)]
        {
            assert!(from_str::<Value>(&text).is_err() && tree(&text).is_err());
        }
    }

    #[test]
    fn a_number_beyond_all_floats_is_refused_and_not_shown() {
        let text = "token: 123456.1e99999999999999";
        let errors = [from_str::<Value>(text).unwrap_err().to_string(), tree(text).unwrap_err().to_string()];
        for said in errors {
            assert!(said.contains("finite") && !said.contains("123456"), "{said}");
        }
    }
}
