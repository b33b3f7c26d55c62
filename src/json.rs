//! JSON of others, read within bounds: a short text may stand for many values, each of which takes memory.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Far more than any object of Kubernetes has, or a page of fifty; each takes some hundred bytes at most.
const MOST_VALUES: usize = 250_000;

/// Why a text is not read; never a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadJson {
    /// It does not begin or end as JSON, or is nested too deeply.
    #[error("no JSON")]
    NotJson,
    /// It is JSON, and no object.
    #[error("no JSON object")]
    NotAnObject,
    /// It is of many small parts.
    #[error("JSON of more than {MOST_VALUES} values")]
    TooMany,
}

/// An object.
///
/// # Errors
/// It is none, or larger than anybody needs.
pub fn object(text: &[u8]) -> Result<Value, BadJson> {
    let Count(values) = serde_json::from_slice(text).map_err(|_| BadJson::NotJson)?;
    if values > MOST_VALUES {
        return Err(BadJson::TooMany);
    }
    match serde_json::from_slice(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(BadJson::NotAnObject),
        Err(_) => Err(BadJson::NotJson),
    }
}

/// How many values a text stands for, counted without keeping any.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Count;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_str<E>(self, _: &str) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_unit<E>(self) -> Result<Count, E> {
        Ok(Count(1))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
        let mut all = 1_usize;
        while let Some(Count(more)) = list.next_element()? {
            all = all.saturating_add(more);
        }
        Ok(Count(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        let mut all = 1_usize;
        while let Some((Count(name), Count(more))) = map.next_entry()? {
            all = all.saturating_add(name).saturating_add(more);
        }
        Ok(Count(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read_and_nothing_else() {
        let text = br#"{"a": [1, -2, 3.5, "x", null, true, {"b": {}}], "a": 0}"#;
        assert_eq!(object(text).unwrap(), serde_json::json!({ "a": 0 }));
        for text in ["[]", "null", "3", "\"x\"", "[{}]"] {
            assert_eq!(object(text.as_bytes()), Err(BadJson::NotAnObject), "{text}");
        }
        for text in ["", "{", "<html>", "{} {}", "{'a': 1}", &"[".repeat(100_000), "\u{feff}{}"] {
            assert_eq!(object(text.as_bytes()), Err(BadJson::NotJson), "{text:.20}");
        }
    }

    #[test]
    fn many_small_values_are_refused_before_they_take_memory() {
        let text = format!("{{\"items\": [{}0]}}", "[0],".repeat(200_000));
        assert_eq!(object(text.as_bytes()), Err(BadJson::TooMany));
        let text = format!("{{\"text\": \"{}\"}}", "[0],".repeat(200_000));
        assert!(object(text.as_bytes()).is_ok());
    }
}
