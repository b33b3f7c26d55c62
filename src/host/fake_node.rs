//! A node that notes what is done to it, and fails where a test wants it to.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::apply::{Host, Outcome, WaitWatcher};
use super::apply_error::ApplyError;
use super::apply_error::ClusterError;
use super::files::FileChange;
use crate::facts::MemberId;
use crate::plan::{Action, Answer, Joined, KubeletCall, Question, Teardown};

/// Longer than any test takes.
const LIMIT: Duration = Duration::from_secs(20);

/// What happens to an action or a question with this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It fails.
    Fails,
    /// It is given up, as what waits for another step that has failed.
    Aborts,
    /// It begins, and is done once this other one is.
    WaitsFor(&'static str),
}

#[derive(Debug, Default)]
pub struct FakeNode {
    fates: Vec<(&'static str, Fate)>,
    /// The names of what is done, in its order.
    done: Mutex<Vec<String>>,
    changed: Condvar,
}

impl FakeNode {
    pub fn new(fates: &[(&'static str, Fate)]) -> Self {
        Self { fates: fates.to_vec(), ..Self::default() }
    }

    pub fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }

    /// The place of the first thing that was done whose name ends so.
    pub fn place(&self, name: &str) -> usize {
        let done = self.done();
        done.iter().position(|found| found.ends_with(name)).unwrap_or_else(|| panic!("{name} in {done:?}"))
    }

    fn happen(&self, name: String) -> Result<(), ApplyError> {
        let fate = self.fates.iter().find(|(of, _)| name.ends_with(of)).map(|(_, fate)| *fate);
        match fate {
            Some(Fate::Fails) => return Err(ClusterError::NoKubeconfig { path: name.into() }.into()),
            Some(Fate::Aborts) => return Err(super::explained::aborted()),
            Some(Fate::WaitsFor(other)) => {
                let is_missing = |done: &mut Vec<String>| !done.iter().any(|found| found.ends_with(other));
                let done = self.done.lock().unwrap();
                let (_done, waited) = self.changed.wait_timeout_while(done, LIMIT, is_missing).unwrap();
                assert!(!waited.timed_out(), "{name} waits for {other}");
            }
            None => {}
        }
        self.done.lock().unwrap().push(name);
        self.changed.notify_all();
        Ok(())
    }
}

fn name(action: &Action) -> String {
    match action {
        Action::MakeDir(folder) => format!("make {}", folder.path.display()),
        Action::WriteFile(file) => format!("write {}", file.path.display()),
        Action::Replace(files) => format!("replace {} files", files.len()),
        Action::KeepFile(path) => format!("keep {}", path.display()),
        Action::RemoveFile(path) => format!("remove {}", path.display()),
        Action::GiveTo(given) => format!("give {}", given.path),
        Action::Kubelet(KubeletCall::Stop) => "stop kubelet".into(),
        Action::Kubelet(KubeletCall::Restart) => "restart kubelet".into(),
        Action::RestartMounting(_) => "restart containers".into(),
        Action::AllowEtcdRecovery(_) => "allow recovery of etcd".into(),
        Action::Wait(wait) => format!("wait for {}", wait.on[0].component.name()),
        Action::Settle(wanted) => format!("settle {}", wanted.pod.name()),
        Action::EnableCertificateRotation(_) => "rotate certificate".into(),
        Action::AwaitBootstrap(_) => "wait for certificate".into(),
        Action::CheckEtcd(_) => "check etcd".into(),
        Action::PromoteEtcd(_) => "promote member".into(),
        Action::SnapshotEtcd(_) => "keep etcd's data".into(),
        Action::MoveEtcdLeader(_) => "move leader".into(),
        Action::Send(objects) => format!("send {}", objects[0].name),
        Action::AwaitRollout(wanted) => format!("roll out {wanted}"),
        Action::Teardown(Teardown::LeaveEtcd(_)) => "leave etcd".into(),
        Action::Teardown(Teardown::RemoveLearner(_)) => "remove learner".into(),
        Action::Teardown(teardown) => format!("tear down {teardown:?}"),
    }
}

impl Host for FakeNode {
    fn carry_out(&self, action: &Action, _: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError> {
        self.happen(name(action)).map(|()| Outcome::Changed(FileChange::Created))
    }

    fn ask(&self, question: &Question) -> Result<Answer, ApplyError> {
        let (name, answer) = match question {
            Question::EtcdMembers(wanted) => {
                ("find members", Answer::EtcdMembers(Joined { member: MemberId(7), ..Joined::alone(wanted) }))
            }
            Question::Listens(_) => ("listens", question.unasked()),
            Question::Tokens => ("find tokens", question.unasked()),
            Question::Taints(_) => ("find taints", question.unasked()),
            Question::Dns => ("find dns", question.unasked()),
            Question::PodNetwork => ("find network", question.unasked()),
            Question::Addons(_) => ("find addons", question.unasked()),
        };
        self.happen(name.into()).map(|()| answer)
    }
}
