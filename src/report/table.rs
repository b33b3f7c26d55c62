//! Tables on a terminal: as kubeadm has them where they fit, with cells of several lines where they do not, and with what is wrong
//! in colour. Elsewhere, and by kubeadm's name, programs read them, and nothing of this happens.

use std::io::stdout;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};

/// Between two columns.
const GAP: u16 = 2;

/// In the place of kubectl's word for a time that is over.
pub const EXPIRED: &str = "EXPIRED";
/// That word.
pub const INVALID: &str = "<invalid>";

/// What is wrong is marked in words, and these are coloured.
const MARKS: &[(&str, Style)] = &[
    (EXPIRED, AnsiColor::Red.on_default().bold()),
    ("!UNREADABLE!", AnsiColor::Red.on_default().bold()),
    ("!MISSING!", AnsiColor::Yellow.on_default().bold()),
];

/// Where tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Programs may read them.
    Plain,
    /// A terminal of so many columns.
    Terminal {
        /// How many.
        width: u16,
        /// Whether it is to have colours.
        colours: bool,
    },
}

impl Screen {
    /// What standard output is.
    pub fn of_stdout() -> Self {
        let width = rustix::termios::tcgetwinsize(stdout()).map_or(0, |size| size.ws_col);
        let colours = AutoStream::choice(&stdout()) != ColorChoice::Never;
        if width == 0 { Self::Plain } else { Self::Terminal { width, colours } }
    }
}

/// A table's cells, and kubeadm's text of them.
#[derive(Debug)]
pub struct Sheet {
    /// Of the columns.
    pub head: Vec<String>,
    /// As many cells each.
    pub rows: Vec<Vec<String>>,
    /// As programs read it.
    pub plain: fn(&[Vec<String>]) -> String,
}

impl Sheet {
    /// The text for this screen. The first column's cells are never broken: they are what is copied.
    pub fn text(self, screen: Screen) -> String {
        match screen {
            Screen::Plain => self.plain(),
            Screen::Terminal { width, colours } => {
                let marked = self.marked();
                let plain = marked.plain();
                let fits = plain.lines().all(|line| line.trim_end().chars().count() <= width.into());
                let text = if fits { plain } else { marked.fitted(width) };
                if colours { coloured(&text) } else { text }
            }
        }
    }

    fn plain(&self) -> String {
        let all: Vec<Vec<String>> = std::iter::once(self.head.clone()).chain(self.rows.clone()).collect();
        (self.plain)(&all)
    }

    fn marked(self) -> Self {
        let word = |cell: String| if cell == INVALID { EXPIRED.to_owned() } else { cell };
        let rows = self.rows.into_iter().map(|row| row.into_iter().map(word).collect()).collect();
        Self { rows, ..self }
    }

    fn fitted(&self, width: u16) -> String {
        let mut table = Table::new();
        let trimmed = self.rows.iter().map(|row| row.iter().map(|cell| cell.trim_end()));
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        table.set_header(&self.head).add_rows(trimmed);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP));
            if index == 0 {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table.trim_fmt() + "\n"
    }
}

fn coloured(text: &str) -> String {
    MARKS
        .iter()
        .fold(text.to_owned(), |text, (word, style)| text.replace(word, &format!("{style}{word}{style:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let cells = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        Sheet {
            head: cells(["TOKEN", "TTL", "EXTRA GROUPS"]),
            rows: vec![
                cells(["abcdef.0123456789abcdef", INVALID, "system:bootstrappers:a"]),
                cells(["fedcba.0123456789abcdef", "23h", "one two three four five"]),
            ],
            plain: |rows| rows.iter().map(|row| row.join("   ") + "\n").collect(),
        }
    }

    const PLAIN: &str = "TOKEN   TTL   EXTRA GROUPS\n\
                         abcdef.0123456789abcdef   <invalid>   system:bootstrappers:a\n\
                         fedcba.0123456789abcdef   23h   one two three four five\n";

    #[test]
    fn where_programs_read_it_nothing_changes() {
        assert_eq!(sheet().text(Screen::Plain), PLAIN);
    }

    #[test]
    fn on_a_wide_terminal_only_the_words_of_what_is_wrong_differ() {
        let text = sheet().text(Screen::Terminal { width: 200, colours: false });
        assert_eq!(text, PLAIN.replace(INVALID, EXPIRED));
        let coloured = sheet().text(Screen::Terminal { width: 200, colours: true });
        assert!(coloured.contains("\u{1b}[1m\u{1b}[31mEXPIRED\u{1b}[0m"), "{coloured:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text);
    }

    #[test]
    fn on_a_narrow_terminal_no_line_is_too_long_and_no_token_is_broken() {
        for width in [44, 52, 60] {
            let text = sheet().text(Screen::Terminal { width, colours: false });
            assert!(text.lines().all(|line| line.chars().count() <= width.into()), "{width}:\n{text}");
            assert!(text.contains("fedcba.0123456789abcdef") && text.contains("EXPIRED"), "{text}");
            assert!(text.contains("system") && text.contains("five"), "{text}");
        }
    }
}
