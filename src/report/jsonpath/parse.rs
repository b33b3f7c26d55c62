//! A template's text → its nodes, by the rules of client-go's parser, odd ones included: an index ends at the first `]`,
//! and a quoted key is a path of its own.

use super::cursor::Cursor;
use super::node::{End, Filter, Node, Operator, Slice, Test, Word};
use crate::report::go::{self, BadQuote};

/// What is wrong with a template, and where: the character that it was found at, counted from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}, at character {at}")]
pub struct SyntaxError {
    /// What is wrong there.
    pub problem: Problem,
    /// Bytes from the start of the template.
    pub at: usize,
}

/// In client-go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A `{` without its `}`.
    #[error("unclosed action")]
    UnclosedAction,
    /// A character that begins no part of a path.
    #[error("unrecognized character in action: U+{code:04X} '{char}'", code = u32::from(*char))]
    Unrecognized {
        /// The character.
        char: char,
    },
    /// `...` or `....`.
    #[error("invalid multiple recursive descent")]
    MultipleDescent,
    /// It is too large, or no number of Go's: the text.
    #[error("cannot parse number {0}")]
    Number(String),
    /// A `[` without its `]`, before anything was in it.
    #[error("unterminated array")]
    UnterminatedArray,
    /// Neither an index, a slice, names nor a filter: what is between the brackets.
    #[error("invalid array index {0}")]
    Index(String),
    /// A whole number that does not fit: the text.
    #[error("array index {0} is not a number")]
    IndexNumber(String),
    /// A `[?(` without its `)`.
    #[error("unterminated filter")]
    UnterminatedFilter,
    /// A filter behind whose `)` there is no `]`.
    #[error("unclosed array expect ]")]
    UnclosedArray,
    /// A quote without its second one.
    #[error("unterminated quoted string")]
    UnterminatedQuote,
    /// A text in quotes with an escape that Go does not know.
    #[error("unquote string {text} error {source}")]
    Quote {
        /// The text, quotes included.
        text: String,
        /// What Go says of it.
        source: BadQuote,
    },
    /// Deeper than this program goes; client-go has no such limit.
    #[error("filters and unions within each other, more than {DEEPEST} deep")]
    TooDeep,
}

/// How deep filters and unions may stand within each other.
const DEEPEST: usize = 32;

