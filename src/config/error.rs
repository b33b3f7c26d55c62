//! What is wrong with a configuration: where it stands, which field, and which [`Problem`] it has.

use std::fmt;

use super::excerpt::Excerpt;
use super::problem::Problem;
use super::source_file::SourceFile;
use crate::text::shown;

/// One offence. All of a configuration's are collected before anything else happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The configuration file, as it was named on the command line; `None` where there is none.
    pub file: Option<String>,
    /// Where the value was given; [`Place::Host`] where none was, and the host has no answer.
    pub place: Place,
    /// As in `networking.podSubnet` or `apiServer.extraArgs[1].name`; empty where the whole document is meant.
    pub field: String,
    /// The rule that it breaks.
    pub problem: Problem,
    /// The line of the file in which it stands; `None` where there is none, or none that can be shown.
    pub excerpt: Option<Excerpt>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The `number`th document of the configuration file, counted from 1; its kind is empty where it has none.
    Document {
        /// 1 is the first of the file.
        number: usize,
        /// As the document's `kind` has it.
        kind: String,
        /// Counted from 1, in the whole text.
        line: u64,
        /// Counted from 1, in characters.
        column: u64,
    },
    /// A text in the cluster: the ConfigMap of this name in the namespace kube-system.
    Stored {
        /// `kubeadm-config`, `kubelet-config` or `kube-proxy`.
        config_map: &'static str,
        /// Counted from 1, in the whole text.
        line: u64,
        /// Counted from 1, in characters.
        column: u64,
    },
    /// The configuration file as a whole.
    File,
    /// A command line flag, without its dashes.
    Flag(&'static str),
    /// What stands on the command line without a flag, as its help calls it.
    Argument(&'static str),
    /// Nothing was given, and the host has no answer either.
    Host,
}

/// All offences of one configuration, in the order of their places; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(out, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { number, kind, line, column } => {
                write!(out, "document {number}")?;
                if !kind.is_empty() {
                    write!(out, " ({kind})")?;
                }
                write!(out, ", line {line}, column {column}")
            }
            Self::Stored { config_map, line, column } => {
                write!(out, "ConfigMap kube-system/{config_map}, line {line}, column {column}")
            }
            Self::File => out.write_str("configuration file"),
            Self::Flag(name) => write!(out, "--{name}"),
            Self::Argument(name) => out.write_str(name),
            Self::Host => out.write_str("this host"),
        }
    }
}

/// In front of what is said of the field in this place. A flag stands for its field, so that is not said again.
pub(super) fn introduce(
    file: Option<&str>,
    place: &Place,
    field: &str,
    out: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match (place, file) {
        (Place::Document { .. }, Some(file)) => write!(out, "{file}: {}: ", shown(&place.to_string()))?,
        (Place::File, Some(file)) => write!(out, "{file}: ")?,
        (
            Place::Document { .. }
            | Place::Stored { .. }
            | Place::File
            | Place::Flag(_)
            | Place::Argument(_)
            | Place::Host,
            _,
        ) => write!(out, "{}: ", shown(&place.to_string()))?,
    }
    match place {
        Place::Flag(_) | Place::Argument(_) => Ok(()),
        Place::Document { .. } | Place::Stored { .. } | Place::File | Place::Host if field.is_empty() => {
            Ok(())
        }
        Place::Document { .. } | Place::Stored { .. } | Place::File | Place::Host => {
            write!(out, "{}: ", shown(field))
        }
    }
}

impl ConfigErrors {
    /// With the name of the file that was read, and its lines.
    #[must_use]
    pub fn in_file(self, source: Option<&SourceFile>) -> Self {
        let Some(source) = source else { return self };
        let excerpts = source.excerpts(self.0.iter().map(|error| &error.place));
        let file = Some(source.name().to_owned());
        let named = |(error, excerpt)| ConfigError { file: file.clone(), excerpt, ..error };
        Self(self.0.into_iter().zip(excerpts).map(named).collect())
    }
}

impl ConfigError {
    /// Of the file's documents, which this is of, and the field.
    pub(super) fn document_and_field(&self) -> (Option<usize>, String) {
        let document = match self.place {
            Place::Document { number, .. } => Some(number),
            Place::Stored { .. } | Place::File | Place::Flag(_) | Place::Argument(_) | Place::Host => None,
        };
        (document, self.field.clone())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        introduce(self.file.as_deref(), &self.place, &self.field, out)?;
        out.write_str(&shown(&self.problem.to_string()))
    }
}
