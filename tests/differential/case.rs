//! `tests/configs/NN-name.yaml` → one case. Lines that begin with `#: ` say what the file itself cannot:
//!
//! - `#: arg --flag=value` one more argument of `init`
//! - `#: env NAME=value` one variable of the environment; all others but PATH are taken away
//! - `#: minor 1.36 why` this minor alone
//! - `#: since 1.36 why` this minor and those after it; `#: until 1.35 why` this minor and those before it
//! - `#: prepare command words` run before, in order
//!
//! A file without a document stands for flags alone. `${DIR}` is the case's own folder, which begins as a copy of
//! `tests/configs/NN-name/`; `${VERSION}`, `${KUBEADM}` and `${CONFIG}` are the version, the program and the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::Minor;

#[derive(Debug)]
pub struct Case {
    pub name: String,
    text: String,
}

/// A case for one minor, with all of its texts filled in.
pub struct Ready {
    pub name: String,
    pub minor: Minor,
    pub text: String,
    pub arguments: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// `None`: flags alone.
    pub config: Option<PathBuf>,
    pub scratch: PathBuf,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs")
}

pub fn all() -> Vec<Case> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Those that `DIFFERENTIAL` names, or all.
pub fn picked() -> Vec<Case> {
    match filter() {
        None => all(),
        Some(names) => {
            all().into_iter().filter(|case| names.iter().any(|name| case.name.starts_with(name))).collect()
        }
    }
}

pub fn filter() -> Option<Vec<String>> {
    let names = std::env::var("DIFFERENTIAL").ok()?;
    Some(names.split(',').map(str::to_owned).collect())
}

fn read(path: &Path) -> Case {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    Case { name, text: fs::read_to_string(path).unwrap() }
}

impl Case {
    pub fn applies_to(&self, minor: Minor) -> bool {
        let only: Vec<&str> = self.said("minor").collect();
        let named = |line: &&str| line.split(' ').next().unwrap_or_default().to_owned();
        (only.is_empty() || only.iter().any(|line| named(line) == minor.number()))
            && self.said("since").all(|line| *minor.number() >= *named(&line))
            && self.said("until").all(|line| *minor.number() <= *named(&line))
    }

    /// What the lines `#: word …` say.
    fn said<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a str> {
        let start = format!("#: {word} ");
        self.text.lines().filter_map(move |line| line.strip_prefix(start.as_str()))
    }

    pub fn documents(&self) -> Vec<serde_json::Value> {
        crate::yaml::documents(&self.text)
    }

    /// Makes the case's folder anew, fills in the texts and runs what prepares the case.
    pub fn prepare(&self, minor: Minor, root: &Path) -> Ready {
        let scratch = root.join(&self.name);
        if scratch.exists() {
            fs::remove_dir_all(&scratch).unwrap();
        }
        copy(&folder().join(&self.name), &scratch.join("dir"));
        let fill = |text: &str| {
            text.replace("${DIR}", &text_of(&scratch.join("dir")))
                .replace("${CONFIG}", &text_of(&scratch.join("config.yaml")))
                .replace("${KUBEADM}", &text_of(&minor.kubeadm()))
                .replace("${VERSION}", minor.version())
        };
        let text = fill(&self.text);
        let config = (!self.documents().is_empty()).then(|| scratch.join("config.yaml"));
        if let Some(path) = &config {
            fs::write(path, &text).unwrap();
        }
        self.said("prepare").for_each(|line| execute(&fill(line)));
        Ready {
            name: self.name.clone(),
            minor,
            arguments: self.said("arg").map(fill).collect(),
            environment: self.said("env").map(|line| pair(&fill(line))).collect(),
            text,
            config,
            scratch,
        }
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn pair(line: &str) -> (String, String) {
    let (name, value) = line.split_once('=').unwrap();
    (name.to_owned(), value.to_owned())
}

fn execute(line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A folder and all below it, with modes; one that is missing is copied as an empty one.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    if !from.exists() {
        return;
    }
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
