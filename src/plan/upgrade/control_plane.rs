//! The static pods of a control plane: each one's certificates and manifest, the wait for what comes of them, and the way back.

use std::path::Path;

use super::backups::copies;
use super::{EtcdUpgrade, PodChange, UpgradeInputs, UpgradePlan, wanted};
use crate::config::{ClusterSpec, ControlPlane, Etcd, Spec};
use crate::manifests::edits;
use crate::manifests::static_pod::StaticPod;
use crate::pki::KeySource;
use crate::plan::host_effects::pod_in;
use crate::plan::inputs::{self, KUBERNETES, manifest_path};
use crate::plan::render::{ca_key, pod_text};
use crate::plan::{
    Action, Basis, Content, EtcdSnapshot, Expect, File, FileKind, Files, Inputs, OwnMember, Phase, PlanError,
    RENEWABLE, RenewInputs, RenewPlan, Settle, StepId, etcd_access, health, previous_init, renew,
};

const MADE_BY: &str = "`init phase control-plane all`";
const ETCD_CLIENT: &str = "etcd-healthcheck-client";
const ADMINISTRATORS: [&str; 2] = ["admin.conf", "super-admin.conf"];

/// A static pod, and its manifests.
struct Pod {
    step: StepId,
    component: StaticPod,
    /// As it is here.
    found: Content,
    /// As it is to be; none where the one that is here means the same.
    new: Option<Content>,
}

/// The steps of the control plane; none on a worker.
pub fn control_plane(
    plan: &mut UpgradePlan,
    inputs: &UpgradeInputs<'_>,
    phase: Phase,
    keys: &dyn KeySource,
) -> Result<(), PlanError> {
    let Some(own) = inputs.inputs.spec.control_plane() else { return Ok(()) };
    let pods = pods(inputs)?;
    let renewed = renewed(inputs, &pods, keys)?;
    plan.add(StepId::Copies, phase, copied(inputs, &pods));
    for pod in &pods {
        plan.pods
            .push((pod.component, if pod.new.is_some() { PodChange::Replaced } else { PodChange::Kept }));
    }
    bridge(plan, inputs, own, phase, &pods)?;
    for pod in pods {
        let certificates = taken(&renewed, |name| reads(pod.component, name));
        add(plan, inputs, own, phase, pod, &certificates)?;
    }
    plan.add(StepId::AdminKubeconfigs, phase, taken(&renewed, |name| ADMINISTRATORS.contains(&name)));
    plan.renewals = renewed.renewals;
    plan.remarks = renewed.remarks;
    Ok(())
}

/// The pods of this host that are upgraded, in their order.
fn pods(inputs: &UpgradeInputs<'_>) -> Result<Vec<Pod>, PlanError> {
    let mut pods = Vec::new();
    if inputs.etcd != EtcdUpgrade::Stays {
        pods.push(pod(inputs, StepId::Etcd, StaticPod::Etcd)?);
    }
    for (step, kind) in [
        (StepId::ApiServer, StaticPod::ApiServer),
        (StepId::ControllerManager, StaticPod::ControllerManager),
        (StepId::Scheduler, StaticPod::Scheduler),
    ] {
        pods.push(pod(inputs, step, kind)?);
    }
    Ok(pods)
}

fn pod(inputs: &UpgradeInputs<'_>, step: StepId, pod: StaticPod) -> Result<Pod, PlanError> {
    let path = manifest_path(pod);
    let found = wanted(inputs.inputs, &path, MADE_BY)?.clone();
    let new = rendered(inputs, pod, None)?;
    let new = new.filter(|new| !previous_init::fits(&path, &found, new));
    Ok(Pod { step, component: pod, found, new })
}

/// As the version has it, with what is to stay of what was changed by hand, and with this tag of etcd's image where one is given.
fn rendered(
    upgrade: &UpgradeInputs<'_>,
    pod: StaticPod,
    etcd_tag: Option<&str>,
) -> Result<Option<Content>, PlanError> {
    let inputs = upgrade.inputs;
    let ca = ca_key(&inputs::existing(inputs.spec.cluster, inputs.files));
    let tagged = etcd_tag.map(|tag| with_etcd(inputs.spec.cluster, tag));
    let cluster = tagged.as_ref().unwrap_or(inputs.spec.cluster);
    let inputs = Inputs { spec: Spec { cluster, node: inputs.spec.node }, ..inputs.clone() };
    let Some(text) = pod_text(&inputs, pod, ca, None)? else { return Ok(None) };
    let text = match upgrade.keeps.get(&pod) {
        Some(edits) => edits::carry(pod, &text, edits, cluster)?.text,
        None => text,
    };
    Ok(Some(Content::new(text)))
}

