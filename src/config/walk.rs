//! A document's YAML tree against its schema: every unknown or repeated field and every wrong type is an error, and
//! what is left is a [`Tree`] in which each value has its type and its place.

use std::collections::BTreeMap;

use super::error::Place;
use super::given::{At, Located, Remarks, Tree, Unknown};
use super::problem::Problem;
use super::scalar::{Telling, scalar};
use super::sensitive::SECRET;
use super::suggest::nearest;
use crate::versions::schema::{Field, Schema, Type};
use crate::yaml::{Node, Spot, Spotted};

/// Which document the tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Counted from 1.
    pub number: usize,
    /// As the document has it; empty where it has none.
    pub kind: String,
}

/// Fields of every document that are no part of its schema. `metadata` has no meaning here, but tools write it.
const FRAME: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Structs' fields of v1beta3 that stand elsewhere in v1beta4.
const MOVED: [(&str, &str, &str); 2] = [
    ("APIServer", "timeoutForControlPlane", "timeouts.controlPlaneComponentHealthCheck of InitConfiguration"),
    ("Discovery", "timeout", "timeouts.discovery"),
];

impl Origin {
    /// The place of a value in this document.
    pub fn at(&self, spot: Spot, field: &str) -> At {
        let place = Place::Document {
            number: self.number,
            kind: self.kind.clone(),
            line: spot.line,
            column: spot.column,
        };
        At { place, field: field.to_owned() }
    }
}

/// Checks `document` against `schema`. What is wrong goes to the `remarks` and is left out of the tree.
pub fn check(
    document: &Spotted<Node>,
    schema: &Schema,
    origin: &Origin,
    remarks: &mut Remarks,
) -> Located<Tree> {
    let mut walk = Walk { schema, origin, remarks };
    let fields = match &document.value {
        Node::Map(entries) => {
            let inner = entries.iter().filter(|(key, _)| !FRAME.contains(&key.value.as_str()));
            walk.fields(inner, schema.root(), "")
        }
        Node::Null | Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::Text(_) | Node::List(_) => {
            BTreeMap::new()
        }
    };
    Located { value: Tree::Map(fields), at: origin.at(document.spot, "") }
}

struct Walk<'a> {
    schema: &'a Schema,
    origin: &'a Origin,
    remarks: &'a mut Remarks,
}

type Entry = (Spotted<String>, Spotted<Node>);

impl Walk<'_> {
    fn fields<'e>(
        &mut self,
        entries: impl Iterator<Item = &'e Entry>,
        name: &str,
        path: &str,
    ) -> BTreeMap<String, Located<Tree>> {
        let schema = self.schema;
        self.entries(entries, path, |walk, key, value, path| {
            if let Some(Field { of, .. }) = schema.field(name, &key.value) {
                return walk.value(value, of, path, key.spot);
            }
            let suggestion = suggestion(schema, name, &key.value);
            walk.refuse(key.spot, path, Problem::UnknownField { suggestion });
            None
        })
    }

    fn map<'e>(
        &mut self,
        entries: impl Iterator<Item = &'e Entry>,
        of: &Type,
        path: &str,
    ) -> BTreeMap<String, Located<Tree>> {
        self.entries(entries, path, |walk, key, value, path| walk.value(value, of, path, key.spot))
    }

    /// Each entry through `read`; a key that stands twice counts once.
    fn entries<'e>(
        &mut self,
        entries: impl Iterator<Item = &'e Entry>,
        path: &str,
        mut read: impl FnMut(&mut Self, &Spotted<String>, &Spotted<Node>, &str) -> Option<Located<Tree>>,
    ) -> BTreeMap<String, Located<Tree>> {
        let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
        let mut fields = BTreeMap::new();
        for (key, value) in entries {
            let path = below(path, &key.value);
            if let Some(first) = lines.get(key.value.as_str()) {
                self.refuse(key.spot, &path, Problem::DuplicateField { first: *first });
                if self.remarks.unknown == Unknown::Refused {
                    continue;
                }
                fields.remove(&key.value);
            }
            lines.insert(&key.value, key.spot.line);
            if let Some(given) = read(self, key, value, &path) {
                fields.insert(key.value.clone(), given);
            }
        }
        fields
    }

    /// `key` is where the value's field begins, which stands for structs and lists. Null is no value.
    fn value(&mut self, node: &Spotted<Node>, of: &Type, path: &str, key: Spot) -> Option<Located<Tree>> {
        let tree = match (of, &node.value) {
            (_, Node::Null) => return None,
            (Type::Struct(name), Node::Map(entries)) => Tree::Map(self.fields(entries.iter(), name, path)),
            (Type::Map(of), Node::Map(entries)) => Tree::Map(self.map(entries.iter(), of, path)),
            (Type::List(of), Node::List(items)) => Tree::List(self.items(items, of, path)),
            (of, node_value) => match scalar(of, node_value, telling(path)) {
                Ok(tree) => return Some(Located { value: tree, at: self.origin.at(node.spot, path) }),
                Err(problem) => {
                    self.refuse(node.spot, path, problem);
                    return None;
                }
            },
        };
        Some(Located { value: tree, at: self.origin.at(key, path) })
    }

    fn items(&mut self, items: &[Spotted<Node>], of: &Type, path: &str) -> Vec<Located<Tree>> {
        let mut list = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if item.value == Node::Null {
                self.refuse(item.spot, &path, Problem::EmptyItem);
            }
            list.extend(self.value(item, of, &path, item.spot));
        }
        list
    }

    fn refuse(&mut self, spot: Spot, path: &str, problem: Problem) {
        self.remarks.refuse(&self.origin.at(spot, path), problem);
    }
}

/// `networking` and `podSubnet` → `networking.podSubnet`; a key with dots of its own is put in brackets.
fn below(path: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    match (path.is_empty(), plain) {
        (true, _) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (false, false) => format!("{path}[{key:?}]"),
    }
}

fn telling(path: &str) -> Telling {
    let name = path.rsplit('.').next().unwrap_or(path);
    let name = name.split('[').next().unwrap_or(name);
    if SECRET.contains(&name) { Telling::TypeOnly } else { Telling::WithValue }
}

/// A near name among the struct's own fields, or the path of the field of that very name elsewhere.
fn suggestion(schema: &Schema, name: &str, given: &str) -> Option<String> {
    let own = nearest(given, schema.fields(name).iter().map(|field| field.name.as_str()));
    let is_moved = |row: &&(&str, &str, &str)| (row.0, row.1) == (name, given);
    let moved = || MOVED.iter().find(is_moved).map(|(_, _, new)| (*new).to_owned());
    own.map(str::to_owned).or_else(|| elsewhere(schema, schema.root(), given)).or_else(moved)
}

fn elsewhere(schema: &Schema, name: &str, wanted: &str) -> Option<String> {
    schema.fields(name).iter().find_map(|field| match &field.of {
        _ if field.name == wanted => Some(field.name.clone()),
        Type::Struct(inner) => elsewhere(schema, inner, wanted).map(|path| format!("{}.{path}", field.name)),
        _ => None,
    })
}
