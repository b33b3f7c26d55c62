//! What the YAML reader says → the same in the words of those who write YAML. None of it quotes the text, which may hold keys or
//! tokens.

/// What the reader's message begins with, and what is said in its place. Any other message stays as it is.
const WORDS: &[(&str, &str)] = &[
    (
        "mapping values are not allowed in this context",
        "a second `: ` where none can stand; is the line indented as its neighbours are, or does its value need quotes?",
    ),
    ("simple key expected ':'", "a line without `: `; a name is followed by a colon and a space"),
    ("simple key expected", "a line without `: `; a name is followed by a colon and a space"),
    (
        "invalid indentation in multiline quoted scalar",
        "a quote that is opened before and never closed, or lines in quotes that are not indented",
    ),
    ("unclosed quote", "a quote that is opened and never closed"),
    (
        "expected string scalar",
        "a name of a field must be a text; a template's {{ … }} has to be filled in first, or put in quotes",
    ),
    (
        "alias references unknown anchor",
        "a value that begins with * refers to an anchor (&) that is not there; if it is a text, put it in quotes",
    ),
    (
        "while parsing a block mapping, did not find expected key",
        "this is no `name: value` as the lines above are; is it indented as they are?",
    ),
    (
        "while parsing a block collection, did not find expected '-' indicator",
        "this is no item of the list above; an item begins with `- `, indented as the others are",
    ),
    (
        "while parsing a flow mapping, did not find expected ',' or '}'",
        "a `,` or `}` is missing between the values in braces",
    ),
    (
        "while parsing a flow sequence, expected ',' or ']'",
        "a `,` or `]` is missing between the values in brackets",
    ),
    ("multiple YAML documents detected", "there is a second document behind `---`, and one is wanted"),
    ("tabs disallowed within this context", "a tab in the indentation, where YAML takes spaces alone"),
    ("found a tab character", "a tab in the indentation, where YAML takes spaces alone"),
];

/// A value may not begin with these unless it is in quotes.
const RESERVED: [char; 3] = ['%', '@', '`'];

/// In plain words, where there are some.
pub fn plain(said: &str) -> String {
    if let Some((_, words)) = WORDS.iter().find(|(start, _)| said.starts_with(start)) {
        return (*words).to_owned();
    }
    let unexpected = said.strip_prefix("unexpected character: `").and_then(|rest| rest.strip_suffix('\''));
    match unexpected.map(|shown| (shown, shown.chars().next())) {
        Some((shown, Some(first))) if shown.chars().count() == 1 && RESERVED.contains(&first) => {
            format!("a value cannot begin with {first}; put it in quotes")
        }
        Some((shown, _)) => match code_point(shown) {
            Some(code) => format!("the control character U+{code:04X} cannot stand in YAML"),
            None => said.to_owned(),
        },
        None => said.to_owned(),
    }
}

/// Of a character as Rust writes it: `\u{7}`.
fn code_point(shown: &str) -> Option<u32> {
    let digits = shown.strip_prefix("\\u{")?.strip_suffix('}')?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use crate::yaml::tree;

    #[test]
    fn usual_mistakes_are_told_in_plain_words() {
        for (text, words) in [
            ("a: b: c\n", "a second `: ` where none can stand"),
            ("a: 1\n b: 2\n", "a second `: `"),
            ("a:1\n", "this|a line without `: `"),
            ("a: 1\nb\n", "a line without `: `"),
            ("a: 'b\n", "a quote that is opened"),
            ("a: @b\n", "a value cannot begin with @; put it in quotes"),
            ("a: %b\n", "a value cannot begin with %; put it in quotes"),
            ("a: {{ b }}\n", "a name of a field must be a text"),
            ("a: *b\n", "a value that begins with * refers to an anchor"),
            ("a: 1\n- b\n", "this is no `name: value`"),
            ("a:\n\tb: 1\n", "a tab in the indentation"),
            ("a: \u{7}\n", "the control character U+0007 cannot stand in YAML"),
            ("a: [1\n", "unclosed bracket '['"),
        ] {
            let Err(error) = tree(text) else { continue };
            assert!(words.split('|').any(|words| error.said.starts_with(words)), "{text:?}: {}", error.said);
        }
    }
}