fn with_etcd(cluster: &ClusterSpec, tag: &str) -> ClusterSpec {
    let mut cluster = cluster.clone();
    if let Etcd::Local(local) = &mut cluster.etcd {
        local.image.tag = Some(tag.to_owned());
    }
    cluster
}

/// Whether the pod reads this certificate; that of etcd's probes goes with etcd's own.
fn reads(pod: StaticPod, name: &str) -> bool {
    let of_probes = pod == StaticPod::Etcd && name == ETCD_CLIENT;
    of_probes || RENEWABLE.iter().any(|row| row.name == name && row.read_by == Some(pod))
}

/// The certificates of what changes, and with any of them the administrators'.
fn renewed(inputs: &UpgradeInputs<'_>, pods: &[Pod], keys: &dyn KeySource) -> Result<RenewPlan, PlanError> {
    let changes: Vec<StaticPod> =
        pods.iter().filter(|pod| pod.new.is_some()).map(|pod| pod.component).collect();
    let is_due = |name: &str| {
        let is_read = changes.iter().any(|pod| reads(*pod, name));
        inputs.renews && (is_read || !changes.is_empty() && ADMINISTRATORS.contains(&name))
    };
    let names: Vec<&'static str> = RENEWABLE.iter().map(|row| row.name).filter(|name| is_due(name)).collect();
    let renew_inputs = RenewInputs {
        spec: inputs.inputs.spec,
        files: inputs.inputs.files,
        kubeconfig_dir: Path::new(KUBERNETES),
        names: &names,
        basis: Basis::Itself,
        now: inputs.inputs.now,
    };
    renew(&renew_inputs, keys)
}

fn taken(renewed: &RenewPlan, is_wanted: impl Fn(&str) -> bool) -> Vec<Action> {
    let wanted = renewed.actions.iter().filter(|(name, _)| is_wanted(name));
    wanted.filter_map(|(_, action)| again(action)).collect()
}

/// A renewal is files in the place of others, and nothing else.
fn again(action: &Action) -> Option<Action> {
    if let Action::Replace(files) = action { Some(Action::Replace(files.clone())) } else { None }
}

/// All manifests that change, those that are before any of them is replaced.
fn copied(inputs: &UpgradeInputs<'_>, pods: &[Pod]) -> Vec<Action> {
    let changing: Vec<_> = pods.iter().filter(|pod| pod.new.is_some()).collect();
    if changing.is_empty() {
        return Vec::new();
    }
    let paths: Vec<_> = changing.iter().map(|pod| manifest_path(pod.component)).collect();
    let files = paths.iter().map(AsRef::as_ref).zip(changing.iter().map(|pod| &pod.found));
    let mut actions = copies(&inputs.backups.manifests(), FileKind::Manifest, files);
    if changing.iter().any(|pod| pod.component == StaticPod::Etcd) {
        let path = inputs.backups.etcd_snapshot();
        actions.extend(own_member(inputs).map(|member| Action::SnapshotEtcd(EtcdSnapshot { member, path })));
    }
    actions
}

fn own_member(inputs: &UpgradeInputs<'_>) -> Option<OwnMember> {
    let access = etcd_access(inputs.inputs.spec);
    inputs.etcd.hop().map(|hop| OwnMember { access, client_urls: hop.client_urls.clone() })
}

/// etcd's manifest, once another member leads.
fn swap_etcd(
    inputs: &UpgradeInputs<'_>,
    own: ControlPlane<'_>,
    found: &Content,
    new: &Content,
) -> Result<Vec<Action>, PlanError> {
    let has_others = inputs.etcd.hop().is_some_and(|hop| hop.has_others);
    let moved = own_member(inputs).filter(|_| has_others).map(Action::MoveEtcdLeader);
    Ok(moved.into_iter().chain(swap(own, StaticPod::Etcd, found, new)?).collect())
}

