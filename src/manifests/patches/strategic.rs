//! Strategic merge: a document and a patch of it → the document as the patch wants it.
//!
//! Rules: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>
//! and, for `$setElementOrder`, the design "preserve order in strategic merge patch".

use serde_json::{Map, Value};

use super::schema::{Field, ListRule, Schema};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";
const SET_ORDER: &str = "$setElementOrder/";

type Object = Map<String, Value>;

/// Why a strategic merge does not go together with its document.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// A `$patch` with a value that means nothing in its place.
    #[error("{directive} is no $patch directive here; write delete or replace")]
    Directive {
        /// That value.
        directive: String,
    },
    /// An element that cannot be told from the others.
    #[error("an element of {list:?} has no {key:?}, by which its elements merge")]
    NoMergeKey {
        /// The list's field.
        list: String,
        /// The field by which elements of this list merge, such as `name`.
        key: &'static str,
    },
    /// A list of mappings and of other values.
    #[error("{list:?} mixes mappings with other values")]
    MixedList {
        /// The list's field.
        list: String,
    },
    /// A directive for lists, at a field that holds none.
    #[error("{field:?} is not a list")]
    NotAList {
        /// The field's name.
        field: String,
    },
    /// The patch sets what its own `$retainKeys` removes.
    #[error("$retainKeys does not name {field:?}, which the patch sets")]
    NotRetained {
        /// The field's name.
        field: String,
    },
    /// The patch's elements are in another order than it asks for.
    #[error("the patch orders {list:?} other than its $setElementOrder does")]
    Order {
        /// The list's field.
        list: String,
    },
    /// A document that is a list or a single value.
    #[error("the document is not a mapping")]
    NotAMapping,
}

/// Merges `patch` into `document` by the rules of its type.
///
/// # Errors
/// The patch contradicts itself or the shape of the document.
pub fn merge(document: Value, patch: &Object, schema: &Schema) -> Result<Value, MergeError> {
    match document {
        Value::Object(fields) => merge_objects(fields, patch, schema).map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(MergeError::NotAMapping)
        }
    }
}

fn merge_objects(mut fields: Object, patch: &Object, schema: &Schema) -> Result<Object, MergeError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return whole(directive, patch);
    }
    retain(&mut fields, patch)?;
    for (name, order) in patch.iter().filter_map(|(key, order)| Some((key.strip_prefix(SET_ORDER)?, order))) {
        merge_ordered(&mut fields, name, patch.get(name), order, schema.field(name))?;
    }
    for (name, value) in patch.iter().filter(|(name, _)| is_unordered(name, patch)) {
        match (name.strip_prefix(DELETE_FROM_LIST), value) {
            (Some(list), gone) => delete_from(&mut fields, list, gone)?,
            (None, Value::Null) => drop(fields.shift_remove(name)),
            (None, value) => merge_field(&mut fields, name, value, schema.field(name))?,
        }
    }
    Ok(fields)
}

/// A field of the patch that is neither a directive on the whole mapping nor done together with its order.
fn is_unordered(name: &str, patch: &Object) -> bool {
    name != RETAIN_KEYS && !name.starts_with(SET_ORDER) && !patch.contains_key(&format!("{SET_ORDER}{name}"))
}

/// `$patch: replace` takes the patch as it is, `$patch: delete` leaves nothing.
fn whole(directive: &Value, patch: &Object) -> Result<Object, MergeError> {
    match directive.as_str() {
        Some("replace") => {
            let mut patch = patch.clone();
            patch.shift_remove(DIRECTIVE);
            Ok(patch)
        }
        Some("delete") => Ok(Object::new()),
        Some(_) | None => Err(MergeError::Directive { directive: directive.to_string() }),
    }
}

/// `$retainKeys` drops all fields but those it names; a patch may set no others.
fn retain(fields: &mut Object, patch: &Object) -> Result<(), MergeError> {
    let Some(kept) = patch.get(RETAIN_KEYS) else { return Ok(()) };
    let kept = list(kept, RETAIN_KEYS)?;
    let is_kept = |name: &str| kept.iter().any(|key| key.as_str() == Some(name));
    let sets = |(name, value): &(&String, &Value)| !value.is_null() && !name.starts_with('$');
    if let Some((field, _)) = patch.iter().filter(sets).find(|(name, _)| !is_kept(name)) {
        return Err(MergeError::NotRetained { field: field.clone() });
    }
    fields.retain(|name, _| is_kept(name));
    Ok(())
}

