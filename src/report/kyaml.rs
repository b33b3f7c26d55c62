//! KYAML: YAML in braces, with every text in double quotes and a comma behind every field.

use std::fmt::Write as _;

use serde_json::Value;

use super::go;

/// A document with its `---`. The names of fields are to be plain words, as those of kubeadm's documents are.
pub fn kyaml(document: &Value) -> String {
    let mut text = String::from("---\n");
    write(&mut text, document, 0);
    text + "\n"
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
        Value::String(value) => string(text, value, depth + 1),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Array(items) => list(text, items, depth),
        Value::Object(fields) if fields.is_empty() => text.push_str("{}"),
        Value::Object(fields) => {
            text.push_str("{\n");
            for (name, value) in fields {
                indent(text, depth + 1);
                let _ = write!(text, "{name}: ");
                write(text, value, depth + 1);
                text.push_str(",\n");
            }
            indent(text, depth);
            text.push('}');
        }
    }
}

/// Brackets cuddle where lists or maps alone stand between them.
fn list(text: &mut String, items: &[Value], depth: usize) {
    let cuddles = items.iter().all(|item| item.is_array() || item.is_object());
    text.push('[');
    if !cuddles {
        text.push('\n');
    }
    for (index, item) in items.iter().enumerate() {
        if cuddles {
            text.push_str(if index > 0 { ", " } else { "" });
            write(text, item, depth);
        } else {
            indent(text, depth + 1);
            write(text, item, depth + 1);
            text.push_str(",\n");
        }
    }
    if !cuddles {
        indent(text, depth);
    }
    text.push(']');
}

/// One of several lines has each on a line of its own, folded into one again by backslashes.
fn string(text: &mut String, value: &str, depth: usize) {
    text.push('"');
    if !value.contains('\n') {
        value.chars().for_each(|char| text.push_str(&escaped(char)));
        return text.push('"');
    }
    text.push_str("\\\n");
    for line in value.split_inclusive('\n') {
        indent(text, depth);
        // A space at the start of a line would be lost; the others are kept below each other.
        text.push(if line.starts_with(|char: char| char.is_whitespace() && char != '\n') {
            '\\'
        } else {
            ' '
        });
        line.chars().for_each(|char| text.push_str(&escaped(char)));
    }
    if !value.ends_with('\n') {
        text.push_str("\\\n");
    }
    indent(text, depth);
    text.push('"');
}

fn escaped(char: char) -> String {
    match char {
        '\n' => "\\n\\\n".to_owned(),
        '\t' => "\t".to_owned(),
        '\0' => "\\0".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        '"' => "\\\"".to_owned(),
        _ => go::escaped(char),
    }
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_written_as_kubernetes_writes_it() {
        let document = json!({
            "kind": "X", "certificates": [{ "name": "a\"b", "residualTime": 5, "expirationDate": null }, {}],
            "usages": ["signing", "a\tb\u{1}"], "none": [], "description": "for\n  the lab\n\nat home",
        });
        let text = r#"---
{
  kind: "X",
  certificates: [{
    name: "a\"b",
    residualTime: 5,
    expirationDate: null,
  }, {}],
  usages: [
    "signing",
    "a	b\x01",
  ],
  none: [],
  description: "\
     for\n\
    \  the lab\n\
     \n\
     at home\
    ",
}
"#;
        assert_eq!(kyaml(&document), text);
    }
}
