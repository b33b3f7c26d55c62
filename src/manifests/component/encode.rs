//! Fields as given → fields as Go's encoder writes the typed struct: unset ones with their zero value where the
//! type asks for it, texts in their normal form.

use serde_json::{Map, Number, Value, json};

use super::sorted;
use crate::duration::GoDuration;
use crate::versions::schema::{Field, Omit, Schema, Type};

/// The whole document, keys in order. Fields that the schema does not have are left out: the configuration has
/// refused or reported them by now.
pub(super) fn document(api_version: &str, schema: &Schema, given: &Map<String, Value>) -> Value {
    let mut fields = encode_struct(schema, schema.root(), given);
    fields.insert("apiVersion".to_owned(), json!(api_version));
    fields.insert("kind".to_owned(), json!(schema.root()));
    sorted(Value::Object(fields))
}

fn encode_struct(schema: &Schema, name: &str, given: &Map<String, Value>) -> Map<String, Value> {
    let field = |field: &Field| Some((field.name.clone(), encode_field(schema, field, given)?));
    schema.fields(name).iter().filter_map(field).collect()
}

fn encode_field(schema: &Schema, field: &Field, given: &Map<String, Value>) -> Option<Value> {
    let value = match given.get(&field.name) {
        Some(value) if !value.is_null() => encode(schema, &field.of, value),
        Some(_) | None if field.pointer => Value::Null,
        Some(_) | None => zero(schema, &field.of),
    };
    let left_out = match field.omit {
        Omit::Never => false,
        Omit::Empty => is_empty(field, &value),
        Omit::Zero => is_empty(field, &value) || (!field.pointer && value == zero(schema, &field.of)),
    };
    (!left_out).then_some(value)
}

/// What Go's omitempty leaves out; a pointer only where it points nowhere.
fn is_empty(field: &Field, value: &Value) -> bool {
    if field.pointer {
        return value.is_null();
    }
    match &field.of {
        Type::String
        | Type::Bool
        | Type::Uint16
        | Type::Int32
        | Type::Uint32
        | Type::Int64
        | Type::Float32
        | Type::Float64
        | Type::List(_)
        | Type::Map(_) => is_zero(value),
        // Structs in Go, for which omitempty means nothing.
        Type::Duration
        | Type::Time
        | Type::Quantity
        | Type::NanosecondsOrDuration
        | Type::Token
        | Type::Struct(_) => false,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn zero(schema: &Schema, of: &Type) -> Value {
    match of {
        Type::String => json!(""),
        Type::Bool => json!(false),
        Type::Uint16
        | Type::Int32
        | Type::Uint32
        | Type::Int64
        | Type::Float32
        | Type::Float64
        | Type::NanosecondsOrDuration => json!(0),
        Type::Duration => json!("0s"),
        Type::Quantity => json!("0"),
        Type::Time | Type::Token | Type::List(_) | Type::Map(_) => Value::Null,
        Type::Struct(name) => Value::Object(encode_struct(schema, name, &Map::new())),
    }
}

fn encode(schema: &Schema, of: &Type, value: &Value) -> Value {
    match (of, value) {
        (Type::Struct(name), Value::Object(fields)) => Value::Object(encode_struct(schema, name, fields)),
        (Type::List(of), Value::Array(items)) => items.iter().map(|item| encode(schema, of, item)).collect(),
        (Type::Map(of), Value::Object(entries)) => {
            entries.iter().map(|(key, item)| (key.clone(), encode(schema, of, item))).collect()
        }
        (Type::Duration | Type::NanosecondsOrDuration, Value::String(text)) => json!(normal_duration(text)),
        (Type::Quantity, value) => json!(normal_quantity(value)),
        (Type::Float32 | Type::Float64, Value::Number(number)) => normal_float(number),
        (_, other) => other.clone(),
    }
}

/// A text that is no duration stays as it is: the configuration has refused it by now.
fn normal_duration(text: &str) -> String {
    text.parse::<GoDuration>().map_or_else(|_| text.to_owned(), |length| length.to_string())
}

fn normal_quantity(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Go writes whole floats without a point.
fn normal_float(number: &Number) -> Value {
    let plain = number.as_f64().and_then(|float| float.to_string().parse::<Number>().ok());
    Value::Number(plain.unwrap_or_else(|| number.clone()))
}
