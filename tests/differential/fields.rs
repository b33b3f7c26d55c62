//! Which fields of the schema no configuration uses. `fields.txt` is the schema, made of Go's types by `fields.py`.

use serde_json::Value;

use crate::case::Case;

/// Fields that no configuration can use, and why.
const UNUSABLE: &[(&str, &str)] = &[(
    "bootstrapTokens[].expires",
    "kubeadm gives each token a ttl first and then refuses it for having both; tests/cli shows kubewright's",
)];

pub fn unused(cases: &[Case]) -> Vec<String> {
    let documents: Vec<Value> = cases.iter().flat_map(Case::documents).collect();
    let wanted = include_str!("fields.txt").lines();
    let unused = wanted.filter(|line| !documents.iter().any(|document| is_in(line, document)));
    unused.filter(|line| !UNUSABLE.iter().any(|(path, _)| line.contains(path))).map(str::to_owned).collect()
}

/// `line` is `apiVersion kind path`, and maybe a minor.
fn is_in(line: &str, document: &Value) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    document["apiVersion"] == words[0] && document["kind"] == words[1] && has(document, words[2])
}

fn has(value: &Value, path: &str) -> bool {
    if path.is_empty() {
        return !value.is_null();
    }
    if let Some(rest) = path.strip_prefix("[]") {
        return value.as_array().is_some_and(|items| items.iter().any(|item| has(item, rest)));
    }
    if let Some(rest) = path.strip_prefix("{}") {
        return value.as_object().is_some_and(|map| map.values().any(|item| has(item, rest)));
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[', '{']).unwrap_or(path.len());
    value.get(&path[..end]).is_some_and(|inner| has(inner, &path[end..]))
}

#[test]
fn a_path_is_found_through_lists_and_maps_only_where_it_has_a_value() {
    let value = serde_json::json!({"a": [{"b": 1}, {"c": {"free": [2]}}], "d": null, "e": []});
    for (path, found) in
        [("a[].b", true), ("a[].c{}[]", true), ("a[].d", false), ("d", false), ("e[]", false), ("e", true)]
    {
        assert_eq!(has(&value, path), found, "{path}");
    }
}
