//! What a template is made of.

use std::collections::BTreeMap;
use std::ops::Range;

use super::functions::Function;

/// All templates of a text by name; the text itself is one too.
pub type Templates = BTreeMap<String, Vec<Step>>;

/// Bytes of the text.
pub type Span = Range<usize>;

#[derive(Debug, Clone)]
pub enum Step {
    Text(String),
    Action(Pipe),
    Branch(Branch),
    Call { span: Span, name: String, with: Option<Pipe> },
    Break,
    Continue,
}

#[derive(Debug, Clone)]
pub struct Branch {
    pub kind: BranchKind,
    pub pipe: Pipe,
    pub body: Vec<Step>,
    pub otherwise: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    If,
    With,
    Range,
}

impl BranchKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Pipe {
    pub variables: Vec<String>,
    pub sets: Sets,
    /// There is at least one.
    pub commands: Vec<Command>,
}

/// What a pipe does with its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    Declared,
    Assigned,
}

/// A word, and what it is given.
#[derive(Debug, Clone)]
pub struct Command {
    pub span: Span,
    pub first: Word,
    pub rest: Vec<Word>,
}

#[derive(Debug, Clone)]
pub struct Word {
    pub span: Span,
    pub term: Term,
}

#[derive(Debug, Clone)]
pub enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text(String),
    /// Fields of the dot.
    Field(Vec<String>),
    /// A variable, with its dollar, and fields of it.
    Variable(String, Vec<String>),
    Function(&'static Function),
    Pipe(Box<Pipe>),
    /// Fields of what a pipe or a function gives.
    Chain(Box<Word>, Vec<String>),
}

/// A constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Step {
    /// Plain text and jumps are told by what they stand in.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Action(pipe) | Self::Branch(Branch { pipe, .. }) => Some(pipe.span()),
            Self::Call { span, .. } => Some(span.clone()),
            Self::Text(_) | Self::Break | Self::Continue => None,
        }
    }
}

impl Pipe {
    pub fn span(&self) -> Span {
        let spans = self.commands.first().zip(self.commands.last());
        spans.map_or(0..0, |(first, last)| first.span.start..last.span.end)
    }
}
