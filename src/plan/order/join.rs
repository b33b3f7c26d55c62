//! The order of `join`.
//!
//! Of a control plane's phases one comes at another place than kubeadm's: the static pods of the API server, the controller manager
//! and the scheduler are written once etcd serves. An API server that starts earlier looks for an etcd that is not there, and takes
//! its time before it looks again.

use super::{Answer, Asks, ByPhase, Does, OnFailure, Phase, Planned, Planning, Question, Step, StepId as Id};
use crate::plan::{
    Action, ClusterState, Draft, Effect, Files, Inputs, Joined, LearnerRemoval, PlanError, Teardown,
    cluster_effects, etcd_effects, etcd_join, etcd_manifest,
};

const FILES: &[Phase] = &[
    Phase::JoinDownloadCerts,
    Phase::JoinCerts,
    Phase::JoinKubeconfig,
    Phase::JoinCheckEtcd,
    Phase::JoinKubeletStart,
];
const ETCD: &[Phase] = &[Phase::JoinEtcd];
const MARKS: &[Phase] = &[Phase::JoinMarkControlPlane];

#[rustfmt::skip]
const JOIN: &[Step] = &[
    Step::new(Id::Files,              FILES,                              Does::Work,                   &[]),
    Step::new(Id::FindMembers,        ETCD,                               Does::Ask(Asks::EtcdMembers), &[Id::Files]),
    Step::new(Id::Etcd,               ETCD,                               Does::Work,                   &[Id::FindMembers]).on_failure(OnFailure::RollBack),
    Step::new(Id::ControlPlane,       &[Phase::JoinControlPlane],         Does::Work,                   &[Id::Etcd]),
    Step::new(Id::KubeletCertificate, &[Phase::JoinKubeletWaitBootstrap], Does::Work,                   &[Id::ControlPlane]),
    Step::new(Id::FindTaints,         MARKS,                              Does::Ask(Asks::Taints),      &[Id::KubeletCertificate]),
    Step::new(Id::NodeMarks,          MARKS,                              Does::Work,                   &[Id::FindTaints]),
    Step::new(Id::Health,             &[Phase::JoinWaitControlPlane],     Does::Work,                   &[Id::NodeMarks]),
];

/// The rows of `join`.
pub fn join_order() -> Vec<Step> {
    JOIN.to_vec()
}

/// The plan of a `join`, as far as it has come.
#[derive(Debug)]
pub struct JoinSteps<'a> {
    inputs: Inputs<'a>,
    draft: &'a Draft,
    phases: &'a [Phase],
    /// The host's, as they will be.
    files: &'a Files,
    planned: ByPhase,
    joined: Option<Joined>,
    seen: ClusterState,
}

impl<'a> JoinSteps<'a> {
    /// For these phases, of which all that does not depend on the cluster's members and the node is planned.
    pub fn new(
        inputs: Inputs<'a>,
        draft: &'a Draft,
        phases: &'a [Phase],
        planned: Vec<Effect>,
        files: &'a Files,
    ) -> Self {
        let planned = ByPhase::of(planned);
        Self { inputs, draft, phases, files, planned, joined: None, seen: ClusterState::default() }
    }

    fn work(&mut self, phases: &[Phase]) -> Result<Vec<Effect>, PlanError> {
        let mut effects = self.planned.take(phases);
        effects.extend(cluster_effects(&self.inputs, self.files, &self.seen, phases)?);
        Ok(effects)
    }

    /// The static pod lists etcd's members, and other control planes may join at the same time.
    fn etcd(&self) -> Result<Vec<Effect>, PlanError> {
        match (etcd_join(self.inputs.spec), &self.joined) {
            (Some(wanted), Some(joined)) => etcd_effects(&self.inputs, self.draft, &wanted, joined.clone()),
            (None, _) | (_, None) => Ok(Vec::new()),
        }
    }

    fn question(&self, asks: Asks) -> Planned {
        let spec = self.inputs.spec;
        match asks {
            Asks::EtcdMembers => etcd_join(spec)
                .map_or(Planned::nothing(), |wanted| Planned::Question(Question::EtcdMembers(wanted))),
            Asks::Taints => Planned::Question(Question::Taints(spec.node.name.to_string())),
            Asks::ApiServerListens | Asks::Tokens | Asks::Dns | Asks::PodNetwork | Asks::Addons => {
                Planned::nothing()
            }
        }
    }
}

impl Planning for JoinSteps<'_> {
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError> {
        let phases = step.asked_for(self.phases);
        Ok(match (step.does, step.id) {
            (Does::Work, Id::Etcd) => Planned::Effects(self.etcd()?),
            (Does::Work | Does::WorkAhead, _) => Planned::Effects(self.work(&phases)?),
            (Does::Ask(asks), _) => self.question(asks),
            (Does::ServingCertificate | Does::AdminRights | Does::ControllersAhead, _) => Planned::nothing(),
        })
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::EtcdMembers(joined) => self.joined = Some(joined),
            Answer::Taints(taints) => self.seen.taints = taints,
            Answer::Listens
            | Answer::Tokens(_)
            | Answer::Dns(_)
            | Answer::PodNetwork(_)
            | Answer::Addons(_) => {}
        }
    }

    /// A member that does not come up is no use to the cluster.
    fn roll_back(&mut self, _: &Step) -> Vec<Effect> {
        let (Some(join), Some(joined)) = (etcd_join(self.inputs.spec), &self.joined) else {
            return Vec::new();
        };
        let removal = Teardown::RemoveLearner(LearnerRemoval {
            join,
            member: joined.member,
            manifest: etcd_manifest(),
        });
        vec![Effect { phase: Phase::JoinEtcd, action: Action::Teardown(removal) }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::happens_before;
    use super::*;

    #[test]
    fn the_api_server_starts_once_etcd_serves_and_the_kubelet_before_both() {
        let order = join_order();
        assert!(happens_before(&order, Id::Files, Id::Etcd));
        assert!(happens_before(&order, Id::Etcd, Id::ControlPlane));
        assert!(happens_before(&order, Id::ControlPlane, Id::KubeletCertificate));
    }

    #[test]
    fn only_the_member_of_etcd_is_rolled_back_where_it_fails() {
        let rolled_back = join_order().into_iter().filter(|step| step.failure == OnFailure::RollBack);
        assert_eq!(rolled_back.map(|step| step.id).collect::<Vec<_>>(), [Id::Etcd]);
    }
}
