//! Nodes and a document → each part's results. Keys of maps are gone through in their order, where Go's is a random one.

use super::MissingKeys;
use super::filter;
use super::node::{End, Node, Slice, Word};
use crate::report::go::{Incomparable, Value, plain};

/// Why a template cannot be carried out on this document, in client-go's words.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failed {
    /// A field that the object does not have, and missing keys are refused: its name.
    #[error("{0} is not found")]
    NotFound(String),
    /// An index, a slice or `range` of something else than a list.
    #[error("{kind} is not array or slice")]
    NotAList {
        /// Go's name of its type.
        kind: &'static str,
    },
    /// `[?(…)]` of something else than a list.
    #[error("{value} is not array or slice and cannot be filtered")]
    NotFilterable {
        /// What it is.
        value: String,
    },
    /// An index outside of the list.
    #[error("array index out of bounds: index {index}, length {length}")]
    OutOfBounds {
        /// Counted from the list's end where it was negative.
        index: i64,
        /// The list's own.
        length: i64,
    },
    /// A slice that begins behind its end.
    #[error("starting index {start} is greater than ending index {end}")]
    Backwards {
        /// Its first index.
        start: i64,
        /// The index behind its last.
        end: i64,
    },
    /// A slice with a step of zero, or one that goes backwards.
    #[error("step must be > 0")]
    Step,
    /// `{end}` without a `{range}`.
    #[error("not in range, nothing to end")]
    NothingToEnd,
    /// A word that is neither `range` nor `end`: the word.
    #[error("unrecognized identifier {0}")]
    Word(String),
    /// A filter that neither compares nor asks whether something is there: its operator.
    #[error("unrecognized filter operator {0}")]
    Operator(String),
    /// A side of a filter's comparison came to several values.
    #[error("can only compare one element at a time")]
    OneAtATime,
    /// The sides of a filter's comparison have types that do not go together.
    #[error(transparent)]
    Incomparable(#[from] Incomparable),
    /// Ranges within each other can make any document large.
    #[error("more comes out of it than fits: {MOST_RESULTS} values, or {MOST_TEXT} bytes")]
    TooMuch,
}

const MOST_RESULTS: usize = 1_000_000;
const MOST_TEXT: usize = 16 << 20;

/// How deep ranges may stand within each other.
const DEEPEST: usize = 100;

/// Judges a text of `length` bytes before it is printed.
///
/// # Errors
/// [`Failed::TooMuch`].
pub fn within_bounds(length: usize) -> Result<(), Failed> {
    if length > MOST_TEXT { Err(Failed::TooMuch) } else { Ok(()) }
}

/// A step that has failed leaves what it was given, which `exists` takes for a result.
pub struct Stopped {
    /// What had been found before.
    pub left: Vec<Value>,
    /// Why it stopped.
    pub why: Failed,
}

/// The values that were found, or where that stopped.
pub type Results = Result<Vec<Value>, Stopped>;

/// The results of each part of a template.
///
/// # Errors
/// The first part that cannot be evaluated.
pub fn find(nodes: &[Node], document: &Value, missing: MissingKeys) -> Result<Vec<Vec<Value>>, Failed> {
    let mut run = Run { missing, begun: 0, open: 0, ended: 0, last_end: None, results: 0 };
    run.part(nodes, 0, document)
}

/// How far the ranges are.
#[derive(Debug)]
pub struct Run {
    missing: MissingKeys,
    /// `range` was met, and its loop has not begun.
    begun: usize,
    open: usize,
    /// `end` was met, and its loop has not ended.
    ended: usize,
    /// Which node the last `end` was.
    last_end: Option<usize>,
    results: usize,
}

impl Run {
    /// The nodes from `from` on, up to the `end` of the range that they are in.
    fn part(&mut self, nodes: &[Node], from: usize, value: &Value) -> Result<Vec<Vec<Value>>, Failed> {
        let mut all = Vec::new();
        let mut index = from;
        while let Some(node) = nodes.get(index) {
            let results = self.walk(vec![value.clone()], node).map_err(|stopped| stopped.why)?;
            if self.ended > 0 && self.ended <= self.open {
                self.ended -= 1;
                self.last_end = Some(index);
                break;
            }
            if self.begun > 0 {
                self.begun -= 1;
                all.extend(self.range(nodes, index + 1, &results)?);
                index = self.last_end.filter(|end| *end > index).unwrap_or(index);
            } else {
                all.push(results);
            }
            index += 1;
        }
        Ok(all)
    }

    /// A range over nothing is gone through once, without results, to find its end.
    fn range(&mut self, nodes: &[Node], body: usize, items: &[Value]) -> Result<Vec<Vec<Value>>, Failed> {
        if self.open == DEEPEST {
            return Err(Failed::TooMuch);
        }
        self.open += 1;
        let mut all = Vec::new();
        for item in items {
            let item = if *item == Value::Nil { &Value::Nothing } else { item };
            all.extend(self.part(nodes, body, item)?);
        }
        if items.is_empty() {
            self.part(nodes, body, &Value::Nothing)?;
        }
        self.open -= 1;
        Ok(all)
    }

