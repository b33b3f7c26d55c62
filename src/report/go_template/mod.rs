//! `-o go-template`: Go's text/template as kubectl's printer runs it, on a document of which whole numbers stay whole.
//!
//! A template can neither run for long nor make much: text that is made and steps that are taken have one bound, and so does
//! what stands within each other. The crates that there are (gtmpl, gotmpl) have no such bound, tell no place in an error, and
//! take null and what is missing for one.

mod collections;
mod escape;
mod eval;
mod fault;
mod functions;
mod lex;
mod node;
mod number;
mod parse;
mod pipeline;
mod problem;
mod run;

pub use fault::{CallError, Failed, TemplateFault};
pub use problem::SyntaxError;

use super::MissingKeys;
use super::go::{Numbers, Value};
use node::Templates;

/// How many levels may stand within each other: blocks, parentheses and calls.
const DEEPEST: usize = 200;

/// A template that was read.
#[derive(Debug, Clone)]
pub struct GoTemplate {
    text: String,
    templates: Templates,
}

impl GoTemplate {
    /// Reads a template's text, without running it.
    ///
    /// # Errors
    /// It is none of text/template: what is wrong with it, and in which line.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Ok(Self { text: text.to_owned(), templates: parse::templates(text)? })
    }

    /// What the template makes of `document`.
    ///
    /// # Errors
    /// It cannot be run on this document, or has come to the bound of text and steps: with its place in the
    /// template.
    pub fn render(&self, document: &serde_json::Value, missing: MissingKeys) -> Result<String, Failed> {
        let document = Value::of(document, Numbers::Whole);
        run::render(&self.templates, &document, missing).map_err(|fault| fault.told(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::super::cases::{Case, answered_alike};
    use super::*;

    fn answer(case: &Case<'_>) -> Result<String, String> {
        let template = GoTemplate::parse(case.template).map_err(|why| why.to_string())?;
        template.render(case.document, case.missing).map_err(|why| why.to_string())
    }

    /// Without the place in the line, of which Go's idea is another at times.
    fn reason(error: &str) -> &str {
        error.rsplit_once(">: ").map_or(error, |(_, reason)| reason)
    }

    /// As kubectl's printer does, compiled from Go.
    #[test]
    fn every_template_is_answered_as_go_answers_it() {
        answered_alike(include_str!("../../../tests/templates/go-template.json"), answer, reason);
    }

    fn failed(text: &str) -> Failed {
        let document = serde_json::json!({ "a": { "b": "secret" } });
        GoTemplate::parse(text).unwrap().render(&document, MissingKeys::Allowed).unwrap_err()
    }

    #[test]
    fn an_error_says_where_and_holds_no_value() {
        assert_eq!(
            failed("é\n{{define \"x\"}}{{print (.b.c)}}{{end}}{{template \"x\" .a}}").to_string(),
            "template: output:2:23: executing \"x\" at <.b.c>: can't evaluate field c in type string"
        );
        assert_eq!(
            failed("{{1 | printf .a.b .a.b.c}}").to_string(),
            "template: output:1:18: executing \"output\" at <.a.b.c>: can't evaluate field c in type string"
        );
        for text in [
            "{{range .a.b}}{{end}}",
            "{{index .a .a}}",
            "{{base64decode .a.b}}",
            "{{lt .a .a.b}}",
            "{{call .a.b}}",
        ] {
            let told = failed(text).to_string();
            assert!(!told.contains("secret"), "{told}");
        }
        let told = GoTemplate::parse("\n{{if}}").unwrap_err().to_string();
        assert_eq!(told, "template: output:2: missing value for if");
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        for (before, after) in [("{{(", ")}}"), ("{{if 1}}", "{{end}}"), ("{{if 0}}{{else ", "{{end}}")] {
            let nested = |levels: usize| match before.split_once("{{else ") {
                None => [
                    before.replace("{{(", "(").repeat(levels),
                    "1".to_owned(),
                    after.replace(")}}", ")").repeat(levels),
                ]
                .concat(),
                Some((start, _)) => format!("{start}{}{after}", "{{else if 0}}".repeat(levels)),
            };
            let whole = |levels: usize| {
                let text = nested(levels);
                GoTemplate::parse(&if before == "{{(" { format!("{{{{{text}}}}}") } else { text })
            };
            let ran = whole(95).unwrap().render(&Json::Null, MissingKeys::Allowed);
            assert!(ran.is_ok(), "{before}: {ran:?}");
            let refused = whole(100_000).unwrap_err();
            assert_eq!(refused.problem.to_string(), "more than 200 levels within each other", "{before}");
        }
        let endless =
            "{{define \"a\"}}{{if 1}}{{template \"a\" (print (print .))}}{{end}}{{end}}{{template \"a\" 1}}";
        assert_eq!(failed(endless).why, TemplateFault::TooDeep);
    }

    #[test]
    fn what_would_never_end_or_fit_is_refused() {
        for text in [
            "{{range 9223372036854775807}}{{end}}",
            "{{range 100000}}{{range 100000}}{{end}}{{end}}",
            "{{range 100}}{{printf \"%1000000d\" 1}}{{end}}",
            "{{$x := \"ab\"}}{{range 64}}{{$x = print $x $x}}{{end}}",
            "{{$x := printf \"%999999d\" 1}}{{range 1000000}}{{eq $x $x}}{{end}}",
            "{{$x := printf \"%999999d\" 1}}{{range 100}}{{html $x}}{{end}}",
        ] {
            assert_eq!(failed(text).why, TemplateFault::TooMuch, "{text}");
        }
        let wide = format!("{{{{printf {:?} 1}}}}", "%1000000[1]d".repeat(20));
        assert_eq!(failed(&wide).why, TemplateFault::TooMuch);
    }
}