fn merge_field(fields: &mut Object, name: &str, patch: &Value, rules: Field) -> Result<(), MergeError> {
    let merged = match (fields.shift_remove(name), patch) {
        (Some(Value::Object(old)), Value::Object(patch)) => {
            Some(Value::Object(merge_objects(old, patch, rules.schema)?))
        }
        (Some(Value::Array(old)), Value::Array(patch)) => {
            Some(Value::Array(merge_lists(old, patch, name, rules)?))
        }
        (Some(_) | None, patch) => plain(patch),
    };
    if let Some(value) = merged {
        fields.insert(name.to_owned(), value);
    }
    Ok(())
}

fn merge_lists(old: Vec<Value>, patch: &[Value], name: &str, rules: Field) -> Result<Vec<Value>, MergeError> {
    match rules.list {
        ListRule::Atomic => Ok(patch.to_vec()),
        ListRule::Set => {
            refuse_mappings(old.iter().chain(patch), name)?;
            let merged = with_new(&old, patch);
            Ok(in_order(merged, patch, &old, rules.list))
        }
        ListRule::ByKey(key) => {
            let keyed = Keyed { list: name, key };
            let (old, patch) = keyed.obey_directives(old, patch)?;
            let merged = keyed.merge_elements(old.clone(), &patch, rules.schema)?;
            Ok(in_order(merged, &patch, &old, rules.list))
        }
    }
}

/// Elements of `old` and those of `patch` that it lacks, each once.
fn with_new(old: &[Value], patch: &[Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for element in old.iter().chain(patch) {
        if !merged.contains(element) {
            merged.push(element.clone());
        }
    }
    merged
}

fn refuse_mappings<'a>(mut elements: impl Iterator<Item = &'a Value>, name: &str) -> Result<(), MergeError> {
    let scalar = elements.all(|element| !element.is_object() && !element.is_array());
    if scalar { Ok(()) } else { Err(MergeError::MixedList { list: name.to_owned() }) }
}

/// A list of mappings that are told apart by one key.
#[derive(Clone, Copy)]
struct Keyed<'a> {
    list: &'a str,
    key: &'static str,
}

impl Keyed<'_> {
    /// Takes the elements with a `$patch` out of the patch and does what they say.
    fn obey_directives(
        self,
        mut old: Vec<Value>,
        patch: &[Value],
    ) -> Result<(Vec<Value>, Vec<Value>), MergeError> {
        let mut elements = Vec::new();
        let mut replace = false;
        for element in patch {
            let object =
                element.as_object().ok_or_else(|| MergeError::MixedList { list: self.list.to_owned() })?;
            match object.get(DIRECTIVE).map(|directive| directive.as_str().ok_or(directive)) {
                None => elements.push(element.clone()),
                Some(Ok("replace")) => replace = true,
                Some(Ok("delete")) => {
                    let gone = self.key_of(element)?;
                    old.retain(|known| known.get(self.key) != Some(gone));
                }
                Some(Ok(_) | Err(_)) => {
                    return Err(MergeError::Directive { directive: object[DIRECTIVE].to_string() });
                }
            }
        }
        if replace { Ok((plain_elements(&elements), Vec::new())) } else { Ok((old, elements)) }
    }

    fn merge_elements(
        self,
        mut merged: Vec<Value>,
        patch: &[Value],
        schema: &Schema,
    ) -> Result<Vec<Value>, MergeError> {
        merged.iter().try_for_each(|element| self.key_of(element).map(drop))?;
        for element in patch {
            let key = self.key_of(element)?;
            let known = merged.iter().position(|known| known.get(self.key) == Some(key));
            match (known, element) {
                (Some(index), Value::Object(patch)) => {
                    merged[index] = merge(merged[index].take(), patch, schema)?;
                }
                (Some(_) | None, element) => merged.extend(plain(element)),
            }
        }
        Ok(merged)
    }

    fn key_of(self, element: &Value) -> Result<&Value, MergeError> {
        let missing = || MergeError::NoMergeKey { list: self.list.to_owned(), key: self.key };
        element.get(self.key).ok_or_else(missing)
    }
}

