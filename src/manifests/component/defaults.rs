//! Filling in what the user has left open, and noting where he differs.

use serde_json::{Map, Value};

use super::Advice;

/// One field's recommended value.
pub(super) struct Preset {
    /// From the document's root: `["authentication", "x509", "clientCAFile"]`.
    pub path: &'static [&'static str],
    /// kubeadm's.
    pub recommended: Value,
    /// What becomes of the user's own.
    pub otherwise: Otherwise,
}

/// What becomes of another value that the user has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// It is kept, and remarked on.
    Advise,
    /// It is kept.
    Allow,
    /// It is overruled: Go's type cannot tell what was given from what was not.
    Overrule,
}

/// Applies the presets in turn to the user's fields.
pub(super) fn fill(kind: &'static str, fields: &mut Map<String, Value>, presets: Vec<Preset>) -> Vec<Advice> {
    presets.into_iter().filter_map(|preset| fill_one(kind, fields, preset)).collect()
}

fn fill_one(kind: &'static str, fields: &mut Map<String, Value>, preset: Preset) -> Option<Advice> {
    let Preset { path, recommended, otherwise } = preset;
    let given = given(fields, path).cloned();
    match (given, otherwise) {
        (None, _) | (Some(_), Otherwise::Overrule) => {
            put(fields, path, recommended);
            None
        }
        (Some(given), Otherwise::Advise) if given != recommended => {
            Some(Advice::Departs { kind, field: path.join("."), recommended, given })
        }
        (Some(_), Otherwise::Advise | Otherwise::Allow) => None,
    }
}

/// What the user has given at `path`. Null and the empty text count as not given, as in Go's types.
pub(super) fn given<'a>(fields: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = fields.get(*first)?;
    match value {
        Value::Object(inner) if !rest.is_empty() => given(inner, rest),
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        other => rest.is_empty().then_some(other),
    }
}

/// Sets the field at `path`, making the maps on the way.
pub(super) fn put(fields: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => {
            fields.insert((*name).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = fields.entry(*first).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(given: &Value, otherwise: Otherwise) -> (Value, usize) {
        let mut fields = given.as_object().unwrap().clone();
        let preset = Preset { path: &["a", "b"], recommended: json!("x"), otherwise };
        let advice = fill("Kind", &mut fields, vec![preset]);
        (fields["a"]["b"].clone(), advice.len())
    }

    #[test]
    fn what_is_left_open_is_filled_in_silence() {
        for open in [json!({}), json!({ "a": null }), json!({ "a": {} }), json!({ "a": { "b": "" } })] {
            assert_eq!(filled(&open, Otherwise::Advise), (json!("x"), 0));
        }
    }

    #[test]
    fn what_is_given_stands_unless_it_cannot_be_told_from_nothing() {
        let given = || json!({ "a": { "b": "y" } });
        assert_eq!(filled(&given(), Otherwise::Advise), (json!("y"), 1));
        assert_eq!(filled(&given(), Otherwise::Allow), (json!("y"), 0));
        assert_eq!(filled(&given(), Otherwise::Overrule), (json!("x"), 0));
        assert_eq!(filled(&json!({ "a": { "b": "x" } }), Otherwise::Advise), (json!("x"), 0));
    }
}
