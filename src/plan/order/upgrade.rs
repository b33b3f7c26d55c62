//! The order of `upgrade apply` and of `upgrade node`.
//!
//! One component after the other, and each only once the one before it serves by its new manifest: an API server is never older than
//! the etcd's clients expect, and a controller manager or a scheduler never newer than its API server. These two need not wait for each
//! other. What fails goes back, and that alone. The addons come last, when no other control plane has an older API server.

use super::{Answer, Asks, Does, OnFailure, Phase, Planned, Planning, Question, Step, StepId as Id};
use crate::facts::{LiveAddons, SeenPods};
use crate::manifests::objects::{Object, SeenAddons};
use crate::plan::{
    Action, ClusterState, Effect, Files, Inputs, PlanError, Rollout, UpgradePlan, cluster_effects,
};

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
    Step::new(Id::DnsRollout,        DNS,                             Does::Work,              &[Id::Dns]).on_failure(OnFailure::RollBack),
    Step::new(Id::ProxyRollout,      PROXY,                           Does::Work,              &[Id::KubeProxy]).on_failure(OnFailure::RollBack),
    Step::new(Id::KubeletFlags,      FLAGS,                           Does::Work,              &[Id::DnsRollout, Id::ProxyRollout]),
];

/// Which wait for what an addon's phase has sent before.
const ROLLOUTS: [Id; 2] = [Id::DnsRollout, Id::ProxyRollout];

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
    /// The addons' pods before anything was changed; none where the cluster was not looked at.
    live: Option<&'a LiveAddons>,
    rolled_back: Vec<Id>,
    remarks: Vec<String>,
}

impl<'a> UpgradeSteps<'a> {
    /// For these phases of a run that is planned so far as it happens on the host.
    pub fn new(
        inputs: Inputs<'a>,
        phases: &'a [Phase],
        plan: UpgradePlan,
        live: Option<&'a LiveAddons>,
    ) -> Self {
        let files = inputs.files;
        Self { inputs, phases, plan, files, addons: None, live, rolled_back: Vec::new(), remarks: Vec::new() }
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
        if ROLLOUTS.contains(&step.id) {
            return Ok(effects);
        }
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
        if let Some(sent) = effects.first() {
            self.await_rollout(step.id, sent.phase);
        }
        Ok(effects)
    }

    /// Where the pods were up before, those of the new template are waited for, and where they do not come up those of before are put
    /// back. What was not up does not tell anything of the new version.
    fn await_rollout(&mut self, step: Id, phase: Phase) {
        let (id, addon, live) = match (step, self.live) {
            (Id::Dns, Some(live)) => (Id::DnsRollout, Rollout::Dns, &live.dns),
            (Id::KubeProxy, Some(live)) => (Id::ProxyRollout, Rollout::Proxy, &live.proxy),
            _ => return,
        };
        let Some(before) = SeenPods::of(live) else { return };
        if !before.were_up {
            self.remarks.push(format!(
                "the new pods of the {addon} are not waited for, as those of before were not all up"
            ));
            return;
        }
        let effect = |action| Effect { phase, action };
        self.plan.steps.push((id, vec![effect(Action::AwaitRollout(addon))]));
        let back = [Action::Send(vec![addon.put_back(&before.template)]), Action::AwaitRollout(addon)];
        self.plan.ways_back.push((id, back.map(effect).into()));
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
    use serde_json::{Value, json};

    use super::super::happens_before;
    use super::*;
    use crate::plan::{UPGRADE_APPLY, UPGRADE_NODE, fixture};

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
            let mut steps = UpgradeSteps::new(inputs.clone(), &phases, UpgradePlan::default(), None);
            matches!(steps.plan(step).unwrap(), Planned::Question(_))
        };
        assert!(fixture::control_plane().with(asks));
        assert!(!fixture::worker().with(asks));
    }

    /// `CoreDNS` as it is in a cluster, all of it up or not.
    fn live(available: i64) -> LiveAddons {
        let status = json!({ "replicas": 2, "updatedReplicas": 2, "availableReplicas": available });
        LiveAddons {
            dns: json!({ "spec": { "replicas": 2, "template": { "of": "before" } }, "status": status }),
            ..LiveAddons::default()
        }
    }

    #[test]
    fn new_pods_are_waited_for_where_those_of_before_were_up_and_nothing_is_sent_a_second_time() {
        let (order, phases) = (upgrade_order(), UPGRADE_APPLY.all());
        let row = |id: Id| order.iter().find(|step| step.id == id).unwrap();
        let effects = |steps: &mut UpgradeSteps<'_>, id: Id| match steps.plan(row(id)).unwrap() {
            Planned::Effects(effects) => effects,
            other @ Planned::Question(_) => panic!("{other:?}"),
        };
        for (available, waits) in [(2, true), (1, false)] {
            let live = live(available);
            fixture::control_plane().with(|inputs| {
                let mut steps =
                    UpgradeSteps::new(inputs.clone(), &phases, UpgradePlan::default(), Some(&live));
                assert!(!effects(&mut steps, Id::Dns).is_empty());
                let rollout = effects(&mut steps, Id::DnsRollout);
                let awaited: Vec<&Action> = rollout.iter().map(|effect| &effect.action).collect();
                assert_eq!(
                    awaited,
                    waits.then_some(&Action::AwaitRollout(Rollout::Dns)).into_iter().collect::<Vec<_>>()
                );
                assert_eq!(steps.remarks().len(), usize::from(!waits));
                let back = steps.roll_back(row(Id::DnsRollout));
                let sent = back.iter().flat_map(|effect| effect.action.describe().subject.sent());
                let templates: Vec<Value> =
                    sent.map(|object| object.body.redacted()["spec"]["template"].clone()).collect();
                let before = json!({ "of": "before", "$patch": "replace" });
                assert_eq!(templates, waits.then_some(before).into_iter().collect::<Vec<_>>());
                // kube-proxy was not there.
                assert!(!effects(&mut steps, Id::KubeProxy).is_empty());
                assert!(effects(&mut steps, Id::ProxyRollout).is_empty());
            });
        }
    }

    #[test]
    fn a_component_goes_back_where_it_fails_and_an_etcd_that_has_served_does_not() {
        let rolled_back = upgrade_order().into_iter().filter(|step| step.failure == OnFailure::RollBack);
        let ids: Vec<Id> = rolled_back.map(|step| step.id).collect();
        let pods = [Id::EtcdBridge, Id::Etcd, Id::ApiServer, Id::ControllerManager, Id::Scheduler];
        assert_eq!(ids, [&pods[..], &[Id::DnsRollout, Id::ProxyRollout]].concat());
    }
}
