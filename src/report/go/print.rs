//! Values → text as Go's `fmt` prints them without a format.

use std::fmt::{self, Write};

use super::float;
use super::value::Value;

/// `%v`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Nothing | Value::Nil => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) | Value::Int64(number) => number.to_string(),
        Value::Byte(byte) => byte.to_string(),
        Value::Float(number) => float::general(*number, None),
        Value::Text(text) => text.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Map(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", plain(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// `Sprint`: a space between two of which neither is a text.
pub fn sprint(out: &mut impl Write, values: &[Value]) -> fmt::Result {
    let is_text = |value: &Value| matches!(value, Value::Text(_));
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !is_text(value) && !is_text(&values[index - 1]) {
            out.write_char(' ')?;
        }
        out.write_str(&plain(value))?;
    }
    Ok(())
}

/// `Sprintln`: a space between any two.
pub fn sprintln(out: &mut impl Write, values: &[Value]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        out.write_str(if index > 0 { " " } else { "" })?;
        out.write_str(&plain(value))?;
    }
    out.write_char('\n')
}

#[cfg(test)]
mod tests {
    use super::super::Numbers;
    use super::*;

    #[test]
    fn lists_and_maps_are_told_in_go_s_own_form() {
        let document = serde_json::json!({ "b": [1, "x", null], "a": true });
        let value = Value::of(&document, Numbers::Whole);
        assert_eq!(plain(&value), "map[a:true b:[1 x <nil>]]");
    }

    #[test]
    fn a_space_stands_between_what_is_no_text() {
        let values = [Value::Int(1), Value::Int(2), Value::text("a"), Value::Nil];
        let (mut one, mut line) = (String::new(), String::new());
        sprint(&mut one, &values).unwrap();
        sprintln(&mut line, &values).unwrap();
        assert_eq!((one.as_str(), line.as_str()), ("1 2a<nil>", "1 2 a <nil>\n"));
    }
}
