//! When each step of a command is done: a table a command, read from top to bottom.
//!
//! A row says which phases a step works for, what it does, and which steps it comes after. Steps that need not wait for each other
//! are done side by side; what they have done is told in the order of the rows. A dry run does them one by one, in that order too.

mod init;
mod join;
mod reset;
mod upgrade;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use k8s_openapi::api::core::v1::Taint;

pub use init::{InitSteps, Start, init_order};
pub use join::{JoinSteps, join_order};
pub use reset::{ResetSteps, reset_order};
pub use upgrade::{UpgradeSteps, upgrade_order};

use super::{Effect, EtcdJoin, Joined, Phase, PlanError};
use crate::config::BootstrapToken;
use crate::facts::NodeNetwork;
use crate::manifests::objects::{SeenAddons, SeenDns};
use crate::versions::KubernetesVersion;

/// A row of a command's order.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// By which other rows name it.
    pub id: StepId,
    /// That it works for: where none of them is asked for, it has nothing to do.
    pub phases: &'static [Phase],
    /// Its kind of work.
    pub does: Does,
    /// The steps that are done before it begins.
    pub after: &'static [StepId],
    /// What follows where it fails.
    pub failure: OnFailure,
}

/// The names of all steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepId {
    /// The certificate that the kubelet serves its own API with.
    ServingCertificate,
    /// The kubelet, before most files are there.
    EarlyKubelet,
    /// etcd, before most files are there.
    EarlyEtcd,
    /// The files on the host, and the kubelet where it does not start earlier.
    Files,
    /// The static pods of the controller manager and the scheduler.
    Managers,
    /// The kubelet, behind the files.
    Kubelet,
    /// The wait for the kubelet and the control plane.
    Health,
    /// The wait for the API server's port.
    ApiServerListens,
    /// The rights of admin.conf's group.
    AdminRights,
    /// What the controller manager would wait for or make first of all.
    ControllersAhead,
    /// The bootstrap tokens that the cluster holds.
    FindTokens,
    /// The kubeadm-config ConfigMap.
    KubeadmConfig,
    /// The kubelet-config ConfigMap.
    KubeletConfig,
    /// The kubeadm-certs Secret.
    SharedCertificates,
    /// The taints that the node has.
    FindTaints,
    /// The labels and taints of a control plane.
    NodeMarks,
    /// Bootstrap tokens and the rights of joining nodes.
    BootstrapTokens,
    /// The kubelet's kubeconfig names its own, rotating certificate.
    Rotation,
    /// The `CoreDNS` that the cluster has.
    FindDns,
    /// `CoreDNS`.
    Dns,
    /// kube-proxy.
    KubeProxy,
    /// This host's membership of the cluster's etcd.
    FindMembers,
    /// The static pod of this host's etcd, and its vote.
    Etcd,
    /// The static pods of the API server, the controller manager and the scheduler.
    ControlPlane,
    /// The wait for the kubelet's certificate.
    KubeletCertificate,
    /// This host's member leaves etcd.
    LeaveEtcd,
    /// All else that goes in a reset.
    CleanUp,
    /// What is there of the pods' network by now.
    FindPodNetwork,
    /// What was added to it while the rest went.
    PodNetwork,
    /// Copies of what is replaced.
    Copies,
    /// The version of etcd that its own rules want in between.
    EtcdBridge,
    /// The wait that shows whether a new etcd runs on.
    EtcdSettles,
    /// The static pod of the API server.
    ApiServer,
    /// The static pod of the controller manager.
    ControllerManager,
    /// The static pod of the scheduler.
    Scheduler,
    /// New certificates for the administrators.
    AdminKubeconfigs,
    /// The API server that the kubelet asks.
    LocalKubelet,
    /// The kubelet's settings.
    KubeletSettings,
    /// The addons that the cluster has, and whether all control planes are ready for new ones.
    FindAddons,
    /// The wait for the new pods of `CoreDNS`.
    DnsRollout,
    /// The wait for the new pods of kube-proxy.
    ProxyRollout,
    /// Flags that the kubelet no longer knows.
    KubeletFlags,
}

