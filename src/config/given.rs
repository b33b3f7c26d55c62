//! The user's values after their types were checked: a tree that is free of unknown fields, each value with its place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::error::{ConfigError, ConfigErrors, Place};
use super::problem::Problem;
use super::warning::{Caution, ConfigWarning};
use crate::text::Odd;
use crate::versions::ConfigFormat;

/// A value and where it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    /// As it was read from its text.
    pub value: T,
    /// For errors and warnings about it.
    pub at: At,
}

/// Where a value was given: what errors and warnings begin with.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// The document, the flag, or the host.
    pub place: Place,
    /// As in [`super::ConfigError::field`].
    pub field: String,
}

/// Checked against a schema. Has no `Debug`, since texts among it may be secrets.
#[derive(Clone, PartialEq)]
pub enum Tree {
    /// Of a field of the schema's type `bool`.
    Bool(bool),
    /// Of an integer or float of the schema, within its range.
    Number(Number),
    /// Durations and quantities too.
    Text(String),
    /// Items that have been checked, each with its place.
    List(Vec<Located<Tree>>),
    /// A struct's or a map's fields by their names, none of them unknown.
    Map(BTreeMap<String, Located<Tree>>),
}

impl At {
    /// Nothing was given: the host was asked.
    pub fn host(field: &str) -> Self {
        Self { place: Place::Host, field: field.to_owned() }
    }

    /// An error in this place.
    pub fn refuse(&self, problem: Problem) -> ConfigError {
        let (place, field) = (self.place.clone(), self.field.clone());
        ConfigError { file: None, place, field, problem, excerpt: None }
    }
}

impl<T> Located<T> {
    /// `at` is copied: several values may come from one place.
    pub fn new(value: T, at: &At) -> Self {
        Self { value, at: at.clone() }
    }

    /// What `change` makes of the value, in the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: change(self.value), at: self.at }
    }

    /// The value as `read` reads it, or its problem among the `remarks`.
    pub fn read<U, P: Into<Problem>>(
        self,
        remarks: &mut Remarks,
        read: impl FnOnce(T) -> Result<U, P>,
    ) -> Option<U> {
        match read(self.value) {
            Ok(value) => Some(value),
            Err(problem) => {
                remarks.refuse(&self.at, problem.into());
                None
            }
        }
    }
}

/// What becomes of fields and kinds that are not known, and of fields that are given twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// An error each.
    #[default]
    Refused,
    /// A warning each, as kubeadm has it: what is not known is left out, and of two the last counts.
    LeftOut,
}

/// What was found while reading: errors and warnings.
#[derive(Debug, Default)]
pub struct Remarks {
    /// Whether what is not known is an error or a warning.
    pub unknown: Unknown,
    /// The same of arguments and feature gates that a component does not take.
    pub not_taken: Unknown,
    /// In the order in which they were found.
    pub errors: Vec<ConfigError>,
    /// In the order in which they were found.
    pub warnings: Vec<ConfigWarning>,
    /// Characters that are hardly meant, each in its document.
    pub odd: Vec<(At, Odd)>,
}

impl Remarks {
    /// Nothing was found so far.
    pub fn of(unknown: Unknown) -> Self {
        Self { unknown, not_taken: unknown, ..Self::default() }
    }

    /// Notes an error; a warning where what is not known is left out and the problem is of that kind.
    pub fn refuse(&mut self, at: &At, problem: Problem) {
        let unknown = if problem.is_of_a_component() { self.not_taken } else { self.unknown };
        match (unknown, problem.left_out()) {
            (Unknown::LeftOut, Some(instead)) => {
                self.warn(at, Caution::LeftOut { what: problem.to_string(), instead });
            }
            (Unknown::Refused | Unknown::LeftOut, _) => self.errors.push(at.refuse(problem)),
        }
    }

    /// Notes a warning.
    pub fn warn(&mut self, at: &At, caution: Caution) {
        let (place, field) = (at.place.clone(), at.field.clone());
        self.warnings.push(ConfigWarning { file: None, place, field, caution, excerpt: None });
    }

    /// What a minor's kubeadm writes itself is not on its way out.
    pub fn forgive(&mut self, format: ConfigFormat) {
        if format == ConfigFormat::V1Beta3 {
            self.warnings.retain(|warning| warning.caution != Caution::OldApiVersion);
        }
    }

    /// The warnings, where there is no error.
    pub fn into_warnings(mut self) -> Result<Vec<ConfigWarning>, ConfigErrors> {
        let odd = std::mem::take(&mut self.odd);
        if self.errors.is_empty() {
            for (at, odd) in odd.iter().filter(|(_, odd)| odd.unseen) {
                self.warn(at, Caution::OddCharacter { name: odd.name, code: odd.character.into() });
            }
            return Ok(self.warnings);
        }
        let lines: BTreeSet<u64> = self.errors.iter().filter_map(line_of).collect();
        for (at, Odd { name, character, unseen, line, .. }) in odd {
            if lines.contains(&(line as u64)) {
                self.refuse(&at, Problem::OddCharacter { name, code: character.into(), unseen });
            }
        }
        Err(ConfigErrors(in_order(without_echoes(self.errors))))
    }
}

