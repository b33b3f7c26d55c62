//! Constants of templates → numbers: decimal, octal, hexadecimal, binary, floats and characters.

use super::node::Number;
use super::problem::Problem;
use crate::report::go::unquoted_char;

/// The letters behind a zero that say the base.
const BASES: [(&str, u32); 6] = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];

/// A constant as Go writes it: decimal, `0x`, `0o` or `0b`, with `_` between digits.
///
/// # Errors
/// It is none, does not fit 64 bits, or is of a kind that is not known here.
pub fn read(text: &str) -> Result<Number, Problem> {
    let bad = || Problem::Number(text.to_owned());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let based = BASES.iter().find_map(|(letters, base)| Some((unsigned.strip_prefix(letters)?, *base)));
    let is_hexadecimal = matches!(based, Some((_, 16)));
    if text.ends_with('i') || is_hexadecimal && text.contains(['.', 'p', 'P']) {
        return Err(Problem::UnknownNumber(text.to_owned()));
    }
    if !has_good_separators(unsigned, is_hexadecimal) {
        return Err(bad());
    }
    if based.is_none() && unsigned.contains(['.', 'e', 'E']) {
        let digits = text.replace('_', "");
        let number = digits.parse().ok().filter(|number: &f64| number.is_finite() && is_decimal(unsigned));
        return number.map(Number::Float).ok_or_else(bad);
    }
    let (digits, base) = match unsigned.strip_prefix('0') {
        Some(octal) if based.is_none() && !octal.is_empty() => (octal, 8),
        _ => based.unwrap_or((unsigned, 10)),
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|char| char.is_digit(base)) {
        return Err(bad());
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number = i64::from_str_radix(&format!("{sign}{digits}"), base);
    number.map(Number::Int).map_err(|_| Problem::Overflow(text.to_owned()))
}

/// Rust reads `inf` and `nan` too.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"._+-eE".contains(&byte))
}

/// An underscore stands between two digits, or behind the letter of the base.
fn has_good_separators(text: &str, is_hexadecimal: bool) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |index: usize| {
        bytes
            .get(index)
            .is_some_and(|byte| byte.is_ascii_digit() || is_hexadecimal && byte.is_ascii_hexdigit())
    };
    let is_base = |index: usize| index == 1 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic();
    let is_good =
        |index: usize| index > 0 && (is_digit(index - 1) || is_base(index - 1)) && is_digit(index + 1);
    (0..bytes.len()).filter(|index| bytes[*index] == b'_').all(is_good)
}

/// Of a character in its quotes, its number.
pub fn character(text: &str) -> Result<Number, Problem> {
    Ok(Number::Int(i64::from(unquoted_char(&text[1..text.len() - 1], '\'')?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_as_go_reads_them() {
        for (text, wanted) in [
            ("0", Number::Int(0)),
            ("+42", Number::Int(42)),
            ("-0x1F", Number::Int(-31)),
            ("0x_1e", Number::Int(30)),
            ("017", Number::Int(15)),
            ("0o17", Number::Int(15)),
            ("0b1_01", Number::Int(5)),
            ("1_000", Number::Int(1000)),
            ("-9223372036854775808", Number::Int(i64::MIN)),
            ("1.", Number::Float(1.0)),
            (".5", Number::Float(0.5)),
            ("1e3", Number::Float(1000.0)),
            ("08.5", Number::Float(8.5)),
        ] {
            assert_eq!(read(text), Ok(wanted), "{text}");
        }
        for text in ["-", ".", "1e", "1.2.3", "0x", "1a", "089", "1__0", "_1", "1_", "0b2", "1e400", "1e_5"] {
            assert_eq!(read(text), Err(Problem::Number(text.to_owned())), "{text}");
        }
        for text in ["1i", "0x1p4"] {
            assert_eq!(read(text), Err(Problem::UnknownNumber(text.to_owned())), "{text}");
        }
        let huge = "9223372036854775808";
        assert_eq!(read(huge), Err(Problem::Overflow(huge.to_owned())));
        assert_eq!(character("'é'"), Ok(Number::Int(0xe9)));
        assert!(character("'ab'").is_err());
    }
}
