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

/// The modules that a file names behind `crate::`, alone or in braces.
fn imported(text: &str) -> Vec<&str> {
    let behind = text.split("crate::").skip(1);
    behind.flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![name(rest)], first_names)).collect()
}

/// The word that the text begins with.
fn name(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len())]
}

/// `a::b, c::{d, e}}…` → `a`, `c`
fn first_names(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = vec![name(text)];
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&text[at + 1..])),
            _ => {}
        }
    }
    names
}

#[test]
fn imports_in_braces_are_seen() {
    let text = "use crate::{cli::{self, join}, config,\n    host};\nuse crate::plan::Phase;";
    assert_eq!(imported(text), ["cli", "config", "host", "plan"]);
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

/// What only a node does, and the files that do it all the same.
const OF_A_NODE: &[(&str, &[&str])] = &[
    // Made once, where the program begins.
    ("Node::this(", &["src/cli/mod.rs"]),
    ("chroot(", &[]),
    ("Tree::new(", &[]),
    ("Tree::of_dry_run(", &[]),
    ("getifaddrs(", &[]),
    ("gethostname(", &[]),
    ("uname(", &[]),
    ("getuid(", &[]),
    ("SystemTime::now(", &[]),
    ("to_socket_addrs(", &[]),
    ("TcpListener::bind(", &[]),
    // That of clap has the same name in `cli`.
    ("Command::new(", &[]),
    ("\"/proc/locks\"", &[]),
    ("{process}/root", &[]),
    ("fs::read(", &[]),
    // Threads that only compute go by the processors that they have, whichever node it is for.
    ("available_parallelism(", &["src/pki/parallel.rs"]),
    // No release reads the variables of the tests that kill it.
    ("env::var", &["src/host/kill_point.rs"]),
];

const NODE: &str = "src/host/node";

/// A file's lines without its comments and tests; nothing of a file that is for tests alone.
fn code(file: &Path) -> String {
    let name = file.file_name().unwrap().to_string_lossy();
    let is_test = ["tests.rs", "fixture.rs", "fixtures.rs"].iter().any(|end| name.ends_with(end))
        || name.starts_with("fake_")
        || file.components().any(|part| part.as_os_str() == "tests");
    let text = if is_test { String::new() } else { fs::read_to_string(file).unwrap() };
    let code = text.split("\nmod tests {").next().unwrap_or_default().lines();
    code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_host_is_reached_through_its_node_alone() {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let mut found: Vec<(&str, String)> = Vec::new();
    for file in files.iter().filter(|file| !file.starts_with(NODE)) {
        let code = code(file);
        let is_of_clap = |call| call == "Command::new(" && file.starts_with("src/cli");
        let calls = OF_A_NODE.iter().filter(|(call, _)| code.contains(call) && !is_of_clap(*call));
        found.extend(calls.map(|(call, _)| (*call, file.display().to_string())));
    }
    let mut known: Vec<(&str, String)> = OF_A_NODE
        .iter()
        .flat_map(|(call, files)| files.iter().map(|file| (*call, (*file).to_owned())))
        .collect();
    found.sort();
    known.sort();
    assert_eq!(found, known, "ask the `Node` that was handed down, or say here why not");
}

#[test]
fn a_node_makes_these_calls() {
    let mut files = Vec::new();
    rust_files(Path::new(NODE), &mut files);
    let all: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let elsewhere = ["Node::this(", "fs::read("];
    for (call, _) in OF_A_NODE.iter().filter(|(call, _)| !elsewhere.contains(call)) {
        assert!(all.contains(call), "{call} has another name now");
    }
}
