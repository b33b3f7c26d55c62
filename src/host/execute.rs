//! Carrying out a command's order: each step as soon as those before it are done, side by side with the others that are ready.
//!
//! Steps are planned here, one at a time, and carried out in threads of their own. What happens in them is told in the order of the
//! table: a step's part is kept until all steps above it are done.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::apply::{Host, Outcome, Span, WaitWatcher, Watcher, apply};
use super::apply_error::{ApplyError, PhaseFailed};
use crate::plan::{
    Answer, Effect, OnFailure, Phase, PlanError, Planned, Planning, Probe, Question, Step, Wait,
};

/// How many steps are carried out at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All that are ready.
    SideBySide,
    /// Each behind the one above it: what a dry run prints can be read from top to bottom.
    OneByOne,
}

/// What ends a run early.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A step's plan did not fit what was known by then.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An effect or a question failed.
    #[error(transparent)]
    Phase(#[from] PhaseFailed),
}

/// Carries out the steps of `order` that work for one of the phases `asked`. What failed of those that go on all the same.
///
/// # Errors
/// The first failure of a step that does not go on. Steps that are running then are left to themselves.
pub fn execute(
    order: &[Step],
    asked: &[Phase],
    planning: &mut dyn Planning,
    host: &Arc<dyn Host>,
    pace: Pace,
    watcher: &mut dyn Watcher,
) -> Result<Vec<PhaseFailed>, Stopped> {
    let (sender, events) = channel();
    let stands = vec![Stand::Waits; order.len()];
    let threads = order.iter().map(|_| None).collect();
    let mut run = Run {
        order,
        asked,
        planning,
        host,
        pace,
        told: Telling { watcher, kept: Vec::new() },
        sender,
        stands,
        threads,
        failed: Vec::new(),
        ending: None,
    };
    let ended = run.until_done(&events);
    // What steps beside a failed one have done until now is told, too.
    for (at, event) in events.try_iter() {
        run.note(at, event);
    }
    run.told.flush(order.len());
    ended.map(|()| run.failed)
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Waits,
    Runs,
    Done,
}

/// What a step's thread says.
enum Event {
    Told(Told),
    Ended(Ended),
}

enum Ended {
    Effects(Vec<PhaseFailed>),
    Question(Result<Answer, PhaseFailed>),
    Panicked(Box<dyn Any + Send>),
}

/// What the watcher is told.
enum Told {
    Begins(Arc<Effect>),
    Waits(Wait),
    Healthy(Probe, Duration),
    Done(Arc<Effect>, Outcome),
    Took(Phase, Span),
}

struct Run<'a> {
    order: &'a [Step],
    asked: &'a [Phase],
    planning: &'a mut dyn Planning,
    host: &'a Arc<dyn Host>,
    pace: Pace,
    told: Telling<'a>,
    sender: Sender<(usize, Event)>,
    stands: Vec<Stand>,
    /// Of the steps that run.
    threads: Vec<Option<JoinHandle<()>>>,
    failed: Vec<PhaseFailed>,
    /// Nothing else begins, and what runs comes to its end: behind a step that was rolled back, and behind a failure that only follows
    /// from another one, which is still to come.
    ending: Option<PhaseFailed>,
}

