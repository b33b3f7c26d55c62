//! Tokens → templates, by Go's grammar: texts, actions and blocks. What stands in an action is `pipeline`'s.

use super::DEEPEST;
use super::lex::{Token, TokenKind, tokens};
use super::node::{Branch, BranchKind, Sets, TemplateNode, Templates};
use super::problem::{Bad, Problem, SyntaxError};
use crate::report::go;

/// The name of the text itself.
pub const WHOLE: &str = "output";

/// A text → the templates in it: its own, and those that it defines.
///
/// # Errors
/// The first fault, with its line.
pub fn templates(text: &str) -> Result<Templates, SyntaxError> {
    let read = tokens(text).and_then(|tokens| {
        let mut parser = Parser::new(tokens);
        parser.whole().map_err(|problem| Bad { at: parser.last().at, problem })?;
        Ok(parser.templates)
    });
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    read.map_err(|Bad { at, problem }| SyntaxError { line: line(at), problem })
}

/// What a part of the parser has read, or what is wrong there.
pub type Parsed<T> = Result<T, Problem>;

/// The tokens, and how far they have been read.
pub struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    /// Those that are known here, with their dollars.
    pub variables: Vec<&'a str>,
    ranges: usize,
    depth: usize,
    templates: Templates,
}

/// What a list of steps ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Else,
    EndOfText,
}

enum Met {
    Step(TemplateNode),
    Definition,
    Stop(Stop),
}

impl<'a> Parser<'a> {
    fn new(tokens: Vec<Token<'a>>) -> Self {
        let templates = Templates::new();
        Self { tokens, next: 0, variables: vec!["$"], ranges: 0, depth: 0, templates }
    }

