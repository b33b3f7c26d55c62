//! A document → the same with its fields in the order in which the user gave them; fields that he did not give come after
//! those, by their names.

use serde_json::{Map, Value};

use crate::config::error::Place;
use crate::config::given::{Located, Tree};

/// These two come first, as everywhere in Kubernetes' documentation.
const FIRST: [&str; 2] = ["apiVersion", "kind"];

/// `document` with its fields in the order of `given`, and those that are new behind them.
pub fn as_given(document: &Value, given: Option<&Tree>) -> Value {
    match (document, given) {
        (Value::Object(fields), given) => Value::Object(fields_as_given(fields, given)),
        (Value::Array(items), Some(Tree::List(given))) => {
            let mut given = given.iter();
            items.iter().map(|item| as_given(item, given.next().map(|given| &given.value))).collect()
        }
        (other, _) => other.clone(),
    }
}

fn fields_as_given(fields: &Map<String, Value>, given: Option<&Tree>) -> Map<String, Value> {
    let of_given = |name: &String| match given {
        Some(Tree::Map(given)) => given.get(name),
        _ => None,
    };
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort_by_key(|name| (rank(name, of_given(name)), name.as_str()));
    names
        .into_iter()
        .map(|name| (name.clone(), as_given(&fields[name], of_given(name).map(|given| &given.value))))
        .collect()
}

/// The first ones, the given ones by their places, and the others.
fn rank(name: &str, given: Option<&Located<Tree>>) -> (u8, u64, u64) {
    let first = FIRST.iter().position(|first| *first == name);
    match (first, given.map(|given| &given.at.place)) {
        (Some(index), _) => (0, index as u64, 0),
        (None, Some(Place::Document { line, column, .. })) => (1, *line, *column),
        (None, _) => (2, 0, 0),
    }
}
