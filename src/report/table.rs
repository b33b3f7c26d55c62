//! Tables on a terminal: as kubeadm has them where they fit, with cells of several lines where they do not, a line a cell where even
//! that would break words, and with what is wrong in colour. Elsewhere, and by kubeadm's name, programs read them, and nothing of
//! this happens.

use std::io::{IsTerminal as _, stdout};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use unicode_width::UnicodeWidthStr;

use super::visible::visible;

/// Between two columns.
const GAP: u16 = 2;
/// In front of the cells of a row that stand below each other.
const INDENT: usize = 2;

/// In the place of kubectl's word for a time that is over.
pub const EXPIRED: &str = "EXPIRED";
/// That word.
pub const INVALID: &str = "<invalid>";

/// What is wrong is marked in words, and these are coloured.
const MARKS: &[(&str, Style)] = &[
    (EXPIRED, AnsiColor::Red.on_default().bold()),
    (INVALID, AnsiColor::Red.on_default().bold()),
    ("!UNREADABLE!", AnsiColor::Red.on_default().bold()),
    ("!MISSING!", AnsiColor::Yellow.on_default().bold()),
];

/// Where tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Programs may read them.
    Plain,
    /// Programs may read them, and whoever has started this one wants colours all the same (`CLICOLOR_FORCE`).
    Coloured,
    /// A terminal.
    Terminal {
        /// Its columns; a serial line does not say how many it has.
        width: Option<u16>,
        /// Whether it is to have colours.
        colours: bool,
    },
}

impl Screen {
    /// What standard output is.
    pub fn of_stdout() -> Self {
        let colours = AutoStream::choice(&stdout()) != ColorChoice::Never;
        match (stdout().is_terminal(), colours) {
            (true, _) => Self::Terminal { width: width(stdout()), colours },
            (false, true) => Self::Coloured,
            (false, false) => Self::Plain,
        }
    }
}

/// The columns of the terminal that this is; `None` where it is none, or does not say.
pub fn width(stream: impl std::os::fd::AsFd) -> Option<u16> {
    rustix::termios::tcgetwinsize(stream).ok().map(|size| size.ws_col).filter(|columns| *columns > 0)
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

/// A table as Go's tabwriter makes it for kubeadm: every column but the last is as wide as its widest cell, and three more; ten at least.
pub fn tabbed(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count() + 3).max().map_or(10, |w| w.max(10))
    };
    let line = |row: &Vec<String>| {
        let last = row.len() - 1;
        let cells = row.iter().enumerate();
        let cells = cells.map(|(column, cell)| match column {
            column if column == last => cell.clone(),
            column => format!("{cell:<width$}", width = width(column)),
        });
        cells.collect::<String>() + "\n"
    };
    rows.iter().map(line).collect()
}

impl Sheet {
    /// The text for this screen. The first column's cells are never broken: they are what is copied.
    pub fn text(self, screen: Screen) -> String {
        match screen {
            Screen::Plain => visible(&self.plain()).into_owned(),
            Screen::Coloured => coloured(&visible(&self.plain())),
            Screen::Terminal { width, colours } => {
                let text = self.marked().within(width);
                if colours { coloured(&text) } else { text }
            }
        }
    }

    fn plain(&self) -> String {
        let all: Vec<Vec<String>> = std::iter::once(self.head.clone()).chain(self.rows.clone()).collect();
        (self.plain)(&all)
    }

    /// With our own word for what is over, and without what a terminal would act on.
    fn marked(self) -> Self {
        let word =
            |cell: String| if cell == INVALID { EXPIRED.to_owned() } else { visible(&cell).into_owned() };
        let rows = self.rows.into_iter().map(|row| row.into_iter().map(word).collect()).collect();
        Self { rows, ..self }
    }

    fn within(&self, width: Option<u16>) -> String {
        let plain = self.plain();
        match width {
            Some(width) if plain.lines().any(|line| line.trim_end().width() > width.into()) => {
                if self.least() > width.into() { self.stacked(width.into()) } else { self.fitted(width) }
            }
            Some(_) | None => plain,
        }
    }

    /// How wide a table is in which no word is broken.
    fn least(&self) -> usize {
        (0..self.head.len()).map(|column| self.least_of(column)).sum()
    }

    /// The same for a column, with the gap behind it.
    fn least_of(&self, column: usize) -> usize {
        let width = |cell: &str| match column {
            0 => cell.width(),
            _ => cell.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or_default(),
        };
        let cells = std::iter::once(&self.head).chain(&self.rows).map(|row| width(row[column].trim_end()));
        cells.max().unwrap_or_default() + usize::from(GAP)
    }