    /// Nothing comes behind the end.
    pub fn peek(&self) -> Token<'a> {
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    /// The next token, which may be a space.
    pub fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    /// The token that was taken last.
    pub fn last(&self) -> Token<'a> {
        self.tokens[self.next.saturating_sub(1).min(self.tokens.len() - 1)]
    }

    /// The next token behind any spaces, which stays.
    pub fn peek_word(&mut self) -> Token<'a> {
        while self.peek().kind == TokenKind::Space {
            self.next += 1;
        }
        self.peek()
    }

    fn take_word(&mut self) -> Token<'a> {
        self.peek_word();
        self.take()
    }

    /// How far has been read, for [`Self::back_to`].
    pub const fn mark(&self) -> usize {
        self.next
    }

    /// Reads on from a [`Self::mark`].
    pub fn back_to(&mut self, mark: usize) {
        self.next = mark;
    }

    fn expect(&mut self, kind: TokenKind, context: &'static str) -> Parsed<()> {
        let token = self.take_word();
        if token.kind == kind { Ok(()) } else { Err(unexpected(token, context)) }
    }

    /// What stands within something else, which `self` is out of again behind it.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEEPEST {
            return Err(Problem::TooDeep);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn whole(&mut self) -> Parsed<()> {
        let (steps, stop) = self.steps()?;
        match stop {
            Stop::EndOfText => self.define(WHOLE, steps),
            Stop::End => Err(Problem::Stray("{{end}}")),
            Stop::Else => Err(Problem::Stray("{{else}}")),
        }
    }

    fn steps(&mut self) -> Parsed<(Vec<TemplateNode>, Stop)> {
        self.nested(|parser| {
            let mut steps = Vec::new();
            loop {
                match parser.met()? {
                    Met::Step(step) => steps.push(step),
                    Met::Definition => {}
                    Met::Stop(stop) => return Ok((steps, stop)),
                }
            }
        })
    }

    fn met(&mut self) -> Parsed<Met> {
        let token = self.take_word();
        match token.kind {
            TokenKind::Text => Ok(Met::Step(TemplateNode::Text(token.text.to_owned()))),
            TokenKind::Open => self.action(),
            TokenKind::End => Ok(Met::Stop(Stop::EndOfText)),
            _ => Err(unexpected(token, "input")),
        }
    }

    fn action(&mut self) -> Parsed<Met> {
        let token = self.peek_word();
        let is_whole = self.depth == 1;
        if token.kind != TokenKind::Keyword || token.text == "define" && !is_whole {
            return Ok(Met::Step(TemplateNode::Action(self.pipe("command", TokenKind::Close)?)));
        }
        self.next += 1;
        Ok(Met::Step(match token.text {
            "if" => self.branch(BranchKind::If)?,
            "with" => self.branch(BranchKind::With)?,
            "range" => self.branch(BranchKind::Range)?,
            "break" => self.jump(token, TemplateNode::Break)?,
            "continue" => self.jump(token, TemplateNode::Continue)?,
            "block" => self.block()?,
            "template" => self.call()?,
            "define" => {
                let name = self.template_name("define clause")?;
                self.expect(TokenKind::Close, "define clause")?;
                self.definition(&name, "define clause")?;
                return Ok(Met::Definition);
            }
            "else" => {
                if !self.is_keyword("if") && !self.is_keyword("with") {
                    self.expect(TokenKind::Close, "else")?;
                }
                return Ok(Met::Stop(Stop::Else));
            }
            _ => {
                self.expect(TokenKind::Close, "end")?;
                return Ok(Met::Stop(Stop::End));
            }
        }))
    }

    fn is_keyword(&mut self, word: &str) -> bool {
        let token = self.peek_word();
        token.kind == TokenKind::Keyword && token.text == word
    }

    fn jump(&mut self, word: Token<'a>, step: TemplateNode) -> Parsed<TemplateNode> {
        self.expect(TokenKind::Close, "command")?;
        if self.ranges == 0 { Err(Problem::OutsideRange(word.text.to_owned())) } else { Ok(step) }
    }

    fn branch(&mut self, kind: BranchKind) -> Parsed<TemplateNode> {
        self.nested(|parser| {
            let scope = parser.variables.len();
            let pipe = parser.pipe(kind.name(), TokenKind::Close)?;
            let ranges = usize::from(kind == BranchKind::Range);
            parser.ranges += ranges;
            let (body, stop) = parser.steps()?;
            parser.ranges -= ranges;
            let otherwise = match stop {
                Stop::End => Vec::new(),
                Stop::EndOfText => return Err(Problem::UnexpectedEnd),
                Stop::Else => parser.otherwise(kind)?,
            };
            parser.variables.truncate(scope);
            Ok(TemplateNode::Branch(Branch { kind, pipe, body, otherwise }))
        })
    }

    /// An `if` right behind an `else` shares its `end`, and so does a `with` behind that of a `with`.
    fn otherwise(&mut self, kind: BranchKind) -> Parsed<Vec<TemplateNode>> {
        if kind != BranchKind::Range && self.is_keyword(kind.name()) {
            self.next += 1;
            return Ok(vec![self.branch(kind)?]);
        }
        match self.steps()? {
            (steps, Stop::End) => Ok(steps),
            (_, Stop::Else) => Err(Problem::SecondElse),
            (_, Stop::EndOfText) => Err(Problem::UnexpectedEnd),
        }
    }

    fn template_name(&mut self, context: &'static str) -> Parsed<String> {
        let token = self.take_word();
        match token.kind {
            TokenKind::Quoted | TokenKind::Raw => literal(token),
            _ => Err(unexpected(token, context)),
        }
    }

    /// A template of its own, up to its end: it knows neither the variables nor the ranges around it.
    fn definition(&mut self, name: &str, context: &'static str) -> Parsed<()> {
        let variables = std::mem::replace(&mut self.variables, vec!["$"]);
        let ranges = std::mem::take(&mut self.ranges);
        let steps = match self.steps()? {
            (steps, Stop::End) => steps,
            (_, Stop::Else) => {
                return Err(Problem::Unexpected { token: "{{else}}".to_owned(), context });
            }
            (_, Stop::EndOfText) => return Err(Problem::UnexpectedEnd),
        };
        self.variables = variables;
        self.ranges = ranges;
        self.define(name, steps)
    }

    /// One in which nothing stands gives way to another.
    fn define(&mut self, name: &str, steps: Vec<TemplateNode>) -> Parsed<()> {
        let is_empty = |steps: &[TemplateNode]| {
            steps.iter().all(|step| matches!(step, TemplateNode::Text(text) if text.trim().is_empty()))
        };
        match self.templates.get(name) {
            Some(found) if !is_empty(found) && is_empty(&steps) => Ok(()),
            Some(found) if !is_empty(found) => Err(Problem::DefinedTwice(name.to_owned())),
            Some(_) | None => {
                self.templates.insert(name.to_owned(), steps);
                Ok(())
            }
        }
    }

    /// A definition, and its call in the same place.
    fn block(&mut self) -> Parsed<TemplateNode> {
        let start = self.peek_word().at;
        let name = self.template_name("block clause")?;
        let with = self.pipe("block clause", TokenKind::Close)?;
        let span = start..self.last().at;
        self.definition(&name, "block clause")?;
        Ok(TemplateNode::Call { span, name, with: Some(with) })
    }

    fn call(&mut self) -> Parsed<TemplateNode> {
        let start = self.peek_word().at;
        let name = self.template_name("template clause")?;
        let with = if self.peek_word().kind == TokenKind::Close {
            self.next += 1;
            None
        } else {
            Some(self.pipe("template clause", TokenKind::Close)?)
        };
        Ok(TemplateNode::Call { span: start..self.last().at, name, with })
    }
}

/// What is wrong with a token that may not stand there; `context` is the action, as the message names it.
pub fn unexpected(token: Token<'_>, context: &'static str) -> Problem {
    match token.kind {
        TokenKind::End => Problem::UnexpectedEnd,
        TokenKind::Keyword => Problem::Unexpected { token: format!("<{}>", token.text), context },
        _ => Problem::Unexpected { token: go::quoted(token.text), context },
    }
}

/// What stands between a text's quotes.
pub fn literal(token: Token<'_>) -> Parsed<String> {
    let between = &token.text[1..token.text.len() - 1];
    match token.kind {
        // As Go leaves it out.
        TokenKind::Raw => Ok(between.replace('\r', "")),
        _ => Ok(go::unquoted(between, '"')?),
    }
}

/// Whether a pipe declares its variables with this token, or only sets them.
pub const fn sets(kind: TokenKind) -> Option<Sets> {
    match kind {
        TokenKind::Declare => Some(Sets::Declared),
        TokenKind::Assign => Some(Sets::Assigned),
        _ => None,
    }
}
