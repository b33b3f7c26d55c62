//! The fuzzer's targets over their seeds and over what they once fell over, as fuzz/seeds.txt lists them.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::fs;
use std::path::Path;

#[path = "../fuzz/readers.rs"]
mod readers;

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![fs::read(path).unwrap()] }).collect()
}

fn run(name: &str, folders: &[&str]) {
    let (_, target) = readers::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let seeds: Vec<Vec<u8>> = folders.iter().flat_map(|folder| files(Path::new(folder))).collect();
    assert!(!seeds.is_empty(), "{name} has seeds");
    for seed in seeds {
        target(&seed);
    }
}

#[test]
fn every_target_takes_all_of_its_seeds() {
    let list = fs::read_to_string("fuzz/seeds.txt").unwrap();
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), readers::TARGETS.len());
    std::thread::scope(|scope| {
        for row in &rows {
            scope.spawn(|| run(row[0], &row[1..]));
        }
    });
}
