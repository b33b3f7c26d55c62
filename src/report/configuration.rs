//! A warning of a configuration → JSON: the text for people, and for programs a stable id and the place.

use serde_json::{Value, json};

use super::document::place;
use crate::config::ConfigWarning;

/// As an error's entry, whose `place` it has.
pub fn caution(warning: &ConfigWarning) -> Value {
    json!({
        "id": warning.caution.id(),
        "message": warning.to_string(),
        "place": place(&warning.place, &warning.field),
    })
}
