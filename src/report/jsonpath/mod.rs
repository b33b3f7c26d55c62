//! JSONPath as kubectl's `-o jsonpath` has it, which is not that of RFC 9535: text with actions in braces, and `range`.

mod cursor;
mod evaluate;
mod filter;
mod node;
mod parse;

use std::fmt::Write as _;

pub use evaluate::Failed;
pub use parse::SyntaxError;

use super::go::{self, Numbers, Value};
use node::Node;

/// What a missing key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingKeys {
    /// It has no value: `--allow-missing-template-keys`, as is usual.
    Allowed,
    /// It is an error, and nothing is printed: `--allow-missing-template-keys=false`.
    Refused,
}

/// A template that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    nodes: Vec<Node>,
}

impl JsonPath {
    /// Reads a template's text.
    ///
    /// # Errors
    /// It is none of kubectl's JSONPath: what is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::template(text).map(|nodes| Self { nodes })
    }

    /// As texts, one behind the other.
    ///
    /// # Errors
    /// The template does not fit the document, or makes more text than it may.
    pub fn render(&self, document: &serde_json::Value, missing: MissingKeys) -> Result<String, Failed> {
        let mut text = String::new();
        for results in self.find(document, missing)? {
            for (index, value) in results.iter().enumerate() {
                let separator = if index > 0 { " " } else { "" };
                let _ = write!(text, "{separator}{}", printed(value));
            }
            evaluate::within_bounds(text.len())?;
        }
        Ok(text)
    }

    /// As JSON: a list for each part of the template.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_json(&self, document: &serde_json::Value, missing: MissingKeys) -> Result<String, Failed> {
        let mut text = String::new();
        for results in self.find(document, missing)? {
            let _ = writeln!(text, "{}", go::indented(&Value::List(results.into())));
            evaluate::within_bounds(text.len())?;
        }
        Ok(text)
    }

    /// Each part's results. All numbers of the document are floats to it.
    fn find(&self, document: &serde_json::Value, missing: MissingKeys) -> Result<Vec<Vec<Value>>, Failed> {
        evaluate::find(&self.nodes, &Value::of(document, Numbers::Floats), missing)
    }
}

/// Maps and lists are JSON, all else is plain text.
fn printed(value: &Value) -> String {
    match value {
        Value::Nothing => "<no value>".to_owned(),
        Value::Nil => "null".to_owned(),
        Value::List(_) | Value::Map(_) => go::compact(value),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Byte(_)
        | Value::Float(_)
        | Value::Text(_) => go::plain(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, answered_alike};
    use super::*;

    fn answer(case: &Case<'_>) -> Result<String, String> {
        let path = JsonPath::parse(case.template)
            .map_err(|error| format!("error parsing jsonpath {}, {}", case.template, error.problem))?;
        let rendered = match case.row["kind"].as_str().unwrap() {
            "jsonpath" => path.render(case.document, case.missing),
            _ => path.render_json(case.document, case.missing),
        };
        rendered.map_err(|failed| failed.to_string())
    }

    #[test]
    fn every_template_is_answered_as_client_go_answers_it() {
        answered_alike(include_str!("../../../tests/templates/jsonpath.json"), answer, |error| error);
    }

    #[test]
    fn an_error_says_where() {
        let told = |text: &str| JsonPath::parse(text).unwrap_err().to_string();
        assert_eq!(told("é{.kind"), "unclosed action, at character 8");
        assert_eq!(told("{.kind ,}"), "unrecognized character in action: U+002C ',', at character 8");
    }

    #[test]
    fn what_would_never_end_is_refused() {
        let document = serde_json::json!({ "a": [[[[[1]]]]] });
        let many = format!("[{}]", ["0"; 100].join(","));
        let render = |times: usize| {
            let path = JsonPath::parse(&format!("{{.a{}}}", many.repeat(times))).unwrap();
            path.render(&document, MissingKeys::Allowed).map(|text| text.len())
        };
        assert!(render(2).is_ok());
        assert_eq!(render(4), Err(Failed::TooMuch));
    }
}
