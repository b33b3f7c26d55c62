//! Precedence of semantic versions (<https://semver.org/#spec-item-11>), which decides whether one is too old.

use std::cmp::Ordering;

/// A version's numbers and pre-release; build metadata does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemVer {
    pub major: u64,
    pub minor: u64,
    patch: u64,
    pre_release: Vec<Identifier>,
}

/// Numbers come before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl SemVer {
    /// `v1.36.3-rc.1+build`, with or without the `v`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, _build) = text.split_once('+').unwrap_or((text, ""));
        let (core, pre_release) = match text.split_once('-') {
            Some((core, rest)) => (core, rest.split('.').map(identifier).collect()),
            None => (text, Vec::new()),
        };
        let numbers: Option<Vec<u64>> = core.split('.').map(number).collect();
        let &[major, minor, patch] = numbers?.as_slice() else { return None };
        Some(Self { major, minor, patch, pre_release })
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn identifier(text: &str) -> Identifier {
    number(text).map_or_else(|| Identifier::Word(text.to_owned()), Identifier::Number)
}

impl Ord for SemVer {
    /// A pre-release comes before its release.
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        let release = |version: &Self| version.pre_release.is_empty();
        let by_numbers = numbers(self).cmp(&numbers(other));
        by_numbers
            .then(release(self).cmp(&release(other)))
            .then_with(|| self.pre_release.cmp(&other.pre_release))
    }
}

impl PartialOrd for SemVer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_the_specification_orders_them() {
        let ordered = [
            "1.0.0-0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "v1.0.0",
            "1.0.1",
            "1.10.0",
            "2.0.0",
        ];
        let parsed: Vec<SemVer> = ordered.iter().map(|text| SemVer::parse(text).unwrap()).collect();
        assert!(parsed.is_sorted_by(|a, b| a < b), "{parsed:?}");
    }

    #[test]
    fn build_metadata_does_not_count() {
        assert_eq!(SemVer::parse("1.2.3+a-b"), SemVer::parse("v1.2.3"));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "1", "1.2", "1.2.x", "a.b.c", "1.2.3.4", "-1.2.3", "1..2"] {
            assert_eq!(SemVer::parse(text), None, "{text}");
        }
    }
}
