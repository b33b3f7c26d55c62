//! What is wrong with a configuration → JSON: the text for people, and for programs a stable id and the place.

use serde_json::{Value, json};

use crate::config::{ConfigError, ConfigWarning, Place};

pub fn problem(error: &ConfigError) -> Value {
    entry(&error.to_string(), error.problem.id(), &error.place, &error.field)
}

pub fn caution(warning: &ConfigWarning) -> Value {
    entry(&warning.to_string(), warning.caution.id(), &warning.place, &warning.field)
}

fn entry(message: &str, id: &str, place: &Place, field: &str) -> Value {
    let mut entry = json!({ "message": message, "id": id });
    if !field.is_empty() {
        entry["field"] = field.into();
    }
    match place {
        Place::Document { number, kind, line, column } => {
            let place = [("document", json!(number)), ("line", json!(line)), ("column", json!(column))];
            for (name, value) in place {
                entry[name] = value;
            }
            if !kind.is_empty() {
                entry["kind"] = kind.as_str().into();
            }
        }
        Place::Stored { config_map, line, column } => {
            let place = [("configMap", json!(config_map)), ("line", json!(line)), ("column", json!(column))];
            for (name, value) in place {
                entry[name] = value;
            }
        }
        Place::Flag(name) => entry["flag"] = (*name).into(),
        Place::Argument(name) => entry["argument"] = (*name).into(),
        Place::File | Place::Host => {}
    }
    entry
}
