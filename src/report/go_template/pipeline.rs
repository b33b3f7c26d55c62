//! What stands in an action: variables that are set, and commands that each give the next one its last argument.

use super::functions;
use super::lex::TokenKind;
use super::node::{Command, Pipe, Sets, Term, Word};
use super::number;
use super::parse::{Parsed, Parser, literal, sets, unexpected};
use super::problem::Problem;

impl Parser<'_> {
    /// A pipe up to the token `end`, which is read too.
    pub fn pipe(&mut self, context: &'static str, end: TokenKind) -> Parsed<Pipe> {
        let (variables, sets) = self.declarations(context)?;
        let mut commands: Vec<Command> = Vec::new();
        while self.peek_word().kind != end {
            let command = self.command(context)?;
            if !commands.is_empty() && command.first.term.is_constant() {
                return Err(Problem::NotExecutable(commands.len() + 1));
            }
            commands.push(command);
        }
        self.take();
        if commands.is_empty() {
            Err(Problem::NoValue(context))
        } else {
            Ok(Pipe { variables, sets, commands })
        }
    }

    /// `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn declarations(&mut self, context: &'static str) -> Parsed<(Vec<String>, Sets)> {
        let mut names = Vec::new();
        loop {
            let start = self.mark();
            if self.peek_word().kind != TokenKind::Variable {
                return Ok((names, Sets::Declared));
            }
            let name = self.take().text;
            let next = self.peek_word().kind;
            if sets(next).is_none() && next != TokenKind::Comma {
                self.back_to(start);
                return Ok((names, Sets::Declared));
            }
            self.take();
            self.variables.push(name);
            names.push(name.to_owned());
            if let Some(sets) = sets(next) {
                return Ok((names, sets));
            }
            if context != "range" || names.len() > 1 {
                return Err(Problem::Declarations(context));
            }
            if !matches!(
                self.peek_word().kind,
                TokenKind::Variable | TokenKind::Close | TokenKind::RightParen
            ) {
                return Err(Problem::RangeVariables);
            }
        }
    }

    fn command(&mut self, context: &'static str) -> Parsed<Command> {
        let start = self.peek_word();
        let first = self.word()?.ok_or_else(|| unexpected(start, context))?;
        let mut rest = Vec::new();
        let mut end = first.span.end;
        loop {
            let token = self.take();
            match token.kind {
                TokenKind::Space => {
                    self.peek_word();
                    if let Some(word) = self.word()? {
                        end = word.span.end;
                        rest.push(word);
                    }
                }
                TokenKind::Pipe => break,
                TokenKind::Close | TokenKind::RightParen => {
                    self.back_to(self.mark() - 1);
                    break;
                }
                _ => return Err(unexpected(token, "operand")),
            }
        }
        Ok(Command { span: start.at..end, first, rest })
    }

    /// A term and the fields of it; none where what follows is no term.
    fn word(&mut self) -> Parsed<Option<Word>> {
        let start = self.peek();
        let Some(term) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        let base = start.at..self.end();
        while self.peek().kind == TokenKind::Field {
            fields.push(self.take().text[1..].to_owned());
        }
        let span = start.at..self.end();
        let term = match term {
            term if fields.is_empty() => term,
            Term::Field(first) => Term::Field([first, fields].concat()),
            Term::Variable(name, _) => Term::Variable(name, fields),
            Term::Function(_) | Term::Pipe(_) | Term::Chain(..) => {
                Term::Chain(Box::new(Word { span: base, term }), fields)
            }
            Term::Bool(_) | Term::Text(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                return Err(Problem::FieldOfTerm(start.text.to_owned()));
            }
        };
        Ok(Some(Word { span, term }))
    }

    fn end(&self) -> usize {
        self.last().at + self.last().text.len()
    }

    fn term(&mut self) -> Parsed<Option<Term>> {
        let token = self.take();
        let text = token.text;
        Ok(Some(match token.kind {
            TokenKind::Name => match functions::named(text) {
                Some(function) => Term::Function(function),
                None => return Err(Problem::Function(text.to_owned())),
            },
            TokenKind::Dot => Term::Dot,
            TokenKind::Nil => Term::Nil,
            TokenKind::Variable if self.variables.contains(&text) => {
                Term::Variable(text.to_owned(), Vec::new())
            }
            TokenKind::Variable => return Err(Problem::Variable(text.to_owned())),
            TokenKind::Field => Term::Field(vec![text[1..].to_owned()]),
            TokenKind::Bool => Term::Bool(text == "true"),
            TokenKind::Number => Term::Number(number::read(text)?),
            TokenKind::Char => Term::Number(number::character(text)?),
            TokenKind::Quoted | TokenKind::Raw => Term::Text(literal(token)?),
            TokenKind::LeftParen => {
                let inside = |parser: &mut Self| parser.pipe("parenthesized pipeline", TokenKind::RightParen);
                Term::Pipe(Box::new(self.nested(inside)?))
            }
            _ => {
                self.back_to(self.mark() - 1);
                return Ok(None);
            }
        }))
    }
}

impl Term {
    /// What nothing can be given to.
    const fn is_constant(&self) -> bool {
        match self {
            Self::Dot | Self::Nil | Self::Bool(_) | Self::Number(_) | Self::Text(_) => true,
            Self::Field(_) | Self::Variable(..) | Self::Function(_) | Self::Pipe(_) | Self::Chain(..) => {
                false
            }
        }
    }
}
