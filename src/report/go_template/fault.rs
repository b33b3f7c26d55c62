//! Why a template cannot be carried out on a document, in Go's words. No error holds a value: documents have tokens in them.

use super::node::Span;
use super::parse::WHOLE;
use crate::report::go::{self, Incomparable};

/// With the place in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: output:{line}:{column}: executing {} at <{place}>: {why}", go::quoted(template))]
pub struct Failed {
    /// Which of the text's templates.
    pub template: String,
    /// Counted from 1, in the whole text.
    pub line: usize,
    /// In bytes, as text/template counts it.
    pub column: usize,
    /// The action or the term in which it failed, as the template has it.
    pub place: String,
    /// What is wrong.
    pub why: Why,
}

/// On its way to be told.
#[derive(Debug)]
pub struct Fault {
    span: Option<Span>,
    template: Option<String>,
    why: Why,
}

/// Why a template cannot be run, in the words of text/template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("nil pointer evaluating interface {{}}.{0}")]
    FieldOfNull(String),
    #[error("nil data; no entry for key {}", go::quoted(.0))]
    FieldOfNothing(String),
    #[error("map has no entry for key {}", go::quoted(.0))]
    Missing(String),
    #[error("can't evaluate field {name} in type {of}")]
    NoFields { name: String, of: &'static str },
    #[error("{0} is not a method but has arguments")]
    NotAMethod(String),
    #[error("can't give argument to non-function")]
    NotAFunction,
    #[error("nil is not a command")]
    NilCommand,
    #[error("undefined variable: {0}")]
    Variable(String),
    #[error("range can't iterate over {0}")]
    NotARange(&'static str),
    #[error("can't use a whole number to iterate over more than one variable")]
    TwoVariables,
    #[error("template {} not defined", go::quoted(.0))]
    Template(String),
    #[error("wrong number of args for {name}: want {wanted} got {got}")]
    Count { name: &'static str, wanted: String, got: usize },
    #[error("error calling {name}: {why}")]
    Call { name: &'static str, why: CallError },
    #[error("more comes out of it, or more has to be done for it, than fits")]
    TooMuch,
    #[error("more than {} levels within each other", super::DEEPEST)]
    TooDeep,
}

/// What a function says to its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("{0} of untyped nil")]
    OfNil(&'static str),
    #[error("{function} of type {of}")]
    OfType { function: &'static str, of: &'static str },
    #[error("cannot index slice/array with type {0}")]
    IndexType(&'static str),
    #[error("index out of range: {0}")]
    OutOfRange(i64),
    #[error("invalid slice index: {0} > {1}")]
    Backwards(usize, usize),
    #[error("too many slice indexes: {0}")]
    TooManyIndexes(usize),
    #[error("cannot 3-index slice a string")]
    ThreeOfText,
    #[error("the bytes make no UTF-8")]
    NotUtf8,
    #[error("wrong type for value; expected {wanted}; got {got}")]
    Type { wanted: &'static str, got: &'static str },
    #[error("base64 decode failed: illegal base64 data")]
    Base64,
    #[error("missing argument for comparison")]
    NoComparison,
    #[error(transparent)]
    Incomparable(#[from] Incomparable),
    #[error("more comes out of it than fits")]
    TooMuch,
}

impl From<std::fmt::Error> for CallError {
    /// Only a bounded text fails.
    fn from(_: std::fmt::Error) -> Self {
        Self::TooMuch
    }
}

impl From<Why> for Fault {
    fn from(why: Why) -> Self {
        Self { span: None, template: None, why }
    }
}

impl Fault {
    /// The innermost place counts.
    pub fn at(self, span: &Span) -> Self {
        Self { span: self.span.or_else(|| Some(span.clone())), ..self }
    }

    /// Names the template that was being run, where none is named yet.
    pub fn within(self, template: &str) -> Self {
        Self { template: self.template.or_else(|| Some(template.to_owned())), ..self }
    }

    /// With its line and column in the template's `text`.
    pub fn told(self, text: &str) -> Failed {
        let span = self.span.unwrap_or_default();
        let before = &text[..span.start];
        Failed {
            template: self.template.unwrap_or_else(|| WHOLE.to_owned()),
            line: 1 + before.matches('\n').count(),
            column: before.len() - before.rfind('\n').map_or(0, |end| end + 1),
            place: text[span].to_owned(),
            why: self.why,
        }
    }
}
