//! `upgrade apply` and `upgrade node`: read the cluster and this host, judge, plan, ask, carry out, report.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::edits::pod_inputs;
use super::judge;
use super::next::{NextStep, next};
use super::reached::kubeconfig;
use super::request::{self, UpgradeRequest, Which};
use super::this_node::this_node;
use super::{UpgradeFailure, plan as look};
use crate::causes::Wanted;
use crate::cli::confirm::confirmed;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::host_lock::host_lock;
use crate::cli::invocation::Invocation;
use crate::cli::plan_inputs;
use crate::cli::target::ApplyTarget;
use crate::config::{ClusterSpec, RunOptions, Spec, Stored};
use crate::facts::{LiveAddons, ManifestEdit, RESOLVED, UpgradeFacts};
use crate::host::{Access, Node, OnSilence, Surveyor, Watch, check_disk_space, execute, observe};
use crate::manifests::patches::Patches;
use crate::manifests::static_pod::StaticPod;
use crate::pki::SystemKeys;
use crate::plan::{
    self, Backups, EtcdUpgrade, Expect, Files, Inputs, LocalEdits, Paths, Phase, PodChange, StepId,
    UpgradeInputs, UpgradePlan, UpgradeSteps, Work, upgrade_order,
};
use crate::preflight::Finding;
use crate::report::{self, Detail, Document, DocumentKind, FileDone, Progress, Status};
use crate::upgrade::EditChoice;
use crate::versions::KubernetesVersion;

/// The command with these phases of it.
pub fn run(
    host: &Node,
    which: Which,
    given: FlagValues<'_>,
    phases: &[Phase],
    invocation: Invocation,
    detail: Detail,
) -> Result<(), Failure> {
    let asked = request::read(host, which, given, phases)?;
    let _turn = host_lock(&asked.target, host, which.pipeline().command)?;
    with_run(&asked, invocation, |run| {
        if asked.asked.print_config {
            report::out(&look::in_yaml(run.spec));
        }
        run.with_plan(|planned| run.carry_out(planned, detail))
    })
}

/// Looks at the cluster and at this host, for what was asked for.
pub fn with_run<T>(
    asked: &UpgradeRequest<'_>,
    invocation: Invocation,
    then: impl FnOnce(&Run<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let node = this_node(asked)?;
    let (cluster, stored) = cluster(asked, node.is_control_plane())?;
    let from = stored.version.clone();
    let spec = Spec { cluster: &cluster, node: &node };
    let seen = if node.is_control_plane() { Some(judge::observe_cluster(asked)?) } else { None };
    let (facts, addons) = seen.unzip();
    let etcd = facts
        .as_ref()
        .map_or(EtcdUpgrade::Stays, |facts| plan::etcd_upgrade(spec, facts, asked.asked.etcd_upgrade));
    then(&Run { asked, spec, stored: &stored, from, facts, addons, etcd, invocation })
}

/// The cluster as it is to be, and as it is.
fn cluster(
    asked: &UpgradeRequest<'_>,
    is_control_plane: bool,
) -> Result<(ClusterSpec, ClusterSpec), Failure> {
    let path = asked.kubeconfig.clone().unwrap_or_else(|| usual_kubeconfig(is_control_plane));
    let surveyor = Surveyor::open(&path, &kubeconfig(asked.host, &path)?, OnSilence::Wait(report::warn))?;
    let stored = Stored::parse_all(&surveyor.stored().map_err(UpgradeFailure::Survey)?)?;
    stored.warnings.iter().for_each(|warning| report::warn(&warning.to_string()));
    let mut cluster = stored.cluster.clone();
    match (&asked.asked.version, asked.which) {
        (Some((version, minor)), Which::Apply) => {
            (cluster.version, cluster.minor) = (version.clone(), minor);
        }
        (None, Which::Apply) if asked.is_whole => return Err(UpgradeFailure::NoVersionWanted.into()),
        (None, Which::Apply) | (_, Which::Node) => {}
    }
    Ok((cluster, stored.cluster))
}

/// A worker has nobody's rights but its kubelet's, and needs no more.
fn usual_kubeconfig(is_control_plane: bool) -> PathBuf {
    if is_control_plane { Paths::default().kubeconfig } else { plan::kubelet_kubeconfig() }
}

/// An upgrade of this host, with what it is planned from.
pub struct Run<'a> {
    asked: &'a UpgradeRequest<'a>,
    spec: Spec<'a>,
    /// The cluster as it is.
    stored: &'a ClusterSpec,
    from: KubernetesVersion,
    facts: Option<UpgradeFacts>,
    addons: Option<LiveAddons>,
    etcd: EtcdUpgrade,
    invocation: Invocation,
}

