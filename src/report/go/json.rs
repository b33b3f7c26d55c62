//! Values → JSON as Go's `encoding/json` writes it: names in order, and what HTML takes for its own escaped.

use std::fmt::Write as _;

use super::value::Value;

/// On one line.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None);
    text
}

/// A field or an item a line, by four spaces.
pub fn indented(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Some(0));
    text
}

fn write(text: &mut String, value: &Value, depth: Option<usize>) {
    match value {
        Value::Nothing | Value::Nil => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) | Value::Int64(number) => text.push_str(&number.to_string()),
        Value::Byte(byte) => text.push_str(&byte.to_string()),
        Value::Float(value) => text.push_str(&number(*value)),
        Value::Text(value) => string(text, value),
        Value::List(items) => {
            let write_item = |text: &mut String, item: &Value, below| write(text, item, below);
            all(text, "[]", items.iter(), depth, write_item);
        }
        Value::Map(fields) => all(text, "{}", fields.iter(), depth, |text, (name, value), below| {
            string(text, name);
            text.push_str(if below.is_some() { ": " } else { ":" });
            write(text, value, below);
        }),
    }
}

fn all<T>(
    text: &mut String,
    brackets: &str,
    items: impl ExactSizeIterator<Item = T>,
    depth: Option<usize>,
    write_item: impl Fn(&mut String, T, Option<usize>),
) {
    if items.len() == 0 {
        return text.push_str(brackets);
    }
    let below = depth.map(|depth| depth + 1);
    text.push_str(&brackets[..1]);
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        new_line(text, below);
        write_item(text, item, below);
    }
    new_line(text, depth);
    text.push_str(&brackets[1..]);
}

fn new_line(text: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        text.push('\n');
        text.push_str(&"    ".repeat(depth));
    }
}

/// The shortest digits that mean the number; very large and very small ones with an exponent, as in 1e-7.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return if size >= 1.0 { text.replace('e', "e+") } else { text };
    }
    format!("{value}")
}

fn string(text: &mut String, value: &str) {
    let quoted = serde_json::Value::from(value).to_string();
    for char in quoted.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(char));
            }
            _ => text.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Numbers;
    use super::*;

    #[test]
    fn it_is_written_as_go_writes_it() {
        let document =
            json!({ "b": [1, 2.5, 1e21, 1e-7, -0.0, {}], "a": "<&>\u{2028}é\u{8}\u{1}", "c": [], "d": null });
        let value = Value::of(&document, Numbers::Floats);
        assert_eq!(
            compact(&value),
            r#"{"a":"\u003c\u0026\u003e\u2028é\b\u0001","b":[1,2.5,1e+21,1e-7,-0,{}],"c":[],"d":null}"#
        );
        let value = Value::of(&json!({ "a": [1, []] }), Numbers::Floats);
        assert_eq!(indented(&value), "{\n    \"a\": [\n        1,\n        []\n    ]\n}");
    }
}
