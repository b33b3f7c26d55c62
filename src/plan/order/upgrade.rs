//! The order of `upgrade apply` and of `upgrade node`.
//!
//! One component after the other, and each only once the one before it serves by its new manifest: an API server is never older than
//! the etcd's clients expect, and a controller manager or a scheduler never newer than its API server. These two need not wait for each
//! other. What fails goes back, and that alone. The addons come last, when no other control plane has an older API server.

use super::{Answer, Asks, Does, OnFailure, Phase, Planned, Planning, Question, Step, StepId as Id};
use crate::manifests::objects::{Object, SeenAddons};
use crate::plan::{Action, ClusterState, Effect, Files, Inputs, PlanError, UpgradePlan, cluster_effects};

const CONTROL_PLANE: &[Phase] = &[Phase::UpgradeControlPlane, Phase::NodeControlPlane];
const LOCAL: &[Phase] = &[Phase::UpgradeKubeconfig, Phase::NodeKubeconfig];
const SETTINGS: &[Phase] = &[Phase::UpgradeKubeletConfig, Phase::NodeKubeletConfig];
const DNS: &[Phase] = &[Phase::UpgradeAddonCoredns, Phase::NodeAddonCoredns];
const PROXY: &[Phase] = &[Phase::UpgradeAddonKubeProxy, Phase::NodeAddonKubeProxy];
const FLAGS: &[Phase] = &[Phase::UpgradePostUpgrade, Phase::NodePostUpgrade];
const ADDONS: &[Phase] = &[
    Phase::UpgradeAddonCoredns,
    Phase::UpgradeAddonKubeProxy,
    Phase::NodeAddonCoredns,
    Phase::NodeAddonKubeProxy,
];

#[rustfmt::skip]
const UPGRADE: &[Step] = &[
    Step::new(Id::Copies,            CONTROL_PLANE,                   Does::Work,              &[]),
    Step::new(Id::EtcdBridge,        CONTROL_PLANE,                   Does::Work,              &[Id::Copies]).on_failure(OnFailure::RollBack),
    Step::new(Id::Etcd,              CONTROL_PLANE,                   Does::Work,              &[Id::EtcdBridge]).on_failure(OnFailure::RollBack),
    Step::new(Id::EtcdSettles,       CONTROL_PLANE,                   Does::Work,              &[Id::Etcd]),
    Step::new(Id::ApiServer,         CONTROL_PLANE,                   Does::Work,              &[Id::EtcdSettles]).on_failure(OnFailure::RollBack),
    Step::new(Id::ControllerManager, CONTROL_PLANE,                   Does::Work,              &[Id::ApiServer]).on_failure(OnFailure::RollBack),
    Step::new(Id::Scheduler,         CONTROL_PLANE,                   Does::Work,              &[Id::ApiServer]).on_failure(OnFailure::RollBack),
    Step::new(Id::AdminKubeconfigs,  CONTROL_PLANE,                   Does::Work,              &[Id::ControllerManager, Id::Scheduler]),
    Step::new(Id::KubeadmConfig,     &[Phase::UpgradeUploadKubeadm],  Does::Work,              &[Id::AdminKubeconfigs]),
    Step::new(Id::KubeletConfig,     &[Phase::UpgradeUploadKubelet],  Does::Work,              &[Id::KubeadmConfig]),
    Step::new(Id::LocalKubelet,      LOCAL,                           Does::Work,              &[Id::KubeletConfig]),
    Step::new(Id::KubeletSettings,   SETTINGS,                        Does::Work,              &[Id::LocalKubelet]),
    Step::new(Id::BootstrapTokens,   &[Phase::UpgradeBootstrapToken], Does::Work,              &[Id::KubeletSettings]),
    Step::new(Id::FindAddons,        ADDONS,                          Does::Ask(Asks::Addons), &[Id::BootstrapTokens]),
    Step::new(Id::Dns,               DNS,                             Does::Work,              &[Id::FindAddons]),
    Step::new(Id::KubeProxy,         PROXY,                           Does::Work,              &[Id::FindAddons]),
    Step::new(Id::KubeletFlags,      FLAGS,                           Does::Work,              &[Id::Dns, Id::KubeProxy]),
];

/// The rows of `upgrade apply` and of `upgrade node`; each has the phases of both.
pub fn upgrade_order() -> Vec<Step> {
    UPGRADE.to_vec()
}

/// The plan of an upgrade, as far as it has come.
#[derive(Debug)]
pub struct UpgradeSteps<'a> {
    inputs: Inputs<'a>,
    phases: &'a [Phase],
    plan: UpgradePlan,
    files: &'a Files,
    addons: Option<SeenAddons>,
    rolled_back: Vec<Id>,
    remarks: Vec<String>,
}

impl<'a> UpgradeSteps<'a> {
    /// For these phases of a run that is planned so far as it happens on the host.
    pub fn new(inputs: Inputs<'a>, phases: &'a [Phase], plan: UpgradePlan) -> Self {
        let files = inputs.files;
        Self { inputs, phases, plan, files, addons: None, rolled_back: Vec::new(), remarks: Vec::new() }
    }

    /// What the user should know of what was left as it was.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The steps that were taken back.
    pub fn rolled_back(&self) -> &[Id] {
        &self.rolled_back
    }

