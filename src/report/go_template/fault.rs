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
    pub why: TemplateFault,
}

/// On its way to be told.
#[derive(Debug)]
pub struct Fault {
    span: Option<Span>,
    template: Option<String>,
    why: TemplateFault,
}

/// Why a template cannot be run, in the words of text/template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// `.a.b` where `.a` is null: the field's name.
    #[error("nil pointer evaluating interface {{}}.{0}")]
    FieldOfNull(String),
    /// The template's whole data is null: the key.
    #[error("nil data; no entry for key {}", go::quoted(.0))]
    FieldOfNothing(String),
    /// A key that the map does not have, and missing keys are refused: the key.
    #[error("map has no entry for key {}", go::quoted(.0))]
    Missing(String),
    /// A field of something else than a map.
    #[error("can't evaluate field {name} in type {of}")]
    NoFields {
        /// The field.
        name: String,
        /// Go's type of it.
        of: &'static str,
    },
    /// A field with arguments behind it: the field.
    #[error("{0} is not a method but has arguments")]
    NotAMethod(String),
    /// A value with arguments behind it, as in `{{1 2}}`.
    #[error("can't give argument to non-function")]
    NotAFunction,
    /// `{{nil}}`.
    #[error("nil is not a command")]
    NilCommand,
    /// A variable that is not declared where it is used: its name.
    #[error("undefined variable: {0}")]
    Variable(String),
    /// `range` over a value of this type.
    #[error("range can't iterate over {0}")]
    NotARange(&'static str),
    /// `{{range $i, $n := 3}}`.
    #[error("can't use a whole number to iterate over more than one variable")]
    TwoVariables,
    /// `{{template "name"}}` of a name that no template has: the name.
    #[error("template {} not defined", go::quoted(.0))]
    Template(String),
    /// A function with too few or too many arguments.
    #[error("wrong number of args for {name}: want {wanted} got {got}")]
    Count {
        /// The function.
        name: &'static str,
        /// How many it takes, as Go says it, such as `at least 1`.
        wanted: String,
        /// How many it was given.
        got: usize,
    },
    /// A function does not take its arguments.
    #[error("error calling {name}: {why}")]
    Call {
        /// The function.
        name: &'static str,
        /// What it says to them.
        why: CallError,
    },
    /// Go has no such limit.
    #[error("more comes out of it, or more has to be done for it, than fits")]
    TooMuch,
    /// A template that calls itself; Go's own limit is higher.
    #[error("more than {} levels within each other", super::DEEPEST)]
    TooDeep,
}

/// What a function says to its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A function that needs a value was given null: its name.
    #[error("{0} of untyped nil")]
    OfNil(&'static str),
    /// A function does not take arguments of a type.
    #[error("{function} of type {of}")]
    OfType {
        /// The function.
        function: &'static str,
        /// Go's type of the argument.
        of: &'static str,
    },
    /// An index that is no whole number: its type.
    #[error("cannot index slice/array with type {0}")]
    IndexType(&'static str),
    /// `index` or `slice` outside of a list or text: the index.
    #[error("index out of range: {0}")]
    OutOfRange(i64),
    /// `slice` with its end before its beginning: both.
    #[error("invalid slice index: {0} > {1}")]
    Backwards(usize, usize),
    /// `slice` with more indexes than three: how many.
    #[error("too many slice indexes: {0}")]
    TooManyIndexes(usize),
    /// `slice` with three indexes of a text.
    #[error("cannot 3-index slice a string")]
    ThreeOfText,
    /// A text that was cut within a character; Go would print the bytes.
    #[error("the bytes make no UTF-8")]
    NotUtf8,
    /// An argument of another type than the function's.
    #[error("wrong type for value; expected {wanted}; got {got}")]
    Type {
        /// The function's.
        wanted: &'static str,
        /// The argument's.
        got: &'static str,
    },
    /// A text for `base64decode` that is not base64.
    #[error("base64 decode failed: illegal base64 data")]
    Base64,
    /// `eq` with a single argument.
    #[error("missing argument for comparison")]
    NoComparison,
    /// The arguments of a comparison have types that do not go together.
    #[error(transparent)]
    Incomparable(#[from] Incomparable),
    /// A text that the function would make is longer than is kept.
    #[error("more comes out of it than fits")]
    TooMuch,
}

impl From<std::fmt::Error> for CallError {
    /// Only a bounded text fails.
    fn from(_: std::fmt::Error) -> Self {
        Self::TooMuch
    }
}

impl From<TemplateFault> for Fault {
    fn from(why: TemplateFault) -> Self {
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