/// etcd's step in between, where its own rules want one.
fn bridge(
    plan: &mut UpgradePlan,
    inputs: &UpgradeInputs<'_>,
    own: ControlPlane<'_>,
    phase: Phase,
    pods: &[Pod],
) -> Result<(), PlanError> {
    let Some(tag) = inputs.etcd.bridge() else { return Ok(()) };
    let Some(etcd) = pods.iter().find(|pod| pod.component == StaticPod::Etcd && pod.new.is_some()) else {
        return Ok(());
    };
    let Some(new) = rendered(inputs, StaticPod::Etcd, Some(tag))? else { return Ok(()) };
    let mut actions = swap_etcd(inputs, own, &etcd.found, &new)?;
    actions.push(settle(own, StaticPod::Etcd));
    plan.add(StepId::EtcdBridge, phase, actions);
    // The same minor of etcd: whatever it has done, the earlier one takes over again.
    way_back(plan, own, phase, StepId::EtcdBridge, (StaticPod::Etcd, &new, &etcd.found), &[], inputs)
}

/// One pod's steps.
fn add(
    plan: &mut UpgradePlan,
    inputs: &UpgradeInputs<'_>,
    own: ControlPlane<'_>,
    phase: Phase,
    Pod { step, component: pod, found, new }: Pod,
    certificates: &[Action],
) -> Result<(), PlanError> {
    let Some(new) = new else {
        plan.add(step, phase, vec![Action::KeepFile(manifest_path(pod))]);
        return Ok(());
    };
    let bridged = match inputs.etcd.bridge() {
        Some(tag) if pod == StaticPod::Etcd => rendered(inputs, pod, Some(tag))?,
        Some(_) | None => None,
    };
    let before = bridged.as_ref().unwrap_or(&found);
    let mut actions = certificates.iter().filter_map(again).collect::<Vec<_>>();
    actions.extend(match pod {
        StaticPod::Etcd => swap_etcd(inputs, own, before, &new)?,
        _ => swap(own, pod, before, &new)?,
    });
    // An etcd of a newer minor that has served may have written what the earlier one does not read.
    let may_not_return = inputs.etcd.hop().is_some_and(|hop| !hop.may_return);
    if pod == StaticPod::Etcd && may_not_return {
        plan.add(step, phase, actions);
        plan.add(StepId::EtcdSettles, phase, vec![settle(own, pod)]);
    } else {
        actions.push(settle(own, pod));
        plan.add(step, phase, actions);
    }
    way_back(plan, own, phase, step, (pod, &new, before), certificates, inputs)
}

fn settle(own: ControlPlane<'_>, pod: StaticPod) -> Action {
    Action::Settle(Settle { pod, cri_socket: own.node.cri_socket.clone() })
}

/// The manifest, and the wait for the container that it makes.
fn swap(
    own: ControlPlane<'_>,
    pod: StaticPod,
    found: &Content,
    new: &Content,
) -> Result<Vec<Action>, PlanError> {
    let path = manifest_path(pod);
    let wait = health::replaced(own, pod, &pod_in(&path, new)?);
    let expect = Expect::seen(Some(found.bytes()));
    let write = Action::WriteFile(File { path, kind: FileKind::Manifest, content: new.clone(), expect });
    Ok(vec![write, Action::Wait(wait)])
}

/// The certificates and the manifest of before, and the wait for what they make.
fn way_back(
    plan: &mut UpgradePlan,
    own: ControlPlane<'_>,
    phase: Phase,
    step: StepId,
    (pod, new, before): (StaticPod, &Content, &Content),
    certificates: &[Action],
    inputs: &UpgradeInputs<'_>,
) -> Result<(), PlanError> {
    let files = inputs.inputs.files;
    let mut actions: Vec<Action> = certificates.iter().filter_map(|action| undone(action, files)).collect();
    actions.extend(swap(own, pod, new, before)?);
    plan.ways_back
        .push((step, actions.into_iter().map(|action| crate::plan::Effect { phase, action }).collect()));
    Ok(())
}

/// The files as they were, in the place of those that `action` puts there.
fn undone(action: &Action, before: &Files) -> Option<Action> {
    let Action::Replace(files) = action else { return None };
    let earlier = |file: &File| {
        let content = before.get(&file.path)?.clone();
        let expect = Expect::seen(Some(file.content.bytes()));
        Some(File { path: file.path.clone(), kind: file.kind, content, expect })
    };
    files.iter().map(earlier).collect::<Option<Vec<File>>>().map(Action::Replace)
}
