//! What `upgrade apply` or `upgrade node` was asked for: the flags, the configuration, the phases, and what to carry them out on.

use std::path::PathBuf;

use super::command::VERSION;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request;
use crate::cli::target::ApplyTarget;
use crate::config::{
    Assumed, RequestedUpgrade, SourceFile, UpgradeApplyFlags, UpgradeFlags, UpgradeNodeFlags,
};
use crate::host::{Node, observe};
use crate::manifests::static_pod::StaticPod;
use crate::plan::{self, Phase, Pipeline, UPGRADE_APPLY, UPGRADE_NODE, manifest_path};
use crate::upgrade::EditChoice;

/// Which of the two commands it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first control plane, and what of the cluster is upgraded with it.
    Apply,
    /// Any other node.
    Node,
}

impl Which {
    /// Its phases.
    pub fn pipeline(self) -> &'static Pipeline {
        match self {
            Self::Apply => &UPGRADE_APPLY,
            Self::Node => &UPGRADE_NODE,
        }
    }
}

/// What was asked for.
#[derive(Debug)]
pub struct UpgradeRequest<'a> {
    /// Of which command.
    pub which: Which,
    /// The flags.
    pub given: FlagValues<'a>,
    /// By the flags and the file of `--config`.
    pub asked: RequestedUpgrade,
    /// Whether all phases were asked for, and not one by its name.
    pub is_whole: bool,
    /// Those that are carried out, in their order.
    pub phases: Vec<Phase>,
    /// Where the effects go.
    pub target: ApplyTarget,
    /// The host that is looked at.
    pub host: &'a Node,
    /// Whose files say what it is: that host, or the folder that stands for it, where a node's files are in it.
    pub node: Node,
    /// What becomes of changes by hand.
    pub edits: EditChoice,
    /// The kubeconfig that was named.
    pub kubeconfig: Option<PathBuf>,
}

/// By the file of `--config` and the flags.
pub fn read<'a>(
    host: &'a Node,
    which: Which,
    given: FlagValues<'a>,
    phases: &[Phase],
) -> Result<UpgradeRequest<'a>, Failure> {
    let source = request::config_source(given)?;
    let text = source.as_ref().map(SourceFile::text);
    let asked = match which {
        Which::Apply => RequestedUpgrade::of_apply(text, &UpgradeApplyFlags(flags(given))),
        Which::Node => RequestedUpgrade::of_node(text, &UpgradeNodeFlags(flags(given))),
    };
    let asked = asked.map_err(|errors| Failure::Config(errors).in_file(source.as_ref()))?;
    request::tell(&asked.warnings, source.as_ref());
    let pipeline = which.pipeline();
    check::check(pipeline, &asked.skip_phases, asked.patches.as_ref(), source.as_ref())?;
    let target = ApplyTarget::read(given, asked.dry_run)?;
    let skipped: Vec<String> = asked.skip_phases.iter().map(|given| given.value.clone()).collect();
    Ok(UpgradeRequest {
        which,
        given,
        is_whole: phases.len() == pipeline.phases.len(),
        phases: pipeline.without(phases, &skipped)?,
        node: whose_files(host, &target),
        target,
        host,
        kubeconfig: request::from_here(given, "kubeconfig")?,
        edits: edit_choice(given),
        asked,
    })
}

/// An upgrade to this version, or to the cluster's own, of which nothing is carried out.
pub fn of_diff<'a>(
    host: &'a Node,
    given: FlagValues<'a>,
    version: Option<&Assumed>,
) -> Result<UpgradeRequest<'a>, Failure> {
    let flags = UpgradeFlags {
        unknown: request::unknown(),
        version: version.map(|(version, _)| version.to_string()),
        // New keys are no news.
        certificate_renewal: Some(false),
        dry_run: Some(true),
        patches: given.text("patches"),
        ..UpgradeFlags::default()
    };
    Ok(UpgradeRequest {
        which: Which::Apply,
        given,
        asked: RequestedUpgrade::of_apply(None, &UpgradeApplyFlags(flags)).map_err(Failure::Config)?,
        is_whole: false,
        phases: UPGRADE_APPLY.without(&UPGRADE_APPLY.all(), &["preflight".to_owned()])?,
        target: ApplyTarget::Listing,
        host,
        node: host.clone(),
        edits: edit_choice(given),
        kubeconfig: request::from_here(given, "kubeconfig")?,
    })
}

/// By the two flags, of which one alone can be given.
pub fn edit_choice(given: FlagValues<'_>) -> EditChoice {
    match (given.is_on("keep-edits"), given.is_on("drop-edits")) {
        (true, _) => EditChoice::Keep,
        (false, true) => EditChoice::Drop,
        (false, false) => EditChoice::Unsaid,
    }
}

fn whose_files(host: &Node, target: &ApplyTarget) -> Node {
    let stands_for_it = target.node(host);
    let is_a_node = |path: PathBuf| observe::exists(&stands_for_it, &path).unwrap_or(false);
    let marks = [manifest_path(StaticPod::ApiServer), plan::kubelet_kubeconfig()];
    if marks.into_iter().any(is_a_node) { stands_for_it } else { host.clone() }
}

fn flags(given: FlagValues<'_>) -> UpgradeFlags {
    let list = |name| given.list(name).unwrap_or_default();
    UpgradeFlags {
        unknown: request::unknown(),
        version: given.text(VERSION),
        allow_experimental_upgrades: given.switch("allow-experimental-upgrades"),
        allow_release_candidate_upgrades: given.switch("allow-release-candidate-upgrades"),
        certificate_renewal: given.switch("certificate-renewal"),
        dry_run: given.switch("dry-run"),
        etcd_upgrade: given.switch("etcd-upgrade"),
        force: given.switch("force"),
        ignore_preflight_errors: list("ignore-preflight-errors"),
        patches: given.text("patches"),
        print_config: given.switch("print-config"),
        skip_phases: list("skip-phases"),
    }
}
