//! `init` and `certs renew`, killed behind every single file that they write, and run again: on a folder that stands for a
//! control plane's host, so that no root is needed. tests/cluster/kills does the same for real.
//!
//! `cargo test --features kill-points --test kill_points`; with `EVERY=24`, behind each twenty-fourth.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod tree;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use tree::Files;

const SIGKILL: i32 = 9;

struct Host(TempDir);

impl Host {
    fn new() -> Self {
        Self(tree::configured())
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("kubewright"));
        command.env_clear().args(words).args(["--dry-run", "--output-dir"]).arg(self.root());
        command.arg("--config").arg(self.0.path().join("config.yaml"));
        command
    }

    /// An uninterrupted run, and each of its effects, in a line.
    fn run(&self, words: &[&str]) -> Vec<String> {
        let log = self.0.path().join("log");
        let _ = fs::remove_file(&log);
        succeeds(&self.command(words).env("KUBEWRIGHT_KILL_LOG", &log).output().unwrap());
        fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect()
    }

    fn killed_and_run_again(&self, words: &[&str], point: usize) {
        let killed = self.command(words).env("KUBEWRIGHT_KILL_AFTER", point.to_string()).output().unwrap();
        assert_eq!(killed.status.signal(), Some(SIGKILL), "behind effect {point}");
        assert_eq!(self.torn(), Vec::<PathBuf>::new(), "killed behind effect {point}");
        succeeds(&self.command(words).output().unwrap());
        assert_eq!(self.torn(), Vec::<PathBuf>::new(), "run again behind effect {point}");
    }

    fn files(&self) -> Files {
        tree::files(&self.root())
    }

    fn names(&self) -> Vec<(PathBuf, u32)> {
        self.files().into_iter().map(|(path, (mode, _))| (path, mode)).collect()
    }

    /// Files of the host itself.
    fn changed_since(&self, before: &Files) -> Vec<PathBuf> {
        let mut files = self.files();
        files.retain(|path, found| !path.starts_with("cluster") && before.get(path) != Some(found));
        files.into_keys().collect()
    }

    fn torn(&self) -> Vec<PathBuf> {
        tree::torn(&self.files())
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The numbers of the effects behind which a run is killed, the last one among them.
fn points(effects: usize) -> impl Iterator<Item = usize> {
    let every = std::env::var("EVERY").map_or(1, |number| number.parse().expect("a number"));
    (1..=effects).rev().step_by(every)
}

#[test]
fn an_init_that_is_killed_anywhere_is_gone_on_with() {
    let measure = Host::new();
    let effects = measure.run(&["init"]);
    assert!(effects.len() > 100, "{effects:#?}");
    for point in points(effects.len()) {
        let host = Host::new();
        host.killed_and_run_again(&["init"], point);
        assert_eq!(host.names(), measure.names(), "killed behind {}", effects[point - 1]);
        let before = host.files();
        host.run(&["init"]);
        assert_eq!(host.changed_since(&before), Vec::<PathBuf>::new(), "a third run leaves the host's files");
    }
}

#[test]
fn a_renewal_that_is_killed_anywhere_is_gone_on_with() {
    let host = Host::new();
    host.run(&["init"]);
    let names = host.names();
    let effects = host.run(&["certs", "renew", "all"]).len();
    for point in points(effects) {
        host.killed_and_run_again(&["certs", "renew", "all"], point);
        assert_eq!(host.names(), names, "killed behind effect {point}");
    }
}

#[test]
fn cas_issued_again_by_a_run_that_is_killed_anywhere_are_issued_once() {
    let words = ["certs", "reissue-ca", "all", "--validity", "20y"];
    let base = Host::new();
    base.run(&["init"]);
    let names = base.names();
    let copy = || {
        let host = Host::new();
        let done = Command::new("cp").arg("-a").arg(base.root()).arg(host.root()).status();
        assert!(done.unwrap().success());
        host
    };
    let effects = copy().run(&words).len();
    assert!(effects > 10, "{effects}");
    for point in points(effects) {
        let host = copy();
        host.killed_and_run_again(&words, point);
        assert_eq!(host.names(), names, "killed behind effect {point}");
        let before = host.files();
        succeeds(&host.command(&words).output().unwrap());
        assert_eq!(host.changed_since(&before), Vec::<PathBuf>::new(), "killed behind effect {point}");
    }
}
