//! Values of flags as Go's parsers read them (`strconv`, `encoding/csv`), since scripts were written for those.

/// A value that Go's parser would not take; its text says how to write it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadValue {
    /// No boolean of Go's.
    #[error("write true or false")]
    Boolean,
    /// No number, or one that does not fit.
    #[error("write a whole number, of 32 bits at most")]
    Number,
}

/// Go's `ParseBool`.
pub fn boolean(text: &str) -> Result<bool, BadValue> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(BadValue::Boolean),
    }
}

/// Go's `ParseInt` with base 0: `0x`, `0o` and `0b` say the base, and a leading zero is that of an octal number.
pub fn number(text: &str) -> Result<i32, BadValue> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = based(digits);
    let unsigned = digits.starts_with(|first: char| first.is_digit(base));
    let value = i64::from_str_radix(digits, base).ok().filter(|_| unsigned);
    value.and_then(|value| i32::try_from(sign * value).ok()).ok_or(BadValue::Number)
}

fn based(text: &str) -> (u32, &str) {
    let prefixes = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2), ("0", 8)];
    let found = prefixes.iter().find_map(|(prefix, base)| Some((*base, text.strip_prefix(prefix)?)));
    found.filter(|(_, digits)| !digits.is_empty()).unwrap_or((10, text))
}

/// Values divided by commas; one in double quotes may hold commas, and `""` stands for a quote in it.
pub fn list(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut rest = text;
    while !rest.is_empty() {
        let (value, more) = field(rest);
        values.pop();
        values.push(value);
        let Some(more) = more else { break };
        values.push(String::new());
        rest = more;
    }
    values
}

/// The first value, and what follows its comma.
fn field(text: &str) -> (String, Option<&str>) {
    if let Some((value, after)) = text.strip_prefix('"').and_then(quoted) {
        return (value, after.strip_prefix(','));
    }
    match text.split_once(',') {
        Some((value, more)) => (value.to_owned(), Some(more)),
        None => (text.to_owned(), None),
    }
}

/// What stands before the closing quote, and what stands behind it: a comma or the end. Anything else is not quoted.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return (after.is_empty() || after.starts_with(',')).then_some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_go_s() {
        assert_eq!((boolean("T"), boolean("0")), (Ok(true), Ok(false)));
        for text in ["yes", "tRUE", "", " true"] {
            assert_eq!(boolean(text), Err(BadValue::Boolean), "{text}");
        }
    }

    #[test]
    fn numbers_are_go_s() {
        let cases = [
            ("6443", 6443),
            ("0", 0),
            ("-1", -1),
            ("+6443", 6443),
            ("0x50", 80),
            ("0b11", 3),
            ("010", 8),
            ("0o10", 8),
        ];
        for (text, value) in cases {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in ["", "x", "0x", "08", "--1", "+-1", "6443.0", "2147483648", "٣"] {
            assert_eq!(number(text), Err(BadValue::Number), "{text}");
        }
    }

    #[test]
    fn lists_are_those_of_go_s_csv() {
        for (text, values) in [
            ("a,b", vec!["a", "b"]),
            ("a", vec!["a"]),
            ("", vec![""]),
            ("a,", vec!["a", ""]),
            ("\"a\",\"b\"", vec!["a", "b"]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"say \"\"a\"\"\"", vec!["say \"a\""]),
            ("\"a\"b,c", vec!["\"a\"b", "c"]),
            ("\"a", vec!["\"a"]),
        ] {
            assert_eq!(list(text), values, "{text}");
        }
    }
}