/// `$deleteFromPrimitiveList/name` takes values out of a list; a list that is not there stays away.
fn delete_from(fields: &mut Object, name: &str, gone: &Value) -> Result<(), MergeError> {
    let gone = list(gone, name)?;
    refuse_mappings(gone.iter(), name)?;
    if let Some(Value::Array(known)) = fields.get_mut(name) {
        known.retain(|value| !gone.contains(value));
    }
    Ok(())
}

/// A list together with its `$setElementOrder`, which wins over the patch's order, and that over the document's.
fn merge_ordered(
    fields: &mut Object,
    name: &str,
    patch: Option<&Value>,
    order: &Value,
    rules: Field,
) -> Result<(), MergeError> {
    let order = list(order, name)?;
    let patch = patch.filter(|patch| !patch.is_null()).map(|patch| list(patch, name)).transpose()?;
    let old = fields.get(name).map(|old| list(old, name)).transpose()?.map(<[Value]>::to_vec);
    check_order(patch.unwrap_or_default(), order, name, rules.list)?;
    let merged = match (old.clone(), patch) {
        (None, None) => return Ok(()),
        (Some(old), None) => old,
        (None, Some(patch)) => plain_elements(patch),
        (Some(old), Some(patch)) => merge_lists(old, patch, name, rules)?,
    };
    let ordered = in_order(merged, order, &old.unwrap_or_default(), rules.list);
    fields.insert(name.to_owned(), Value::Array(ordered));
    Ok(())
}

/// The patch's elements, less deletions, must stand in `order`, and in its sequence.
fn check_order(patch: &[Value], order: &[Value], name: &str, rule: ListRule) -> Result<(), MergeError> {
    let mut places = order.iter();
    let stands = |element: &Value| places.any(|place| identity(place, rule) == identity(element, rule));
    let mut elements = patch.iter().filter(|element| element.get(DIRECTIVE).is_none());
    let sound = order.is_empty() || elements.all(stands);
    if sound { Ok(()) } else { Err(MergeError::Order { list: name.to_owned() }) }
}

/// Those that `wanted` names in its order, the others in `old`'s, woven together so that an unnamed one stays before
/// the named one that it stood before.
fn in_order(merged: Vec<Value>, wanted: &[Value], old: &[Value], rule: ListRule) -> Vec<Value> {
    let place = |element: &Value, among: &[Value]| {
        among.iter().position(|other| identity(other, rule) == identity(element, rule))
    };
    let (mut named, mut others): (Vec<_>, Vec<_>) =
        merged.into_iter().partition(|element| place(element, wanted).is_some());
    named.sort_by_key(|element| place(element, wanted));
    others.sort_by_key(|element| place(element, old));
    let mut woven = Vec::new();
    let mut others = others.into_iter().peekable();
    for element in named {
        let here = place(&element, old);
        let is_before = |other: &Value| here.zip(place(other, old)).is_some_and(|(here, there)| there < here);
        while let Some(other) = others.next_if(is_before) {
            woven.push(other);
        }
        woven.push(element);
    }
    woven.extend(others);
    woven
}

/// What tells an element of a list from the others: its merge key's value, or itself.
fn identity(element: &Value, rule: ListRule) -> Option<&Value> {
    match rule {
        ListRule::ByKey(key) => element.get(key),
        ListRule::Set | ListRule::Atomic => Some(element),
    }
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], MergeError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| MergeError::NotAList { field: field.to_owned() })
}

/// A part of a patch where the document has nothing: nulls and directives, which have nothing to work on, go.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => None,
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, value)| !name.starts_with('$') && !value.is_null());
            Some(kept.filter_map(|(name, value)| Some((name.clone(), plain(value)?))).collect())
        }
        Value::Array(elements) => Some(Value::Array(plain_elements(elements))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

fn plain_elements(elements: &[Value]) -> Vec<Value> {
    elements.iter().filter_map(plain).collect()
}

#[cfg(test)]
#[path = "strategic_tests.rs"]
mod tests;
