//! What a template is made of.

/// One step: it makes results out of those of the step before.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Outside of braces, or quoted within them.
    Text(String),
    /// What stands in braces: steps one after the other.
    List(Vec<Node>),
    /// `.name`, or `['name']`.
    Field(String),
    /// A name without a dot.
    Word(Word),
    /// `[start:end:step]`, and `[n]`.
    Slice(Slice),
    /// `[?(…)]`.
    Filter(Filter),
    /// A constant in a filter.
    Int(i64),
    /// A constant in a filter.
    Float(f64),
    /// A constant in a filter.
    Bool(bool),
    /// `*`: every item of a list or map.
    Wildcard,
    /// `..`: the value, and all that is in it.
    Recursive,
    /// `[a,b]`: the results of each, one behind the other.
    Union(Vec<Vec<Node>>),
}

/// A name that means something to the template itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// `range`: what follows is run for each item.
    Range,
    /// `end`: of the innermost `range`.
    End,
    /// It is an error once it is evaluated, as with kubectl.
    Unknown(String),
}

/// `[start:end:step]`, or a single index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Counted from 0; below it, from the list's end. `None` is the beginning.
    pub start: Option<i64>,
    /// How far it goes.
    pub end: End,
    /// `None` is 1.
    pub step: Option<i64>,
}

/// Where a slice ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the list's end.
    Open,
    /// Counted as the start is.
    At(i64),
    /// Of an index: behind the start.
    BehindStart,
}

/// Which items of a list are let through.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// What is looked at in each item.
    pub left: Vec<Node>,
    /// What it has to be.
    pub test: Test,
}

/// A filter's condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is there.
    Exists,
    /// It compares with what is on the right.
    Compares { operator: Operator, right: Vec<Node> },
}

/// How a filter compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// It is an error once it is evaluated, as with kubectl.
    Unknown(String),
}

impl Operator {
    /// By the sign that the template has.
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
