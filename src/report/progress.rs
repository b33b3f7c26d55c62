//! What happens while it happens, for people: one line a step on standard error, a spinner where something is waited
//! for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::spinner::Spinner;
use super::text::{say, warn};
use super::timeline::Timeline;
use crate::host::{FileChange, Outcome, PhaseFailed, Sent, Span, WaitWatcher, Watcher};
use crate::manifests::static_pod::StaticPod;
use crate::plan::{Description, Effect, Phase, Probe, Step, StepId, Subject, Wait};
use crate::text::in_full;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line a group of phases, and the waits.
    Phases,
    /// Every file and object too.
    Everything,
}

const WAITING: &str = "wait-control-plane";

/// What a run has told so far: a watcher of its effects and waits.
#[derive(Debug)]
pub struct Progress {
    detail: Detail,
    /// The groups of phases that were announced. One may go on after another, and is not announced again.
    groups: Vec<&'static str>,
    spinner: Option<Spinner>,
    files: FilesDone,
    timeline: Option<Timeline>,
}

/// The files of a run so far, in order; clones are of the same run.
#[derive(Debug, Clone, Default)]
pub struct FilesDone(Arc<Mutex<Vec<FileDone>>>);

impl FilesDone {
    /// A copy of what was noted so far.
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
    /// Absolute, on the host.
    pub path: PathBuf,
    /// Whether it was made, replaced, kept or removed.
    pub change: FileChange,
}

impl Progress {
    /// Nothing is shown before the first effect begins.
    pub fn new(detail: Detail) -> Self {
        Self { detail, groups: Vec::new(), spinner: None, files: FilesDone::default(), timeline: None }
    }

    /// Notes what takes how long.
    #[must_use]
    pub fn timed(self, timeline: Timeline) -> Self {
        Self { timeline: Some(timeline), ..self }
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
        if *outcome != Outcome::Changed(FileChange::Removed) {
            return;
        }
        self.detail(phase, &format!("{} removed", path.display()));
        let earlier = self.files.take(path);
        if earlier.is_none_or(|file| file.change != FileChange::Created) {
            self.files.push(FileDone { path: path.to_owned(), change: FileChange::Removed });
        }
    }
}

/// What of an object stays as others have set it.
fn tell_kept(subject: Subject<'_>, outcome: &Outcome) {
    let Outcome::Sent(all) = outcome else { return };
    for (object, sent) in subject.sent().iter().zip(all) {
        if let Sent::Beside(fields) = sent {
            let (kind, name) = (object.kind.as_str(), &object.name);
            warn(&format!("{kind} {name}: these fields stay as others have set them: {}", fields.join(", ")));
        }
    }
}

/// The component that a step of an upgrade is about.
fn component(step: &Step) -> Option<&'static str> {
    let is_upgrade = step.phases.contains(&Phase::UpgradeControlPlane);
    let pod = match step.id {
        StepId::EtcdBridge | StepId::Etcd => StaticPod::Etcd,
        StepId::ApiServer => StaticPod::ApiServer,
        StepId::ControllerManager => StaticPod::ControllerManager,
        StepId::Scheduler => StaticPod::Scheduler,
        _ => return None,
    };
    is_upgrade.then(|| pod.name())
}

/// As text and JSON have it.
pub fn word(change: FileChange) -> &'static str {
    match change {
        FileChange::Created => "created",
        FileChange::Replaced => "replaced",
        FileChange::Unchanged => "kept",
        FileChange::Removed => "removed",
    }
}

impl WaitWatcher for Progress {
    fn waits(&mut self, wait: &Wait) {
        for Probe { component, url, .. } in &wait.on {
            let name = component.name();
            say(&format!("[{WAITING}] waiting for {name} at {url}, {} at most", wait.timeout));
        }
        self.spinner = Some(Spinner::begin("{spinner} {elapsed}"));
    }

    fn healthy(&mut self, probe: &Probe, after: Duration) {
        let (name, seconds) = (probe.component.name(), after.as_secs_f64());
        say(&format!("[{WAITING}] {name} is healthy after {seconds:.1} s"));
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

    fn rolled_back(&mut self, step: &Step) {
        self.spinner = None;
        if let Some(name) = component(step) {
            say(&format!("[control-plane] {name} is as it was before"));
        }
    }

    fn not_rolled_back(&mut self, step: &Step, failure: &PhaseFailed) {
        self.spinner = None;
        let what = component(step).map_or_else(
            || "this host's etcd member could not be removed".to_owned(),
            |name| format!("{name} could not be made as it was before"),
        );
        warn(&format!("{what}: {}", in_full(&failure.source)));
    }

    fn took(&mut self, phase: Phase, span: Span) {
        if let Some(timeline) = &self.timeline {
            timeline.note(phase, span);
        }
    }

    fn done(&mut self, effect: &Effect, outcome: &Outcome) {
        self.spinner = None;
        if let Outcome::NotDone(why) = outcome {
            warn(why);
            return;
        }
        if let Outcome::Skipped(why) = outcome {
            self.detail(effect.phase, &format!("skipped: {why}"));
            return;
        }
        let Description { subject, done, .. } = effect.action.describe();
        tell_kept(subject, outcome);
        match subject {
            Subject::File(_) | Subject::Group(_) => {
                for file in subject.written() {
                    self.note_file(effect.phase, &file.path, outcome);
                }
            }
            Subject::Kept(path) | Subject::Edited(path) => self.note_file(effect.phase, path, outcome),
            Subject::Gone(path) => self.note_removal(effect.phase, path, outcome),
            Subject::Folder(_) | Subject::Removal(_) | Subject::Objects(_) | Subject::Nothing => {
                for line in &done {
                    self.detail(effect.phase, line);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;

    fn removed(earlier: &[FileChange], outcome: FileChange) -> Vec<(PathBuf, FileChange)> {
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
        let gone = vec![(PathBuf::from("/etc/kubernetes/bootstrap-kubelet.conf"), FileChange::Removed)];
        assert_eq!(removed(&[FileChange::Created], FileChange::Removed), []);
        assert_eq!(removed(&[FileChange::Unchanged], FileChange::Removed), gone);
        assert_eq!(removed(&[FileChange::Replaced], FileChange::Removed), gone);
        assert_eq!(removed(&[], FileChange::Removed), gone);
        assert_eq!(removed(&[], FileChange::Unchanged), []);
    }

    #[test]
    fn a_group_of_phases_that_goes_on_later_is_announced_once() {
        let mut progress = Progress::new(Detail::Phases);
        let groups = ["control-plane-prepare", "etcd-join", "control-plane-prepare"];
        assert_eq!(groups.map(|group| progress.is_new(group)), [true, true, false]);
    }
}
