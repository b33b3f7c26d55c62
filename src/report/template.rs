//! `-o` of commands that print kubeadm's documents: a format, or a template in one of two languages.

use serde_json::Value;

use super::format::{Format, in_yaml};
use super::go::Incomparable;
use super::go_template::{self, CallError, GoTemplate, TemplateFault};
use super::jsonpath::{self, JsonPath, MissingKeys, SyntaxError};
use super::kyaml::kyaml;

/// What such a command prints.
#[derive(Debug, Clone)]
pub enum Output {
    /// Text, JSON or YAML.
    Plain(Format),
    /// `-o kyaml`: YAML in flow style with quoted strings (KEP-5295).
    Kyaml,
    /// `-o jsonpath=…`, `-o go-template=…` and their like.
    Template(Template),
}

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    missing: MissingKeys,
    language: Language,
}

#[derive(Debug, Clone)]
enum Language {
    JsonPath(JsonPath),
    JsonPathAsJson(JsonPath),
    Go(GoTemplate),
}

/// A name in front of a template's equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateKind {
    /// `jsonpath=TEMPLATE`
    Plain,
    /// `jsonpath-as-json=TEMPLATE`
    AsJson,
    /// `jsonpath-file=PATH`
    InFile,
    /// `go-template=TEMPLATE`
    Go,
    /// `go-template-file=PATH`
    GoInFile,
}

/// The names of the formats, in the order in which kubeadm names them.
#[rustfmt::skip]
const TEMPLATES: &[(&str, TemplateKind)] = &[
    ("jsonpath", TemplateKind::Plain),
    ("jsonpath-as-json", TemplateKind::AsJson),
    ("jsonpath-file", TemplateKind::InFile),
    ("go-template", TemplateKind::Go),
    ("go-template-file", TemplateKind::GoInFile),
    // Older names of the two.
    ("template", TemplateKind::Go),
    ("templatefile", TemplateKind::GoInFile),
];

/// All formats, as the command line has them.
pub const FORMAT_NAMES: &[&str] = &[
    "text",
    "json",
    "yaml",
    "kyaml",
    "jsonpath=",
    "jsonpath-as-json=",
    "jsonpath-file=",
    "go-template=",
    "go-template-file=",
];

/// The same, as help names them.
pub const FORMATS: &str = "text, json, yaml, kyaml, jsonpath=…, jsonpath-as-json=…, jsonpath-file=…, go-template=… or go-template-file=…";

/// What `-o` says, before a template is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Text, JSON or YAML.
    Plain(Format),
    /// `-o kyaml`.
    Kyaml,
    /// The value is the template, or the file that it is in.
    Template {
        /// In which language, and whether the template or a file is named.
        kind: TemplateKind,
        /// What stands behind the equals sign.
        value: String,
    },
}

/// What `-o` says, and is not known or not whole.
#[derive(Debug, thiserror::Error)]
pub enum BadOutput {
    /// A format that the command has not.
    #[error("-o {format:?} is not known to {command}; known are {FORMATS}")]
    Unknown {
        /// As given.
        format: String,
        /// Without the program's name: `token list`.
        command: &'static str,
    },
    /// A template's format without an equals sign, or with nothing behind it.
    #[error("-o {format:?}: template format specified but no template given")]
    NoTemplate {
        /// As given.
        format: String,
    },
    /// The text is no template of kubectl's JSONPath.
    #[error("error parsing jsonpath {text}, {why}")]
    JsonPath {
        /// The template.
        text: String,
        /// What is wrong with it, and where.
        why: SyntaxError,
    },
    /// The text is no template of Go's text/template.
    #[error("error parsing template {text}, {why}")]
    Go {
        /// The template.
        text: String,
        /// What is wrong with it, and in which line.
        why: go_template::SyntaxError,
    },
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum NotRendered {
    /// The document lacks what the template names, or the template does not fit it.
    #[error("error executing jsonpath {text:?}: {why}")]
    JsonPath {
        /// The template.
        text: String,
        /// In client-go's words.
        why: jsonpath::Failed,
    },
    /// The document lacks what the template names, or the template does not fit it.
    #[error("error executing template {text:?}: {why}")]
    Go {
        /// The template.
        text: String,
        /// In the words of text/template, with the place in the template.
        why: go_template::Failed,
    },
}

impl Wanted {
    /// JSON and YAML may be written in capitals.
    ///
    /// # Errors
    /// No format of this name, or a template's format without a template.
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
    /// Whether what stands behind the equals sign is a path of this host.
    pub fn is_in_a_file(self) -> bool {
        match self {
            Self::Plain | Self::AsJson | Self::Go => false,
            Self::InFile | Self::GoInFile => true,
        }
    }
}

impl Template {
    /// Reads `text`, which is the template itself also where `kind` is that of a file.
    ///
    /// # Errors
    /// The text is no template of that language.
    pub fn parse(kind: TemplateKind, text: String, missing: MissingKeys) -> Result<Self, BadOutput> {
        let language = match kind {
            TemplateKind::Plain | TemplateKind::InFile => json_path(&text).map(Language::JsonPath),
            TemplateKind::AsJson => json_path(&text).map(Language::JsonPathAsJson),
            TemplateKind::Go | TemplateKind::GoInFile => GoTemplate::parse(&text)
                .map(Language::Go)
                .map_err(|why| BadOutput::Go { text: text.clone(), why }),
        }?;
        Ok(Self { text, missing, language })
    }

