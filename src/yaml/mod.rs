//! YAML in and out, as Kubernetes' Go programs read and write it. The only module that names the YAML package.

mod comments;
mod tree;

pub use comments::{Anchor, Comment, Path, Step, commented, comments};
pub use tree::{BadTree, Node, Spot, Spotted, tree};

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let options = serde_yaml::options! { legacy_octal_numbers: true, with_snippet: false };
    serde_yaml::from_str_with_options(text, options).map_err(|error| BadYaml(error.to_string()))
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
