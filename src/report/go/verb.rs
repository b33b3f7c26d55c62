//! One value → text, by a verb of a format.

use std::fmt::{self, Write};

use super::float;
use super::print::plain;
use super::quote::{escaped, is_print, quoted};
use super::value::Value;

/// What stands between a percent sign and its verb.
#[derive(Debug, Clone)]
pub struct Spec {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    /// `%#v`: as it would stand in a program.
    Go,
}

impl Spec {
    /// Of `%v`, two flags say something else.
    pub fn new(flags: String, width: Option<usize>, precision: Option<usize>, verb: char) -> Self {
        if verb != 'v' {
            return Self { flags, width, precision, form: Form::Plain };
        }
        let form = if flags.contains('#') { Form::Go } else { Form::Plain };
        Self { flags: flags.replace(['#', '+'], ""), width, precision, form }
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// Zeros stand on the left alone.
    fn has_zeros(&self) -> bool {
        self.has('0') && !self.has('-')
    }

    fn without_zeros(&self) -> Self {
        Self { flags: self.flags.replace('0', ""), ..self.clone() }
    }

    fn pad(&self, out: &mut impl Write, text: &str) -> fmt::Result {
        let missing = self.width.unwrap_or_default().saturating_sub(text.chars().count());
        let padding = if self.has_zeros() { "0" } else { " " }.repeat(missing);
        if self.has('-') { write!(out, "{text}{padding}") } else { write!(out, "{padding}{text}") }
    }

    /// As many characters as the precision says.
    fn cut<'a>(&self, text: &'a str) -> &'a str {
        let end = self.precision.and_then(|most| text.char_indices().nth(most));
        end.map_or(text, |(end, _)| &text[..end])
    }

    fn sign(&self, is_negative: bool) -> &'static str {
        if is_negative {
            "-"
        } else if self.has('+') {
            "+"
        } else if self.has(' ') {
            " "
        } else {
            ""
        }
    }
}

/// One value as a verb of fmt writes it.
///
/// # Errors
/// `out` cannot be written to.
pub fn write_value(out: &mut impl Write, spec: &Spec, verb: char, value: &Value) -> fmt::Result {
    match (verb, value) {
        ('v' | 'T', Value::Nothing | Value::Nil) => spec.pad(out, "<nil>"),
        (_, Value::Nothing | Value::Nil) => bad_verb(out, spec, verb, value),
        ('T', value) => spec.pad(out, spec.cut(value.type_name())),
        _ => within(out, spec, verb, value),
    }
}

/// As it is printed inside lists and maps.
fn within(out: &mut impl Write, spec: &Spec, verb: char, value: &Value) -> fmt::Result {
    match value {
        Value::Nothing | Value::Nil if spec.form == Form::Go => out.write_str("interface {}(nil)"),
        Value::Nothing | Value::Nil => out.write_str("<nil>"),
        Value::Bool(value) if matches!(verb, 't' | 'v') => spec.pad(out, &value.to_string()),
        Value::Int(number) | Value::Int64(number) => whole(out, spec, verb, *number, value),
        Value::Byte(byte) if verb == 'v' && spec.form == Form::Go => {
            let spec = Spec { flags: format!("#{}", spec.flags), form: Form::Plain, ..spec.clone() };
            whole(out, &spec, 'x', i64::from(*byte), value)
        }
        Value::Byte(byte) => whole(out, spec, verb, i64::from(*byte), value),
        Value::Float(number) => float(out, spec, verb, *number),
        Value::Text(text) => string(out, spec, verb, text),
        Value::List(items) => {
            let items = items.iter().map(|item| (None, item));
            all(out, spec, verb, ("[]interface {}", "["), items)
        }
        Value::Map(fields) => {
            let fields = fields.iter().map(|(name, value)| (Some(name.as_str()), value));
            all(out, spec, verb, ("map[string]interface {}", "map["), fields)
        }
        Value::Bool(_) => bad_verb(out, spec, verb, value),
    }
}

fn all<'a>(
    out: &mut impl Write,
    spec: &Spec,
    verb: char,
    (go, open): (&str, &str),
    items: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
) -> fmt::Result {
    let (open, separator, close) = match spec.form {
        Form::Go => (format!("{go}{{"), ", ", "}"),
        Form::Plain => (open.to_owned(), " ", "]"),
    };
    out.write_str(&open)?;
    for (index, (name, value)) in items.enumerate() {
        out.write_str(if index > 0 { separator } else { "" })?;
        if let Some(name) = name {
            string(out, spec, verb, name)?;
            out.write_char(':')?;
        }
        within(out, spec, verb, value)?;
    }
    out.write_str(close)
}

/// `%!d(string=x)`.
fn bad_verb(out: &mut impl Write, spec: &Spec, verb: char, value: &Value) -> fmt::Result {
    if matches!(value, Value::Nothing | Value::Nil) {
        return write!(out, "%!{verb}(<nil>)");
    }
    write!(out, "%!{verb}({}=", value.type_name())?;
    match value {
        Value::List(_) | Value::Map(_) => out.write_str(&plain(value))?,
        value => within(out, &Spec { form: Form::Plain, ..spec.clone() }, 'v', value)?,
    }
    out.write_char(')')
}

