//! YAML read by the parser's own package, not by kubewright's: what is compared must not read itself.

use serde_json::Value;

pub fn document(text: &str) -> Value {
    let options = serde_yaml::options! { legacy_octal_numbers: true };
    serde_yaml::from_str_with_options(text, options).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A stream's documents, without the empty ones.
pub fn documents(text: &str) -> Vec<Value> {
    let options = serde_yaml::options! { legacy_octal_numbers: true };
    let all: Vec<Value> = serde_yaml::from_multiple_with_options(text, options)
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    all.into_iter().filter(|value| !value.is_null()).collect()
}
