//! The order of `init`.
//!
//! A kubelet takes the better part of a second until it looks for pods, and etcd up to another until it has a leader, which the API
//! server waits for: both start before the other keys are made. The controller manager and the scheduler have nothing to do before
//! the API server serves, and until then would take processors from it and etcd: they start when it has taken the first object.
//! What is put into the cluster goes there while the control plane is still waited for, since an API server serves some two
//! seconds before it calls itself healthy. The controller manager's role and accounts come first of it, as they are there in time only
//! if it finds them. The node comes last: its kubelet registers it only then.

use std::fmt;

use super::{Answer, Asks, ByPhase, Does, OnFailure, Phase, Planned, Planning, Question, Step, StepId as Id};
use crate::pki::KeySource;
use crate::plan::{
    ClusterState, Effect, Files, Inputs, PlanError, cluster_effects, controllers_ahead, draft, first_rights,
    host_effects, kubelet_serving,
};

/// When the kubelet of a run is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// First of all.
    Early,
    /// Behind the files, as kubeadm does it: static pods of others mount some of them, and one that starts before them would get an
    /// empty folder in the place of each.
    BehindFiles,
    /// Not at all: a dry run.
    OnPaper,
}

const SERVING: &[Phase] = &[Phase::KubeletStart];
const KUBELET: &[Phase] = &[Phase::CertsCa, Phase::KubeconfigKubelet, Phase::KubeletStart];
const ETCD: &[Phase] = &[Phase::CertsEtcdCa, Phase::CertsEtcdServer, Phase::CertsEtcdPeer, Phase::EtcdLocal];
const MANAGERS: &[Phase] = &[Phase::ControlPlaneControllerManager, Phase::ControlPlaneScheduler];
const MANAGER: &[Phase] = &[Phase::ControlPlaneControllerManager];
const ROTATION: &[Phase] = &[Phase::KubeletFinalizeEnableClientCertRotation];
const TOKENS: &[Phase] = &[Phase::UploadCerts, Phase::BootstrapToken];
/// As far as earlier steps have not written them.
const FILES: &[Phase] = &[
    Phase::CertsCa,
    Phase::CertsApiserver,
    Phase::CertsApiserverKubeletClient,
    Phase::CertsFrontProxyCa,
    Phase::CertsFrontProxyClient,
    Phase::CertsEtcdCa,
    Phase::CertsEtcdServer,
    Phase::CertsEtcdPeer,
    Phase::CertsEtcdHealthcheckClient,
    Phase::CertsApiserverEtcdClient,
    Phase::CertsSa,
    Phase::KubeconfigAdmin,
    Phase::KubeconfigSuperAdmin,
    Phase::KubeconfigKubelet,
    Phase::KubeconfigControllerManager,
    Phase::KubeconfigScheduler,
    Phase::EtcdLocal,
    Phase::ControlPlaneApiserver,
];
/// All that puts objects into the cluster.
const CLUSTER: &[Phase] = &[
    Phase::UploadConfigKubeadm,
    Phase::UploadConfigKubelet,
    Phase::UploadCerts,
    Phase::MarkControlPlane,
    Phase::BootstrapToken,
    Phase::AddonCoredns,
    Phase::AddonKubeProxy,
];

/// What fails of it, the controller manager makes by itself, only later.
const CONTROLLERS_AHEAD: Step =
    Step::new(Id::ControllersAhead, MANAGER, Does::ControllersAhead, &[Id::AdminRights])
        .on_failure(OnFailure::GoOn);

#[rustfmt::skip]
const EARLY: &[Step] = &[
    Step::new(Id::ServingCertificate,  SERVING,                       Does::ServingCertificate,          &[]),
    Step::new(Id::EarlyKubelet,        KUBELET,                       Does::WorkAhead,                   &[Id::ServingCertificate]),
    Step::new(Id::EarlyEtcd,           ETCD,                          Does::WorkAhead,                   &[Id::EarlyKubelet]),
    Step::new(Id::Files,               FILES,                         Does::Work,                        &[Id::EarlyEtcd]),
    Step::new(Id::Health,              &[Phase::WaitControlPlane],    Does::Work,                        &[Id::Files]),
    Step::new(Id::Managers,            MANAGERS,                      Does::Work,                        &[Id::AdminRights]),
    CONTROLLERS_AHEAD,
];

#[rustfmt::skip]
const BEHIND_FILES: &[Step] = &[
    Step::new(Id::ServingCertificate,  SERVING,                       Does::ServingCertificate,          &[]),
    Step::new(Id::Files,               FILES,                         Does::Work,                        &[Id::ServingCertificate]),
    Step::new(Id::Managers,            MANAGERS,                      Does::Work,                        &[Id::Files]),
    Step::new(Id::Kubelet,             &[Phase::KubeletStart],        Does::Work,                        &[Id::Managers]),
    Step::new(Id::Health,              &[Phase::WaitControlPlane],    Does::Work,                        &[Id::Kubelet]),
    CONTROLLERS_AHEAD,
];
/// What no phase of kubeadm does: it shortens what the kubelet and the controller manager would do by themselves.
const SHORTCUTS: &[Id] = &[Id::ServingCertificate, Id::ControllersAhead];

