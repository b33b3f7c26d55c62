//! What is wrong with a template, before it meets a document; in Go's words, where it has some.

use super::DEEPEST;
use crate::report::go::{self, BadQuote};

/// With the line that it is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: output:{line}: {problem}")]
pub struct SyntaxError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// With its place among the bytes.
#[derive(Debug)]
pub struct Bad {
    /// Bytes from the start of the text.
    pub at: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// Why a text is no template, in the words of text/template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No token begins there, or one does not end: Go's words.
    #[error("{0}")]
    Lexical(&'static str),
    /// A character that begins no token: itself.
    #[error("bad character U+{code:04X} '{0}'", code = u32::from(*.0))]
    Character(char),
    /// A token in a place where no such token may be.
    #[error("unexpected {token} in {context}")]
    Unexpected {
        /// As Go shows it.
        token: String,
        /// What it is in, such as `range clause`.
        context: &'static str,
    },
    /// The text ends within an action, or before an `{{end}}`.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// `{{end}}` or `{{else}}` that belongs to nothing.
    #[error("unexpected {0}")]
    Stray(&'static str),
    /// A second `{{else}}` of the same block.
    #[error("expected end; found {{{{else}}}}")]
    SecondElse,
    /// `{{break}}` or `{{continue}}` where nothing is ranged over: which.
    #[error("{{{{{0}}}}} outside {{{{range}}}}")]
    OutsideRange(String),
    /// `{{if}}` and its like without a value: the action.
    #[error("missing value for {0}")]
    NoValue(&'static str),
    /// Nothing between two pipes, or in parentheses.
    #[error("empty command")]
    EmptyCommand,
    /// A value, and no function, behind a pipe: which stage, counted from 1.
    #[error("non executable command in pipeline stage {0}")]
    NotExecutable(usize),
    /// A function that neither Go nor kubectl has: its name.
    #[error("function {} not defined", go::quoted(.0))]
    Function(String),
    /// A variable that is not declared before it: its name.
    #[error("undefined variable {}", go::quoted(.0))]
    Variable(String),
    /// A field of a constant, as in `1.a`: the term.
    #[error("unexpected . after term {}", go::quoted(.0))]
    FieldOfTerm(String),
    /// More variables than the action declares: the action.
    #[error("too many declarations in {0}")]
    Declarations(&'static str),
    /// `{{range a, b := .}}`: something else than a variable is declared.
    #[error("range can only initialize variables")]
    RangeVariables,
    /// What begins as a number and is none: the text.
    #[error("illegal number syntax: {}", go::quoted(.0))]
    Number(String),
    /// A number that neither 64 bits nor a float hold: the text.
    #[error("integer overflow: {}", go::quoted(.0))]
    Overflow(String),
    /// A number of Go's that this program does not read: the text.
    #[error("complex numbers and hexadecimal floats are not known here: {}", go::quoted(.0))]
    UnknownNumber(String),
    /// A text in quotes that Go would not read.
    #[error(transparent)]
    Quote(#[from] BadQuote),
    /// A second `{{define}}` of the same name: the name.
    #[error("template: multiple definition of template {}", go::quoted(.0))]
    DefinedTwice(String),
    /// Deeper than this program goes; Go has no such limit.
    #[error("more than {DEEPEST} levels within each other")]
    TooDeep,
}
