//! A JSON document → what Go's reflection sees of it.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A value with the type that Go has it in.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// There is none: Go's zero `reflect.Value`, which is what a missing key gives.
    Nothing,
    /// null.
    Nil,
    /// JSON's true or false.
    Bool(bool),
    /// `int`: a constant of a template, a length, an index.
    Int(i64),
    /// `int64`: a whole number of a document.
    Int64(i64),
    /// `uint8`: one of a string's bytes.
    Byte(u8),
    /// A number with a fraction, or any number where they are all floats.
    Float(f64),
    /// Shared, since a template hands it on as often as it names it.
    Text(Rc<str>),
    /// In the document's order.
    List(Rc<[Value]>),
    /// In the order of the keys, in which Go's templates go through a map.
    Map(Rc<BTreeMap<String, Value>>),
}

/// What the numbers of a document become: `encoding/json` makes floats of all, Kubernetes' own reader keeps whole ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// All are float64, as encoding/json reads them.
    Floats,
    /// Those without a fraction are int64.
    Whole,
}

impl Value {
    /// A document, whose numbers are read as `numbers` says.
    pub fn of(document: &serde_json::Value, numbers: Numbers) -> Self {
        match document {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), numbers) {
                (Some(whole), Numbers::Whole) => Self::Int64(whole),
                (Some(_) | None, _) => Self::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(items) => {
                Self::List(items.iter().map(|item| Self::of(item, numbers)).collect())
            }
            serde_json::Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), Self::of(value, numbers)));
                Self::Map(Rc::new(fields.collect()))
            }
        }
    }

    /// Of a copy.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Of something that can be counted; a length is never longer than memory.
    pub fn count(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// The name of Go's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Byte(_) => "uint8",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }

    /// A whole number of whichever type.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Int(number) | Self::Int64(number) => Some(*number),
            Self::Byte(byte) => Some(i64::from(*byte)),
            Self::Nothing
            | Self::Nil
            | Self::Bool(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Map(_) => None,
        }
    }

    /// Whether it is null, or not there.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nothing | Self::Nil)
    }

    /// As it is printed at the top level, outside of any list or map.
    pub fn or_no_value(self) -> Self {
        if self.is_nil() { Self::text("<no value>") } else { self }
    }

    /// Whether `if` takes it for true: what is not the zero of its type.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nothing | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(number) | Self::Int64(number) => *number != 0,
            Self::Byte(byte) => *byte != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(fields) => !fields.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_kept_or_become_floats() {
        let document = json!([1, 1.5, u64::MAX]);
        let read = |numbers| Value::of(&document, numbers);
        let list = |items: Vec<Value>| Value::List(items.into());
        #[expect(clippy::cast_precision_loss, reason = "as Go loses it")]
        let huge = Value::Float(u64::MAX as f64);
        assert_eq!(read(Numbers::Floats), list(vec![Value::Float(1.0), Value::Float(1.5), huge.clone()]));
        assert_eq!(read(Numbers::Whole), list(vec![Value::Int64(1), Value::Float(1.5), huge]));
    }
}
