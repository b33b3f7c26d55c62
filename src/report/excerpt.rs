//! An error of a configuration → its line for people, and below that the place in the file, as compilers show it.

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Snippet};

use super::text::{error_line, styled};
use super::visible::visible;
use crate::config::{ConfigError, Excerpt};

/// What fits beside a mark.
const MOST_LABEL: usize = 60;

/// The error, and the line of the file where there is one to show.
pub fn config_error(error: &ConfigError) {
    error_line(&error.to_string());
    if let (Some(file), Some(excerpt)) = (&error.file, &error.excerpt) {
        styled(&drawn(file, excerpt, &error.problem.to_string()));
    }
}

/// The columns are the file's: what is left out of the line, or written out in it, moves no place.
fn drawn(file: &str, excerpt: &Excerpt, said: &str) -> String {
    let Excerpt { line, column, text, mark } = excerpt;
    let gutter = line.to_string().len();
    let label = label(said);
    let mark = AnnotationKind::Primary.span(mark.clone()).label(label);
    let snippet = Snippet::source(text.as_str()).line_start(usize::try_from(*line).unwrap_or(1));
    let group = Group::with_level(Level::ERROR).element(snippet.annotation(mark));
    let lines = Renderer::styled().render(&[group]);
    format!("{:gutter$}--> {}:{line}:{column}\n{lines}\n", "", visible(file))
}

/// The first part of what is wrong, where it is short: the whole stands above.
fn label(said: &str) -> Option<String> {
    let first = said.split("; ").next().unwrap_or_default();
    (first.chars().count() <= MOST_LABEL).then(|| visible(first).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(excerpt: &Excerpt, said: &str) -> String {
        anstream::adapter::strip_str(&drawn("kubeadm.yaml", excerpt, said)).to_string()
    }

    #[test]
    fn the_place_is_shown_as_compilers_show_it() {
        let excerpt = Excerpt { line: 4, column: 3, text: "  foo: bar".into(), mark: 2..5 };
        assert_eq!(
            plain(&excerpt, "there is no such field; did you mean food?"),
            " --> kubeadm.yaml:4:3\n  |\n4 |   foo: bar\n  |   ^^^ there is no such field\n"
        );
    }

    #[test]
    fn a_long_message_is_not_told_twice() {
        let excerpt = Excerpt { line: 120, column: 8, text: "foo: …".into(), mark: 5..8 };
        assert_eq!(
            plain(&excerpt, &"x".repeat(61)),
            "   --> kubeadm.yaml:120:8\n    |\n120 | foo: …\n    |      ^\n"
        );
    }
}
