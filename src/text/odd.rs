//! Characters that look like nothing, or like another one: copied from web pages, chats and word processors.

use std::fmt::Write as _;

/// One of them, and where it stands, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odd {
    /// The line, from 1.
    pub line: usize,
    /// The character's place in the line, from 1.
    pub column: usize,
    /// The character itself.
    pub character: char,
    /// What it is, as in `a no-break space`.
    pub name: &'static str,
    /// Nothing is to be seen of it, so that it is never meant.
    pub unseen: bool,
}

/// From, to, what it is, and whether it cannot be seen.
#[rustfmt::skip]
const ODD: &[(char, char, &str, bool)] = &[
    ('\u{0}', '\u{8}', "a control character", true),
    ('\u{b}', '\u{c}', "a control character", true),
    ('\u{e}', '\u{1f}', "a control character", true),
    ('\u{7f}', '\u{9f}', "a control character", true),
    ('\u{a0}', '\u{a0}', "a no-break space", true),
    ('\u{ad}', '\u{ad}', "a soft hyphen", true),
    ('\u{1680}', '\u{1680}', "a space that is not the usual one", true),
    ('\u{2000}', '\u{200a}', "a space that is not the usual one", true),
    ('\u{200b}', '\u{200b}', "a zero width space", true),
    ('\u{200c}', '\u{200d}', "a zero width joiner", true),
    ('\u{200e}', '\u{200f}', "a mark of the writing direction", true),
    ('\u{2010}', '\u{2011}', "a hyphen that is not the usual -", false),
    ('\u{2012}', '\u{2015}', "a long dash", false),
    ('\u{2018}', '\u{201f}', "a typographic quote", false),
    ('\u{2028}', '\u{2029}', "a line separator", true),
    ('\u{202a}', '\u{202e}', "a mark of the writing direction", true),
    ('\u{202f}', '\u{202f}', "a no-break space", true),
    ('\u{205f}', '\u{205f}', "a space that is not the usual one", true),
    ('\u{2060}', '\u{2064}', "a character without any width", true),
    ('\u{2066}', '\u{2069}', "a mark of the writing direction", true),
    ('\u{2212}', '\u{2212}', "a minus sign that is not the usual -", false),
    ('\u{3000}', '\u{3000}', "a space that is not the usual one", true),
    ('\u{fe55}', '\u{fe55}', "a colon that is not the usual one", false),
    ('\u{feff}', '\u{feff}', "a byte order mark", true),
    ('\u{ff01}', '\u{ff5e}', "a full-width character", false),
];

fn row(character: char) -> Option<&'static (char, char, &'static str, bool)> {
    ODD.iter().find(|(from, to, ..)| (*from..=*to).contains(&character))
}

/// What such a character is called.
pub fn name_of(character: char) -> Option<&'static str> {
    row(character).map(|(_, _, name, _)| *name)
}

/// Those of a YAML text, which are no offence in its comments.
pub fn odd_characters(text: &str) -> Vec<Odd> {
    let lines = text.split('\n').zip(1..).filter(|(line, _)| !line.is_ascii() || line.contains(is_control));
    lines.flat_map(|(line, number)| of_line(line.trim_end_matches('\r'), number)).collect()
}

fn is_control(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\r')
}

fn of_line(line: &str, number: usize) -> Vec<Odd> {
    let odd = |(character, column)| {
        let (_, _, name, unseen) = row(character)?;
        Some(Odd { line: number, column, character, name, unseen: *unseen })
    };
    before_comment(line).chars().zip(1..).filter_map(odd).collect()
}

/// A line of YAML without the comment at its end.
pub fn before_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, character) in line.char_indices() {
        match (quote, character) {
            (None, '#') if before.is_whitespace() => return &line[..at],
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        before = character;
    }
    line
}

/// The text with what cannot be seen in it written out: `a<U+200B>b`.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match row(character) {
            Some((.., true)) => write!(shown, "<U+{:04X}>", u32::from(character)).unwrap_or_default(),
            Some((.., false)) | None => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(
            shown("cluster\u{200b}Name\u{a0}\u{1b}[1m \u{2014} \u{e4}\n"),
            "cluster<U+200B>Name<U+00A0><U+001B>[1m \u{2014} \u{e4}\n"
        );
    }

    #[test]
    fn odd_characters_are_found_with_their_places_and_not_in_comments() {
        let text = "a: b # \u{201c}fine\u{201d}\nc\u{ff1a} d\n e: \"f # \u{a0}\"\n\u{a0}g: h\r\n";
        let found: Vec<_> = odd_characters(text).iter().map(|odd| (odd.line, odd.column, odd.name)).collect();
        let wanted =
            [(2, 2, "a full-width character"), (3, 10, "a no-break space"), (4, 1, "a no-break space")];
        assert_eq!(found, wanted);
    }

    #[test]
    fn each_range_goes_upwards_and_none_overlaps_the_next() {
        assert!(ODD.iter().all(|(from, to, ..)| from <= to));
        assert!(ODD.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
