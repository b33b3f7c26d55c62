//! The flags of `upgrade plan` and `upgrade diff`.

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

/// The flags of `upgrade diff` that its configuration has too, unread.
#[derive(Debug, Clone, Default)]
pub struct UpgradeDiffFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    /// The word behind the command: a version, or a label such as `stable-1.36`.
    pub version: Option<String>,
    /// How many lines stand around each change.
    pub context_lines: Option<i32>,
}

const DIFF: &[Row<UpgradeDiffFlags>] = &[
    (VERSION, "diff.kubernetesVersion", |f| Raw::Text(&f.version)),
    ("context-lines", "diff.contextLines", |f| Raw::Number(f.context_lines)),
];

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

/// A command of `upgrade`, by its flags.
pub trait Command: Sized + 'static {
    /// Its flags.
    const ROWS: &'static [Row<Self>];

    /// Reads the flags of a run without `--config`, as an UpgradeConfiguration of v1beta4.
    fn document(&self, remarks: &mut Remarks) -> Located<Tree> {
        bare(Tree::Map(super::document(Self::ROWS, self, remarks)))
    }

    /// Lays what may stand beside `--config` over the file's UpgradeConfiguration.
    fn beside_config(&self, mut upgrade: Located<Tree>, remarks: &mut Remarks) -> Located<Tree> {
        lay_over(Self::ROWS, self, &mut upgrade, remarks);
        upgrade
    }
}

impl Command for UpgradePlanFlags {
    const ROWS: &'static [Row<Self>] = PLAN;
}

impl Command for UpgradeDiffFlags {
    const ROWS: &'static [Row<Self>] = DIFF;
}
