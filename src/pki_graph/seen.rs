//! What was read of a host, or of a copy of its files.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::content::Content;

/// A tree of files, in which every path begins at its own root.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// As it was given: `/`, or the folder of a copy.
    pub root: PathBuf,
    /// Whether it is this host's own, so that owners count.
    pub is_host: bool,
    /// By their paths, links among them.
    pub files: BTreeMap<PathBuf, SeenFile>,
    /// What is there and was not looked at.
    pub unread: Vec<NotLooked>,
}

/// A file.
#[derive(Debug, Clone)]
pub struct SeenFile {
    /// Its permission bits.
    pub mode: u32,
    /// Its owner's number.
    pub owner: u32,
    /// Its group's number.
    pub group: u32,
    /// Where it is, behind all links.
    pub real: PathBuf,
    /// What is in it.
    pub content: Content,
}

/// Something that was not looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotLooked {
    /// A file or a folder.
    pub path: PathBuf,
    /// What was in the way.
    pub why: String,
}

impl SeenFile {
    /// How many certificates are in it.
    pub fn count(&self) -> usize {
        match &self.content {
            Content::Pem(pem) => pem.certificates.len(),
            _ => 0,
        }
    }
}

impl Tree {
    /// A file by the path that something names.
    pub fn file(&self, path: &Path) -> Option<&SeenFile> {
        self.files.get(&normal(path))
    }

    /// Whether a path is a link.
    pub fn is_link(&self, path: &Path) -> bool {
        self.file(path)
            .is_some_and(|file| file.real != normal(path) || matches!(file.content, Content::Dangling))
    }
}

/// `/a/../b/./c` → `/b/c`; the links of the tree are followed by whoever reads it.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::Normal(name) => normal.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leads_above_its_root() {
        for (given, made) in [("/a/../b/./c", "/b/c"), ("../../x", "/x"), ("/", "/"), ("a", "/a")] {
            assert_eq!(normal(Path::new(given)), Path::new(made), "{given}");
        }
    }
}