/// The kubelet is pointed at its own certificate, and restarted for it, when the API server listens: it has that certificate by
/// then, and no pod to start for a second or more.
#[rustfmt::skip]
const SETUP: &[Step] = &[
    Step::new(Id::ApiServerListens,    ROTATION,                      Does::Ask(Asks::ApiServerListens), &[Id::Files, Id::Kubelet]),
    Step::new(Id::AdminRights,         CLUSTER,                       Does::AdminRights,                 &[Id::Rotation]),
    Step::new(Id::KubeadmConfig,       &[Phase::UploadConfigKubeadm], Does::Work,                        &[Id::Managers, Id::AdminRights]),
    Step::new(Id::KubeletConfig,       &[Phase::UploadConfigKubelet], Does::Work,                        &[Id::Managers, Id::AdminRights]),
    Step::new(Id::FindTokens,          TOKENS,                        Does::Ask(Asks::Tokens),           &[Id::Managers, Id::AdminRights]),
    Step::new(Id::SharedCertificates,  &[Phase::UploadCerts],         Does::Work,                        &[Id::FindTokens]),
    Step::new(Id::FindTaints,          &[Phase::MarkControlPlane],    Does::Ask(Asks::Taints),           OBJECTS),
    Step::new(Id::NodeMarks,           &[Phase::MarkControlPlane],    Does::Work,                        &[Id::FindTaints]),
    Step::new(Id::BootstrapTokens,     &[Phase::BootstrapToken],      Does::Work,                        &[Id::FindTokens]),
    Step::new(Id::Rotation,            ROTATION,                      Does::Work,                        &[Id::ApiServerListens]),
    Step::new(Id::FindDns,             &[Phase::AddonCoredns],        Does::Ask(Asks::Dns),              &[Id::Managers, Id::AdminRights]),
    Step::new(Id::Dns,                 &[Phase::AddonCoredns],        Does::Work,                        &[Id::FindDns]),
    Step::new(Id::KubeProxy,           &[Phase::AddonKubeProxy],      Does::Work,                        &[Id::Managers, Id::AdminRights]),
];
const OBJECTS: &[Id] = &[
    Id::ControllersAhead,
    Id::KubeadmConfig,
    Id::KubeletConfig,
    Id::SharedCertificates,
    Id::BootstrapTokens,
    Id::Dns,
    Id::KubeProxy,
];

/// The rows of `init`, for a run that starts its kubelet so.
pub fn init_order(start: Start) -> Vec<Step> {
    let host = match start {
        Start::Early => EARLY,
        Start::BehindFiles | Start::OnPaper => BEHIND_FILES,
    };
    let mut order = [host, SETUP].concat();
    // Nothing starts that could be made shorter.
    order.retain(|step| start != Start::OnPaper || !SHORTCUTS.contains(&step.id));
    order
}

/// The plan of an `init`, as far as it has come.
pub struct InitSteps<'a> {
    inputs: Inputs<'a>,
    phases: Vec<Phase>,
    /// None once all keys are made.
    keys: Option<Box<dyn KeySource>>,
    /// The host's, as they are when all steps that are planned are done.
    files: Files,
    ahead: Vec<Phase>,
    planned: ByPhase,
    seen: ClusterState,
}

impl<'a> InitSteps<'a> {
    /// For these phases of a run with these inputs.
    pub fn new(inputs: Inputs<'a>, phases: Vec<Phase>, keys: Box<dyn KeySource>) -> Self {
        let files = inputs.files.clone();
        Self {
            inputs,
            phases,
            keys: Some(keys),
            files,
            ahead: Vec::new(),
            planned: ByPhase::default(),
            seen: ClusterState::default(),
        }
    }

    /// The host's files as they are when the run is over, and what the cluster held before.
    pub fn into_results(self) -> (Files, ClusterState) {
        (self.files, self.seen)
    }

    /// Makes the keys of `phases` and renders their files, beside the files that are there by then.
    fn host(&mut self, phases: &[Phase]) -> Result<Vec<Effect>, PlanError> {
        let Some(keys) = &self.keys else { return Ok(Vec::new()) };
        let inputs = Inputs { files: &self.files, ..self.inputs.clone() };
        let plan = host_effects(&inputs, &draft(&inputs, phases)?, phases, keys.as_ref())?;
        self.files = plan.files;
        Ok(plan.effects)
    }

    fn ahead(&mut self, phases: &[Phase]) -> Result<Vec<Effect>, PlanError> {
        self.ahead.extend(phases);
        self.host(phases)
    }

    /// All that is not done ahead is planned at once, by its first step: a wait reads manifests that are written later.
    fn work(&mut self, phases: &[Phase]) -> Result<Vec<Effect>, PlanError> {
        if self.keys.is_some() {
            let is_left = |phase: &Phase| !self.ahead.contains(phase);
            let left: Vec<Phase> = self.phases.iter().copied().filter(is_left).collect();
            self.planned = ByPhase::of(self.host(&left)?);
            self.keys = None;
        }
        let mut effects = self.planned.take(phases);
        effects.extend(cluster_effects(&self.inputs, &self.files, &self.seen, phases)?);
        Ok(effects)
    }

