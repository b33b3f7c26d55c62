//! The dry run that writes nothing: every effect as text, without a secret.

use std::fmt::Write as _;

use super::text::{out, say};
use super::undo;
use crate::facts::MemberId;
use crate::host::{ApplyError, Change, ClusterQuestions, Host, Outcome, Watcher};
use crate::manifests::objects::{Object, Write};
use crate::plan::{Action, EtcdJoin, Expect, File, Joined, KubeletCall, Mounting, SeenCluster, Wait};
use crate::yaml;

/// Stands for the host and prints what would be done to it: as the run's result, or, where that is JSON, beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    AsResult,
    BesideJson,
}

impl Listing {
    fn print(self, text: &str) {
        match self {
            Self::AsResult => out(text),
            Self::BesideJson => say(text.trim_end()),
        }
    }
}

impl Host for Listing {
    fn carry_out(&mut self, action: &Action, _: &mut dyn Watcher) -> Result<Outcome, ApplyError> {
        self.print(&describe(action));
        Ok(Outcome::PassedOver("dry run"))
    }

    fn send(&mut self, batches: &[&[Object]]) -> Vec<Result<Outcome, ApplyError>> {
        let list = |objects: &[Object]| {
            self.print(&objects.iter().map(describe_object).collect::<String>());
            Ok(Outcome::PassedOver("dry run"))
        };
        batches.iter().map(|objects| list(objects)).collect()
    }

    fn join_etcd(&mut self, wanted: &EtcdJoin) -> Result<Joined, ApplyError> {
        let text = format!("etcd: add the member {} at {}, as a learner\n", wanted.name, wanted.peer_url);
        self.print(&text);
        Ok(Joined::alone(wanted))
    }

    fn give_up_etcd(&mut self, _: &EtcdJoin, _: MemberId) -> Result<Change, ApplyError> {
        Ok(Change::Unchanged)
    }

    fn see_cluster(&mut self, _: &ClusterQuestions) -> Result<SeenCluster, ApplyError> {
        Ok(SeenCluster::default())
    }
}

/// What an action comes to, without the texts of files and objects.
pub fn step_lines(action: &Action) -> Vec<String> {
    describe(action).lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
}

fn describe(action: &Action) -> String {
    match action {
        Action::MakeDir(folder) => format!("folder {} ({:04o})\n", folder.path.display(), folder.mode),
        Action::WriteFile(file) => describe_file(file),
        Action::Replace(files) => files.iter().map(describe_file).collect(),
        Action::KeepFile(path) => format!("file {}: kept\n", path.display()),
        Action::GiveTo(given) => {
            format!("file {}: becomes that of {}:{}\n", given.path, given.owner.uid, given.owner.gid)
        }
        Action::Kubelet(KubeletCall::Stop) => "kubelet: stop\n".to_owned(),
        Action::Kubelet(KubeletCall::Restart) => "kubelet: restart\n".to_owned(),
        Action::RestartMounting(wanted) => describe_mounting(wanted),
        Action::Wait(wait) => describe_wait(wait),
        Action::SettleKubelet(settled) => {
            format!("file {}: points at {}\n", settled.kubeconfig.display(), settled.certificate.display())
        }
        Action::AwaitBootstrap(wanted) => format!(
            "wait for {}, {} at most: the kubelet gets its certificate\n",
            wanted.kubeconfig.display(),
            wanted.timeout
        ),
        Action::RemoveFile(path) => format!("file {}: remove\n", path.display()),
        Action::CheckEtcd(_) => "etcd: check that its members answer\n".to_owned(),
        Action::PromoteEtcd(_) => "etcd: make this member a voting one\n".to_owned(),
        Action::Send(objects) => objects.iter().map(describe_object).collect(),
        Action::Undo(undo) => undo::lines(undo).join("\n") + "\n",
    }
}

fn describe_file(file: &File) -> String {
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

fn describe_mounting(wanted: &Mounting) -> String {
    let paths: Vec<String> = wanted.paths.iter().map(|path| path.display().to_string()).collect();
    format!("containers: restart those that have mounted something else as {}\n", paths.join(" or "))
}

fn describe_wait(wait: &Wait) -> String {
    let mut text = String::new();
    for probe in &wait.on {
        let _ = writeln!(text, "wait for {} at {}, {} at most", probe.name, probe.url, wait.timeout);
    }
    text
}

/// What would be done with an object, and its content without secrets.
pub fn describe_object(object: &Object) -> String {
    let verb = match object.write {
        Write::Apply => "apply",
        Write::Replace => "create or replace",
        Write::CreateOrKeep => "create unless it is there",
        Write::Create => "create",
        Write::Patch => "patch",
    };
    let namespace = object.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
    let body = yaml::to_string(&object.body.redacted()).unwrap_or_default();
    format!("object {} {namespace}{}: {verb}\n{}", object.kind.as_str(), object.name, indented(&body))
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "    {line}");
        all
    })
}
