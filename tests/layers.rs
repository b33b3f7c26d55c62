//! Modules import only those that stand before them in `src/lib.rs`.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crate's modules in the order of their `pub mod` lines.
fn layers() -> Vec<String> {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn rust_files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
}

/// The modules that a file names behind `crate::`.
fn imported(text: &str) -> Vec<&str> {
    let name_end =
        |rest: &str| rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
    text.split("crate::")
        .skip(1)
        .map(|rest| &rest[..name_end(rest)])
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn imports_point_only_to_earlier_modules() {
    let layers = layers();
    let place = |name: &str| layers.iter().position(|layer| layer == name);
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    assert!(files.len() > layers.len(), "the walk has found the sources");
    let mut wrong = Vec::new();
    for file in &files {
        let own = file
            .components()
            .nth(1)
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let Some(own_place) = place(&own) else { continue };
        let text = fs::read_to_string(file).unwrap();
        for name in imported(&text) {
            if place(name).is_some_and(|other| other > own_place) {
                wrong.push(format!("{} imports {name}, which comes after {own}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
