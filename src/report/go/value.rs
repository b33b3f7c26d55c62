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
    Bool(bool),
    /// `int`: a constant of a template.
    Int(i64),
    /// `uint8`: one of a string's bytes.
    Byte(u8),
    Float(f64),
    Text(Rc<str>),
    List(Rc<[Value]>),
    Map(Rc<BTreeMap<String, Value>>),
}

impl Value {
    /// All numbers become floats, as `encoding/json` makes them.
    pub fn of(document: &serde_json::Value) -> Self {
        match document {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Float(number.as_f64().unwrap_or_default()),
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            serde_json::Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), Self::of(value)));
                Self::Map(Rc::new(fields.collect()))
            }
        }
    }

    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The name of Go's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nothing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Byte(_) => "uint8",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }
}
