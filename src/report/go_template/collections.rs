//! What is within lists, maps and texts: `index`, `slice`, `len` and `exists`.

use super::fault::CallError;
use crate::report::go::Value;

/// `len`: the items of a list or map, or the bytes of a text.
///
/// # Errors
/// The value is of another type.
pub fn length(value: &Value) -> Result<Value, CallError> {
    match value {
        Value::Text(text) => Ok(Value::count(text.len())),
        Value::List(items) => Ok(Value::count(items.len())),
        Value::Map(fields) => Ok(Value::count(fields.len())),
        Value::Nothing
        | Value::Nil
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Byte(_)
        | Value::Float(_) => Err(CallError::OfType { function: "len", of: value.type_name() }),
    }
}

/// `index`: `value[key]`, and on into that with the next key.
///
/// # Errors
/// A value has no items, or not at this key.
pub fn index(value: &Value, keys: &[Value]) -> Result<Value, CallError> {
    if value.is_nil() {
        return Err(CallError::OfNil("index"));
    }
    keys.iter().try_fold(value.clone(), |value, key| item(&value, key))
}

/// What a map does not have is null.
fn item(value: &Value, key: &Value) -> Result<Value, CallError> {
    match value {
        Value::Text(text) => Ok(Value::Byte(text.as_bytes()[place(key, text.len(), Ends::Item)?])),
        Value::List(items) => Ok(items[place(key, items.len(), Ends::Item)?].clone()),
        Value::Map(fields) => match key {
            Value::Text(name) => Ok(fields.get(&**name).cloned().unwrap_or(Value::Nil)),
            other => Err(CallError::Type { wanted: "string", got: other.type_name() }),
        },
        Value::Nothing | Value::Nil => Err(CallError::OfNil("index")),
        Value::Bool(_) | Value::Int(_) | Value::Int64(_) | Value::Byte(_) | Value::Float(_) => {
            Err(CallError::OfType { function: "index", of: value.type_name() })
        }
    }
}

/// Whether a place may be the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Item,
    Slice,
}

fn place(key: &Value, length: usize, ends: Ends) -> Result<usize, CallError> {
    let number = key.whole().ok_or_else(|| CallError::IndexType(key.type_name()))?;
    let is_within = |place: &usize| *place < length || *place == length && ends == Ends::Slice;
    usize::try_from(number).ok().filter(is_within).ok_or(CallError::OutOfRange(number))
}

/// From the first place up to the second. A third one, of how far a list may grow, is only judged.
pub fn slice(value: &Value, keys: &[Value]) -> Result<Value, CallError> {
    if keys.len() > 3 {
        return Err(CallError::TooManyIndexes(keys.len()));
    }
    let length = match value {
        Value::Nothing | Value::Nil => return Err(CallError::OfNil("slice")),
        Value::Text(_) if keys.len() == 3 => return Err(CallError::ThreeOfText),
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Byte(_)
        | Value::Float(_)
        | Value::Map(_) => return Err(CallError::OfType { function: "slice", of: value.type_name() }),
    };
    let places = keys.iter().map(|key| place(key, length, Ends::Slice));
    let places = places.collect::<Result<Vec<usize>, CallError>>()?;
    let start = places.first().copied().unwrap_or(0);
    let end = places.get(1).copied().unwrap_or(length);
    let most = places.get(2).copied().unwrap_or(length);
    for (one, other) in [(start, end), (end, most)] {
        if one > other {
            return Err(CallError::Backwards(one, other));
        }
    }
    match value {
        Value::Text(text) => text.get(start..end).map(Value::text).ok_or(CallError::NotUtf8),
        Value::List(items) => Ok(Value::List(items[start..end].into())),
        other => Ok(other.clone()),
    }
}

/// Whether there is something else than null by these keys; without keys there always is.
pub fn exists(value: &Value, keys: &[Value]) -> bool {
    let nothing = Value::text("");
    let found = keys.iter().try_fold(value.clone(), |value, key| {
        let key = if key.is_nil() && matches!(value, Value::Map(_)) { &nothing } else { key };
        item(&value, key).ok()
    });
    keys.is_empty() || found.is_some_and(|value| !value.is_nil())
}