/// What a run comes to on this host.
pub struct PlannedRun<'a> {
    /// What it was planned from.
    pub inputs: Inputs<'a>,
    /// All that it does here.
    pub plan: UpgradePlan,
    /// What was changed by hand in the manifests that it replaces.
    edits: Vec<ManifestEdit>,
}

impl Run<'_> {
    /// Plans it. Nothing is written, and nobody else is asked.
    pub fn with_plan<T>(
        &self,
        then: impl FnOnce(PlannedRun<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let asked = self.asked;
        let host_facts = observe::facts(asked.host);
        let services = observe::services(asked.host, &[RESOLVED.to_owned()]);
        let seen = plan_inputs::host_inputs(&host_facts, plan_inputs::resolver_among(&services));
        let files = self.files()?;
        let options = RunOptions {
            patches: asked.asked.patches.as_ref().map(|given| given.value.clone()),
            ..RunOptions::default()
        };
        let patches = plan_inputs::read_patches(&options, self.spec.cluster.minor)?;
        plan_inputs::tell_ignored(&patches);
        let accounts = plan_inputs::accounts(&asked.target, self.spec.cluster, &files)?;
        let paths = Paths::default();
        let inputs = Inputs::new(self.spec, &files, &patches, &seen, &paths, host_facts.now);
        let inputs = Inputs { accounts, ..inputs };
        let edits = self.edits(&inputs);
        let plan = plan::upgrade(
            &UpgradeInputs {
                inputs: &inputs,
                phases: &asked.phases,
                renews: asked.asked.certificate_renewal,
                etcd: self.etcd.clone(),
                keeps: if asked.edits == EditChoice::Keep { edits.clone() } else { LocalEdits::new() },
                backups: Backups::begun(host_facts.now),
            },
            &SystemKeys,
        )?;
        let edits = plan::edit_facts(&files, &edits);
        then(PlannedRun { inputs, plan, edits })
    }

    fn carry_out(&self, planned: PlannedRun<'_>, detail: Detail) -> Result<(), Failure> {
        let asked = self.asked;
        let PlannedRun { inputs, plan: mut planned, edits } = planned;
        let findings = self.judge(edits, inputs.patches)?;
        for remark in &planned.remarks {
            report::warn(&remark.to_string());
        }
        let is_nothing = self.from == self.spec.cluster.version && planned.changes_nothing();
        self.prepare(&mut planned)?;
        let told = Told::of(&planned, findings, is_nothing);
        let host = asked.target.open(asked.host, asked.given, || self.access())?;
        let mut progress = Progress::new(detail);
        let done = progress.files();
        let mut steps = UpgradeSteps::new(inputs, &asked.phases, planned, self.addons.as_ref());
        let ended =
            execute(&upgrade_order(), &asked.phases, &mut steps, &host, asked.target.pace(), &mut progress);
        let rolled_back = steps.rolled_back().to_vec();
        for remark in steps.remarks() {
            report::say(&format!("[addon] {remark}"));
        }
        match ended {
            Ok(_) => self.conclude(&told, &progress.into_files()),
            Err(stopped) => {
                let has_returned = rolled_back.contains(&StepId::Etcd);
                if let Some(path) = self.kept_snapshot(&told).filter(|_| !has_returned) {
                    let path = path.display();
                    report::say(&format!(
                        "[upgrade] etcd's data, as they were before this upgrade, are in {path}"
                    ));
                }
                Err(Failure::Upgrading {
                    failure: Box::new(stopped.into()),
                    document: self.document(&told, Status::Failed, &done.list(), &rolled_back, &[]),
                })
            }
        }
    }

    /// What was changed by hand in the manifests that this run would write.
    fn edits(&self, inputs: &Inputs<'_>) -> LocalEdits {
        let is_asked = self.asked.phases.iter().any(|phase| phase.entry().work == Work::UpgradeControlPlane);
        if !is_asked {
            return LocalEdits::new();
        }
        let identities = inputs.accounts.as_ref().map(|accounts| accounts.identities);
        let host = pod_inputs(inputs.host, identities);
        let spec = Spec { cluster: self.stored, node: self.spec.node };
        let mut edits = plan::local_edits(spec, inputs.files, &host, inputs.patches);
        if self.etcd == EtcdUpgrade::Stays {
            edits.remove(&StaticPod::Etcd);
        }
        edits
    }

    /// Those of the host; in a dry run into a folder, those that are there go before them.
    fn files(&self) -> Result<Files, Failure> {
        let asked = self.asked;
        let read = |node: &Node| -> Result<Files, Failure> {
            let found = node.tree().read(&plan::upgrade_paths(self.spec))?;
            let mut files: Files = found.into_iter().map(|(path, found)| (path, found.content)).collect();
            let named = node.tree().read(&plan::named_files(&files))?;
            files.extend(named.into_iter().map(|(path, found)| (path, found.content)));
            Ok(files)
        };
        let mut files = read(&asked.node)?;
        if let ApplyTarget::Folder(_) = asked.target {
            files.extend(read(&asked.target.node(asked.host))?);
        }
        Ok(files)
    }

    fn judge(&self, edits: Vec<ManifestEdit>, patches: &Patches) -> Result<Vec<Finding>, Failure> {
        let facts = self.facts.clone().map(|mut facts| {
            facts.host.edits = edits;
            facts.host.node_name = Some(self.spec.node.name.to_string());
            let stored = Spec { cluster: self.stored, node: self.spec.node };
            if let Some(live) = &self.addons {
                facts.addon_edits = plan::addon_edits(stored, live, patches);
            }
            facts
        });
        let is_asked = self.asked.phases.iter().any(|phase| phase.entry().work == Work::Preflight);
        if !is_asked || matches!(self.asked.target, ApplyTarget::Folder(_)) {
            let told = facts.map(|facts| judge::tell_edits(self.asked, self.spec, &self.from, &facts));
            return told.unwrap_or_else(|| Ok(Vec::new()));
        }
        let mut images = self.spec.cluster.control_plane_images();
        if let Some(tag) = self.etcd.bridge() {
            images.push(self.spec.cluster.etcd_image_of(tag));
        }
        judge::judge(self.asked, self.spec, &self.from, facts.as_ref(), &images, self.invocation)
    }

    /// The room, and the question.
    fn prepare(&self, planned: &mut UpgradePlan) -> Result<(), Failure> {
        let asked = self.asked;
        match asked.target {
            ApplyTarget::Host => {
                check_disk_space(asked.host.tree(), planned.effects())?;
                let preflights = asked.phases.contains(&Phase::UpgradePreflight);
                let is_agreed = asked.asked.force || asked.given.is_on("yes") || !preflights;
                if !is_agreed && !confirmed("[upgrade] Are you sure you want to proceed?")? {
                    return Err(Failure::NotConfirmed);
                }
                Ok(())
            }
            ApplyTarget::Listing => Ok(()),
            ApplyTarget::Folder(_) => {
                let there = asked.target.node(asked.host);
                let paths: Vec<PathBuf> = planned.files().map(|file| file.path.clone()).collect();
                let found = there.tree().read(&paths)?;
                // What is replaced on the host is new in the folder.
                for file in planned.files_mut().filter(|file| !found.contains_key(&file.path)) {
                    file.expect = Expect::Absent;
                }
                Ok(())
            }
        }
    }

    /// How the cluster is reached.
    pub fn access(&self) -> Access {
        let spec = self.spec;
        let wanted = match spec.control_plane() {
            Some(own) => Wanted::of_control_plane(own),
            None => Wanted::of_worker(spec),
        };
        let named = self.asked.kubeconfig.clone();
        Access {
            kubeconfig: named.unwrap_or_else(|| usual_kubeconfig(spec.node.is_control_plane())),
            super_admin: None,
            server: None,
            retry_limit: spec.node.timeouts.kubernetes_api_call,
            watch: Some(Watch { wanted, since: Some(self.asked.node.now()), notice: report::notice }),
            readiness: None,
        }
    }

    fn conclude(&self, told: &Told, files: &[FileDone]) -> Result<(), Failure> {
        let asked = self.asked;
        let version = &self.spec.cluster.version;
        let own = self.spec.node.name.to_string();
        let kubelet = judge::own_kubelet(asked);
        let next = if asked.is_whole {
            next(asked.which, &own, version, self.facts.as_ref(), kubelet.as_deref())
        } else {
            Vec::new()
        };
        let status = match (&asked.target, told.is_nothing) {
            (ApplyTarget::Host | ApplyTarget::Folder(_), true) => Status::Nothing,
            (target, _) => target.status(),
        };
        asked.target.say_if_dry();
        if asked.given.wants_json() {
            report::json(&self.document(told, status, files, &[], &next).to_value());
        } else if asked.target == ApplyTarget::Host {
            self.say(status, &next);
        }
        let is_ours = self.invocation == Invocation::Kubewright && asked.target == ApplyTarget::Host;
        if is_ours && !next.is_empty() { Err(UpgradeFailure::Next.into()) } else { Ok(()) }
    }

    /// Of etcd's data, where there is one by now.
    fn kept_snapshot<'a>(&self, told: &'a Told) -> Option<&'a Path> {
        let is_there = |path: &&Path| observe::exists(self.asked.host, path).unwrap_or_default();
        told.snapshot.as_deref().filter(|_| self.asked.target == ApplyTarget::Host).filter(is_there)
    }

    /// kubeadm's words, which scripts look for.
    fn say(&self, status: Status, next: &[NextStep]) {
        let version = &self.spec.cluster.version;
        if status == Status::Nothing {
            report::say(&format!("[upgrade] there is nothing to upgrade on this host: it has {version}"));
        }
        if self.asked.is_whole && self.asked.which == Which::Apply {
            report::out(&format!(
                "\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to \"{version}\".\n\n\
                 [upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.\n"
            ));
        }
        if self.asked.is_whole && self.asked.which == Which::Node {
            if self.spec.node.is_control_plane() {
                report::out(
                    "[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n",
                );
            }
            report::out(
                "[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n",
            );
        }
        if self.invocation == Invocation::Kubewright {
            for step in next {
                report::say(&format!("  next, {}", step.text(version)));
            }
        }
    }

    fn document(
        &self,
        told: &Told,
        status: Status,
        files: &[FileDone],
        rolled_back: &[StepId],
        next: &[NextStep],
    ) -> Document {
        let role = if self.spec.node.is_control_plane() { "control-plane" } else { "worker" };
        let pods = told.pods.iter().map(|(pod, change)| pod_json(*pod, *change, rolled_back));
        let fields = json!({
            "node": self.spec.node.name.to_string(),
            "role": role,
            "from": self.from.to_string(),
            "version": self.spec.cluster.version.to_string(),
            "components": pods.collect::<Vec<_>>(),
            "certificates": told.certificates,
            "etcdSnapshot": self.kept_snapshot(told),
            "files": report::files_json(files),
            "next": next.iter().map(NextStep::json).collect::<Vec<_>>(),
        });
        Document::new(DocumentKind::UpgradedNode, status, fields).with_findings(&told.findings)
    }
}

