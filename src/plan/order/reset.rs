//! The order of `reset`.
//!
//! The member leaves etcd first, and where it does not, nothing else is touched, unless that is forced. All else goes as far as it
//! can. A kubelet that was still running may have added to the pods' network since that was looked at.

use super::{Answer, Asks, Does, OnFailure, Phase, Planned, Planning, Question, Step, StepId as Id};
use crate::facts::NodeNetwork;
use crate::plan::{Action, Effect, KubeletCall, PlanError, Teardown, network_effects};

const LEAVE: &[Phase] = &[Phase::ResetRemoveEtcdMember];
const ALL: &[Phase] = &[Phase::ResetRemoveEtcdMember, Phase::ResetCleanupNode];
const NODE: &[Phase] = &[Phase::ResetCleanupNode];

/// The rows of `reset`; `force` goes on where the member cannot leave.
#[rustfmt::skip]
pub fn reset_order(force: bool) -> Vec<Step> {
    let refused = if force { OnFailure::GoOn } else { OnFailure::Stop };
    vec![
        Step::new(Id::LeaveEtcd,      LEAVE, Does::Work,                  &[]).on_failure(refused),
        Step::new(Id::CleanUp,        ALL,   Does::Work,                  &[Id::LeaveEtcd]).on_failure(OnFailure::GoOn),
        Step::new(Id::FindPodNetwork, NODE,  Does::Ask(Asks::PodNetwork), &[Id::CleanUp]).on_failure(OnFailure::GoOn),
        Step::new(Id::PodNetwork,     NODE,  Does::Work,                  &[Id::FindPodNetwork]).on_failure(OnFailure::GoOn),
    ]
}

/// The plan of a `reset`, as far as it has come.
#[derive(Debug)]
pub struct ResetSteps {
    effects: Vec<Effect>,
    /// Whether the pods' network goes too, and a kubelet was there to add to it.
    looks_again: bool,
    network: Option<NodeNetwork>,
}

impl ResetSteps {
    /// For a plan of these effects; `network` says whether the pods' network goes too.
    pub fn new(effects: Vec<Effect>, network: bool) -> Self {
        let stops = effects.iter().any(|effect| matches!(effect.action, Action::Kubelet(KubeletCall::Stop)));
        Self { effects, looks_again: network && stops, network: None }
    }

    fn take(&mut self, id: Id) -> Vec<Effect> {
        let leaves = |effect: &Effect| matches!(effect.action, Action::Teardown(Teardown::LeaveEtcd(_)));
        match id {
            Id::LeaveEtcd => self.effects.extract_if(.., |effect| leaves(effect)).collect(),
            Id::PodNetwork => self.network.take().map(|found| network_effects(&found)).unwrap_or_default(),
            _ => std::mem::take(&mut self.effects),
        }
    }
}

impl Planning for ResetSteps {
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError> {
        Ok(match step.does {
            Does::Ask(Asks::PodNetwork) if self.looks_again => Planned::Question(Question::PodNetwork),
            Does::Ask(_) => Planned::nothing(),
            Does::Work
            | Does::WorkAhead
            | Does::ServingCertificate
            | Does::AdminRights
            | Does::ControllersAhead => Planned::Effects(self.take(step.id)),
        })
    }

    fn answered(&mut self, answer: Answer) {
        if let Answer::PodNetwork(found) = answer {
            self.network = found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::happens_before;
    use super::*;

    #[test]
    fn the_member_leaves_before_anything_else_goes() {
        for force in [false, true] {
            assert!(happens_before(&reset_order(force), Id::LeaveEtcd, Id::CleanUp));
        }
    }

    #[test]
    fn only_force_goes_on_where_the_member_stays() {
        assert_eq!(reset_order(false)[0].failure, OnFailure::Stop);
        assert_eq!(reset_order(true)[0].failure, OnFailure::GoOn);
    }

    #[test]
    fn the_network_is_looked_at_again_only_behind_a_kubelet_that_was_running() {
        let stop =
            || vec![Effect { phase: Phase::ResetCleanupNode, action: Action::Kubelet(KubeletCall::Stop) }];
        for (effects, network, looks) in [(stop(), true, true), (stop(), false, false), (vec![], true, false)]
        {
            let planned = ResetSteps::new(effects, network).plan(&reset_order(false)[2]).unwrap();
            assert_eq!(matches!(planned, Planned::Question(_)), looks);
        }
    }
}
