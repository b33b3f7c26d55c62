//! What a template is made of.

/// One step: it makes results out of those of the step before.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Text(String),
    /// What stands in braces: steps one after the other.
    List(Vec<Node>),
    Field(String),
    Word(Word),
    Slice(Slice),
    Filter(Filter),
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Range,
    End,
    Unknown(String),
}

/// `[start:end:step]`, or a single index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    pub start: Option<i64>,
    pub end: End,
    pub step: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// That of the list.
    Open,
    At(i64),
    /// Of an index: behind the start.
    BehindStart,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub left: Vec<Node>,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Exists,
    Compares { operator: Operator, right: Vec<Node> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Unknown(String),
}

impl Operator {
    pub fn named(text: &str) -> Self {
        match text {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            other => Self::Unknown(other.to_owned()),
        }
    }
}