/// In the configuration file.
fn line_of(error: &ConfigError) -> Option<u64> {
    match error.place {
        Place::Document { line, .. } => Some(line),
        Place::Stored { .. } | Place::File | Place::Flag(_) | Place::Argument(_) | Place::Host => None,
    }
}

/// A value that was given and refused is not told again as missing.
fn without_echoes(errors: Vec<ConfigError>) -> Vec<ConfigError> {
    let (absences, others): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|error| error.problem.is_absence());
    let refused: BTreeSet<_> = others.iter().map(ConfigError::document_and_field).collect();
    let absences: Vec<_> =
        absences.into_iter().filter(|absence| !refused_within(absence, &refused)).collect();
    others.into_iter().chain(absences).collect()
}

/// Whether the field of `absence`, or one below it, is among those that were `refused`.
fn refused_within(absence: &ConfigError, refused: &BTreeSet<(Option<usize>, String)>) -> bool {
    let (document, field) = absence.document_and_field();
    // In their order those below a field begin right where it would stand with a dot or a bracket.
    let below = |sign: &str| {
        let start = (document, format!("{field}{sign}"));
        let next = refused.range(&start..).next();
        next.is_some_and(|(other, name)| *other == document && name.starts_with(&start.1))
    };
    refused.contains(&(document, field.clone())) || below(".") || below("[")
}

/// As they stand in the file; the flags' after them, in the order in which they were found.
fn in_order(mut errors: Vec<ConfigError>) -> Vec<ConfigError> {
    errors.sort_by_key(|error| match &error.place {
        Place::Document { line, column, .. } => (0, "", *line, *column),
        Place::Stored { config_map, line, column } => (0, *config_map, *line, *column),
        Place::File => (1, "", 0, 0),
        Place::Argument(_) | Place::Flag(_) => (2, "", 0, 0),
        Place::Host => (3, "", 0, 0),
    });
    errors
}

impl Tree {
    /// As JSON, without the places.
    pub fn json(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(value) => Value::Number(value.clone()),
            Self::Text(value) => Value::String(value.clone()),
            Self::List(items) => items.iter().map(|item| item.value.json()).collect(),
            Self::Map(fields) => Value::Object(object(fields)),
        }
    }
}

/// The fields as a JSON object, in the order of their names.
pub fn object(fields: &BTreeMap<String, Located<Tree>>) -> Map<String, Value> {
    fields.iter().map(|(name, given)| (name.clone(), given.value.json())).collect()
}

/// One struct of the tree, which may be absent: then all of its fields are.
#[derive(Clone, Copy, Default)]
pub struct Section<'a> {
    given: Option<&'a Located<Tree>>,
}

impl<'a> Section<'a> {
    /// The section that `given` is.
    pub fn of(given: &'a Located<Tree>) -> Self {
        Self { given: Some(given) }
    }

    /// Where the struct begins; `None` where it was not given.
    pub fn at(self) -> Option<&'a At> {
        self.given.map(|given| &given.at)
    }

    /// `None` where the struct was not given.
    pub fn fields(self) -> Option<&'a BTreeMap<String, Located<Tree>>> {
        match self.given.map(|given| &given.value) {
            Some(Tree::Map(fields)) => Some(fields),
            _ => None,
        }
    }

    /// `None` where the struct or its field was not given.
    pub fn get(self, name: &str) -> Option<&'a Located<Tree>> {
        self.fields()?.get(name)
    }

    /// The struct in the field `name`; one that was not given has no fields.
    pub fn section(self, name: &str) -> Self {
        Self { given: self.get(name) }
    }

    /// A text; the empty one counts as not given, as in every optional field of the API.
    pub fn text(self, name: &str) -> Option<Located<&'a str>> {
        self.any_text(name).filter(|given| !given.value.is_empty())
    }

    /// A text, the empty one too.
    pub fn any_text(self, name: &str) -> Option<Located<&'a str>> {
        text(self.get(name)?)
    }

    /// `None` where it was not given: `false` is a value.
    pub fn flag(self, name: &str) -> Option<bool> {
        match self.get(name)?.value {
            Tree::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number; 0 counts as not given.
    pub fn number(self, name: &str) -> Option<Located<i64>> {
        let given = self.get(name)?;
        match &given.value {
            Tree::Number(number) => {
                number.as_i64().filter(|number| *number != 0).map(|number| Located::new(number, &given.at))
            }
            _ => None,
        }
    }

    /// The items of a list; none where it was not given.
    pub fn items(self, name: &str) -> &'a [Located<Tree>] {
        match self.get(name).map(|given| &given.value) {
            Some(Tree::List(items)) => items,
            _ => &[],
        }
    }

    /// The structs of a list; none where it was not given.
    pub fn sections(self, name: &str) -> impl Iterator<Item = Section<'a>> {
        self.items(name).iter().map(Section::of)
    }

    /// The texts of a list, the empty ones too; none where it was not given.
    pub fn texts(self, name: &str) -> Vec<Located<&'a str>> {
        self.items(name).iter().filter_map(text).collect()
    }
}

fn text(given: &Located<Tree>) -> Option<Located<&str>> {
    match &given.value {
        Tree::Text(value) => Some(Located::new(value.as_str(), &given.at)),
        _ => None,
    }
}
