//! What happens while it happens, for people: one line a step on standard error, a spinner where something is waited
//! for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::text::{say, warn};
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
    /// The groups of phases that were announced. One may go on after another, and is not announced again.
    groups: Vec<&'static str>,
    spinner: Option<ProgressBar>,
    files: FilesDone,
}

/// The files of a run so far, in order; clones are of the same run.
#[derive(Debug, Clone, Default)]
pub struct FilesDone(Arc<Mutex<Vec<FileDone>>>);

impl FilesDone {
    pub fn list(&self) -> Vec<FileDone> {
        self.0.lock().map(|files| files.clone()).unwrap_or_default()
    }

    fn push(&self, file: FileDone) {
        if let Ok(mut files) = self.0.lock() {
            files.push(file);
        }
    }

    fn take(&self, path: &Path) -> Option<FileDone> {
        let mut files = self.0.lock().ok()?;
        let at = files.iter().position(|file| file.path == path)?;
        Some(files.remove(at))
    }
}

/// A file that was written, kept or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDone {
    pub path: PathBuf,
    pub change: Change,
}

impl Progress {
    pub fn new(detail: Detail) -> Self {
        Self { detail, groups: Vec::new(), spinner: None, files: FilesDone::default() }
    }

    /// For what goes on beside: of the same run, and with its files.
    #[must_use]
    pub fn twin(&self) -> Self {
        Self { detail: self.detail, groups: self.groups.clone(), spinner: None, files: self.files.clone() }
    }

    /// Every file of the run, in order.
    pub fn into_files(self) -> Vec<FileDone> {
        self.files.list()
    }

    /// What tells of the files also where the run fails.
    pub fn files(&self) -> FilesDone {
        self.files.clone()
    }

    fn detail(&self, phase: Phase, line: &str) {
        match self.detail {
            Detail::Phases => {}
            Detail::Everything => say(&format!("[{}] {line}", phase.entry().group())),
        }
    }

    fn note_file(&mut self, phase: Phase, path: &Path, outcome: &Outcome) {
        if let Outcome::Changed(change) = outcome {
            self.detail(phase, &format!("{} {}", path.display(), word(*change)));
            self.files.push(FileDone { path: path.to_owned(), change: *change });
        }
    }

    /// Whether a group of phases has not been announced yet; from now on it has.
    fn is_new(&mut self, group: &'static str) -> bool {
        let is_new = !self.groups.contains(&group);
        if is_new {
            self.groups.push(group);
        }
        is_new
    }

    /// Of a file that the run itself has made, nothing is left to tell.
    fn note_removal(&mut self, phase: Phase, path: &Path, outcome: &Outcome) {
        if *outcome != Outcome::Changed(Change::Removed) {
            return;
        }
        self.detail(phase, &format!("{} removed", path.display()));
        let earlier = self.files.take(path);
        if earlier.is_none_or(|file| file.change != Change::Created) {
            self.files.push(FileDone { path: path.to_owned(), change: Change::Removed });
        }
    }
}

/// As it stands in text and JSON.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Replaced => "replaced",
        Change::Unchanged => "kept",
        Change::Removed => "removed",
    }
}

impl Watcher for Progress {
    fn begins(&mut self, effect: &Effect) {
        let group = effect.phase.entry().group();
        if self.is_new(group) {
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
        if let Outcome::NotDone(why) = outcome {
            warn(why);
            return;
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
            Action::RemoveFile(path) => self.note_removal(effect.phase, path, outcome),
            Action::AwaitBootstrap(_) => self.detail(effect.phase, "the kubelet has its certificate"),
            Action::CheckEtcd(_) => self.detail(effect.phase, "etcd is healthy"),
            Action::PromoteEtcd(_) => self.detail(effect.phase, "this member votes"),
            Action::RestartMounting(wanted) => {
                for path in &wanted.paths {
                    self.detail(effect.phase, &format!("containers see {} as it is", path.display()));
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(earlier: &[Change], outcome: Change) -> Vec<(PathBuf, Change)> {
        let path = PathBuf::from("/etc/kubernetes/bootstrap-kubelet.conf");
        let mut progress = Progress::new(Detail::Phases);
        for change in earlier {
            progress.files.push(FileDone { path: path.clone(), change: *change });
        }
        let effect =
            Effect { phase: Phase::JoinKubeletWaitBootstrap, action: Action::RemoveFile(path.clone()) };
        progress.done(&effect, &Outcome::Changed(outcome));
        progress.into_files().into_iter().map(|file| (file.path, file.change)).collect()
    }

    #[test]
    fn a_file_that_the_run_makes_and_takes_away_is_not_told_of() {
        let gone = vec![(PathBuf::from("/etc/kubernetes/bootstrap-kubelet.conf"), Change::Removed)];
        assert_eq!(removed(&[Change::Created], Change::Removed), []);
        assert_eq!(removed(&[Change::Unchanged], Change::Removed), gone);
        assert_eq!(removed(&[Change::Replaced], Change::Removed), gone);
        assert_eq!(removed(&[], Change::Removed), gone);
        assert_eq!(removed(&[], Change::Unchanged), []);
    }

    #[test]
    fn a_group_of_phases_that_goes_on_later_is_announced_once() {
        let mut progress = Progress::new(Detail::Phases);
        let groups = ["control-plane-prepare", "etcd-join", "control-plane-prepare"];
        assert_eq!(groups.map(|group| progress.is_new(group)), [true, true, false]);
    }
}
