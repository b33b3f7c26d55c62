//! Texts in Go's quotes: `strconv.Quote`, and back.

/// Not a text in quotes as Go reads one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadQuote {
    /// No quotes around it, or an escape that Go does not know.
    #[error("invalid syntax")]
    Syntax,
    /// Go holds any bytes in a string.
    #[error("the escapes make no UTF-8")]
    NotUtf8,
}

/// In double quotes.
pub fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => all.push_str("\\\""),
            _ => all.push_str(&escaped(char)),
        }
    }
    all.push('"');
    all
}

/// As it is written between quotes of either kind, which are not escaped.
pub fn escaped(char: char) -> String {
    let code = u32::from(char);
    match SINGLE.iter().find(|(_, made)| *made == char && *made != '\'' && *made != '"') {
        Some((letter, _)) => format!("\\{letter}"),
        None if is_print(char) => char.to_string(),
        None if code < 0x20 || code == 0x7f => format!("\\x{code:02x}"),
        None if code < 0x1_0000 => format!("\\u{code:04x}"),
        None => format!("\\U{code:08x}"),
    }
}

/// Nearly `strconv.IsPrint`: what Rust does not escape in its own debug form.
pub fn is_print(char: char) -> bool {
    matches!(char, '\'' | '"' | '\\') || char.escape_debug().len() == 1
}

/// The letters behind a backslash that stand for one character each.
const SINGLE: [(char, char); 10] = [
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('f', '\u{c}'),
    ('n', '\n'),
    ('r', '\r'),
    ('t', '\t'),
    ('v', '\u{b}'),
    ('\\', '\\'),
    ('\'', '\''),
    ('"', '"'),
];

/// The letters that numbers follow: how many digits of which base.
const NUMBERED: [(char, usize, u32); 3] = [('x', 2, 16), ('u', 4, 16), ('U', 8, 16)];

/// What stands between the quotes, with its escapes resolved; `quote` is the only quote that may be escaped.
pub fn unquoted(between: &str, quote: char) -> Result<String, BadQuote> {
    let mut bytes = Vec::with_capacity(between.len());
    let mut rest = between;
    while !rest.is_empty() {
        let (unit, after) = unit(rest, quote)?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| BadQuote::NotUtf8)
}

/// The only character between quotes, as a number.
pub fn unquoted_char(between: &str, quote: char) -> Result<u32, BadQuote> {
    match unit(between, quote)? {
        (Unit::Byte(byte), "") => Ok(u32::from(byte)),
        (Unit::Char(char), "") => Ok(u32::from(char)),
        _ => Err(BadQuote::Syntax),
    }
}

/// `\x` and octal escapes are bytes, all else is characters.
enum Unit {
    Byte(u8),
    Char(char),
}

fn unit(text: &str, quote: char) -> Result<(Unit, &str), BadQuote> {
    let mut chars = text.chars();
    match chars.next().ok_or(BadQuote::Syntax)? {
        '\\' => escape(chars.as_str(), quote),
        char if char == quote => Err(BadQuote::Syntax),
        char => Ok((Unit::Char(char), chars.as_str())),
    }
}

/// What follows a backslash.
fn escape(text: &str, quote: char) -> Result<(Unit, &str), BadQuote> {
    let letter = text.chars().next().ok_or(BadQuote::Syntax)?;
    let rest = &text[letter.len_utf8()..];
    if let Some((_, made)) = SINGLE.iter().find(|(name, _)| *name == letter) {
        let is_other_quote = matches!(made, '\'' | '"') && *made != quote;
        return if is_other_quote { Err(BadQuote::Syntax) } else { Ok((Unit::Char(*made), rest)) };
    }
    let (digits, base, from) = match NUMBERED.iter().find(|(name, ..)| *name == letter) {
        Some((_, digits, base)) => (*digits, *base, rest),
        None if letter.is_digit(8) => (3, 8, text),
        None => return Err(BadQuote::Syntax),
    };
    let number = from.get(..digits).filter(|text| text.chars().all(|char| char.is_digit(base)));
    let number = number.and_then(|text| u32::from_str_radix(text, base).ok()).ok_or(BadQuote::Syntax)?;
    let unit = if digits <= 3 {
        u8::try_from(number).ok().map(Unit::Byte)
    } else {
        char::from_u32(number).map(Unit::Char)
    };
    Ok((unit.ok_or(BadQuote::Syntax)?, &from[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_as_go_resolves_them() {
        for (text, quote, wanted) in [
            (r"a\tb\\", '"', Ok("a\tb\\")),
            (r"\x41\101\u00e9\U0001f600\xc3\xa9", '"', Ok("AAé😀é")),
            (r#"\""#, '"', Ok("\"")),
            (r#"\""#, '\'', Err(BadQuote::Syntax)),
            (r"\'", '\'', Ok("'")),
            (r"\8", '"', Err(BadQuote::Syntax)),
            (r"\400", '"', Err(BadQuote::Syntax)),
            (r"\x4", '"', Err(BadQuote::Syntax)),
            (r"\xff", '"', Err(BadQuote::NotUtf8)),
            ("\\", '"', Err(BadQuote::Syntax)),
            (r"\ud800", '"', Err(BadQuote::Syntax)),
        ] {
            assert_eq!(unquoted(text, quote).as_deref(), wanted.as_ref().map(|text| *text), "{text}");
        }
        assert_eq!(unquoted_char("é", '\''), Ok(0xe9));
        assert_eq!(unquoted_char("ab", '\''), Err(BadQuote::Syntax));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(quoted("a\"é\n\u{1}\u{200b}'"), "\"a\\\"é\\n\\x01\\u200b'\"");
    }
}
