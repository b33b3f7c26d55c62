//! What happens while it happens, for people: one line a step on standard error, a spinner where something is waited
//! for.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::text::say;
use super::undo;
use crate::host::{Change, Outcome, Watcher};
use crate::plan::{Action, Effect, KubeletCall, Phase, Probe, Wait};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line a group of phases, and the waits.
    Phases,
    /// Every file and object too.
    Everything,
}

const WAITING: &str = "wait-control-plane";

#[derive(Debug)]
pub struct Progress {
    detail: Detail,
    /// The group of phases that was announced last.
    group: Option<&'static str>,
    spinner: Option<ProgressBar>,
    files: Vec<FileDone>,
}

/// A file that was written or kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDone {
    pub path: std::path::PathBuf,
    pub change: Change,
}

impl Progress {
    pub fn new(detail: Detail) -> Self {
        Self { detail, group: None, spinner: None, files: Vec::new() }
    }

    /// Every file of the run, in order.
    pub fn into_files(self) -> Vec<FileDone> {
        self.files
    }

    fn detail(&self, phase: Phase, line: &str) {
        match self.detail {
            Detail::Phases => {}
            Detail::Everything => say(&format!("[{}] {line}", phase.entry().group())),
        }
    }

    fn note_file(&mut self, phase: Phase, path: &std::path::Path, outcome: &Outcome) {
        if let Outcome::Changed(change) = outcome {
            self.detail(phase, &format!("{} {}", path.display(), word(*change)));
            self.files.push(FileDone { path: path.to_owned(), change: *change });
        }
    }
}

/// As it stands in text and JSON.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Replaced => "replaced",
        Change::Unchanged => "kept",
    }
}

impl Watcher for Progress {
    fn begins(&mut self, effect: &Effect) {
        let group = effect.phase.entry().group();
        if self.group.replace(group) != Some(group) {
            let about = effect.phase.group().map_or("", |row| row.about);
            say(&format!("[{group}] {about}"));
        }
    }

    fn waits(&mut self, wait: &Wait) {
        for Probe { name, url, .. } in &wait.on {
            say(&format!("[{WAITING}] waiting for {name} at {url}, {} at most", wait.timeout));
        }
        self.spinner = Some(spinner());
    }

    fn healthy(&mut self, probe: &Probe, after: Duration) {
        let line = format!("[{WAITING}] {} is healthy after {:.1} s", probe.name, after.as_secs_f64());
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| say(&line)),
            None => say(&line),
        }
    }

    fn done(&mut self, effect: &Effect, outcome: &Outcome) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
        if let Outcome::PassedOver(why) = outcome {
            self.detail(effect.phase, &format!("passed over: {why}"));
            return;
        }
        match &effect.action {
            Action::WriteFile(file) => self.note_file(effect.phase, &file.path, outcome),
            Action::Replace(files) => {
                for file in files {
                    self.note_file(effect.phase, &file.path, outcome);
                }
            }
            Action::KeepFile(path) => self.note_file(effect.phase, path, outcome),
            Action::SettleKubelet(settled) => self.note_file(effect.phase, &settled.kubeconfig, outcome),
            Action::MakeDir(folder) => self.detail(effect.phase, &format!("{}/", folder.path.display())),
            Action::GiveTo(given) => {
                self.detail(effect.phase, &format!("{} given to {}", given.path, given.owner.uid));
            }
            Action::Kubelet(KubeletCall::Stop) => self.detail(effect.phase, "kubelet stopped"),
            Action::Kubelet(KubeletCall::Restart) => self.detail(effect.phase, "kubelet started"),
            Action::Send(objects) => {
                for object in objects {
                    self.detail(effect.phase, &format!("{} {}", object.kind.as_str(), object.name));
                }
            }
            Action::Undo(undo) => {
                for line in undo::lines(undo) {
                    self.detail(effect.phase, &format!("{line}, done"));
                }
            }
            Action::RemoveFile(path) => {
                self.detail(effect.phase, &format!("{} removed", path.display()));
            }
            Action::AwaitBootstrap(_) => self.detail(effect.phase, "the kubelet has its certificate"),
            Action::CheckEtcd(_) => self.detail(effect.phase, "etcd is healthy"),
            Action::PromoteEtcd(_) => self.detail(effect.phase, "this member votes"),
            Action::Wait(_) => {}
        }
    }
}

/// Hidden where standard error is no terminal.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let spinner = ProgressBar::new_spinner().with_style(style);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
