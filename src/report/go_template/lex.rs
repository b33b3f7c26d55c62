//! A template's text → its tokens: trim markers and comments are gone, spaces are kept within actions.

use super::problem::{Bad, Problem};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Outside of actions.
    Text,
    /// `{{`, with a trim marker where there is one.
    Open,
    /// `}}`, with a trim marker and the spaces that it trims.
    Close,
    /// Within an action: it tells `.a .b` from `.a.b`.
    Space,
    /// A function's.
    Name,
    /// One of `KEYWORDS`.
    Keyword,
    /// `true` or `false`.
    Bool,
    /// `nil`.
    Nil,
    /// A dot by itself.
    Dot,
    /// A dot and a name behind it.
    Field,
    /// A dollar, and perhaps a name behind it.
    Variable,
    /// What begins as one does; whether it is one shows when it is read.
    Number,
    /// In single quotes.
    Char,
    /// In double quotes, with its escapes.
    Quoted,
    /// In backquotes.
    Raw,
    /// `|`
    Pipe,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// Any other ASCII character that is printed.
    Other,
    /// Of the text; its own is empty.
    End,
}

/// A piece of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is to the parser.
    pub kind: TokenKind,
    /// As the template has it.
    pub text: &'a str,
    /// Where it begins: bytes from the start of the template.
    pub at: usize,
}

const KEYWORDS: [&str; 10] =
    ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// The last one is the end.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, Bad> {
    let mut lexer = Lexer { text, at: 0, parens: 0, all: Vec::new() };
    match lexer.texts() {
        Ok(()) => Ok(lexer.all),
        Err(problem) => Err(Bad { at: lexer.at, problem }),
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    parens: usize,
    all: Vec<Token<'a>>,
}

