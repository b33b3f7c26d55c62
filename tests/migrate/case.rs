//! The files, and the minors whose kubeadm reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::{compare, say, yaml};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    V1Beta3,
    V1Beta4,
}

/// A Kubernetes minor, by the patch version whose kubeadm is the reference.
#[derive(Debug, Clone, Copy)]
pub struct Minor {
    pub version: &'static str,
}

const VERSIONS: [&str; 9] =
    ["v1.29.15", "v1.30.4", "v1.31.0", "v1.32.2", "v1.33.13", "v1.34.4", "v1.35.4", "v1.36.3", "v1.37.1"];

static MINORS: LazyLock<Vec<Minor>> = LazyLock::new(|| {
    let all = VERSIONS.map(|version| Minor { version });
    all.into_iter().filter(|minor| minor.can_be_compared()).collect()
});

/// Those that kubewright knows and whose kubeadm is here.
pub fn minors() -> Vec<Minor> {
    MINORS.clone()
}

impl Minor {
    pub fn number(self) -> u8 {
        self.version[3..5].parse().unwrap()
    }

    /// What its kubeadm writes.
    pub fn format(self) -> Format {
        if self.number() < 31 { Format::V1Beta3 } else { Format::V1Beta4 }
    }

    fn reads(self, format: Format) -> bool {
        match format {
            Format::V1Beta3 => self.number() < 37,
            Format::V1Beta4 => self.number() > 30,
        }
    }

    pub fn kubeadm(self) -> PathBuf {
        let home = || Path::new(&std::env::var("HOME").expect("HOME is set")).join(".cache/kubewright");
        let cache = std::env::var("KUBEWRIGHT_CACHE").map_or_else(|_| home(), PathBuf::from);
        cache.join("bin").join(self.version).join("kubeadm")
    }

    fn can_be_compared(self) -> bool {
        if !self.kubeadm().exists() {
            say(&format!("there is no kubeadm {}: it is left out", self.version));
            return false;
        }
        let known = compare::knows(self);
        if !known {
            say(&format!("kubewright does not know {}: it is left out", self.version));
        }
        known
    }
}

pub struct Case {
    pub name: String,
    text: String,
}

/// `tests/migrate/*.yaml`
pub fn own() -> Vec<Case> {
    cases("tests/migrate")
}

/// Those, and `tests/configs/*.yaml`, of which some have no document.
pub fn all() -> Vec<Case> {
    let others = cases("tests/configs").into_iter().filter(|case| !yaml::documents(&case.text).is_empty());
    own().into_iter().chain(others).collect()
}

fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| Case { name: name(path), text: fs::read_to_string(path).unwrap() }).collect()
}

impl Case {
    pub fn text(&self, minor: Minor) -> String {
        self.text.replace("${VERSION}", minor.version).replace("${DIR}", "/etc")
    }

    pub fn has(&self, format: Format) -> bool {
        self.text.contains(match format {
            Format::V1Beta3 => "kubeadm.k8s.io/v1beta3",
            Format::V1Beta4 => "kubeadm.k8s.io/v1beta4",
        })
    }

    /// Whether the minor's kubeadm knows the formats and the fields of it.
    pub fn is_read_by(&self, minor: Minor) -> bool {
        let formats = [Format::V1Beta3, Format::V1Beta4];
        formats.into_iter().all(|format| !self.has(format) || minor.reads(format)) && self.is_of(minor)
    }

    /// The lines `#: minor 1.36 why` of tests/configs.
    fn is_of(&self, minor: Minor) -> bool {
        let mut only = self.text.lines().filter_map(|line| line.strip_prefix("#: minor ")).peekable();
        let number = format!("1.{}", minor.number());
        only.peek().is_none() || only.any(|line| line.split(' ').next() == Some(&number))
    }

    /// v1beta3 has no documents of `reset` and `upgrade`.
    pub fn goes_back(&self) -> bool {
        !self.text.contains("ResetConfiguration") && !self.text.contains("UpgradeConfiguration")
    }
}
