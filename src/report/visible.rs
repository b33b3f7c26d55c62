//! Text of others' making → what a terminal shows of it: nothing in it moves the cursor, changes a colour, or hides.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character does something instead of being seen. Line breaks and tabs are the layout of texts.
fn is_hidden(c: char) -> bool {
    let is_layout = matches!(c, '\n' | '\t');
    let is_format = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    (c.is_control() && !is_layout) || is_format
}

/// Each hidden character as `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |shown, c| shown.extend(c.escape_unicode()))
}

/// Each hidden character of a JSON text as JSON escapes it: outside of strings there is none.
pub fn visible_json(text: &str) -> Cow<'_, str> {
    escaped(text, |shown, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(shown, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { write(&mut shown, c) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_seen() {
        assert_eq!(visible("a\u{1b}[2Jb\r\u{9b}\u{7f}"), r"a\u{1b}[2Jb\u{d}\u{9b}\u{7f}");
        assert_eq!(visible("x\u{202e}y\u{200b}z\u{feff}"), r"x\u{202e}y\u{200b}z\u{feff}");
        assert!(matches!(visible("one\n\ttwo é 漢 … –"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_says_the_same_as_before() {
        for text in ["\u{202e}", "\u{9b}1m\u{7f}", "\u{e0001}", "\u{1b}\n\""] {
            let json = serde_json::to_string(text).unwrap();
            let shown = visible_json(&json);
            assert!(!shown.contains(is_hidden), "{shown}");
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }
}
