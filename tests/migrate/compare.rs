//! What two programs make of a file, value by value.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::kubeadms::compare::{Comparison, Property, Snapshot, compare as compare_snapshots};
use crate::kubeadms::yaml;

/// kubeadm's own and the components', by their kinds.
pub fn documents(text: &str) -> BTreeMap<String, Value> {
    let named = |document: Value| (document["kind"].as_str().unwrap().to_owned(), document);
    yaml::documents(text).into_iter().map(named).collect()
}

/// Values at equal places. A component's document that only kubewright keeps does not count, and a token that `given` does
/// not have is chance.
pub fn compare(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>, given: &str) -> Comparison {
    let is_kept = |kind: &String| !theirs.contains_key(kind) && kind.starts_with("Kube");
    let kinds = ours.keys().chain(theirs.keys().filter(|kind| !ours.contains_key(*kind)));
    let mut pair = Pair { given, ..Pair::default() };
    for kind in kinds.filter(|kind| !is_kept(kind)) {
        pair.values(kind, "", [ours.get(kind), theirs.get(kind)]);
    }
    compare_snapshots(&pair.ours, &pair.theirs, 0)
}

/// All that is compared of some documents, in a text for each.
pub fn texts(documents: &BTreeMap<String, Value>, given: &str) -> BTreeMap<String, String> {
    let mut pair = Pair { given, ..Pair::default() };
    for (kind, document) in documents {
        pair.values(kind, "", [Some(document); 2]);
    }
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for ((kind, path), property) in pair.ours {
        let _ = writeln!(texts.entry(kind).or_default(), "{path}: {property:?}");
    }
    texts
}

/// Where only one has anything below a place, that place is one property, and not each that is below it.
#[derive(Default)]
struct Pair<'a> {
    given: &'a str,
    ours: Snapshot,
    theirs: Snapshot,
}

impl Pair<'_> {
    fn values(&mut self, kind: &str, path: &str, values: [Option<&Value>; 2]) {
        match values {
            [Some(Value::Object(ours)), Some(Value::Object(theirs))]
                if !ours.is_empty() || !theirs.is_empty() =>
            {
                let names = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
                for name in names {
                    let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.values(kind, &below, [ours.get(name), theirs.get(name)]);
                }
            }
            [Some(Value::Array(ours)), Some(Value::Array(theirs))]
                if !ours.is_empty() || !theirs.is_empty() =>
            {
                for index in 0..ours.len().max(theirs.len()) {
                    self.values(kind, &format!("{path}[{index}]"), [ours.get(index), theirs.get(index)]);
                }
            }
            values => self.note(kind, path, values),
        }
    }

    fn note(&mut self, kind: &str, path: &str, values: [Option<&Value>; 2]) {
        let is_chance = self.is_chance(kind, path, values);
        for (snapshot, value) in [&mut self.ours, &mut self.theirs].into_iter().zip(values) {
            let Some(value) = value else { continue };
            let shown = if is_chance { "<chance>".to_owned() } else { value.to_string() };
            snapshot.insert((kind.to_owned(), path.to_owned()), Property::Exact(shown));
        }
    }

    fn is_chance(&self, kind: &str, path: &str, values: [Option<&Value>; 2]) -> bool {
        let fresh = |value: Option<&Value>| {
            value.and_then(Value::as_str).is_some_and(|text| text.len() == 23 && !self.given.contains(text))
        };
        kind == "InitConfiguration"
            && path.starts_with("bootstrapTokens[")
            && path.rsplit_once("].").is_some_and(|(_, field)| field == "token")
            && values.into_iter().all(fresh)
    }
}

#[test]
fn a_place_is_one_property_and_a_fresh_token_is_chance() {
    let [ours, theirs] = [
        "kind: InitConfiguration\na: {b: 1, c: []}\nbootstrapTokens: [{token: abcdef.0123456789abcdef}]\n---\nkind: KubeA\n",
        "kind: InitConfiguration\na: {b: 2, d: {e: 1, f: 2}}\nbootstrapTokens: [{token: abcdef.0123456789abcdee}]\n",
    ]
    .map(documents);
    let found = |given: &str| {
        let found = compare(&ours, &theirs, given);
        (found.properties, found.differences.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let mut wanted = vec![
        "InitConfiguration a.b: ours 1, theirs 2".to_owned(),
        "InitConfiguration a.c: ours [], theirs absent".to_owned(),
        "InitConfiguration a.d: ours absent, theirs {\"e\":1,\"f\":2}".to_owned(),
    ];
    assert_eq!(found(""), (5, wanted.clone()));
    wanted.push(
        "InitConfiguration bootstrapTokens[0].token: ours \"abcdef.0123456789abcdef\", theirs \"abcdef.0123456789abcdee\"".to_owned(),
    );
    assert_eq!(found("token: abcdef.0123456789abcdee"), (5, wanted));
}