    fn serving_certificate(&self) -> Result<Vec<Effect>, PlanError> {
        let Some(keys) = &self.keys else { return Ok(Vec::new()) };
        kubelet_serving(&self.inputs, &self.phases, keys.as_ref())
    }

    /// For a run that starts the control plane and goes on to put objects into the cluster.
    fn controllers_ahead(&self) -> Vec<Effect> {
        let starts = [MANAGER, &[Phase::ControlPlaneApiserver, Phase::WaitControlPlane]].concat();
        let goes_on = self.phases.iter().any(|phase| CLUSTER.contains(phase));
        if goes_on && starts.iter().all(|phase| self.phases.contains(phase)) {
            controllers_ahead(self.inputs.spec.cluster, &self.files)
        } else {
            Vec::new()
        }
    }

    fn question(&self, asks: Asks) -> Planned {
        let node = self.inputs.spec.node;
        match asks {
            Asks::ApiServerListens => node.endpoint().map_or(Planned::nothing(), |endpoint| {
                Planned::Question(Question::Listens(endpoint.socket()))
            }),
            Asks::Tokens => Planned::Question(Question::Tokens),
            Asks::Taints => Planned::Question(Question::Taints(node.name.to_string())),
            Asks::Dns => Planned::Question(Question::Dns),
            Asks::EtcdMembers | Asks::PodNetwork | Asks::Addons => Planned::nothing(),
        }
    }
}

/// Without its keys.
impl fmt::Debug for InitSteps<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InitSteps").field("phases", &self.phases).finish_non_exhaustive()
    }
}

impl Planning for InitSteps<'_> {
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError> {
        let phases = step.asked_for(&self.phases);
        Ok(match step.does {
            Does::Work => Planned::Effects(self.work(&phases)?),
            Does::WorkAhead => Planned::Effects(self.ahead(&phases)?),
            Does::ServingCertificate => Planned::Effects(self.serving_certificate()?),
            Does::ControllersAhead => Planned::Effects(self.controllers_ahead()),
            Does::AdminRights => Planned::Effects(first_rights(&phases).into_iter().collect()),
            Does::Ask(asks) => self.question(asks),
        })
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Tokens(tokens) => self.seen.tokens = tokens,
            Answer::Taints(taints) => self.seen.taints = taints,
            Answer::Dns(dns) => self.seen.dns = dns,
            Answer::Listens | Answer::EtcdMembers(_) | Answer::PodNetwork(_) | Answer::Addons(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::happens_before;
    use super::*;

    #[test]
    fn the_kubelet_starts_first_etcd_second_and_the_other_files_come_meanwhile() {
        let order = init_order(Start::Early);
        assert!(happens_before(&order, Id::EarlyKubelet, Id::EarlyEtcd));
        assert!(happens_before(&order, Id::EarlyEtcd, Id::Files));
    }

    #[test]
    fn what_the_controller_manager_needs_first_is_sent_first_and_no_dry_run_makes_it() {
        for start in [Start::Early, Start::BehindFiles] {
            let order = init_order(start);
            let step = order.iter().find(|step| step.id == Id::ControllersAhead).unwrap();
            assert_eq!(step.after, &[Id::AdminRights]);
        }
        assert!(init_order(Start::OnPaper).iter().all(|step| !SHORTCUTS.contains(&step.id)));
    }

    #[test]
    fn the_managers_start_when_the_api_server_takes_objects_and_not_when_it_is_healthy() {
        let order = init_order(Start::Early);
        assert!(happens_before(&order, Id::AdminRights, Id::Managers));
        assert!(!happens_before(&order, Id::Health, Id::Managers));
    }

    #[test]
    fn objects_go_into_the_cluster_while_its_health_is_waited_for_and_the_marks_last() {
        for start in [Start::Early, Start::BehindFiles] {
            let order = init_order(start);
            for object in OBJECTS {
                assert!(!happens_before(&order, Id::Health, *object), "{object:?}");
                assert!(happens_before(&order, Id::AdminRights, *object), "{object:?}");
                assert!(happens_before(&order, *object, Id::NodeMarks), "{object:?}");
            }
        }
    }

    #[test]
    fn beside_static_pods_of_others_the_kubelet_starts_behind_every_file() {
        let order = init_order(Start::BehindFiles);
        assert!(happens_before(&order, Id::Files, Id::Kubelet));
        assert!(happens_before(&order, Id::Managers, Id::Kubelet));
        assert!(happens_before(&order, Id::Kubelet, Id::Health));
    }

    #[test]
    fn a_dry_run_tells_the_phases_in_their_order() {
        let rows = init_order(Start::OnPaper);
        let works = rows.iter().filter(|step| step.does == Does::Work);
        let phases: Vec<Phase> = works.flat_map(|step| step.phases).copied().collect();
        assert!(phases.is_sorted(), "{phases:?}");
    }
}
