//! The flags of the commands of `upgrade`.

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

/// The flags of `upgrade apply` and `upgrade node` that their configuration has too, unread. `node` has none of a version, and is not
/// forced.
#[derive(Debug, Clone, Default)]
pub struct UpgradeFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    /// The word behind the command: a version, or a label such as `stable-1.36`.
    pub version: Option<String>,
    /// Whether versions before a release may be taken.
    pub allow_experimental_upgrades: Option<bool>,
    /// Whether release candidates may be taken.
    pub allow_release_candidate_upgrades: Option<bool>,
    /// Whether the certificates of what is upgraded are renewed.
    pub certificate_renewal: Option<bool>,
    /// Whether nothing is changed, and what would be is told.
    pub dry_run: Option<bool>,
    /// Whether etcd is upgraded too.
    pub etcd_upgrade: Option<bool>,
    /// Whether some of what is in the way is ignored.
    pub force: Option<bool>,
    /// Names of checks, or `all`.
    pub ignore_preflight_errors: Vec<String>,
    /// The folder of patches.
    pub patches: Option<String>,
    /// Whether the cluster's configuration is shown.
    pub print_config: Option<bool>,
    /// By their names.
    pub skip_phases: Vec<String>,
}

/// Those of `upgrade apply`.
#[derive(Debug, Clone, Default)]
pub struct UpgradeApplyFlags(pub UpgradeFlags);

/// Those of `upgrade node`.
#[derive(Debug, Clone, Default)]
pub struct UpgradeNodeFlags(pub UpgradeFlags);

const APPLY: &[Row<UpgradeApplyFlags>] = &[
    (VERSION, "apply.kubernetesVersion", |f| Raw::Text(&f.0.version)),
    ("allow-experimental-upgrades", "apply.allowExperimentalUpgrades", |f| {
        Raw::Switch(f.0.allow_experimental_upgrades)
    }),
    ("allow-release-candidate-upgrades", "apply.allowRCUpgrades", |f| {
        Raw::Switch(f.0.allow_release_candidate_upgrades)
    }),
    ("certificate-renewal", "apply.certificateRenewal", |f| Raw::Switch(f.0.certificate_renewal)),
    ("dry-run", "apply.dryRun", |f| Raw::Switch(f.0.dry_run)),
    ("etcd-upgrade", "apply.etcdUpgrade", |f| Raw::Switch(f.0.etcd_upgrade)),
    ("force", "apply.forceUpgrade", |f| Raw::Switch(f.0.force)),
    (IGNORE, "apply.ignorePreflightErrors", |f| Raw::Texts(&f.0.ignore_preflight_errors)),
    ("patches", "apply.patches.directory", |f| Raw::Text(&f.0.patches)),
    ("print-config", "apply.printConfig", |f| Raw::Switch(f.0.print_config)),
    ("skip-phases", "apply.skipPhases", |f| Raw::Texts(&f.0.skip_phases)),
];

const NODE: &[Row<UpgradeNodeFlags>] = &[
    ("certificate-renewal", "node.certificateRenewal", |f| Raw::Switch(f.0.certificate_renewal)),
    ("dry-run", "node.dryRun", |f| Raw::Switch(f.0.dry_run)),
    ("etcd-upgrade", "node.etcdUpgrade", |f| Raw::Switch(f.0.etcd_upgrade)),
    (IGNORE, "node.ignorePreflightErrors", |f| Raw::Texts(&f.0.ignore_preflight_errors)),
    ("patches", "node.patches.directory", |f| Raw::Text(&f.0.patches)),
    ("skip-phases", "node.skipPhases", |f| Raw::Texts(&f.0.skip_phases)),
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

impl Command for UpgradeApplyFlags {
    const ROWS: &'static [Row<Self>] = APPLY;
}

impl Command for UpgradeNodeFlags {
    const ROWS: &'static [Row<Self>] = NODE;
}
