//! The formats of results: text for people, JSON and YAML for programs.

use serde_json::Value;

use super::text::document;
use crate::yaml;

/// In what form a command's result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people; not to be read by programs, kubeadm's own sentences aside.
    Text,
    /// One JSON document.
    Json,
    /// One YAML document, its fields in the order of their names.
    Yaml,
}

impl Format {
    /// By the name that `-o` takes; none where it is another.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Prints a document on standard output where one is asked for; text is printed by whoever knows it.
    pub fn print(self, told: &Value) {
        match self {
            Self::Text => {}
            Self::Json => super::json(told),
            Self::Yaml => document(&in_yaml(told)),
        }
    }
}

/// By the names of the fields, as Go's programs write them. What YAML cannot hold stays JSON, which YAML includes.
pub fn in_yaml(document: &Value) -> String {
    let mut sorted = document.clone();
    sorted.sort_all_objects();
    yaml::to_string(&sorted).unwrap_or_else(|_| format!("{document:#}\n"))
}
