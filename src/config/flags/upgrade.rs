//! The flags of `upgrade plan`.

use super::{IGNORE, Raw, Row, VERSION, bare, lay_over};
use crate::config::given::{Located, Remarks, Tree, Unknown};

/// The flags of `upgrade plan` that its configuration has too, unread.
#[derive(Debug, Clone, Default)]
pub struct UpgradePlanFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    /// The word behind the command: a version, or a label such as `stable-1.36`.
    pub version: Option<String>,
    /// Whether versions before a release may be taken.
    pub allow_experimental_upgrades: Option<bool>,
    /// Whether release candidates may be taken.
    pub allow_release_candidate_upgrades: Option<bool>,
    /// Whether etcd is upgraded too.
    pub etcd_upgrade: Option<bool>,
    /// Names of checks, or `all`.
    pub ignore_preflight_errors: Vec<String>,
    /// Whether the cluster's configuration is shown.
    pub print_config: Option<bool>,
}

const PLAN: &[Row<UpgradePlanFlags>] = &[
    (VERSION, "plan.kubernetesVersion", |f| Raw::Text(&f.version)),
    ("allow-experimental-upgrades", "plan.allowExperimentalUpgrades", |f| {
        Raw::Switch(f.allow_experimental_upgrades)
    }),
    ("allow-release-candidate-upgrades", "plan.allowRCUpgrades", |f| {
        Raw::Switch(f.allow_release_candidate_upgrades)
    }),
    ("etcd-upgrade", "plan.etcdUpgrade", |f| Raw::Switch(f.etcd_upgrade)),
    (IGNORE, "plan.ignorePreflightErrors", |f| Raw::Texts(&f.ignore_preflight_errors)),
    ("print-config", "plan.printConfig", |f| Raw::Switch(f.print_config)),
];

/// Reads the flags of a run without `--config`, as an UpgradeConfiguration of v1beta4.
pub fn document(flags: &UpgradePlanFlags, remarks: &mut Remarks) -> Located<Tree> {
    bare(Tree::Map(super::document(PLAN, flags, remarks)))
}

/// Lays what may stand beside `--config` over the file's UpgradeConfiguration.
pub fn beside_config(
    flags: &UpgradePlanFlags,
    mut upgrade: Located<Tree>,
    remarks: &mut Remarks,
) -> Located<Tree> {
    lay_over(PLAN, flags, &mut upgrade, remarks);
    upgrade
}
