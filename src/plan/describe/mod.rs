//! What an action is: one description, which listing, progress, JSON, a dry run's folder and the check of a disk's space read.

mod object;
mod teardown;

use std::fmt::Write as _;
use std::path::Path;
use std::slice;

use serde_json::{Value, json};

pub use object::describe_object;

use super::{Action, Directory, Effect, EtcdRecovery, Expect, File, KubeletCall, Mounting, Removal, Wait};
use crate::manifests::objects::Object;

/// An action, for all that tell of it before or after it is done.
#[derive(Debug)]
pub struct Description<'a> {
    /// What of a disk or a cluster it is about.
    pub subject: Subject<'a>,
    /// What is to be done, a line each; for files and objects, their subject has them.
    planned: Vec<String>,
    /// What was done, a line each, without those of files.
    pub done: Vec<String>,
    /// `{"action": …}` for the commands whose documents list their steps; else an empty object.
    pub json: Value,
    /// Whether a wait alone decides if it is done.
    pub is_possible: bool,
}

/// What of a disk or a cluster an action is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A folder that is made.
    Folder(&'a Directory),
    /// A file that is written.
    File(&'a File),
    /// Files that are put in place at the same moment.
    Group(&'a [File]),
    /// A file that stays as it is.
    Kept(&'a Path),
    /// A file that is changed by what is found in it.
    Edited(&'a Path),
    /// A file that goes.
    Gone(&'a Path),
    /// A path, or what is in it, that goes in a reset.
    Removal(&'a Removal),
    /// Objects that the cluster takes.
    Objects(&'a [Object]),
    /// Neither files nor objects.
    Nothing,
}

impl<'a> Description<'a> {
    fn of(subject: Subject<'a>) -> Self {
        Self { subject, planned: Vec::new(), done: Vec::new(), json: json!({}), is_possible: false }
    }

    fn nothing(planned: impl Into<String>) -> Self {
        Self { planned: vec![planned.into()], ..Self::of(Subject::Nothing) }
    }

    fn planned(self, planned: Vec<String>) -> Self {
        Self { planned, ..self }
    }

    fn done(self, done: impl Into<String>) -> Self {
        Self { done: vec![done.into()], ..self }
    }

    fn json(self, json: Value) -> Self {
        Self { json, ..self }
    }

    /// What is to be done, with the text of what is written where that is no secret.
    pub fn text(&self) -> String {
        match self.subject {
            Subject::Folder(folder) => format!("folder {} ({:04o})\n", folder.path.display(), folder.mode),
            Subject::File(file) => file_text(file),
            Subject::Group(files) => files.iter().map(file_text).collect(),
            Subject::Kept(path) => format!("file {}: kept\n", path.display()),
            Subject::Gone(path) => format!("file {}: remove\n", path.display()),
            Subject::Objects(objects) => objects.iter().map(describe_object).collect(),
            Subject::Edited(_) | Subject::Removal(_) | Subject::Nothing => {
                self.planned.iter().fold(String::new(), |text, line| text + line + "\n")
            }
        }
    }

    /// The same, without the texts of files and objects.
    pub fn lines(&self) -> Vec<String> {
        self.text().lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
    }
}

impl Action {
    /// What it is.
    pub fn describe(&self) -> Description<'_> {
        match self {
            Self::MakeDir(folder) => {
                Description::of(Subject::Folder(folder)).done(format!("{}/", folder.path.display()))
            }
            Self::WriteFile(file) => Description::of(Subject::File(file))
                .json(json!({ "action": "write", "path": path_text(&file.path) })),
            Self::Replace(files) => Description::of(Subject::Group(files)),
            Self::KeepFile(path) => Description::of(Subject::Kept(path)),
            Self::RemoveFile(path) => Description::of(Subject::Gone(path))
                .json(json!({ "action": "remove", "path": path_text(path) })),
            Self::GiveTo(given) => Description::nothing(format!(
                "file {}: becomes that of {}:{}",
                given.path, given.owner.uid, given.owner.gid
            ))
            .done(format!("{} given to {}", given.path, given.owner.uid)),
            Self::Kubelet(KubeletCall::Stop) => Description::nothing("kubelet: stop")
                .done("kubelet stopped")
                .json(json!({ "action": "stop-kubelet" })),
            Self::Kubelet(KubeletCall::Restart) => Description::nothing("kubelet: restart")
                .done("kubelet started")
                .json(json!({ "action": "restart-kubelet" })),
            Self::RestartMounting(wanted) => mounting(wanted),
            Self::AllowEtcdRecovery(wanted) => etcd_recovery(wanted),
            Self::Wait(wait) => Description::of(Subject::Nothing).planned(probes(wait)),
            Self::Settle(wanted) => {
                let name = wanted.pod.name();
                Description::nothing(format!("wait until {name} has run for some seconds without a restart"))
                    .done(format!("{name} runs on"))
            }
            Self::EnableCertificateRotation(wanted) => {
                let (file, certificate) = (wanted.kubeconfig.display(), wanted.certificate.display());
                Description::of(Subject::Edited(&wanted.kubeconfig))
                    .planned(vec![format!("file {file}: points at {certificate}")])
            }
            Self::AwaitBootstrap(wanted) => Description::nothing(format!(
                "wait for {}, {} at most: the kubelet gets its certificate",
                wanted.kubeconfig.display(),
                wanted.timeout
            ))
            .done("the kubelet has its certificate"),
            Self::CheckEtcd(_) => {
                Description::nothing("etcd: check that its members answer").done("etcd is healthy")
            }
            Self::PromoteEtcd(_) => {
                Description::nothing("etcd: make this member a voting one").done("this member votes")
            }
            Self::SnapshotEtcd(wanted) => {
                let path = wanted.path.display();
                Description::nothing(format!("etcd: keep a snapshot of its data in {path} (0600)"))
                    .done(format!("etcd's data, in {path}"))
                    .json(json!({ "action": "snapshot-etcd", "path": path_text(&wanted.path) }))
            }
            Self::MoveEtcdLeader(_) => {
                Description::nothing("etcd: let another member lead, if this one does")
                    .done("another member of etcd leads")
            }
            Self::Send(objects) => Description {
                done: objects
                    .iter()
                    .map(|object| format!("{} {}", object.kind.as_str(), object.name))
                    .collect(),
                ..Description::of(Subject::Objects(objects))
            },
            Self::AwaitRollout(wanted) => {
                Description::nothing(format!("wait until the new pods of the {wanted} are up"))
                    .done(format!("the pods of the {wanted} are up"))
            }
            Self::Teardown(teardown) => teardown::describe(teardown),
        }
    }
}

/// `[{phase, action, …}]`, an entry a step.
pub fn steps_json(effects: &[Effect]) -> Value {
    effects.iter().map(step_json).collect()
}

/// The same of those steps alone that are taken only where a wait finds that they are needed.
pub fn possible_json(effects: &[Effect]) -> Value {
    effects.iter().filter(|effect| effect.action.describe().is_possible).map(step_json).collect()
}

fn step_json(effect: &Effect) -> Value {
    let mut step = effect.action.describe().json;
    step["phase"] = json!(effect.phase.entry().path);
    step
}

/// JSON has no names that are no text.
fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn file_text(file: &File) -> String {
    let change = match file.expect {
        Expect::Absent => "create",
        Expect::Sha256(_) => "replace",
    };
    let head = format!("file {}: {change} ({:04o})\n", file.path.display(), file.kind.mode());
    match std::str::from_utf8(file.content.bytes()) {
        Ok(text) if !file.kind.is_secret() => head + &indented(text),
        _ => head,
    }
}

/// Nothing is done until it is needed, and so nothing is told as done.
fn etcd_recovery(wanted: &EtcdRecovery) -> Description<'_> {
    let data = wanted.data_dir.join("member");
    let text = format!(
        "etcd: if it was killed in its first start, remove {}, in which nothing is then, and restart it",
        data.display()
    );
    let json = json!({ "action": "recover-etcd", "path": path_text(&data) });
    Description { is_possible: true, ..Description::nothing(text) }.json(json)
}

fn mounting(wanted: &Mounting) -> Description<'_> {
    let paths: Vec<String> = wanted.paths.iter().map(|path| path.display().to_string()).collect();
    Description {
        done: paths.iter().map(|path| format!("containers see {path} as it is")).collect(),
        ..Description::nothing(format!(
            "containers: restart those that have mounted something else as {}",
            paths.join(" or ")
        ))
    }
}

fn probes(wait: &Wait) -> Vec<String> {
    let probe = |probe: &super::Probe| {
        let which = if probe.is_replaced { ", of its new manifest," } else { "" };
        format!("wait for {}{which} at {}, {} at most", probe.component.name(), probe.url, wait.timeout)
    };
    wait.on.iter().map(probe).collect()
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "    {line}");
        all
    })
}

impl<'a> Subject<'a> {
    /// The files that are written, with all their bytes.
    pub fn written(self) -> &'a [File] {
        match self {
            Self::File(file) => slice::from_ref(file),
            Self::Group(files) => files,
            Self::Folder(_)
            | Self::Kept(_)
            | Self::Edited(_)
            | Self::Gone(_)
            | Self::Removal(_)
            | Self::Objects(_)
            | Self::Nothing => &[],
        }
    }

    /// The objects that are sent.
    pub fn sent(self) -> &'a [Object] {
        if let Self::Objects(objects) = self { objects } else { &[] }
    }
}
