//! What may differ, and why.

use super::compare::Difference;
use super::minor::Minor;

/// Every field but the last is a pattern in which `*` stands for anything; of minors there may be several.
pub struct Known {
    pub case: &'static str,
    pub minor: &'static str,
    pub file: &'static str,
    pub path: &'static str,
    pub why: &'static str,
}

impl Known {
    pub fn applies_to(&self, minor: Minor) -> bool {
        names(self.minor, minor)
    }

    fn covers(&self, case: &str, minor: Minor, difference: &Difference) -> bool {
        let pairs = [(self.case, case), (self.file, &difference.file), (self.path, &difference.path)];
        self.applies_to(minor) && pairs.iter().all(|(pattern, text)| fits(pattern, text))
    }
}

/// A case whose differences are told apart.
pub struct Judged<'a> {
    /// Indices into the list.
    pub known: Vec<usize>,
    pub others: Vec<&'a Difference>,
}

pub fn judge<'a>(list: &[Known], case: &str, minor: Minor, differences: &'a [Difference]) -> Judged<'a> {
    let mut judged = Judged { known: Vec::new(), others: Vec::new() };
    for difference in differences {
        match list.iter().position(|known| known.covers(case, minor, difference)) {
            Some(index) => judged.known.push(index),
            None => judged.others.push(difference),
        }
    }
    judged
}

/// What the list says of one of `minors` and none of them has shown, whose indices are in `shown`.
pub fn unused<'a>(list: &'a [Known], minors: &[Minor], shown: &[usize]) -> Vec<&'a Known> {
    let entries = list.iter().enumerate();
    let unused = entries.filter(|(index, known)| {
        minors.iter().any(|minor| known.applies_to(*minor)) && !shown.contains(index)
    });
    unused.map(|(_, known)| known).collect()
}

/// A case that one program refuses and the other does not; case and minors are patterns as those of [`Known`].
pub struct Refused {
    pub case: &'static str,
    pub minor: &'static str,
    pub why: &'static str,
}

pub fn is_refused(list: &[Refused], case: &str, minor: Minor) -> bool {
    list.iter().any(|row| fits(row.case, case) && names(row.minor, minor))
}

fn names(patterns: &str, minor: Minor) -> bool {
    patterns.split(' ').any(|pattern| fits(pattern, minor.number()))
}

/// Whether a pattern with `*` describes the whole text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| fits(rest, &tail[at..]))
        }),
    }
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, text, fitting) in [
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abbd", false),
        ("*.crt", "pki/ca.crt", true),
        ("a", "ab", false),
        ("*b*", "abc", true),
    ] {
        assert_eq!(fits(pattern, text), fitting, "{pattern} {text}");
    }
}

#[test]
fn what_is_known_is_told_apart_from_what_is_not_and_what_shows_no_more_is_found() {
    let list = [
        Known { case: "01-*", minor: "1.30 1.31", file: "a", path: "x*", why: "" },
        Known { case: "*", minor: "1.31", file: "b", path: "", why: "" },
    ];
    let difference = |file: &str, path: &str| Difference {
        file: file.to_owned(),
        path: path.to_owned(),
        ours: String::new(),
        theirs: String::new(),
    };
    let all = [difference("a", "xy"), difference("a", "y"), difference("b", "")];
    let at = |case: &str, minor: Minor| {
        let judged = judge(&list, case, minor, &all);
        (judged.known, judged.others.iter().map(|other| other.path.clone()).collect::<Vec<_>>())
    };
    let other = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    assert_eq!(at("01-a", Minor::V1_31), (vec![0, 1], other(&["y"])));
    assert_eq!(at("01-a", Minor::V1_30), (vec![0], other(&["y", ""])));
    assert_eq!(at("02-a", Minor::V1_32), (Vec::new(), other(&["xy", "y", ""])));
    let unused = |minor: Minor, shown: &[usize]| unused(&list, &[minor], shown).len();
    assert_eq!((unused(Minor::V1_30, &[]), unused(Minor::V1_31, &[0]), unused(Minor::V1_32, &[])), (1, 1, 0));
}