impl Run<'_> {
    fn until_done(&mut self, events: &Receiver<(usize, Event)>) -> Result<(), Stopped> {
        loop {
            while let Some(at) = self.next().filter(|_| self.ending.is_none()) {
                self.begin(at)?;
            }
            if !self.stands.contains(&Stand::Runs) {
                return self.ending.take().map_or(Ok(()), |failure| Err(failure.into()));
            }
            // This run holds a sender itself.
            let Ok((at, event)) = events.recv() else { return Ok(()) };
            match event {
                Event::Told(told) => self.told.take(at, told, self.is_head(at)),
                Event::Ended(ended) => self.end(at, ended)?,
            }
        }
    }

    fn note(&mut self, at: usize, event: Event) {
        if let Event::Told(told) = event {
            self.told.take(at, told, false);
        }
    }

    /// The next step that can begin.
    fn next(&self) -> Option<usize> {
        let waits = |at: &usize| self.stands[*at] == Stand::Waits;
        let mut waiting = (0..self.order.len()).filter(waits);
        match self.pace {
            Pace::SideBySide => waiting.find(|at| self.is_ready(&self.order[*at])),
            Pace::OneByOne => waiting.next().filter(|_| !self.stands.contains(&Stand::Runs)),
        }
    }

    fn is_ready(&self, step: &Step) -> bool {
        let steps = self.order.iter().zip(&self.stands);
        steps.filter(|(other, _)| step.after.contains(&other.id)).all(|(_, stand)| *stand == Stand::Done)
    }

    /// Whether all steps above it are done.
    fn is_head(&self, at: usize) -> bool {
        self.stands[..at].iter().all(|stand| *stand == Stand::Done)
    }

    fn begin(&mut self, at: usize) -> Result<(), PlanError> {
        let step = self.order[at];
        let Some(phase) = step.asked_for(self.asked).into_iter().min() else {
            self.done(at);
            return Ok(());
        };
        let planned = self.planning.plan(&step)?;
        self.stands[at] = Stand::Runs;
        let (host, sender) = (Arc::clone(self.host), self.sender.clone());
        self.threads[at] = Some(thread::spawn(move || {
            let mut teller = Teller { at, sender: sender.clone() };
            let work = AssertUnwindSafe(|| carry_out(planned, step, phase, host.as_ref(), &mut teller));
            let ended = catch_unwind(work).unwrap_or_else(Ended::Panicked);
            // Nobody listens where the run has ended meanwhile.
            let _ = sender.send((at, Event::Ended(ended)));
        }));
        Ok(())
    }

    fn end(&mut self, at: usize, ended: Ended) -> Result<(), Stopped> {
        // It is gone before the program can be: what libraries keep for a thread is not to be cleared while they are.
        if let Some(thread) = self.threads[at].take() {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        let failed = match ended {
            Ended::Effects(failed) => failed,
            Ended::Question(Ok(answer)) => {
                self.planning.answered(answer);
                Vec::new()
            }
            Ended::Question(Err(failure)) => vec![failure],
            Ended::Panicked(panic) => resume_unwind(panic),
        };
        let step = self.order[at];
        for failure in failed {
            match step.failure {
                OnFailure::GoOn => self.failed.push(failure),
                OnFailure::Stop if failure.is_aborted() => self.ending = Some(failure),
                OnFailure::Stop => return Err(failure.into()),
                OnFailure::RollBack => {
                    self.roll_back(&step);
                    self.ending.get_or_insert(failure);
                }
            }
        }
        self.done(at);
        Ok(())
    }

    fn roll_back(&mut self, step: &Step) {
        let effects = self.planning.roll_back(step);
        self.told.flush(self.order.len());
        if effects.is_empty() {
            return;
        }
        match apply(self.host.as_ref(), &effects, self.told.watcher) {
            Ok(()) => self.told.watcher.rolled_back(step),
            Err(failure) => self.told.watcher.not_rolled_back(step, &failure),
        }
    }

    fn done(&mut self, at: usize) {
        self.stands[at] = Stand::Done;
        let head = self.stands.iter().take_while(|stand| **stand == Stand::Done).count();
        self.told.flush(head + 1);
    }
}

fn carry_out(planned: Planned, step: Step, phase: Phase, host: &dyn Host, teller: &mut Teller) -> Ended {
    match planned {
        Planned::Question(question) => {
            let begun = Instant::now();
            let answer = ask(host, &question, phase);
            teller.tell(Told::Took(phase, Span::since(begun)));
            Ended::Question(answer)
        }
        Planned::Effects(effects) => {
            let mut failed = Vec::new();
            for effect in effects.into_iter().map(Arc::new) {
                failed.extend(one(host, &effect, teller).err());
                if !failed.is_empty() && step.failure != OnFailure::GoOn {
                    break;
                }
            }
            Ended::Effects(failed)
        }
    }
}

fn ask(host: &dyn Host, question: &Question, phase: Phase) -> Result<Answer, PhaseFailed> {
    host.ask(question).map_err(|source| PhaseFailed { phase, source })
}

fn one(host: &dyn Host, effect: &Arc<Effect>, teller: &mut Teller) -> Result<(), PhaseFailed> {
    teller.tell(Told::Begins(Arc::clone(effect)));
    let begun = Instant::now();
    let done = host.carry_out(&effect.action, teller);
    teller.tell(Told::Took(effect.phase, Span::since(begun)));
    let outcome = done.map_err(|source: ApplyError| PhaseFailed { phase: effect.phase, source })?;
    teller.tell(Told::Done(Arc::clone(effect), outcome));
    Ok(())
}

/// Says to the run what happens in a step's thread.
struct Teller {
    at: usize,
    sender: Sender<(usize, Event)>,
}

impl Teller {
    fn tell(&self, told: Told) {
        // Nobody listens where the run has ended meanwhile.
        let _ = self.sender.send((self.at, Event::Told(told)));
    }
}

impl WaitWatcher for Teller {
    fn waits(&mut self, wait: &Wait) {
        self.tell(Told::Waits(wait.clone()));
    }

    fn healthy(&mut self, probe: &Probe, after: Duration) {
        self.tell(Told::Healthy(probe.clone(), after));
    }
}

/// Tells the watcher in the order of the table.
struct Telling<'a> {
    watcher: &'a mut dyn Watcher,
    /// Of steps that others above them are not done of.
    kept: Vec<(usize, Told)>,
}

impl Telling<'_> {
    fn take(&mut self, at: usize, told: Told, now: bool) {
        if now { self.tell(told) } else { self.kept.push((at, told)) }
    }

    /// Tells what was kept of the steps above `end`.
    fn flush(&mut self, end: usize) {
        let (mut due, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.kept).into_iter().partition(|(at, _)| *at < end);
        self.kept = kept;
        due.sort_by_key(|(at, _)| *at);
        for (_, told) in due {
            self.tell(told);
        }
    }

    fn tell(&mut self, told: Told) {
        match told {
            Told::Begins(effect) => self.watcher.begins(&effect),
            Told::Waits(wait) => self.watcher.waits(&wait),
            Told::Healthy(probe, after) => self.watcher.healthy(&probe, after),
            Told::Done(effect, outcome) => self.watcher.done(&effect, &outcome),
            Told::Took(phase, span) => self.watcher.took(phase, span),
        }
    }
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
