//! Texts as HTML, JavaScript and queries of URLs have them, by Go's rules.

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::report::go::is_print;

/// Escapes `text` for HTML, as `html`.
///
/// # Errors
/// `out` cannot be written to.
pub fn html(out: &mut impl Write, text: &str) -> fmt::Result {
    text.chars().try_for_each(|char| match char {
        '\0' => out.write_char('\u{fffd}'),
        '"' => out.write_str("&#34;"),
        '\'' => out.write_str("&#39;"),
        '&' => out.write_str("&amp;"),
        '<' => out.write_str("&lt;"),
        '>' => out.write_str("&gt;"),
        char => out.write_char(char),
    })
}

/// Escapes `text` for a string of JavaScript, as `js`.
///
/// # Errors
/// `out` cannot be written to.
pub fn js(out: &mut impl Write, text: &str) -> fmt::Result {
    text.chars().try_for_each(|char| match char {
        '\\' | '\'' | '"' => write!(out, "\\{char}"),
        '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => write!(out, "\\u{:04X}", u32::from(char)),
        '\u{80}'.. if !is_print(char) => write!(out, "\\u{:04X}", u32::from(char)),
        char => out.write_char(char),
    })
}

/// What stands in a query as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Escapes `text` for a URL's query, as `urlquery`.
///
/// # Errors
/// `out` cannot be written to.
pub fn urlquery(out: &mut impl Write, text: &str) -> fmt::Result {
    utf8_percent_encode(text, &PLAIN)
        .try_for_each(|part| out.write_str(if part == "%20" { "+" } else { part }))
}
