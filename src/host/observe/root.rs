//! Where a host's files are.
#![allow(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::facts::{Seen, Unseen};

/// The folder that stands for `/`: `/` itself, or a tree like it.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Default for Root {
    fn default() -> Self {
        Self("/".into())
    }
}

impl Root {
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// `/proc/mounts` → where it is below this root.
    pub fn path(&self, absolute: &Path) -> PathBuf {
        self.0.join(absolute.strip_prefix("/").unwrap_or(absolute))
    }

    /// A file's whole text.
    pub fn text(&self, path: impl AsRef<Path>) -> Seen<String> {
        let path = path.as_ref();
        std::fs::read_to_string(self.path(path)).map_err(|error| unseen(path, &error))
    }

    /// A file's whole text; empty where there is no such file.
    pub fn text_or_empty(&self, path: impl AsRef<Path>) -> Seen<String> {
        let path = path.as_ref();
        match std::fs::read_to_string(self.path(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            other => other.map_err(|error| unseen(path, &error)),
        }
    }

    /// What is in a file; nothing where there is no such file.
    pub fn bytes_or_empty(&self, path: impl AsRef<Path>) -> Seen<Vec<u8>> {
        let path = path.as_ref();
        match std::fs::read(self.path(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|error| unseen(path, &error)),
        }
    }

    /// Where a program is, by the folders that `PATH` names below this root.
    pub fn program(&self, name: impl AsRef<str>) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).map(|folder| self.path(&folder)).collect();
        let below: OsString = std::env::join_paths(folders).ok()?;
        which::which_in(name.as_ref(), Some(below), "/").ok()
    }
}

/// Why a path could not be looked at.
pub fn unseen(path: &Path, error: &std::io::Error) -> Unseen {
    Unseen::new(path.display().to_string(), error)
}
