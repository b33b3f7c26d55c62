//! The fields of a configuration kind as its Go types declare them: names, types, and which are written when unset.
//!
//! The texts under `templates/schema` are made from the Go types themselves by `tests/reference/schema`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// One embedded text of `templates/schema`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SchemaText(pub(crate) &'static str);

/// A kind and all the structs that it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The kind's own struct, such as `KubeletConfiguration`.
    root: String,
    structs: BTreeMap<String, Vec<Field>>,
}

/// One field, in Go's order within its struct; `apiVersion` and `kind` are not among them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// In camel case, as in JSON and YAML.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub of: Type,
    /// When Go's encoder leaves it out.
    pub omit: Omit,
    /// Go holds it by pointer: unset it is null, and a zero value that was given is written.
    pub pointer: bool,
}

/// When Go's encoder leaves a field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Omit {
    /// Unset it is written as its zero value: `""`, `false`, `0`, `0s`, `null` for a pointer, list or map, and a
    /// struct with its own unset fields.
    Never,
    /// Go's omitempty: left out as `""`, `false`, `0`, an empty list or map, or an unset pointer. A struct that is
    /// not a pointer, and a duration or quantity that is not one, is never empty and so always written.
    Empty,
    /// Go's omitzero: as `Empty`, and structs with all fields unset are left out too.
    Zero,
}

/// What a field holds, as its Go type has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole number of 16 bits, not negative.
    Uint16,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 32 bits, not negative.
    Uint32,
    /// A whole number of 64 bits.
    Int64,
    /// A number of 32 bits with a fraction.
    Float32,
    /// A number of 64 bits with a fraction.
    Float64,
    /// A text such as `1m30s`; `0s` where unset.
    Duration,
    /// An RFC 3339 text; null where unset.
    Time,
    /// A number or a text such as `100Mi`; `"0"` where unset.
    Quantity,
    /// Whole nanoseconds or a duration text; `0` where unset.
    NanosecondsOrDuration,
    /// A bootstrap token's `id.secret`.
    Token,
    /// A list of elements of this type.
    List(Box<Type>),
    /// From texts to values of this type.
    Map(Box<Type>),
    /// The fields are [`Schema::fields`] of this name.
    Struct(String),
}

/// Too long to be shown.
impl fmt::Debug for SchemaText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SchemaText(…)")
    }
}

impl SchemaText {
    /// The typed form; read again at each call.
    ///
    /// # Panics
    /// Never: the texts are part of the program, and a test reads each of them.
    pub fn schema(self) -> Schema {
        serde_json::from_str(self.0).expect("the embedded schemas are fixed texts")
    }
}

impl Schema {
    /// The name of the kind's own struct, such as `KubeletConfiguration`.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The fields of the struct called `name`: the root's or one that a [`Type::Struct`] of this schema names. Any
    /// other name has none.
    pub fn fields(&self, name: &str) -> &[Field] {
        self.structs.get(name).map_or(&[], Vec::as_slice)
    }

    /// The field of the struct `name` whose JSON name is `field`.
    pub fn field(&self, name: &str, field: &str) -> Option<&Field> {
        self.fields(name).iter().find(|found| found.name == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{MINORS, numbered};

    fn all() -> Vec<Schema> {
        MINORS
            .iter()
            .flat_map(|minor| [minor.schemas.kubelet, minor.schemas.kube_proxy])
            .map(SchemaText::schema)
            .collect()
    }

    #[test]
    fn every_struct_that_a_field_names_is_there() {
        fn check(schema: &Schema, of: &Type) {
            match of {
                Type::List(of) | Type::Map(of) => check(schema, of),
                Type::Struct(name) => assert!(!schema.fields(name).is_empty(), "{name}"),
                _ => {}
            }
        }
        for schema in all() {
            assert!(!schema.fields(schema.root()).is_empty());
            schema.structs.values().flatten().for_each(|field| check(&schema, &field.of));
        }
    }

    #[test]
    fn the_minors_differ_where_their_go_types_do() {
        let has = |number| {
            let schema = numbered(number).schemas.kubelet.schema();
            schema.field(schema.root(), "defaultPodSysctls").is_some()
        };
        assert_eq!([35, 36, 37].map(has), [false, false, true]);
    }

    #[test]
    fn a_field_says_how_go_writes_it() {
        let schema = numbered(36).schemas.kubelet.schema();
        let field = schema.field("KubeletConfiguration", "syncFrequency").unwrap();
        assert_eq!((&field.of, field.omit, field.pointer), (&Type::Duration, Omit::Empty, false));
    }
}
