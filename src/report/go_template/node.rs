//! What a template is made of.

use std::collections::BTreeMap;
use std::ops::Range;

use super::functions::Function;

/// All templates of a text by name; the text itself is one too.
pub type Templates = BTreeMap<String, Vec<TemplateNode>>;

/// Bytes of the text.
pub type Span = Range<usize>;

/// One step of a template.
#[derive(Debug, Clone)]
pub enum TemplateNode {
    /// Written as it is.
    Text(String),
    /// A pipe whose value is written, unless it sets a variable.
    Action(Pipe),
    /// `if`, `with` or `range`.
    Branch(Branch),
    /// `{{template "name" pipe}}`.
    Call { span: Span, name: String, with: Option<Pipe> },
    /// `{{break}}`: out of the innermost `range`.
    Break,
    /// `{{continue}}`: on to the next item of the innermost `range`.
    Continue,
}

/// A block that is run or not, or once an item.
#[derive(Debug, Clone)]
pub struct Branch {
    /// How `pipe` decides.
    pub kind: BranchKind,
    /// On whose value it depends.
    pub pipe: Pipe,
    /// Where the value is true, or for each item.
    pub body: Vec<TemplateNode>,
    /// Behind `{{else}}`: where the value is false, or has no item.
    pub otherwise: Vec<TemplateNode>,
}

/// The word that opens a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    /// Runs its body where the value is true.
    If,
    /// As `If`, with the value as the dot.
    With,
    /// Runs its body for each item, which is the dot.
    Range,
}

impl BranchKind {
    /// As the template has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// Commands, each of which gets what the one before it gives as its last argument.
#[derive(Debug, Clone)]
pub struct Pipe {
    /// With their dollars; two at most, and those of `range` alone.
    pub variables: Vec<String>,
    /// Whether the variables are new.
    pub sets: Sets,
    /// There is at least one.
    pub commands: Vec<Command>,
}

/// What a pipe does with its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// `:=`: new ones, until the block's end.
    Declared,
    /// `=`: those that were declared before.
    Assigned,
}

/// A word, and what it is given.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its place in the template.
    pub span: Span,
    /// What is called, or the value itself.
    pub first: Word,
    /// The arguments.
    pub rest: Vec<Word>,
}

/// One term of a command.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its place in the template.
    pub span: Span,
    /// What it is.
    pub term: Term,
}

/// What a word can be.
#[derive(Debug, Clone)]
pub enum Term {
    /// The value that the template looks at.
    Dot,
    /// A constant that no command may be.
    Nil,
    /// A constant.
    Bool(bool),
    /// A constant.
    Number(Number),
    /// A constant: what stands between the quotes, with its escapes resolved.
    Text(String),
    /// Fields of the dot.
    Field(Vec<String>),
    /// A variable, with its dollar, and fields of it.
    Variable(String, Vec<String>),
    /// It is called with what stands behind it.
    Function(&'static Function),
    /// In parentheses.
    Pipe(Box<Pipe>),
    /// Fields of what a pipe or a function gives.
    Chain(Box<Word>, Vec<String>),
}

/// A constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Also a character in single quotes.
    Int(i64),
    /// With a point or an exponent.
    Float(f64),
}

impl TemplateNode {
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
    /// From its first command to its last.
    pub fn span(&self) -> Span {
        let spans = self.commands.first().zip(self.commands.last());
        spans.map_or(0..0, |(first, last)| first.span.start..last.span.end)
    }
}