fn pod_json(pod: StaticPod, change: PodChange, rolled_back: &[StepId]) -> Value {
    let steps: &[StepId] = match pod {
        StaticPod::Etcd => &[StepId::EtcdBridge, StepId::Etcd],
        StaticPod::ApiServer => &[StepId::ApiServer],
        StaticPod::ControllerManager => &[StepId::ControllerManager],
        StaticPod::Scheduler => &[StepId::Scheduler],
    };
    let word = match change {
        PodChange::Kept => "kept",
        PodChange::Replaced if steps.iter().any(|step| rolled_back.contains(step)) => "rolledBack",
        PodChange::Replaced => "replaced",
    };
    json!({ "name": pod.name(), "change": word })
}

/// What of the plan the document has.
struct Told {
    pods: Vec<(StaticPod, PodChange)>,
    certificates: Vec<&'static str>,
    snapshot: Option<PathBuf>,
    findings: Vec<Finding>,
    is_nothing: bool,
}

impl Told {
    fn of(planned: &UpgradePlan, findings: Vec<Finding>, is_nothing: bool) -> Self {
        let renewed = planned
            .renewals
            .iter()
            .filter(|renewal| matches!(renewal.outcome, plan::RenewalOutcome::Renewed { .. }));
        Self {
            pods: planned.pods.clone(),
            certificates: renewed.map(|renewal| renewal.name).collect(),
            snapshot: planned.snapshot().map(Path::to_owned),
            findings,
            is_nothing,
        }
    }
}