    fn work(&mut self, step: &Step) -> Result<Vec<Effect>, PlanError> {
        let mut effects = take(&mut self.plan.steps, step.id);
        let phases = step.asked_for(self.phases);
        let addon = self.addon(step.id);
        if addon == Some(false) {
            return Ok(Vec::new());
        }
        let dns = self.addons.as_ref().map(|seen| seen.dns.clone()).unwrap_or_default();
        let seen = ClusterState { dns, ..ClusterState::default() };
        let mut sent = cluster_effects(&self.inputs, self.files, &seen, &phases)?;
        if addon.is_some() {
            sent.iter_mut().for_each(yield_to_others);
        }
        effects.extend(sent);
        Ok(effects)
    }

    /// Whether an addon is upgraded; none where the step is of no addon.
    fn addon(&mut self, step: Id) -> Option<bool> {
        let cluster = self.inputs.spec.cluster;
        let (name, is_disabled) = match step {
            Id::Dns => ("CoreDNS", cluster.dns.disabled),
            Id::KubeProxy => ("kube-proxy", cluster.proxy_disabled),
            _ => return None,
        };
        let Some(seen) = &self.addons else { return Some(!is_disabled) };
        let is_there = if step == Id::Dns { seen.has_dns } else { seen.has_proxy };
        let why = if is_disabled {
            "the cluster's configuration disables it".to_owned()
        } else if !is_there {
            "the cluster has none, and an upgrade makes none".to_owned()
        } else if seen.behind.is_empty() {
            return Some(true);
        } else {
            format!("these control planes have another version still: {}", seen.behind.join(", "))
        };
        self.remarks.push(format!("{name} is left as it is: {why}"));
        Some(false)
    }
}

/// Fields that others have set stay as they are.
fn yield_to_others(effect: &mut Effect) {
    if let Action::Send(objects) = &mut effect.action {
        objects.iter_mut().for_each(Object::yield_to_others);
    }
}

fn take(all: &mut Vec<(Id, Vec<Effect>)>, id: Id) -> Vec<Effect> {
    let taken = all.extract_if(.., |(step, _)| *step == id);
    taken.flat_map(|(_, effects)| effects).collect()
}

impl Planning for UpgradeSteps<'_> {
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError> {
        Ok(match step.does {
            // A worker upgrades none, and its kubelet may not ask for them.
            Does::Ask(Asks::Addons) if self.inputs.spec.node.is_control_plane() => {
                Planned::Question(Question::Addons(self.inputs.spec.cluster.version.clone()))
            }
            Does::Work | Does::WorkAhead => Planned::Effects(self.work(step)?),
            Does::Ask(_) | Does::ServingCertificate | Does::AdminRights | Does::ControllersAhead => {
                Planned::nothing()
            }
        })
    }

    fn answered(&mut self, answer: Answer) {
        if let Answer::Addons(seen) = answer {
            self.addons = seen;
        }
    }

    fn roll_back(&mut self, step: &Step) -> Vec<Effect> {
        self.rolled_back.push(step.id);
        take(&mut self.plan.ways_back, step.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::happens_before;
    use super::*;
    use crate::plan::{UPGRADE_NODE, fixture};

    #[test]
    fn etcd_comes_first_then_the_api_server_and_then_the_other_two_side_by_side() {
        let order = upgrade_order();
        for (first, second) in [
            (Id::Copies, Id::EtcdBridge),
            (Id::EtcdBridge, Id::Etcd),
            (Id::EtcdSettles, Id::ApiServer),
            (Id::ApiServer, Id::ControllerManager),
            (Id::ApiServer, Id::Scheduler),
        ] {
            assert!(happens_before(&order, first, second), "{first:?} {second:?}");
        }
        assert!(!happens_before(&order, Id::ControllerManager, Id::Scheduler));
        assert!(!happens_before(&order, Id::Scheduler, Id::ControllerManager));
    }

    #[test]
    fn the_cluster_is_told_once_its_control_plane_has_the_version_and_the_addons_come_behind_all_that() {
        let order = upgrade_order();
        for id in [Id::KubeadmConfig, Id::KubeletConfig, Id::KubeletSettings, Id::BootstrapTokens] {
            assert!(
                happens_before(&order, Id::ControllerManager, id)
                    && happens_before(&order, Id::Scheduler, id)
            );
            assert!(happens_before(&order, id, Id::Dns) && happens_before(&order, id, Id::KubeProxy));
        }
    }

    #[test]
    fn only_a_control_plane_asks_for_the_addons() {
        let asks = |inputs: &Inputs<'_>| {
            let (order, phases) = (upgrade_order(), UPGRADE_NODE.all());
            let step = order.iter().find(|step| step.id == Id::FindAddons).unwrap();
            let mut steps = UpgradeSteps::new(inputs.clone(), &phases, UpgradePlan::default());
            matches!(steps.plan(step).unwrap(), Planned::Question(_))
        };
        assert!(fixture::control_plane().with(asks));
        assert!(!fixture::worker().with(asks));
    }

    #[test]
    fn a_component_goes_back_where_it_fails_and_an_etcd_that_has_served_does_not() {
        let rolled_back = upgrade_order().into_iter().filter(|step| step.failure == OnFailure::RollBack);
        let ids: Vec<Id> = rolled_back.map(|step| step.id).collect();
        assert_eq!(ids, [Id::EtcdBridge, Id::Etcd, Id::ApiServer, Id::ControllerManager, Id::Scheduler]);
    }
}