/// The whole template: texts and actions.
pub fn template(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0 };
    parser.all().map_err(|problem| SyntaxError { problem, at: parser.cursor.characters() })
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn all(&mut self) -> Result<Vec<Node>, Problem> {
        let mut nodes = Vec::new();
        loop {
            let text = self.cursor.take_while(|char| char != '{');
            if !text.is_empty() {
                nodes.push(Node::Text(text.to_owned()));
            }
            if !self.cursor.skip("{") {
                return Ok(nodes);
            }
            nodes.push(Node::List(self.action()?));
        }
    }

    /// Up to the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, Problem> {
        let mut nodes = Vec::new();
        while !self.cursor.skip("}") {
            self.step(&mut nodes)?;
        }
        Ok(nodes)
    }

    fn step(&mut self, nodes: &mut Vec<Node>) -> Result<(), Problem> {
        if self.cursor.skip("[?(") {
            nodes.push(self.filter()?);
        } else if self.cursor.skip("..") {
            if nodes.last() == Some(&Node::Recursive) {
                return Err(Problem::MultipleDescent);
            }
            nodes.push(Node::Recursive);
            if self.cursor.peek().is_some_and(is_alphanumeric) {
                nodes.push(self.field());
            }
        } else {
            self.single(nodes)?;
        }
        Ok(())
    }

    fn single(&mut self, nodes: &mut Vec<Node>) -> Result<(), Problem> {
        match self.cursor.peek() {
            None | Some('\r' | '\n') => return Err(Problem::UnclosedAction),
            // The current object, as all is.
            Some(' ' | '@' | '$') => {
                self.cursor.take();
            }
            Some('[') => self.index(nodes)?,
            Some(quote @ ('"' | '\'')) => nodes.push(self.quote(quote)?),
            Some('.') => {
                self.cursor.take();
                nodes.push(self.field());
            }
            Some(char) if char == '+' || char == '-' || char.is_numeric() => nodes.push(self.number()?),
            Some(char) if is_alphanumeric(char) => nodes.push(self.word()),
            Some(char) => return Err(Problem::Unrecognized { char }),
        }
        Ok(())
    }

    fn word(&mut self) -> Node {
        match self.cursor.take_while(|char| !is_terminator(char)) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "range" => Node::Word(Word::Range),
            "end" => Node::Word(Word::End),
            other => Node::Word(Word::Unknown(other.to_owned())),
        }
    }

    fn number(&mut self) -> Result<Node, Problem> {
        let sign = self.cursor.mark();
        if matches!(self.cursor.peek(), Some('+' | '-')) {
            self.cursor.take();
        }
        self.cursor.take_while(|char| char == '.' || char.is_numeric());
        let text = self.cursor.since(sign);
        let float = || text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Node::Float);
        let number = text.parse().ok().map(Node::Int).or_else(float);
        number.ok_or_else(|| Problem::Number(text.to_owned()))
    }

    /// A backslash takes what follows it into the name.
    fn field(&mut self) -> Node {
        let start = self.cursor.mark();
        while let Some(char) = self.cursor.peek().filter(|char| !is_terminator(*char)) {
            self.cursor.take();
            if char == '\\' {
                self.cursor.take();
            }
        }
        match self.cursor.since(start) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn quote(&mut self, quote: char) -> Result<Node, Problem> {
        let start = self.cursor.mark();
        self.cursor.take();
        loop {
            match self.cursor.take() {
                None | Some('\n') => return Err(Problem::UnterminatedQuote),
                Some(char) if char == quote && !self.is_escaped(start) => break,
                Some(_) => {}
            }
        }
        let text = self.cursor.since(start);
        let between = &text[1..text.len() - 1];
        let is_plain = !between.contains('\\') && !between.contains(quote);
        let read = if is_plain { Ok(between.to_owned()) } else { go::unquoted(between, quote) };
        read.map(Node::Text).map_err(|source| Problem::Quote { text: text.to_owned(), source })
    }

    /// Whether a backslash stands before what was read last, a quote.
    fn is_escaped(&self, start: usize) -> bool {
        let text = self.cursor.since(start);
        text[..text.len() - 1].ends_with('\\')
    }

    /// What stands in brackets: a union, a quoted key, a slice.
    fn index(&mut self, nodes: &mut Vec<Node>) -> Result<(), Problem> {
        self.cursor.take();
        let text = self.cursor.take_while(|char| char != ']' && char != '\n');
        if !self.cursor.skip("]") {
            return Err(Problem::UnterminatedArray);
        }
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| self.nested(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
        } else if let Some(key) = quoted_key(text) {
            nodes.extend(self.nested(&format!(".{key}"))?);
        } else {
            nodes.push(Node::Slice(slice(text)?));
        }
        Ok(())
    }

    /// The first action of a text that is put in braces, which is all of it where it has no brace of its own.
    fn nested(&self, text: &str) -> Result<Vec<Node>, Problem> {
        if self.depth == DEEPEST {
            return Err(Problem::TooDeep);
        }
        let whole = format!("{text}}}");
        let mut parser = Parser { cursor: Cursor::new(&whole), depth: self.depth + 1 };
        let first = parser.action()?;
        // What follows is not used, and must be right all the same.
        parser.all()?;
        Ok(first)
    }

    fn filter(&mut self) -> Result<Node, Problem> {
        let inside = self.filter_text()?;
        if !self.cursor.skip("]") {
            return Err(Problem::UnclosedArray);
        }
        let (left, test) = match comparison(inside) {
            None => (self.nested(inside)?, Test::Exists),
            Some((left, operator, right)) => {
                let (left, right) = (self.nested(left)?, self.nested(right)?);
                (left, Test::Compares { operator: Operator::named(operator), right })
            }
        };
        Ok(Node::Filter(Filter { left, test }))
    }

    /// Up to the parenthesis that closes it, which does not stand between the first two quotes of one kind.
    fn filter_text(&mut self) -> Result<&'a str, Problem> {
        let start = self.cursor.mark();
        let mut quote = None;
        let mut is_closed = false;
        loop {
            match self.cursor.take() {
                None | Some('\n') => return Err(Problem::UnterminatedFilter),
                Some(char @ ('"' | '\'')) => match quote {
                    None => quote = Some(char),
                    Some(open) => is_closed |= char == open && !self.is_escaped(start),
                },
                Some(')') if quote.is_some() == is_closed => break,
                Some(_) => {}
            }
        }
        let text = self.cursor.since(start);
        Ok(&text[..text.len() - 1])
    }
}

fn quoted_key(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'').filter(|key| !key.contains('\''))
}

/// `start:end:step`, each of which may be missing.
fn slice(text: &str) -> Result<Slice, Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_number =
        |part: &str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part)) {
        return Err(Problem::Index(text.to_owned()));
    }
    let number = |index: usize| match parts.get(index) {
        None | Some(&"") => Ok(None),
        Some(part) => part.parse().map(Some).map_err(|_| Problem::IndexNumber((*part).to_owned())),
    };
    let end = match (parts.len(), number(1)?) {
        (1, _) => End::BehindStart,
        (_, None) => End::Open,
        (_, Some(end)) => End::At(end),
    };
    Ok(Slice { start: number(0)?, end, step: number(2)? })
}

/// What stands before the first operator, the operator, and what stands behind it; each has something in it.
fn comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |char: char| matches!(char, '!' | '<' | '>' | '=');
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let length = text[start..].find(|char| !is_operator(char)).unwrap_or(text.len() - start);
    // An operator that nothing follows gives its last character away.
    let length = if start + length == text.len() { length - 1 } else { length };
    let (operator, right) = text[start..].split_at(length);
    (length > 0).then_some((&text[..start], operator, right))
}

/// Where a name or a word ends.
fn is_terminator(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_alphanumeric(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}
