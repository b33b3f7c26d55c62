//! The cluster's part of `init`. In a dry run it comes phase by phase; for real, as soon as the API server takes it.

use std::thread;

use super::failure::Failure;
use super::request::Request;
use crate::host::{ClusterQuestions, Host, Ledger, Machine, PhaseFailed, Waking, apply};
use crate::plan::{
    self, Action, ClusterWork, Effect, Files, Inputs, Phase, SeenCluster, cluster_effects, cluster_work,
};
use crate::report::{FileDone, Progress};

/// The host's effects by when they are carried out.
pub struct Stages {
    /// Before the first phase that needs the cluster.
    before: Vec<Effect>,
    /// The waits in between; nothing where no phase needs the cluster.
    waits: Vec<Effect>,
    after: Vec<Effect>,
}

impl Stages {
    pub fn of(effects: Vec<Effect>, phases: &[Phase]) -> Self {
        let Some(first) = phases.iter().copied().find(|phase| cluster_work(*phase).is_some()) else {
            return Self { before: effects, waits: Vec::new(), after: Vec::new() };
        };
        let (before, after) = effects.into_iter().partition::<Vec<_>, _>(|effect| effect.phase < first);
        let (waits, before) = before.into_iter().partition(|effect| matches!(effect.action, Action::Wait(_)));
        Self { before, waits, after }
    }
}

/// What it came to.
pub struct Carried {
    pub files: Vec<FileDone>,
    /// What the cluster held already.
    pub seen: SeenCluster,
}

/// What the cluster's objects are made of.
#[derive(Clone, Copy)]
pub struct Cluster<'a> {
    pub request: &'a Request<'a>,
    pub inputs: &'a Inputs<'a>,
    /// The host's as they will be.
    pub files: &'a Files,
}

impl Cluster<'_> {
    /// One phase after the other.
    pub fn apply_by_phase(
        self,
        host: &mut dyn Host,
        stages: Stages,
        mut progress: Progress,
    ) -> Result<Carried, Failure> {
        let phases = &self.request.phases;
        apply(host, &stages.before, &mut progress)?;
        apply(host, &stages.waits, &mut progress)?;
        let mut rest = stages.after;
        let mut seen = SeenCluster::default();
        if let Some(rights) = plan::first_rights(phases) {
            apply(host, &[rights], &mut progress)?;
            let (objects, found) = self.effects(host, phases)?;
            rest.extend(objects);
            seen = found;
        }
        rest.sort_by_key(|effect| effect.phase);
        apply(host, &rest, &mut progress)?;
        Ok(Carried { files: progress.into_files(), seen })
    }

    /// What is put into the cluster goes there while the control plane is still waited for: the API server serves before
    /// it calls itself healthy. The host's effects of the phases `late` wait until it does.
    pub fn apply_at_once(
        self,
        mut host: Machine,
        stages: Stages,
        late: &[Phase],
        mut progress: Progress,
    ) -> Result<Carried, Failure> {
        let waking = host.waking();
        let (late, before) =
            stages.before.into_iter().partition::<Vec<_>, _>(|effect| late.contains(&effect.phase));
        apply(&mut host, &before, &mut progress)?;
        let mut waiting = host.twin_that_waits()?;
        let mut rest = progress.twin();
        let mut ledger = Ledger::default();
        let wait = move || Ok(apply(&mut waiting, &stages.waits, &mut progress)?);
        let seen = beside(&waking, wait, || self.set_up(&mut host, &mut ledger, late, stages.after));
        ledger.tell(&mut rest);
        Ok(Carried { seen: seen?, files: rest.into_files() })
    }

    /// The rest of the host's effects, each at the time at which it is in nothing's way, and the cluster's, all that need not wait
    /// for each other at the same time.
    ///
    /// The effects `after` start the kubelet anew: that is done while the API server makes ready, when the kubelet has made
    /// its certificate and has no pod to start. The node comes last: it is there only a moment after the API server serves.
    fn set_up(
        self,
        host: &mut Machine,
        ledger: &mut Ledger,
        late: Vec<Effect>,
        after: Vec<Effect>,
    ) -> Result<SeenCluster, Failure> {
        let (marks, others): (Vec<Phase>, Vec<Phase>) = self
            .request
            .phases
            .iter()
            .partition(|phase| cluster_work(**phase) == Some(ClusterWork::NodeMarks));
        if let Some(phase) = after.first().map(|effect| effect.phase) {
            let endpoint = self.inputs.config.init.endpoint.socket();
            host.until_listening(endpoint).map_err(|source| PhaseFailed { phase, source })?;
        }
        ledger.apply(host, after)?;
        ledger.send(host, plan::first_rights(&self.request.phases).into_iter().collect())?;
        ledger.apply(host, late)?;
        let (objects, seen) = self.effects(host, &others)?;
        ledger.send(host, objects)?;
        let (marks, _) = self.effects(host, &marks)?;
        ledger.send(host, marks)?;
        Ok(seen)
    }

    /// What these phases put into the cluster, beside what it holds.
    fn effects(self, host: &mut dyn Host, phases: &[Phase]) -> Result<(Vec<Effect>, SeenCluster), Failure> {
        let Some(phase) = phases.iter().copied().find(|phase| cluster_work(*phase).is_some()) else {
            return Ok((Vec::new(), SeenCluster::default()));
        };
        let seen =
            host.see_cluster(&self.questions(phases)).map_err(|source| PhaseFailed { phase, source })?;
        Ok((cluster_effects(self.inputs, self.files, &seen, phases)?, seen))
    }

    fn questions(self, phases: &[Phase]) -> ClusterQuestions {
        let works = |work| phases.iter().any(|phase| cluster_work(*phase) == Some(work));
        ClusterQuestions {
            node: works(ClusterWork::NodeMarks).then(|| self.inputs.config.init.node.name.to_string()),
            dns: works(ClusterWork::Coredns),
            tokens: works(ClusterWork::BootstrapTokens) || works(ClusterWork::Certificates),
        }
    }
}

/// Does `wait` in another thread, and `work` beside it. Where the wait fails, that is the failure, and not what it has
/// kept `work` from.
fn beside<T>(
    waking: &Waking,
    wait: impl FnOnce() -> Result<(), Failure> + Send + 'static,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let shared = waking.clone();
    let waiting = thread::spawn(move || {
        let waited = wait();
        shared.end(&waited);
        waited
    });
    match work() {
        Err(failure) if !waking.has_failed() => Err(failure),
        done => {
            waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    use crate::host::ClusterError;

    fn failure(path: &str) -> Failure {
        ClusterError::NoKubeconfig { path: path.into() }.into()
    }

    fn said<T>(outcome: Result<T, Failure>) -> String {
        outcome.map_or_else(|failure| failure.to_string(), |_| String::new())
    }

    #[test]
    fn a_failed_wait_is_told_and_not_what_it_has_kept_from_being_sent() {
        let waking = Waking::default();
        let work = || {
            let begun = Instant::now();
            while !waking.has_failed() && begun.elapsed() < Duration::from_secs(1) {
                thread::yield_now();
            }
            Err::<(), _>(failure("the work"))
        };
        let outcome = beside(&waking, || Err(failure("the wait")), work);
        assert!(said(outcome).contains("the wait"));
    }

    #[test]
    fn work_that_fails_by_itself_does_not_wait_for_the_wait() {
        let wait = || {
            thread::sleep(Duration::from_mins(1));
            Ok(())
        };
        let outcome = beside(&Waking::default(), wait, || Err::<(), _>(failure("the work")));
        assert!(said(outcome).contains("the work"));
    }
}
