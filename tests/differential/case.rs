//! `tests/configs/NN-name.yaml` → one case; for a minor of v1beta3 its documents are put into that. Lines that begin with `#: ` say
//! what the file itself cannot: the minors that it is for (see `kubeadms::source`), and
//!
//! - `#: arg --flag=value` one more argument of `init`
//! - `#: env NAME=value` one variable of the environment; all others but PATH are taken away
//! - `#: prepare command words` run before, in order
//! - `#: called kubeadm why` kubewright is called by that name: by its own it refuses what a component does not take
//!
//! A file without a document stands for flags alone. `${DIR}` is the case's own folder, which begins as a copy of
//! `tests/configs/NN-name/`; `${VERSION}`, `${KUBEADM}` and `${CONFIG}` are the version, the program and the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kubeadms::minor::Minor;
use crate::kubeadms::source::{self, Source};
use crate::kubeadms::yaml;
use crate::v1beta3;

#[derive(Debug)]
pub struct Case(Source);

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
    /// Whether kubewright is called kubeadm.
    pub by_kubeadms_name: bool,
}

const CONFIGS: &str = "tests/configs";

/// Cases that keep the default's keys: one without anything else, external etcd, names, sealed keys, CAs and keys that were there before.
const LARGE_KEYS: &[&str] = &["01-", "15-", "30-", "39-", "57-", "58-"];

pub fn all() -> Vec<Case> {
    source::all(CONFIGS).into_iter().map(Case).collect()
}

/// Those that `DIFFERENTIAL` names, or all.
pub fn picked() -> Vec<Case> {
    match filter() {
        None => all(),
        Some(names) => {
            all().into_iter().filter(|case| names.iter().any(|name| case.name().starts_with(name))).collect()
        }
    }
}

pub fn filter() -> Option<Vec<String>> {
    let names = std::env::var("DIFFERENTIAL").ok()?;
    Some(names.split(',').map(str::to_owned).collect())
}

impl Case {
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn applies_to(&self, minor: Minor) -> bool {
        self.0.applies_to(minor)
    }

    /// What of the case the minor's format cannot say.
    pub fn beyond(&self, minor: Minor) -> Option<String> {
        minor.is_of_v1beta3().then(|| v1beta3::of(&self.0.text).err()).flatten()
    }

    pub fn documents(&self) -> Vec<serde_json::Value> {
        yaml::documents(&self.0.text)
    }

    /// Makes the case's folder anew, fills in the texts and runs what prepares the case.
    pub fn prepare(&self, minor: Minor, root: &Path) -> Ready {
        self.prepared(minor, root, &minor.kubeadm(), &self.with_small_keys())
    }

    /// The same as it stands, with this program in kubeadm's place.
    pub fn prepare_with(&self, minor: Minor, root: &Path, kubeadm: &Path) -> Ready {
        self.prepared(minor, root, kubeadm, &self.0.text)
    }

    /// Where the time is short (`SMALL_KEYS`), with keys that take next to none, but for some cases and those that name an algorithm.
    fn with_small_keys(&self) -> String {
        let text = &self.0.text;
        let is_large = LARGE_KEYS.iter().any(|start| self.name().starts_with(start));
        if std::env::var_os("SMALL_KEYS").is_none() || is_large || text.contains("encryptionAlgorithm") {
            return text.clone();
        }
        let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
        text.replace(head, &format!("{head}encryptionAlgorithm: ECDSA-P256\n"))
    }

    fn prepared(&self, minor: Minor, root: &Path, kubeadm: &Path, text: &str) -> Ready {
        let scratch = root.join(self.name());
        if scratch.exists() {
            fs::remove_dir_all(&scratch).unwrap();
        }
        copy(&source::folder(CONFIGS).join(self.name()), &scratch.join("dir"));
        let fill = |text: &str| {
            text.replace("${DIR}", &text_of(&scratch.join("dir")))
                .replace("${CONFIG}", &text_of(&scratch.join("config.yaml")))
                .replace("${KUBEADM}", &text_of(kubeadm))
                .replace("${VERSION}", minor.version())
        };
        let text = fill(text);
        let text = if minor.is_of_v1beta3() { v1beta3::of(&text).unwrap() } else { text };
        let config = (!self.documents().is_empty()).then(|| scratch.join("config.yaml"));
        if let Some(path) = &config {
            fs::write(path, &text).unwrap();
        }
        self.0.said("prepare").for_each(|line| execute(&fill(line)));
        Ready {
            name: self.name().to_owned(),
            minor,
            arguments: self.0.said("arg").map(fill).collect(),
            environment: self.0.said("env").map(|line| pair(&fill(line))).collect(),
            text,
            config,
            scratch,
            by_kubeadms_name: self.0.said("called").next().is_some(),
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