type Lexed<T> = Result<T, Problem>;

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What was read since `start`.
    fn emit(&mut self, kind: TokenKind, start: usize) {
        self.all.push(Token { kind, text: &self.text[start..self.at], at: start });
    }

    fn texts(&mut self) -> Lexed<()> {
        loop {
            let (start, rest) = (self.at, self.rest());
            let length = rest.find("{{").unwrap_or(rest.len());
            let trims = rest[length..].starts_with("{{-") && rest[length + 3..].starts_with(SPACES);
            let text = if trims { rest[..length].trim_end_matches(SPACES) } else { &rest[..length] };
            if !text.is_empty() {
                self.all.push(Token { kind: TokenKind::Text, text, at: start });
            }
            self.at += length;
            if self.rest().is_empty() {
                self.emit(TokenKind::End, self.at);
                return Ok(());
            }
            self.opened(if trims { 4 } else { 2 })?;
        }
    }

    fn opened(&mut self, length: usize) -> Lexed<()> {
        let start = self.at;
        self.at += length;
        if self.rest().starts_with("/*") {
            let end = self.rest()[2..].find("*/").ok_or(Problem::Lexical("unclosed comment"))?;
            self.at += 2 + end + 2;
            return if self.close() {
                Ok(())
            } else {
                Err(Problem::Lexical("comment ends before closing delimiter"))
            };
        }
        self.emit(TokenKind::Open, start);
        self.parens = 0;
        self.action()
    }

    /// Whether the action ends here; the spaces behind it that it trims are left out.
    fn close(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.at += 2;
        } else if rest.starts_with(SPACES) && rest[1..].starts_with("-}}") {
            self.at += 4;
            self.at += self.rest().len() - self.rest().trim_start_matches(SPACES).len();
        } else {
            return false;
        }
        true
    }

    fn action(&mut self) -> Lexed<()> {
        loop {
            let start = self.at;
            if self.close() {
                self.emit(TokenKind::Close, start);
                return if self.parens == 0 { Ok(()) } else { Err(Problem::Lexical("unclosed left paren")) };
            }
            let kind = self.within()?;
            self.emit(kind, start);
        }
    }

    fn within(&mut self) -> Lexed<TokenKind> {
        let char = self.rest().chars().next().ok_or(Problem::Lexical("unclosed action"))?;
        self.at += char.len_utf8();
        Ok(match char {
            ' ' | '\t' | '\r' | '\n' => self.spaces(),
            '=' => TokenKind::Assign,
            ':' if self.rest().starts_with('=') => {
                self.at += 1;
                TokenKind::Declare
            }
            ':' => return Err(Problem::Lexical("expected :=")),
            '|' => TokenKind::Pipe,
            ',' => TokenKind::Comma,
            '"' => self.quoted('"').map(|()| TokenKind::Quoted)?,
            '\'' => self.quoted('\'').map(|()| TokenKind::Char)?,
            '`' => {
                let end = self.rest().find('`').ok_or(Problem::Lexical("unterminated raw quoted string"))?;
                self.at += end + 1;
                TokenKind::Raw
            }
            '$' => self.name(TokenKind::Variable)?,
            '.' if self.rest().starts_with(|next: char| next.is_ascii_digit()) => self.number(),
            '.' if self.is_at_end_of_name() => TokenKind::Dot,
            '.' => self.name(TokenKind::Field)?,
            '+' | '-' | '0'..='9' => self.number(),
            '(' => {
                self.parens += 1;
                TokenKind::LeftParen
            }
            ')' => {
                self.parens = self.parens.checked_sub(1).ok_or(Problem::Lexical("unexpected right paren"))?;
                TokenKind::RightParen
            }
            _ if is_of_name(char) => self.word(self.at - char.len_utf8())?,
            '!'..='~' => TokenKind::Other,
            _ => return Err(Problem::Character(char)),
        })
    }

    /// The last of several may belong to a trim marker.
    fn spaces(&mut self) -> TokenKind {
        while self.rest().starts_with(SPACES) && !self.rest()[1..].starts_with("-}}") {
            self.at += 1;
        }
        TokenKind::Space
    }

    fn quoted(&mut self, quote: char) -> Lexed<()> {
        let mut escapes = false;
        for (offset, char) in self.rest().char_indices() {
            match char {
                '\n' => break,
                _ if escapes => escapes = false,
                '\\' => escapes = true,
                _ if char == quote => {
                    self.at += offset + 1;
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Problem::Lexical("unterminated quoted string"))
    }

    fn name(&mut self, kind: TokenKind) -> Lexed<TokenKind> {
        let rest = self.rest();
        self.at += rest.find(|char| !is_of_name(char)).unwrap_or(rest.len());
        match self.rest().chars().next().filter(|_| !self.is_at_end_of_name()) {
            Some(char) => Err(Problem::Character(char)),
            None => Ok(kind),
        }
    }

    fn word(&mut self, start: usize) -> Lexed<TokenKind> {
        self.name(TokenKind::Name)?;
        Ok(match &self.text[start..self.at] {
            "true" | "false" => TokenKind::Bool,
            "nil" => TokenKind::Nil,
            word if KEYWORDS.contains(&word) => TokenKind::Keyword,
            _ => TokenKind::Name,
        })
    }

    fn is_at_end_of_name(&self) -> bool {
        let rest = self.rest();
        let ends = |char| SPACES.contains(&char) || matches!(char, '.' | ',' | '|' | ':' | ')' | '(');
        rest.is_empty() || rest.starts_with(ends) || rest.starts_with("}}")
    }

    /// What only looks like a number is found out when it is read as one.
    fn number(&mut self) -> TokenKind {
        let mut before = ' ';
        let rest = self.rest();
        let length = rest.find(|char: char| {
            let is_of_exponent = matches!(before, 'e' | 'E') && matches!(char, '+' | '-');
            before = char;
            !(is_of_name(char) || char == '.' || is_of_exponent)
        });
        self.at += length.unwrap_or(rest.len());
        TokenKind::Number
    }
}

fn is_of_name(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match tokens(text) {
            Ok(tokens) => {
                let told = tokens.iter().map(|token| format!("{:?}{:?}", token.kind, token.text));
                told.collect::<Vec<_>>().join(" ")
            }
            Err(bad) => format!("{}: {}", bad.at, bad.problem),
        }
    }

    #[test]
    fn texts_and_actions_are_told_apart_and_trimmed() {
        assert_eq!(read("a {{- .b -}}\n c"), r#"Text"a" Open"{{- " Field".b" Close" -}}\n " Text"c" End"""#);
        assert_eq!(read("a {{/* } */ -}} b"), r#"Text"a " Text"b" End"""#);
        assert_eq!(read("{{-3}}"), r#"Open"{{" Number"-3" Close"}}" End"""#);
        assert_eq!(
            read("{{ $x :=1e+5|len (.)}}"),
            concat!(
                r#"Open"{{" Space" " Variable"$x" Space" " Declare":=" Number"1e+5" Pipe"|" Name"len" "#,
                r#"Space" " LeftParen"(" Dot"." RightParen")" Close"}}" End"""#
            )
        );
    }

    #[test]
    fn what_is_no_token_is_refused_with_its_place() {
        for (text, wanted) in [
            ("é{{/* a", "4: unclosed comment"),
            ("{{/* a */ b}}", "9: comment ends before closing delimiter"),
            ("{{.a", "4: unclosed action"),
            ("{{(.a}}", "7: unclosed left paren"),
            ("{{.a)}}", "5: unexpected right paren"),
            ("{{\"a\n\"}}", "3: unterminated quoted string"),
            ("{{`a}}", "3: unterminated raw quoted string"),
            ("{{$x:3}}", "5: expected :="),
            ("{{$x+1}}", "4: bad character U+002B '+'"),
            ("{{é€}}", "4: bad character U+20AC '€'"),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }
}
