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
    #[error("{0}")]
    Lexical(&'static str),
    #[error("bad character U+{code:04X} '{0}'", code = u32::from(*.0))]
    Character(char),
    #[error("unexpected {token} in {context}")]
    Unexpected { token: String, context: &'static str },
    #[error("unexpected EOF")]
    UnexpectedEnd,
    #[error("unexpected {0}")]
    Stray(&'static str),
    #[error("expected end; found {{{{else}}}}")]
    SecondElse,
    #[error("{{{{{0}}}}} outside {{{{range}}}}")]
    OutsideRange(String),
    #[error("missing value for {0}")]
    NoValue(&'static str),
    #[error("empty command")]
    EmptyCommand,
    #[error("non executable command in pipeline stage {0}")]
    NotExecutable(usize),
    #[error("function {} not defined", go::quoted(.0))]
    Function(String),
    #[error("undefined variable {}", go::quoted(.0))]
    Variable(String),
    #[error("unexpected . after term {}", go::quoted(.0))]
    FieldOfTerm(String),
    #[error("too many declarations in {0}")]
    Declarations(&'static str),
    #[error("range can only initialize variables")]
    RangeVariables,
    #[error("illegal number syntax: {}", go::quoted(.0))]
    Number(String),
    #[error("integer overflow: {}", go::quoted(.0))]
    Overflow(String),
    #[error("complex numbers and hexadecimal floats are not known here: {}", go::quoted(.0))]
    UnknownNumber(String),
    #[error(transparent)]
    Quote(#[from] BadQuote),
    #[error("template: multiple definition of template {}", go::quoted(.0))]
    DefinedTwice(String),
    #[error("more than {DEEPEST} levels within each other")]
    TooDeep,
}