/// What kind of work a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// The work of its phases, planned together with that of all others.
    Work,
    /// The work of its phases, whose keys are made and files rendered before those of all others.
    WorkAhead,
    /// The kubelet's serving certificate.
    ServingCertificate,
    /// The rights of admin.conf's group.
    AdminRights,
    /// The controller manager's role, and the accounts of its controllers.
    ControllersAhead,
    /// A question to the host or the cluster, whose answer later steps count on.
    Ask(Asks),
}

/// What is asked; [`Question`] has what it takes to ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Whether a process listens at the API server's address, which is waited for.
    ApiServerListens,
    /// Which bootstrap tokens there are.
    Tokens,
    /// Which taints the node has, which is waited for.
    Taints,
    /// Which `CoreDNS` there is.
    Dns,
    /// Who is a member of etcd; this host becomes one.
    EtcdMembers,
    /// What there is of the pods' network on this host.
    PodNetwork,
    /// Which addons there are, and which control planes have another version.
    Addons,
}

/// What follows where a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The run ends.
    Stop,
    /// Its other effects and the other steps are tried as well.
    GoOn,
    /// What it did is rolled back ([`Planning::roll_back`]), and the run ends.
    RollBack,
}

impl Step {
    /// A step whose failure ends the run.
    pub const fn new(id: StepId, phases: &'static [Phase], does: Does, after: &'static [StepId]) -> Self {
        Self { id, phases, does, after, failure: OnFailure::Stop }
    }

    /// The same, with what follows where it fails.
    #[must_use]
    pub const fn on_failure(self, failure: OnFailure) -> Self {
        Self { failure, ..self }
    }

    /// Those of its phases that are asked for, in their order.
    pub fn asked_for(&self, asked: &[Phase]) -> Vec<Phase> {
        self.phases.iter().copied().filter(|phase| asked.contains(phase)).collect()
    }
}

/// A question with all that it takes to ask it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Answered once a connection to this address is taken.
    Listens(SocketAddr),
    /// The bootstrap tokens in the cluster.
    Tokens,
    /// The taints of the node of this name, once there is one.
    Taints(String),
    /// `CoreDNS`' Deployment and Corefile in the cluster.
    Dns,
    /// What the cluster's etcd makes of this host, which becomes a member of it.
    EtcdMembers(EtcdJoin),
    /// What kube-proxy and network plug-ins have set up on this host.
    PodNetwork,
    /// The addons in the cluster, and the control planes whose API server has another version than this.
    Addons(KubernetesVersion),
}

/// What a question comes to.
#[derive(Debug)]
pub enum Answer {
    /// A process listens.
    Listens,
    /// Bootstrap tokens.
    Tokens(Vec<BootstrapToken>),
    /// A node's taints.
    Taints(Vec<Taint>),
    /// `CoreDNS`, as far as there is any.
    Dns(SeenDns),
    /// This host's membership.
    EtcdMembers(Joined),
    /// The pods' network; none in a dry run.
    PodNetwork(Option<NodeNetwork>),
    /// The addons; none in a dry run.
    Addons(Option<SeenAddons>),
}

impl Question {
    /// What a dry run goes on with, which asks nobody: an empty cluster.
    pub fn unasked(&self) -> Answer {
        match self {
            Self::Listens(_) => Answer::Listens,
            Self::Tokens => Answer::Tokens(Vec::new()),
            Self::Taints(_) => Answer::Taints(Vec::new()),
            Self::Dns => Answer::Dns(SeenDns::default()),
            Self::EtcdMembers(wanted) => Answer::EtcdMembers(Joined::alone(wanted)),
            Self::PodNetwork => Answer::PodNetwork(None),
            Self::Addons(_) => Answer::Addons(None),
        }
    }
}

