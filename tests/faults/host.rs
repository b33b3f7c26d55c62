//! A folder that stands for a host, and runs on it.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::program::{Ended, run};
use crate::tree::{self, Files};

pub struct Host(TempDir);

impl Host {
    pub fn new() -> Self {
        Self(tree::configured())
    }

    /// With all that init writes.
    pub fn laid_out() -> Self {
        let host = Self::new();
        let made = host.run(&[], INIT);
        assert_eq!(made.code, Some(0), "{}", made.said);
        host
    }

    pub fn copy(&self) -> Self {
        let copy = Self::new();
        let from = self.root();
        let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(copy.root()).status().unwrap();
        assert!(copied.success());
        copy
    }

    pub fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    pub fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub fn run(&self, under: &[String], words: &[&str]) -> Ended {
        let (root, config) = (self.root().display().to_string(), self.0.path().join("config.yaml"));
        let more = ["--dry-run", "--output-dir", &root, "--config", config.to_str().unwrap()];
        run(under, &[words, &more].concat())
    }

    pub fn files(&self) -> Files {
        tree::files(&self.root())
    }

    /// Of files that the program keeps to itself while it writes.
    pub fn left(&self) -> Vec<PathBuf> {
        self.files().into_keys().filter(|path| tree::is_own(path)).collect()
    }

    pub fn torn(&self) -> Vec<PathBuf> {
        tree::torn(&self.files())
    }
}

pub const INIT: &[&str] = &["init"];
pub const RENEW: &[&str] = &["certs", "renew", "all"];
