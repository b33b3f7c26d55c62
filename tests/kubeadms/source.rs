//! Files of configurations, and what their lines `#: word …` say of the minors that they are for:
//!
//! - `#: minor 1.36 why` this minor alone
//! - `#: since 1.36 why` this minor and those after it; `#: until 1.35 why` this minor and those before it

use std::fs;
use std::path::{Path, PathBuf};

use super::minor::{Format, Minor};

#[derive(Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
}

/// A folder of this project.
pub fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// The `*.yaml` of a folder, by name.
pub fn all(below: &str) -> Vec<Source> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder(below)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    paths.iter().map(|path| Source::read(path)).collect()
}

impl Source {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Self { name, text: fs::read_to_string(path).unwrap() }
    }

    /// What the lines `#: word …` say.
    pub fn said<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a str> {
        let start = format!("#: {word} ");
        self.text.lines().filter_map(move |line| line.strip_prefix(start.as_str()))
    }

    /// Whether a line `#: minor` names it, where there is one.
    pub fn is_of(&self, minor: Minor) -> bool {
        let mut only = self.said("minor").map(first).peekable();
        only.peek().is_none() || only.any(|number| number == minor.number())
    }

    pub fn applies_to(&self, minor: Minor) -> bool {
        self.is_of(minor)
            && self.said("since").all(|line| minor.number() >= first(line))
            && self.said("until").all(|line| minor.number() <= first(line))
    }

    pub fn has(&self, format: Format) -> bool {
        self.text.contains(format.api_version())
    }
}

fn first(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

#[test]
fn minors_are_named_alone_or_from_one_on_or_up_to_one() {
    let minors = |text: &str| {
        let source = Source { name: String::new(), text: text.to_owned() };
        let of = |fits: fn(&Source, Minor) -> bool| -> Vec<&str> {
            Minor::ALL.iter().filter(|minor| fits(&source, **minor)).map(|minor| minor.number()).collect()
        };
        (of(Source::is_of), of(Source::applies_to))
    };
    let all: Vec<&str> = Minor::ALL.iter().map(|minor| minor.number()).collect();
    assert_eq!(minors("a: 1\n"), (all.clone(), all.clone()));
    assert_eq!(minors("#: minor 1.30 a\n#: minor 1.36 b\n"), (vec!["1.30", "1.36"], vec!["1.30", "1.36"]));
    assert_eq!(minors("#: since 1.35 a\n#: until 1.36 b\n"), (all, vec!["1.35", "1.36"]));
}
