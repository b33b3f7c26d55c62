//! An error of a configuration, or a warning → its line for people, and below that the place in the file, as compilers show it.

use std::io::stderr;

use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, Renderer};
use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
use unicode_width::UnicodeWidthStr as _;

use super::table::width;
use super::text::{error_line, styled, warn};
use super::visible::visible;
use crate::config::{ConfigError, ConfigWarning, Excerpt};

/// What may stand beside a mark.
const MOST_LABEL: usize = 60;

/// The error, and the line of the file where there is one to show.
pub fn config_error(error: &ConfigError) {
    error_line(&error.to_string());
    if let (Some(file), Some(excerpt)) = (&error.file, &error.excerpt) {
        styled(&drawn(Level::ERROR, file, excerpt, &error.problem.to_string(), columns()));
    }
}

/// The warning, and the line of the file where there is one to show.
pub fn config_warning(warning: &ConfigWarning) {
    warn(&warning.to_string());
    if let (Some(file), Some(excerpt)) = (&warning.file, &warning.excerpt) {
        styled(&drawn(Level::WARNING, file, excerpt, &warning.caution.to_string(), columns()));
    }
}

/// What is not judged by the file alone: the same, of a line that says all.
pub fn warn_of_line(line: &str, file: &str, excerpt: &Excerpt) {
    warn(line);
    styled(&drawn(Level::WARNING, file, excerpt, "", columns()));
}

/// Beyond these the renderer leaves out what is far from the mark: in lines that a terminal breaks, a mark is below something else.
fn columns() -> usize {
    width(stderr()).map_or(DEFAULT_TERM_WIDTH, usize::from)
}

/// The columns in the place are the file's: what is left out of the line, or written out in it, moves no place.
fn drawn(level: Level<'_>, file: &str, excerpt: &Excerpt, said: &str, columns: usize) -> String {
    let Excerpt { line, column, text, mark } = excerpt;
    let gutter = line.to_string().len();
    // A number, ` | `, the line as far as to the mark's end, and a space.
    let before = gutter + " |  ".len() + text.get(..mark.end).unwrap_or(text).width();
    let label = label(said, columns.saturating_sub(before));
    let mark = AnnotationKind::Primary.span(mark.clone()).label(label);
    let snippet = Snippet::source(text.as_str()).line_start(usize::try_from(*line).unwrap_or(1));
    let group = Group::with_level(level).element(snippet.annotation(mark));
    let lines = Renderer::styled().term_width(columns).render(&[group]);
    format!("{:gutter$}--> {}:{line}:{column}\n{lines}\n", "", visible(file))
}

/// The first part of what is wrong, where there is room for it: the whole stands above.
fn label(said: &str, room: usize) -> Option<String> {
    let first = visible(said.split("; ").next().unwrap_or_default()).into_owned();
    (!first.is_empty() && first.width() <= room.min(MOST_LABEL)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(excerpt: &Excerpt, said: &str) -> String {
        within(DEFAULT_TERM_WIDTH, excerpt, said)
    }

    fn within(columns: usize, excerpt: &Excerpt, said: &str) -> String {
        anstream::adapter::strip_str(&drawn(Level::ERROR, "kubeadm.yaml", excerpt, said, columns)).to_string()
    }

    #[test]
    fn what_a_narrow_terminal_has_no_room_for_is_left_out() {
        let text = format!("podSubnet: {} # {}", "x".repeat(20), "y".repeat(100));
        let excerpt = Excerpt { line: 4, column: 12, text, mark: 11..31 };
        for columns in [40, 50, 80] {
            let shown = within(columns, &excerpt, "it is no range of addresses, as 10.0.0.0/16 is one");
            assert!(shown.lines().all(|line| line.width() <= columns), "{columns}:\n{shown}");
            let [line, marks] = [2, 3].map(|at| shown.lines().nth(at).unwrap());
            let at = marks.find('^').unwrap();
            assert_eq!(line.get(at..at + 20), Some("x".repeat(20).as_str()), "{columns}:\n{shown}");
        }
        assert!(plain(&excerpt, "short; and more").contains("^ short\n"));
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
