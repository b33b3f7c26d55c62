//! `-o` of commands that print kubeadm's documents: a format, or a template in one of two languages.

use serde_json::Value;

use super::format::{Format, in_yaml};
use super::jsonpath::{self, JsonPath, MissingKeys, SyntaxError};
use super::kyaml::kyaml;
use super::visible::visible;

/// What such a command prints.
#[derive(Debug, Clone)]
pub enum Output {
    Plain(Format),
    Kyaml,
    Template(Template),
}

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    kind: TemplateKind,
    text: String,
    missing: MissingKeys,
    language: Language,
}

#[derive(Debug, Clone)]
enum Language {
    JsonPath(JsonPath),
}

/// A name in front of a template's equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateKind {
    Plain,
    AsJson,
    InFile,
}

/// The names of the formats, in the order in which kubeadm names them.
#[rustfmt::skip]
const TEMPLATES: &[(&str, TemplateKind)] = &[
    ("jsonpath", TemplateKind::Plain),
    ("jsonpath-as-json", TemplateKind::AsJson),
    ("jsonpath-file", TemplateKind::InFile),
];

/// All formats, as help names them.
pub const FORMATS: &str = "text, json, yaml, kyaml, jsonpath=…, jsonpath-as-json=… or jsonpath-file=…";

/// What `-o` says, before a template is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Plain(Format),
    Kyaml,
    /// The value is the template, or the file that it is in.
    Template {
        kind: TemplateKind,
        value: String,
    },
}

/// What `-o` says, and is not known or not whole.
#[derive(Debug, thiserror::Error)]
pub enum BadOutput {
    #[error("-o {format:?} is not known to {command}; known are {FORMATS}")]
    Unknown { format: String, command: &'static str },
    #[error("-o {format:?}: template format specified but no template given")]
    NoTemplate { format: String },
    #[error("error parsing jsonpath {text}, {why}")]
    JsonPath { text: String, why: SyntaxError },
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum NotRendered {
    #[error("error executing jsonpath {text:?}: {why}")]
    JsonPath { text: String, why: jsonpath::Failed },
}

impl Wanted {
    /// JSON and YAML may be written in capitals.
    pub fn parse(text: &str, command: &'static str) -> Result<Self, BadOutput> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        if let Some((_, kind)) = TEMPLATES.iter().find(|(known, _)| *known == name) {
            let kind = *kind;
            return match value {
                "" => Err(BadOutput::NoTemplate { format: text.to_owned() }),
                value => Ok(Self::Template { kind, value: value.to_owned() }),
            };
        }
        match (text, text.to_lowercase().as_str()) {
            ("text", _) => Ok(Self::Plain(Format::Text)),
            (_, "json") => Ok(Self::Plain(Format::Json)),
            (_, "yaml") => Ok(Self::Plain(Format::Yaml)),
            (_, "kyaml") => Ok(Self::Kyaml),
            _ => Err(BadOutput::Unknown { format: text.to_owned(), command }),
        }
    }
}

impl TemplateKind {
    pub fn is_in_a_file(self) -> bool {
        match self {
            Self::Plain | Self::AsJson => false,
            Self::InFile => true,
        }
    }
}

impl Template {
    pub fn parse(kind: TemplateKind, text: String, missing: MissingKeys) -> Result<Self, BadOutput> {
        let language = match kind {
            TemplateKind::Plain | TemplateKind::AsJson | TemplateKind::InFile => {
                match JsonPath::parse(&text) {
                    Ok(read) => Language::JsonPath(read),
                    Err(why) => return Err(BadOutput::JsonPath { text, why }),
                }
            }
        };
        Ok(Self { kind, text, missing, language })
    }

    fn render(&self, document: &Value) -> Result<String, NotRendered> {
        match &self.language {
            Language::JsonPath(path) => {
                let rendered = match self.kind {
                    TemplateKind::AsJson => path.render_json(document, self.missing),
                    TemplateKind::Plain | TemplateKind::InFile => path.render(document, self.missing),
                };
                rendered.map_err(|why| NotRendered::JsonPath { text: self.text.clone(), why })
            }
        }
    }
}

impl Output {
    /// Documents, one after the other: all of them, or none where one cannot be. Text is made by whoever knows it.
    pub fn render(&self, documents: &[Value], text: impl FnOnce() -> String) -> Result<String, NotRendered> {
        Ok(match self {
            Self::Plain(Format::Text) => visible(&text()).into_owned(),
            Self::Plain(Format::Json) => documents.iter().map(in_json).collect(),
            Self::Plain(Format::Yaml) => documents.iter().map(in_yaml).collect::<Vec<_>>().join("---\n"),
            Self::Kyaml => documents.iter().map(kyaml).collect(),
            Self::Template(template) => {
                documents.iter().map(|document| template.render(document)).collect::<Result<_, _>>()?
            }
        })
    }
}

fn in_json(document: &Value) -> String {
    format!("{document:#}\n")
}

impl BadOutput {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => None,
            Self::NoTemplate { format } => {
                let name = format.trim_end_matches('=');
                Some(if name.ends_with("file") {
                    format!("name the template's file, as in -o {name}=FILE")
                } else {
                    format!("write the template behind an equals sign, as in -o {name}='{{@}}'")
                })
            }
            Self::JsonPath { .. } => {
                Some("actions stand in braces, as in '{range .items[*]}{.name}{\"\\n\"}{end}'".to_owned())
            }
        }
    }
}

impl NotRendered {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::JsonPath { why: jsonpath::Failed::Incomparable(_), .. } => Some(
                "all numbers of the document are floats: compare them with one that has a point, as in 86400.0"
                    .to_owned(),
            ),
            Self::JsonPath { why: jsonpath::Failed::NotFound(_), .. } => {
                Some("without --allow-missing-template-keys=false what is missing is left out".to_owned())
            }
            Self::JsonPath { .. } => None,
        }
    }
}