    fn fitted(&self, width: u16) -> String {
        let mut table = Table::new();
        let trimmed = self.rows.iter().map(|row| row.iter().map(|cell| cell.trim_end()));
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        table.set_header(&self.head).add_rows(trimmed);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP));
            column.set_constraint(if index == 0 {
                ColumnConstraint::ContentWidth
            } else {
                let least = u16::try_from(self.least_of(index)).unwrap_or(u16::MAX);
                ColumnConstraint::LowerBoundary(Width::Fixed(least))
            });
        }
        table.trim_fmt() + "\n"
    }

    /// The first cell of a row, and below it a line for each of the others that says something.
    fn stacked(&self, width: usize) -> String {
        let names = self.head.get(1..).unwrap_or_default();
        let column = INDENT + names.iter().map(|name| name.width()).max().unwrap_or_default() + INDENT;
        let lines = |row: &Vec<String>| {
            let cells = names.iter().zip(row.iter().skip(1)).filter(|(_, cell)| !cell.trim().is_empty());
            let cells = cells.map(|(name, cell)| {
                let text = wrapped(cell, width.saturating_sub(column)).join(&format!("\n{:column$}", ""));
                format!("{:INDENT$}{name:<rest$}{text}\n", "", rest = column - INDENT)
            });
            format!("{}\n{}", row[0], cells.collect::<String>())
        };
        self.rows.iter().map(lines).collect()
    }
}

/// At its spaces, in lines of this width where words are not longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => line.extend([" ", word]),
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
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
        let text = sheet().text(Screen::Terminal { width: Some(200), colours: false });
        assert_eq!(text, PLAIN.replace(INVALID, EXPIRED));
        let coloured = sheet().text(Screen::Terminal { width: Some(200), colours: true });
        assert!(coloured.contains("\u{1b}[1m\u{1b}[31mEXPIRED\u{1b}[0m"), "{coloured:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text);
    }

    #[test]
    fn on_a_narrow_terminal_no_line_is_too_long_and_no_token_is_broken() {
        for width in [44, 52, 60] {
            let text = sheet().text(Screen::Terminal { width: Some(width), colours: false });
            assert!(text.lines().all(|line| line.chars().count() <= width.into()), "{width}:\n{text}");
            assert!(text.contains("fedcba.0123456789abcdef") && text.contains("EXPIRED"), "{text}");
            assert!(text.contains("system:bootstrappers:a") && text.contains("five"), "{text}");
        }
    }

    #[test]
    fn where_words_would_be_broken_a_row_s_cells_stand_below_each_other() {
        let stacked = "\
abcdef.0123456789abcdef
  TTL           EXPIRED
  EXTRA GROUPS  system:bootstrappers:a
fedcba.0123456789abcdef
  TTL           23h
  EXTRA GROUPS  one two three four
                five
";
        assert_eq!(sheet().text(Screen::Terminal { width: Some(38), colours: false }), stacked);
        let mut sheet = sheet();
        sheet.rows = vec![["a", " ", "b"].map(str::to_owned).to_vec()];
        sheet.head[2] = "x".repeat(20);
        let text = sheet.text(Screen::Terminal { width: Some(10), colours: false });
        assert_eq!(text, format!("a\n  {}  b\n", "x".repeat(20)));
    }

    #[test]
    fn colours_that_are_asked_for_change_no_word() {
        let text = sheet().text(Screen::Coloured);
        assert!(text.contains("\u{1b}[1m\u{1b}[31m<invalid>\u{1b}[0m"), "{text:?}");
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), PLAIN);
    }

    #[test]
    fn a_terminal_that_does_not_say_how_wide_it_is_gets_whole_lines() {
        let text = sheet().text(Screen::Terminal { width: None, colours: false });
        assert_eq!(text, PLAIN.replace(INVALID, EXPIRED));
    }

    #[test]
    fn what_others_have_written_moves_no_cursor_and_is_as_wide_as_it_is_seen() {
        let mut sheet = sheet();
        sheet.rows[1][2] = "a\u{202e}\u{1b}[2Jb".to_owned();
        let text = sheet.text(Screen::Terminal { width: Some(200), colours: false });
        assert!(text.contains("a\\u{202e}\\u{1b}[2Jb"), "{text:?}");
        assert_eq!(wrapped("漢字 漢字 ab", 9), ["漢字 漢字", "ab"]);
    }
}