fn whole(out: &mut impl Write, spec: &Spec, verb: char, number: i64, value: &Value) -> fmt::Result {
    let size = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'v' | 'd' => (size.to_string(), ""),
        'b' => (format!("{size:b}"), "0b"),
        'o' => (format!("{size:o}"), "0"),
        'O' => (format!("{size:o}"), "0o"),
        'x' => (format!("{size:x}"), "0x"),
        'X' => (format!("{size:X}"), "0X"),
        'c' => return spec.pad(out, &character(number).to_string()),
        'q' => return spec.pad(out, &quoted_character(spec, character(number))),
        'U' => return spec.without_zeros().pad(out, &code(spec, number)),
        _ => return bad_verb(out, spec, verb, value),
    };
    let sign = spec.sign(number < 0);
    let least = match (spec.precision, spec.width) {
        (Some(0), _) if number == 0 => return spec.without_zeros().pad(out, ""),
        (Some(precision), _) => precision,
        (None, Some(width)) if spec.has_zeros() => width - sign.len().min(width),
        (None, _) => 0,
    };
    let digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
    let prefix = match verb {
        'o' if digits.starts_with('0') => "",
        'O' if spec.has('#') && !digits.starts_with('0') => "0o0",
        'O' => prefix,
        _ if spec.has('#') => prefix,
        _ => "",
    };
    spec.without_zeros().pad(out, &format!("{sign}{prefix}{digits}"))
}

/// What is no character is shown as the one that stands for such.
fn character(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn quoted_character(spec: &Spec, char: char) -> String {
    match char {
        '\'' => r"'\''".to_owned(),
        char => format!("'{}'", shown(spec, char)),
    }
}

/// A plus sign leaves ASCII alone.
fn shown(spec: &Spec, char: char) -> String {
    match u32::from(char) {
        code @ 0x80..=0xffff if spec.has('+') => format!("\\u{code:04x}"),
        code @ 0x1_0000.. if spec.has('+') => format!("\\U{code:08x}"),
        _ => escaped(char),
    }
}

/// `U+0041`; a number sign adds the character.
fn code(spec: &Spec, number: i64) -> String {
    let digits = format!("{number:X}");
    let zeros = "0".repeat(spec.precision.unwrap_or_default().max(4).saturating_sub(digits.len()));
    let char = u32::try_from(number).ok().and_then(char::from_u32).filter(|char| is_print(*char));
    let char = char.filter(|_| spec.has('#')).map(|char| format!(" '{char}'")).unwrap_or_default();
    format!("U+{zeros}{digits}{char}")
}

/// Hexadecimal floats, and a number sign at a float, are not known here.
fn float(out: &mut impl Write, spec: &Spec, verb: char, number: f64) -> fmt::Result {
    let size = number.abs();
    let text = match verb {
        'v' | 'g' => float::general(size, spec.precision),
        'G' => float::general(size, spec.precision).to_uppercase(),
        'e' => float::scientific(size, spec.precision.unwrap_or(6)),
        'E' => float::scientific(size, spec.precision.unwrap_or(6)).to_uppercase(),
        'f' | 'F' => float::fixed(size, spec.precision.unwrap_or(6)),
        _ => return bad_verb(out, spec, verb, &Value::Float(number)),
    };
    let sign = spec.sign(number.is_sign_negative());
    let text = text.trim_start_matches('+');
    if spec.has_zeros() && number.is_finite() {
        out.write_str(sign)?;
        let width = spec.width.map(|width| width.saturating_sub(sign.len()));
        return Spec { width, ..spec.clone() }.pad(out, text);
    }
    spec.without_zeros().pad(out, &format!("{sign}{text}"))
}

fn string(out: &mut impl Write, spec: &Spec, verb: char, text: &str) -> fmt::Result {
    match (verb, spec.form) {
        ('v', Form::Plain) | ('s', _) => spec.pad(out, spec.cut(text)),
        ('v', Form::Go) | ('q', _) => spec.pad(out, &quoted_text(spec, spec.cut(text))),
        ('x', _) => spec.pad(out, &hexadecimal(spec, text)),
        ('X', _) => spec.pad(out, &hexadecimal(spec, text).to_uppercase()),
        _ => bad_verb(out, spec, verb, &Value::text(text)),
    }
}

fn quoted_text(spec: &Spec, text: &str) -> String {
    let is_raw = |char: char| char == '\t' || !char.is_ascii_control() && !matches!(char, '`' | '\u{feff}');
    if spec.has('#') && text.chars().all(is_raw) {
        return format!("`{text}`");
    }
    if !spec.has('+') {
        return quoted(text);
    }
    let inside: String =
        text.chars().map(|char| if char == '"' { "\\\"".to_owned() } else { shown(spec, char) }).collect();
    format!("\"{inside}\"")
}

/// A byte after the other, `precision` of them at most.
fn hexadecimal(spec: &Spec, text: &str) -> String {
    let bytes = &text.as_bytes()[..spec.precision.unwrap_or(usize::MAX).min(text.len())];
    let prefix = if spec.has('#') && !bytes.is_empty() { "0x" } else { "" };
    let separator = if spec.has(' ') { format!(" {prefix}") } else { String::new() };
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{}", bytes.join(&separator))
}