    fn render(&self, document: &Value) -> Result<String, NotRendered> {
        let not_picked = |why| NotRendered::JsonPath { text: self.text.clone(), why };
        match &self.language {
            Language::JsonPath(path) => path.render(document, self.missing).map_err(not_picked),
            Language::JsonPathAsJson(path) => path.render_json(document, self.missing).map_err(not_picked),
            Language::Go(template) => template
                .render(document, self.missing)
                .map_err(|why| NotRendered::Go { text: self.text.clone(), why }),
        }
    }
}

fn json_path(text: &str) -> Result<JsonPath, BadOutput> {
    JsonPath::parse(text).map_err(|why| BadOutput::JsonPath { text: text.to_owned(), why })
}

impl Output {
    /// Documents, one after the other: all of them, or none where one cannot be. Text is made by whoever knows it.
    ///
    /// # Errors
    /// A template cannot be run on one of the documents.
    pub fn render(&self, documents: &[Value], text: impl FnOnce() -> String) -> Result<String, NotRendered> {
        Ok(match self {
            Self::Plain(Format::Text) => text(),
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
                    let example = if name.starts_with("jsonpath") { "{@}" } else { "{{.}}" };
                    format!("write the template behind an equals sign, as in -o {name}='{example}'")
                })
            }
            Self::JsonPath { .. } => {
                Some("actions stand in braces, as in '{range .items[*]}{.name}{\"\\n\"}{end}'".to_owned())
            }
            Self::Go { .. } => Some(
                "actions stand in double braces, as in '{{range .items}}{{.name}}{{\"\\n\"}}{{end}}'"
                    .to_owned(),
            ),
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
            Self::Go { why, .. } => match why.why {
                TemplateFault::Missing(_) | TemplateFault::FieldOfNothing(_) => {
                    Some("without --allow-missing-template-keys=false what is missing is <no value>".to_owned())
                }
                TemplateFault::Call { why: CallError::Incomparable(Incomparable::Types), .. } => Some(
                    "whole numbers of the document are integers: compare them with one that has no point, as in 86400"
                        .to_owned(),
                ),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn help_and_the_command_line_name_the_same_formats() {
        let named = FORMATS.replace(" or ", ", ").replace('…', "");
        assert_eq!(named.split(", ").collect::<Vec<_>>(), FORMAT_NAMES);
        for name in FORMAT_NAMES.iter().filter(|name| name.ends_with('=')) {
            let name = name.trim_end_matches('=');
            assert!(TEMPLATES.iter().any(|row| row.0 == name), "{name}");
        }
    }

    #[test]
    fn a_template_is_carried_out_for_each_document_or_for_none() {
        let render = |text: &str| {
            let template = Template::parse(TemplateKind::Go, text.to_owned(), MissingKeys::Refused).unwrap();
            let tokens = [json!({ "token": "a", "ttl": 1 }), json!({ "token": "b" })];
            Output::Template(template).render(&tokens, || unreachable!("it is no text"))
        };
        assert_eq!(render("{{range $x := 2}}{{$x}}{{end}}{{.token}}\n").unwrap(), "01a\n01b\n");
        let told = render("{{.token}} {{.ttl}}").unwrap_err().to_string();
        assert!(told.ends_with("at <.ttl>: map has no entry for key \"ttl\""), "{told}");
    }
}