    fn walk(&mut self, input: Vec<Value>, node: &Node) -> Results {
        let results = match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Value::text(text)]),
            Node::Int(number) => Ok(vec![Value::Int(*number); input.len()]),
            Node::Float(number) => Ok(vec![Value::Float(*number); input.len()]),
            Node::Bool(value) => Ok(vec![Value::Bool(*value); input.len()]),
            Node::Field(name) => self.field(&input, name),
            Node::Word(word) => self.word(input, word),
            Node::Slice(slice) => sliced(input, *slice),
            Node::Filter(filter) => filter::apply(self, input, filter),
            Node::Wildcard => Ok(input.iter().flat_map(within).collect()),
            Node::Recursive => self.descend(&input),
            Node::Union(parts) => self.union(input, parts),
        };
        self.count(results)
    }

    fn count(&mut self, results: Results) -> Results {
        self.results += 1 + results.as_ref().map_or(0, Vec::len);
        if self.results > MOST_RESULTS {
            return Err(Stopped { left: Vec::new(), why: Failed::TooMuch });
        }
        results
    }

    /// The results of `nodes`, each of which goes on from those of the one before.
    pub fn list(&mut self, input: Vec<Value>, nodes: &[Node]) -> Results {
        nodes.iter().try_fold(input, |value, node| self.walk(value, node))
    }

    fn word(&mut self, input: Vec<Value>, word: &Word) -> Results {
        match word {
            Word::Range => {
                self.begun += 1;
                Ok(input)
            }
            Word::End if self.open > 0 => {
                self.ended += 1;
                Ok(Vec::new())
            }
            Word::End => Err(Stopped { left: Vec::new(), why: Failed::NothingToEnd }),
            Word::Unknown(name) => Err(Stopped { left: input, why: Failed::Word(name.clone()) }),
        }
    }

    fn field(&self, input: &[Value], name: &str) -> Results {
        let results: Vec<Value> = input.iter().filter_map(|value| field(value, name)).collect();
        if results.is_empty() && !input.is_empty() && self.missing == MissingKeys::Refused {
            return Err(Stopped { left: results, why: Failed::NotFound(name.to_owned()) });
        }
        Ok(results)
    }

    /// Each value that has something in it, and all such below it.
    fn descend(&mut self, input: &[Value]) -> Results {
        let mut results = Vec::new();
        for value in input {
            let inside = within(value);
            if !inside.is_empty() {
                results.push(value.clone());
                let below = self.descend(&inside);
                results.extend(self.count(below)?);
            }
        }
        Ok(results)
    }

    fn union(&mut self, input: Vec<Value>, parts: &[Vec<Node>]) -> Results {
        let mut results = Vec::new();
        for part in parts {
            match self.list(input.clone(), part) {
                Ok(more) => results.extend(more),
                Err(stopped) => return Err(Stopped { left: input, ..stopped }),
            }
        }
        Ok(results)
    }
}

fn field(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(fields) => fields.get(name).cloned(),
        Value::Nothing
        | Value::Nil
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Byte(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_) => None,
    }
}

/// What a map, a list or a text is made of.
fn within(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(fields) => fields.values().cloned().collect(),
        Value::List(items) => items.to_vec(),
        Value::Text(text) => text.bytes().map(Value::Byte).collect(),
        Value::Nothing
        | Value::Nil
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Byte(_)
        | Value::Float(_) => Vec::new(),
    }
}

fn sliced(input: Vec<Value>, slice: Slice) -> Results {
    let mut results = Vec::new();
    for value in &input {
        let items = match value {
            Value::Nil | Value::Nothing => continue,
            Value::List(items) => items,
            other => {
                let why = Failed::NotAList { kind: other.type_name() };
                return Err(Stopped { left: input, why });
            }
        };
        match bounds(slice, i64::try_from(items.len()).unwrap_or(i64::MAX)) {
            Ok(Some((start, end, step))) => results.extend(items[start..end].iter().step_by(step).cloned()),
            // Lists that follow one of which nothing is taken are left out too.
            Ok(None) => return Ok(results),
            Err(why) => return Err(Stopped { left: input, why }),
        }
    }
    Ok(results)
}

/// Start, end and step of what is taken; none where it is nothing.
fn bounds(slice: Slice, length: i64) -> Result<Option<(usize, usize, usize)>, Failed> {
    let start = slice.start.unwrap_or(0);
    let end = match slice.end {
        End::Open => length,
        End::BehindStart => match start.saturating_add(1) {
            0 => length,
            end => end,
        },
        End::At(end) => end,
    };
    let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    let (start, end) = (from_end(start), from_end(end));
    if start == end {
        return Ok(None);
    }
    if start >= length || start < 0 {
        return Err(Failed::OutOfBounds { index: start, length });
    }
    if end > length || end < 0 {
        return Err(Failed::OutOfBounds { index: end.saturating_sub(1), length });
    }
    if start > end {
        return Err(Failed::Backwards { start, end });
    }
    let step = slice.step.unwrap_or(1);
    let number = |index: i64| usize::try_from(index).map_err(|_| Failed::Step);
    if step <= 0 { Err(Failed::Step) } else { Ok(Some((number(start)?, number(end)?, number(step)?))) }
}

/// For something that a filter was asked of and that is no list.
pub fn not_filterable(value: &Value) -> Failed {
    let value = match value {
        Value::Nothing => "<invalid reflect.Value>".to_owned(),
        other => plain(other),
    };
    Failed::NotFilterable { value }
}
