//! Carrying out effects, one after the other, on whatever stands for the host.

use std::time::{Duration, Instant};

use super::apply_error::{ApplyError, PhaseFailed};
use super::files::FileChange;
use super::send::Sent;
use crate::plan::{Action, Answer, Effect, Phase, Probe, Question, Step, Wait};

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
    /// The wait has begun.
    fn waits(&mut self, wait: &Wait);
    /// One of its endpoints is healthy, so long after its begin.
    fn healthy(&mut self, probe: &Probe, after: Duration);
}

/// Is told what happens while it happens.
pub trait Watcher: WaitWatcher {
    /// This is next.
    fn begins(&mut self, effect: &Effect);
    /// This is done, or was skipped.
    fn done(&mut self, effect: &Effect, outcome: &Outcome);
    /// A step has failed, and what it did was rolled back.
    fn rolled_back(&mut self, step: &Step);
    /// A step has failed, and what it did could not be rolled back.
    fn not_rolled_back(&mut self, step: &Step, failure: &PhaseFailed);
    /// From when to when an effect or a question of this phase has lasted.
    fn took(&mut self, phase: Phase, span: Span);
}

/// From when to when something has lasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its begin.
    pub begun: Instant,
    /// Its end.
    pub ended: Instant,
}

impl Span {
    /// From then until now.
    pub fn since(begun: Instant) -> Self {
        Self { begun, ended: Instant::now() }
    }
}

/// What an effect came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A file was written, was as it should be, or was removed.
    Changed(FileChange),
    /// Objects went to the API server; each one's fate, in their order.
    Sent(Vec<Sent>),
    /// It was done, and there is nothing to tell of it.
    Done,
    /// Not on this kind of host, or not needed; with the reason.
    Skipped(&'static str),
    /// It could not be, and the run goes on; the user has to be told.
    NotDone(&'static str),
}

/// Carries out `effects` in order, up to the first that fails.
pub fn apply(host: &dyn Host, effects: &[Effect], watcher: &mut dyn Watcher) -> Result<(), PhaseFailed> {
    for effect in effects {
        watcher.begins(effect);
        let begun = Instant::now();
        let done = host.carry_out(&effect.action, watcher);
        watcher.took(effect.phase, Span::since(begun));
        let outcome = done.map_err(|source| PhaseFailed { phase: effect.phase, source })?;
        watcher.done(effect, &outcome);
    }
    Ok(())
}
