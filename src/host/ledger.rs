//! Effects that are carried out in an order of their own, and told of in that of their phases.

use std::time::Duration;

use super::apply::{ApplyError, Host, Outcome, PhaseFailed, Watcher};
use crate::plan::{Effect, Probe, Wait};

/// What has been carried out so far.
#[derive(Debug, Default)]
pub struct Ledger(Vec<(Effect, Outcome)>);

impl Ledger {
    /// Carries out `effects`, one after the other, up to the first that fails.
    pub fn apply(&mut self, host: &mut dyn Host, effects: Vec<Effect>) -> Result<(), PhaseFailed> {
        for effect in effects {
            let outcome = host.carry_out(&effect.action, &mut Quiet);
            self.note(effect, outcome)?;
        }
        Ok(())
    }

    /// Sends the objects of all `effects` side by side.
    pub fn send(&mut self, host: &mut dyn Host, effects: Vec<Effect>) -> Result<(), PhaseFailed> {
        let batches: Vec<_> = effects.iter().map(Effect::objects).collect();
        let outcomes = host.send(&batches);
        // All of them are noted, whichever of them has failed.
        let noted: Vec<_> =
            effects.into_iter().zip(outcomes).map(|(effect, outcome)| self.note(effect, outcome)).collect();
        noted.into_iter().collect()
    }

    pub fn tell(mut self, watcher: &mut dyn Watcher) {
        self.0.sort_by_key(|(effect, _)| effect.phase);
        for (effect, outcome) in &self.0 {
            watcher.begins(effect);
            watcher.done(effect, outcome);
        }
    }

    fn note(&mut self, effect: Effect, outcome: Result<Outcome, ApplyError>) -> Result<(), PhaseFailed> {
        let outcome = outcome.map_err(|source| PhaseFailed { phase: effect.phase, source })?;
        self.0.push((effect, outcome));
        Ok(())
    }
}

struct Quiet;

impl Watcher for Quiet {
    fn begins(&mut self, _: &Effect) {}
    fn waits(&mut self, _: &Wait) {}
    fn healthy(&mut self, _: &Probe, _: Duration) {}
    fn done(&mut self, _: &Effect, _: &Outcome) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Folder;
    use crate::plan::{Action, Directory, Phase};

    /// The phases in the order in which they are told of.
    #[derive(Default)]
    struct Told(Vec<Phase>);

    impl Watcher for Told {
        fn begins(&mut self, effect: &Effect) {
            self.0.push(effect.phase);
        }
        fn waits(&mut self, _: &Wait) {}
        fn healthy(&mut self, _: &Probe, _: Duration) {}
        fn done(&mut self, _: &Effect, _: &Outcome) {}
    }

    fn folder(phase: Phase) -> Effect {
        Effect { phase, action: Action::MakeDir(Directory { path: "/made".into(), mode: 0o755 }) }
    }

    #[test]
    fn what_was_done_in_another_order_is_told_of_by_phase() {
        let place = tempfile::tempdir().unwrap();
        let mut host = Folder::new(place.path());
        let mut ledger = Ledger::default();
        ledger.apply(&mut host, vec![folder(Phase::AddonCoredns), folder(Phase::MarkControlPlane)]).unwrap();
        let mut told = Told::default();
        ledger.tell(&mut told);
        assert_eq!(told.0, [Phase::MarkControlPlane, Phase::AddonCoredns]);
    }
}