/// What a step comes to when its turn has come.
#[derive(Debug)]
pub enum Planned {
    /// Carried out one after the other.
    Effects(Vec<Effect>),
    /// Asked, and the answer handed to [`Planning::answered`].
    Question(Question),
}

impl Planned {
    /// For a step that has nothing to do after all.
    pub const fn nothing() -> Self {
        Self::Effects(Vec::new())
    }
}

/// A run's plan, made step by step: some of it depends on what earlier steps have found.
pub trait Planning {
    /// What `step` comes to. It is called once for each step that has something to do, when the steps before it are done.
    ///
    /// # Errors
    /// The plan does not fit what is known by now.
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError>;

    /// Takes what a question came to.
    fn answered(&mut self, answer: Answer);

    /// What rolls back a step that has failed, where it says [`OnFailure::RollBack`].
    fn roll_back(&mut self, _step: &Step) -> Vec<Effect> {
        Vec::new()
    }
}

/// Effects by the phase that asks for them, until its step is ready.
#[derive(Debug, Default)]
struct ByPhase(BTreeMap<Phase, Vec<Effect>>);

impl ByPhase {
    fn of(effects: Vec<Effect>) -> Self {
        let mut by_phase: BTreeMap<Phase, Vec<Effect>> = BTreeMap::new();
        for effect in effects {
            by_phase.entry(effect.phase).or_default().push(effect);
        }
        Self(by_phase)
    }

    fn take(&mut self, phases: &[Phase]) -> Vec<Effect> {
        phases.iter().filter_map(|phase| self.0.remove(phase)).flatten().collect()
    }
}

/// Whether `second` waits for `first`, however many steps are between them.
#[cfg(test)]
fn happens_before(order: &[Step], first: StepId, second: StepId) -> bool {
    let step = order.iter().find(|step| step.id == second);
    step.is_some_and(|step| {
        step.after.iter().any(|before| *before == first || happens_before(order, first, *before))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::{INIT, JOIN, Pipeline, RESET, UPGRADE_APPLY, UPGRADE_NODE, Work};

    fn orders() -> Vec<(&'static Pipeline, Vec<Step>)> {
        vec![
            (&INIT, init_order(Start::Early)),
            (&INIT, init_order(Start::BehindFiles)),
            (&INIT, init_order(Start::OnPaper)),
            (&JOIN, join_order()),
            (&RESET, reset_order(false)),
            (&RESET, reset_order(true)),
            (&UPGRADE_APPLY, upgrade_order()),
            (&UPGRADE_NODE, upgrade_order()),
        ]
    }

    #[test]
    fn every_phase_that_changes_something_has_a_step_that_does_its_work() {
        for (pipeline, order) in orders() {
            for entry in pipeline.phases {
                let works = |step: &&Step| {
                    matches!(step.does, Does::Work | Does::WorkAhead) && step.phases.contains(&entry.phase)
                };
                let is_done = match entry.work {
                    Work::Preflight | Work::JoinCommand => order.iter().all(|step| !works(&step)),
                    _ => order.iter().any(|step| works(&step)),
                };
                assert!(is_done, "{}", entry.path);
            }
        }
    }

    #[test]
    fn every_step_can_begin_once_those_before_it_are_done() {
        for (pipeline, order) in orders() {
            let mut done: BTreeSet<usize> = BTreeSet::new();
            let place = |id: StepId| order.iter().position(|step| step.id == id);
            for _ in &order {
                let ready = order.iter().enumerate().filter(|(_, step)| {
                    step.after.iter().all(|id| place(*id).is_none_or(|before| done.contains(&before)))
                });
                done = ready.map(|(at, _)| at).chain(done.iter().copied()).collect();
            }
            assert_eq!(done.len(), order.len(), "{}", pipeline.command);
            let ids: Vec<StepId> = order.iter().map(|step| step.id).collect();
            let once = ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1);
            assert!(once, "{}", pipeline.command);
        }
    }
}
