//! Two snapshots → their differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    Exact(String),
    /// Seconds that depend on when the program ran.
    Near(i64),
}

/// By file, object or document, and by the path within.
pub type Snapshot = BTreeMap<(String, String), Property>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub file: String,
    /// Empty: the file itself is missing on one side.
    pub path: String,
    pub ours: String,
    pub theirs: String,
}

pub struct Comparison {
    pub properties: usize,
    pub differences: Vec<Difference>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: ours {}, theirs {}", self.file, self.path, self.ours, self.theirs)
    }
}

/// Times may lie `tolerance` seconds apart.
pub fn compare(ours: &Snapshot, theirs: &Snapshot, tolerance: i64) -> Comparison {
    let mut differences = missing_files(ours, theirs);
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let missing: BTreeSet<String> = differences.iter().map(|difference| difference.file.clone()).collect();
    for key in keys.iter().filter(|key| !missing.contains(&key.0)) {
        let (ours, theirs) = (ours.get(*key), theirs.get(*key));
        if !agree(ours, theirs, tolerance) {
            let [ours, theirs] = [shown(ours), shown(theirs)];
            differences.push(Difference { file: key.0.clone(), path: key.1.clone(), ours, theirs });
        }
    }
    Comparison { properties: keys.len(), differences }
}

fn missing_files(ours: &Snapshot, theirs: &Snapshot) -> Vec<Difference> {
    let files = |snapshot: &Snapshot| snapshot.keys().map(|(file, _)| file.clone()).collect::<BTreeSet<_>>();
    let (ours, theirs) = (files(ours), files(theirs));
    let word = |present: bool| if present { "present" } else { "absent" }.to_owned();
    let one_sided = ours.symmetric_difference(&theirs);
    one_sided
        .map(|file| Difference {
            file: file.clone(),
            path: String::new(),
            ours: word(ours.contains(file)),
            theirs: word(theirs.contains(file)),
        })
        .collect()
}

fn agree(ours: Option<&Property>, theirs: Option<&Property>, tolerance: i64) -> bool {
    match (ours, theirs) {
        (Some(Property::Near(ours)), Some(Property::Near(theirs))) => (ours - theirs).abs() <= tolerance,
        (ours, theirs) => ours == theirs,
    }
}

fn shown(property: Option<&Property>) -> String {
    match property {
        None => "absent".to_owned(),
        Some(Property::Exact(text)) => text.clone(),
        Some(Property::Near(seconds)) => format!("{seconds}s"),
    }
}

#[test]
fn times_agree_within_the_tolerance_only_and_a_missing_file_is_one_difference() {
    let snapshot = |entries: &[(&str, &str, Property)]| {
        entries
            .iter()
            .map(|(file, path, property)| (((*file).into(), (*path).into()), property.clone()))
            .collect()
    };
    let ours: Snapshot = snapshot(&[
        ("a", "x", Property::Near(100)),
        ("a", "y", Property::Near(100)),
        ("b", "x", Property::Exact("1".into())),
        ("b", "y", Property::Exact("1".into())),
    ]);
    let theirs: Snapshot = snapshot(&[("a", "x", Property::Near(130)), ("a", "y", Property::Near(131))]);
    let found = compare(&ours, &theirs, 30);
    let lines: Vec<String> = found.differences.iter().map(Difference::to_string).collect();
    assert_eq!(lines, ["b : ours present, theirs absent", "a y: ours 100s, theirs 131s"]);
    assert_eq!(found.properties, 4);
}
