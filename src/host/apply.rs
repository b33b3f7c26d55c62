//! Carrying out effects, one after the other, on whatever stands for the host.

use std::time::Duration;

use super::api::ApiError;
use super::bootstrap::NoCertificate;
use super::explained::{Explained, WaitAborted};
use super::files::{Change, FileError};
use super::kubelet_service::UnitError;
use super::machine::ClusterError;
use super::member::MemberError;
use super::reset::{NetworkError, NotRemoved, NotStopped, NotUnmounted};
use super::send::{NotSent, Sent};
use super::wait::Unhealthy;
use crate::causes::Explanation;
use crate::plan::{Action, Answer, Effect, Phase, Probe, Question, Wait};

/// What effects are carried out on: the machine, a folder, or a listing. Several steps may call it at the same time.
pub trait Host: Send + Sync {
    /// Makes the change, or waits.
    ///
    /// # Errors
    /// It could not be done, and what follows from it should not be tried.
    fn carry_out(&self, action: &Action, watcher: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError>;

    /// Asks this host or its cluster.
    ///
    /// # Errors
    /// There is no answer.
    fn ask(&self, question: &Question) -> Result<Answer, ApplyError>;
}

/// Is told what a wait comes to while it lasts.
pub trait WaitWatcher {
    /// It has begun.
    fn waits(&mut self, wait: &Wait);
    /// One of its endpoints is healthy, so long after its begin.
    fn healthy(&mut self, probe: &Probe, after: Duration);
}

/// Is told what happens while it happens.
pub trait Watcher: WaitWatcher {
    /// This is next.
    fn begins(&mut self, effect: &Effect);
    /// This is done, or was passed over.
    fn done(&mut self, effect: &Effect, outcome: &Outcome);
    /// A step has failed, and what it did could not be taken back.
    fn not_taken_back(&mut self, failure: &PhaseFailed);
}

/// What an effect came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Changed(Change),
    Sent(Vec<Sent>),
    Done,
    /// Not on this kind of host, or not needed; with the reason.
    Skipped(&'static str),
    /// It could not be, and the run goes on; the user has to be told.
    NotDone(&'static str),
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    NotSent(#[from] NotSent),
    #[error("cannot look up {what} in the cluster")]
    NotSeen {
        what: String,
        #[source]
        source: ApiError,
    },
    #[error(transparent)]
    NotStopped(#[from] NotStopped),
    #[error(transparent)]
    NotUnmounted(#[from] NotUnmounted),
    #[error(transparent)]
    NotRemoved(#[from] NotRemoved),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unhealthy(Vec<Unhealthy>),
    #[error(transparent)]
    Member(#[from] MemberError),
    #[error(transparent)]
    Bootstrap(#[from] NoCertificate),
    #[error(transparent)]
    WaitAborted(#[from] WaitAborted),
    #[error(transparent)]
    Explained(#[from] Explained),
}

impl ApplyError {
    /// What to do about it, where a file is at fault.
    pub fn file_hint(&self) -> Option<String> {
        if let Self::File(error) = self { error.hint() } else { None }
    }
}

/// An effect that failed, and the phase that it belongs to.
#[derive(Debug, thiserror::Error)]
#[error("phase {} failed", .phase.entry().path)]
pub struct PhaseFailed {
    pub phase: Phase,
    #[source]
    pub source: ApplyError,
}

const AGAIN: &str = "what was done stays and fits; to go on from there, run this again";

const NO_CERTIFICATE: &str = "`journalctl -xeu kubelet` shows what keeps the kubelet from it; `kubectl get csr` on a control plane, \
     whether it has asked; what was done stays, and running this again goes on from there";

impl PhaseFailed {
    /// The cause, where a wait has failed and one was found.
    pub fn explanation(&self) -> Option<&Explanation> {
        match &self.source {
            ApplyError::Explained(explained) => Some(&explained.explanation),
            _ => None,
        }
    }

    /// Whether it only follows from the failure of another step, whose end it did not wait for.
    pub fn is_aborted(&self) -> bool {
        matches!(self.source, ApplyError::WaitAborted(_))
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.source {
            ApplyError::Unhealthy(_) => {
                "`journalctl -xeu kubelet` and `crictl ps -a` show what keeps it from starting; to go on \
                 waiting, run this again"
                    .to_owned()
            }
            ApplyError::NotStopped(_)
            | ApplyError::NotUnmounted(_)
            | ApplyError::NotRemoved(_)
            | ApplyError::Network(_) => {
                "see what holds what is named, and run this again: it goes on from there".to_owned()
            }
            ApplyError::Bootstrap(_) => NO_CERTIFICATE.to_owned(),
            ApplyError::Explained(explained) => explained.explanation.remedy.clone(),
            ApplyError::Member(error) => error.hint().unwrap_or_else(|| AGAIN.to_owned()),
            ApplyError::File(error) => and_again(error.hint()),
            ApplyError::NotSent(NotSent { source, .. })
            | ApplyError::NotSeen { source, .. }
            | ApplyError::Cluster(ClusterError::Api(source)) => and_again(source.hint().map(str::to_owned)),
            ApplyError::Unit(_) | ApplyError::Cluster(_) | ApplyError::WaitAborted(_) => AGAIN.to_owned(),
        }
    }
}

fn and_again(hint: Option<String>) -> String {
    hint.map_or_else(|| AGAIN.to_owned(), |hint| format!("{hint}; {AGAIN}"))
}

/// Carries out `effects` in order, up to the first that fails.
pub fn apply(host: &dyn Host, effects: &[Effect], watcher: &mut dyn Watcher) -> Result<(), PhaseFailed> {
    for effect in effects {
        watcher.begins(effect);
        let outcome = host
            .carry_out(&effect.action, watcher)
            .map_err(|source| PhaseFailed { phase: effect.phase, source })?;
        watcher.done(effect, &outcome);
    }
    Ok(())
}

impl From<Vec<Unhealthy>> for ApplyError {
    fn from(failed: Vec<Unhealthy>) -> Self {
        Self::Unhealthy(failed)
    }
}
