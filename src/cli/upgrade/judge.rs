//! Whether a node may be upgraded: the user, what is in the way, and the images.

use super::request::{UpgradeRequest, Which};
use super::{UpgradeFailure, plan as look};
use crate::cli::claim::Claim;
use crate::cli::failure::Failure;
use crate::cli::invocation::Invocation;
use crate::cli::preflight::{fail_on_errors, pass, pull_missing};
use crate::cli::target::ApplyTarget;
use crate::config::Spec;
use crate::facts::{LiveAddons, UpgradeFacts};
use crate::host::{OnSilence, observe};
use crate::preflight::{self, Checked, Finding};
use crate::report;
use crate::upgrade::{self, Inputs, Severity, UpgradePlan, Wanted};
use crate::versions::KubernetesVersion;

/// Of etcd's own rules, of changes by hand and of webhooks, which kubeadm does not look at: by its name they are told, and no more.
const UNKNOWN_TO_KUBEADM: [&str; 8] = [
    "etcdalarm",
    "etcdbridge",
    "etcdlearner",
    "etcdpinned",
    "etcdroom",
    "localedits",
    "patchesmissing",
    "webhookintheway",
];
/// What `--force` passes over, as kubeadm's does.
const BY_FORCE: [&str; 2] = ["kubeletskew", "unstableversion"];

/// What was found; refuses to go on where an error is left.
pub fn judge(
    asked: &UpgradeRequest<'_>,
    spec: Spec<'_>,
    from: &KubernetesVersion,
    facts: Option<&UpgradeFacts>,
    images: &[String],
    invocation: Invocation,
) -> Result<Vec<Finding>, Failure> {
    report::say("[preflight] Running pre-flight checks");
    let ignored = &asked.asked.ignore_preflight_errors;
    let user = preflight::judge_user(asked.host.user());
    let mut checked = Checked::default().with(user).with_passed("IsPrivilegedUser").ignoring(ignored);
    checked = pass(&asked.target, checked)?;
    if let Some(facts) = facts {
        // They are told just there.
        let told = of_hop(asked, spec, from, facts, invocation)?;
        checked = checked.then(Checked { told, ..Checked::default() });
    }
    if asked.target == ApplyTarget::Host && spec.node.is_control_plane() {
        checked = fail_on_errors(checked.then(pull_missing(spec, images, ignored)))?;
    }
    Ok(checked.into_findings())
}

/// What the way from one version to the other meets, as `upgrade plan` tells it.
fn of_hop(
    asked: &UpgradeRequest<'_>,
    spec: Spec<'_>,
    from: &KubernetesVersion,
    facts: &UpgradeFacts,
    invocation: Invocation,
) -> Result<Vec<Finding>, Failure> {
    let mut ignored = asked.asked.ignore_preflight_errors.clone();
    ignored.extend(BY_FORCE.iter().filter(|_| asked.asked.force).map(|id| (*id).to_owned()));
    if invocation == Invocation::Kubeadm {
        ignored.extend(UNKNOWN_TO_KUBEADM.map(str::to_owned));
    }
    let judged = match asked.which {
        Which::Apply => upgrade::plan,
        Which::Node => upgrade::plan_of_host,
    };
    let plan = plan(asked, spec, from, facts, &ignored, judged)?;
    if plan.is_blocked() && asked.target == ApplyTarget::Host {
        return Err(UpgradeFailure::Blocked { versions: plan.judged }.into());
    }
    Ok(plan.findings.iter().filter_map(told).collect())
}

/// What goes of this host's manifests, for a run that does not ask whether it may: as warnings.
pub fn tell_edits(
    asked: &UpgradeRequest<'_>,
    spec: Spec<'_>,
    from: &KubernetesVersion,
    facts: &UpgradeFacts,
) -> Result<Vec<Finding>, Failure> {
    let plan = plan(asked, spec, from, facts, &["all".to_owned()], upgrade::plan_of_host)?;
    Ok(plan.findings.iter().filter_map(told).collect())
}

fn plan(
    asked: &UpgradeRequest<'_>,
    spec: Spec<'_>,
    from: &KubernetesVersion,
    facts: &UpgradeFacts,
    ignored: &[String],
    judged: fn(&Inputs<'_>) -> UpgradePlan,
) -> Result<UpgradePlan, Failure> {
    let claim = Claim::read(asked.host)?;
    let version = spec.cluster.version.clone();
    let wanted = Wanted {
        version: Some((version, spec.cluster.minor)),
        allowed: asked.asked.allowed,
        kubeadm: claim.version().0,
    };
    let plan = judged(&Inputs {
        facts,
        cluster: spec.cluster,
        from,
        wanted: &wanted,
        with_etcd: asked.asked.etcd_upgrade,
        edits: asked.edits,
        ignored,
    });
    report::upgrade_findings(&plan);
    Ok(plan)
}

/// What comes of an upgrade is no finding of a run.
fn told(found: &upgrade::Finding) -> Option<Finding> {
    let finding = match found.severity {
        Severity::Error => Finding::error(found.id, found.message.clone()),
        Severity::Warning => Finding::warning(found.id, found.message.clone()),
        Severity::Info => return None,
    };
    Some(finding.seen(found.evidence.clone()).fix(found.fix.clone()))
}

/// What there is to know of the cluster and its etcd.
pub fn observe_cluster(asked: &UpgradeRequest<'_>) -> Result<(UpgradeFacts, LiveAddons), Failure> {
    look::observe_all(asked.host, &asked.node, asked.given, OnSilence::Wait(report::warn))
        .map(|(_, facts, live)| (facts, live))
}

/// The version of the kubelet on this host.
pub fn own_kubelet(asked: &UpgradeRequest<'_>) -> Option<String> {
    observe::installed_kubelet(asked.host, KUBELET_LIMIT)?.ok()
}

/// `kubelet --version` takes a second at most.
const KUBELET_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);
