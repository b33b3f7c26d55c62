//! An UpgradeConfiguration and the flags of a command of `upgrade` → what is asked for.

use std::path::PathBuf;

use super::checked::{self, empty};
use super::config_file::Assumed;
use super::document::{self, Use};
use super::error::ConfigErrors;
use super::flags::upgrade::Command;
use super::flags::{UpgradeApplyFlags, UpgradeDiffFlags, UpgradeNodeFlags, UpgradePlanFlags};
use super::given::{Located, Remarks, Section, Tree};
use super::problem::Problem;
use super::read;
use super::warning::ConfigWarning;
use super::{ImagePullPolicy, Timeouts};
use crate::versions::KubernetesVersion;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct RequestedUpgradePlan {
    /// The version to look at; those that the program carries where none is named.
    pub version: Option<Assumed>,
    /// Which versions before a release may be taken.
    pub allowed: Allowed,
    /// Whether etcd is upgraded too.
    pub etcd_upgrade: bool,
    /// By their ids, in lower case; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// Whether the cluster's configuration is shown.
    pub print_config: bool,
    /// The folder of patches that an upgrade by the same file would have.
    pub patches: Option<PathBuf>,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

/// Which versions before a release may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowed {
    /// All of them.
    pub experimental: bool,
    /// Release candidates.
    pub candidates: bool,
}

impl Allowed {
    /// Whether this version may be taken.
    pub fn allows(self, version: &KubernetesVersion) -> bool {
        let stage = version.stage();
        stage.is_empty() || self.experimental || self.candidates && stage.starts_with("rc")
    }
}

impl RequestedUpgradePlan {
    /// Reads the configuration file's `text`, where there is one, and the flags.
    ///
    /// # Errors
    /// All offences at once: of the YAML, of fields and their types, of values, and flags that cannot stand beside a
    /// file.
    pub fn parse(text: Option<&str>, flags: &UpgradePlanFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.unknown);
        let tree = tree(text, flags, &mut remarks);
        let requested = read::upgrade_plan(Section::of(&tree), &mut remarks);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }
}

/// What was asked for of a comparison.
#[derive(Debug, Clone)]
pub struct RequestedUpgradeDiff {
    /// The version to compare with; the cluster's own where none is named.
    pub version: Option<Assumed>,
    /// How many lines stand around each change; three unless given.
    pub context_lines: usize,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

impl RequestedUpgradeDiff {
    /// Reads the configuration file's `text`, where there is one, and the flags.
    ///
    /// # Errors
    /// As [`RequestedUpgradePlan::parse`].
    pub fn parse(text: Option<&str>, flags: &UpgradeDiffFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.unknown);
        let tree = tree(text, flags, &mut remarks);
        let requested = read::upgrade_diff(Section::of(&tree), &mut remarks);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }
}

/// What was asked for of `upgrade apply` and of `upgrade node`, which has neither a version nor force.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own in UpgradeConfiguration")]
pub struct RequestedUpgrade {
    /// The version that the cluster is to have.
    pub version: Option<Assumed>,
    /// Which versions before a release may be taken.
    pub allowed: Allowed,
    /// Whether the certificates of what is upgraded are renewed.
    pub certificate_renewal: bool,
    /// Whether nothing is changed, and what would be is told.
    pub dry_run: bool,
    /// Whether etcd is upgraded too.
    pub etcd_upgrade: bool,
    /// Whether some of what is in the way is ignored, and no question is asked.
    pub force: bool,
    /// By their ids, in lower case; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// With its place: whether the folder can be read shows later.
    pub patches: Option<Located<PathBuf>>,
    /// Whether the cluster's configuration is shown.
    pub print_config: bool,
    /// With their places: which names there are is not the configuration's to say.
    pub skip_phases: Vec<Located<String>>,
    /// When the images of the new version are pulled.
    pub image_pull_policy: ImagePullPolicy,
    /// One after the other, and not side by side.
    pub image_pull_serial: bool,
    /// How long is waited for what.
    pub timeouts: Timeouts,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

impl RequestedUpgrade {
    /// Reads the configuration file's `text`, where there is one, and the flags of `upgrade apply`.
    ///
    /// # Errors
    /// As [`RequestedUpgradePlan::parse`].
    pub fn of_apply(text: Option<&str>, flags: &UpgradeApplyFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.0.unknown);
        let tree = tree(text, flags, &mut remarks);
        Self::read("apply", &tree, remarks)
    }

    /// The same with the flags of `upgrade node`.
    ///
    /// # Errors
    /// As [`RequestedUpgradePlan::parse`].
    pub fn of_node(text: Option<&str>, flags: &UpgradeNodeFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.0.unknown);
        let tree = tree(text, flags, &mut remarks);
        Self::read("node", &tree, remarks)
    }

    fn read(section: &str, tree: &Located<Tree>, mut remarks: Remarks) -> Result<Self, ConfigErrors> {
        let requested = read::upgrade_of(section, Section::of(tree), &mut remarks);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }
}

fn tree(text: Option<&str>, flags: &impl Command, remarks: &mut Remarks) -> Located<Tree> {
    let Some(text) = text else { return flags.document(remarks) };
    let document = document::read(text, Use::Upgrade, remarks).upgrade;
    if document.is_none() && remarks.errors.is_empty() {
        remarks.refuse(&empty().at, Problem::NoSuchDocument { kind: "UpgradeConfiguration" });
    }
    let tree = document.map_or_else(empty, |document| checked::upgrade(&document, remarks));
    flags.beside_config(tree, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UpgradeFlags;

    fn file(body: &str) -> String {
        format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n{body}")
    }

    fn errors(text: &str, flags: &UpgradePlanFlags) -> String {
        RequestedUpgradePlan::parse(Some(text), flags).unwrap_err().to_string()
    }

    #[test]
    fn every_field_of_the_plan_is_read() {
        let text = file(
            "plan: {kubernetesVersion: v1.36.3, allowExperimentalUpgrades: true, allowRCUpgrades: true, dryRun: true,\n  \
             etcdUpgrade: false, ignorePreflightErrors: [EtcdBridge], printConfig: true}\n",
        );
        let asked = RequestedUpgradePlan::parse(Some(&text), &UpgradePlanFlags::default()).unwrap();
        assert_eq!(asked.version.unwrap().0.to_string(), "v1.36.3");
        assert!(asked.allowed.experimental && asked.allowed.candidates && asked.print_config);
        assert!(!asked.etcd_upgrade);
        assert_eq!(asked.ignore_preflight_errors, ["etcdbridge"]);
    }

    #[test]
    fn every_flag_finds_its_field_and_the_defaults_are_kubeadm_s() {
        let plain = RequestedUpgradePlan::parse(None, &UpgradePlanFlags::default()).unwrap();
        assert!(plain.etcd_upgrade && plain.version.is_none() && !plain.print_config);
        let asked = RequestedUpgradePlan::parse(
            None,
            &UpgradePlanFlags {
                unknown: crate::config::Unknown::Refused,
                version: Some("stable-1.36".to_owned()),
                allow_experimental_upgrades: Some(true),
                allow_release_candidate_upgrades: Some(true),
                etcd_upgrade: Some(false),
                ignore_preflight_errors: vec!["EtcdBridge,EtcdAlarm".to_owned()],
                print_config: Some(true),
            },
        )
        .unwrap();
        assert_eq!(asked.version.unwrap().1.number, 36);
        assert!(asked.allowed.experimental && asked.allowed.candidates && asked.print_config);
        assert!(!asked.etcd_upgrade);
        assert_eq!(asked.ignore_preflight_errors, ["etcdalarm", "etcdbridge"]);
    }

    #[test]
    fn of_a_file_and_the_command_line_the_version_of_the_latter_counts_and_flags_do_not_mix() {
        let text = file("plan: {kubernetesVersion: v1.36.3}\n");
        let named = UpgradePlanFlags { version: Some("v1.37.2".to_owned()), ..UpgradePlanFlags::default() };
        let asked = RequestedUpgradePlan::parse(Some(&text), &named).unwrap();
        assert_eq!(asked.version.unwrap().0.to_string(), "v1.37.2");
        let mixed = UpgradePlanFlags { etcd_upgrade: Some(false), ..UpgradePlanFlags::default() };
        let said = errors(&text, &mixed);
        assert!(said.contains("--etcd-upgrade") && said.contains("--config"), "{said}");
    }

    #[test]
    fn what_is_wrong_is_told_once_with_its_place() {
        let said = errors(
            &file("plan: {kubernetesVersion: v1.12.0, etcdUpgrade: 7}\napply: {patches: {directory: a}}\n"),
            &UpgradePlanFlags::default(),
        );
        assert_eq!(said.lines().count(), 3, "{said}");
        let said = errors(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n",
            &UpgradePlanFlags::default(),
        );
        assert!(said.contains("UpgradeConfiguration"), "{said}");
    }

    #[test]
    fn a_comparison_has_three_lines_around_each_change_unless_others_are_asked_for() {
        let of =
            |text: Option<&str>, flags: &UpgradeDiffFlags| RequestedUpgradeDiff::parse(text, flags).unwrap();
        assert_eq!(of(None, &UpgradeDiffFlags::default()).context_lines, 3);
        let flags = UpgradeDiffFlags { context_lines: Some(0), ..UpgradeDiffFlags::default() };
        assert_eq!(of(None, &flags).context_lines, 0);
        let text = file("diff: {kubernetesVersion: v1.36.3, contextLines: 5}\n");
        let asked = of(Some(&text), &UpgradeDiffFlags::default());
        assert_eq!((asked.version.unwrap().1.number, asked.context_lines), (36, 5));
    }

    #[test]
    fn every_field_of_apply_and_of_node_is_read() {
        let fields = "certificateRenewal: false, dryRun: true, etcdUpgrade: false, ignorePreflightErrors: [EtcdBridge], \
                      patches: {directory: /patches}, skipPhases: [addon], imagePullPolicy: Never, imagePullSerial: false";
        let only = "kubernetesVersion: v1.36.3, allowExperimentalUpgrades: true, allowRCUpgrades: true, forceUpgrade: true, \
                    printConfig: true";
        let text = file(&format!(
            "apply: {{{only}, {fields}}}\nnode: {{{fields}}}\ntimeouts: {{upgradeManifests: 7s}}\n"
        ));
        let apply = RequestedUpgrade::of_apply(Some(&text), &UpgradeApplyFlags::default()).unwrap();
        assert_eq!(apply.version.as_ref().unwrap().0.to_string(), "v1.36.3");
        assert!(apply.allowed.experimental && apply.allowed.candidates && apply.force && apply.print_config);
        let node = RequestedUpgrade::of_node(Some(&text), &UpgradeNodeFlags::default()).unwrap();
        assert!(node.version.is_none() && !node.force);
        for asked in [apply, node] {
            assert!(asked.dry_run && !asked.certificate_renewal && !asked.etcd_upgrade);
            assert!(!asked.image_pull_serial);
            assert_eq!(asked.image_pull_policy, ImagePullPolicy::Never);
            assert_eq!(asked.ignore_preflight_errors, ["etcdbridge"]);
            assert_eq!(asked.patches.unwrap().value, PathBuf::from("/patches"));
            assert_eq!(asked.skip_phases[0].value, "addon");
            assert_eq!(asked.timeouts.upgrade_manifests.to_string(), "7s");
        }
    }

    #[test]
    fn every_flag_of_apply_and_of_node_finds_its_field() {
        let flags = UpgradeFlags {
            unknown: crate::config::Unknown::Refused,
            version: Some("v1.36.3".to_owned()),
            allow_experimental_upgrades: Some(true),
            allow_release_candidate_upgrades: Some(true),
            certificate_renewal: Some(false),
            dry_run: Some(true),
            etcd_upgrade: Some(false),
            force: Some(true),
            ignore_preflight_errors: vec!["EtcdBridge".to_owned()],
            patches: Some("/patches".to_owned()),
            print_config: Some(true),
            skip_phases: vec!["addon".to_owned()],
        };
        let apply = RequestedUpgrade::of_apply(None, &UpgradeApplyFlags(flags.clone())).unwrap();
        assert!(apply.version.is_some() && apply.allowed.experimental && apply.allowed.candidates);
        assert!(apply.force && apply.print_config);
        let node = RequestedUpgrade::of_node(None, &UpgradeNodeFlags(flags)).unwrap();
        for asked in [apply, node] {
            assert!(asked.dry_run && !asked.certificate_renewal && !asked.etcd_upgrade);
            assert_eq!(asked.ignore_preflight_errors, ["etcdbridge"]);
            assert_eq!((asked.patches.is_some(), asked.skip_phases.len()), (true, 1));
        }
        let plain = RequestedUpgrade::of_node(None, &UpgradeNodeFlags::default()).unwrap();
        assert!(plain.certificate_renewal && plain.etcd_upgrade && !plain.dry_run && plain.image_pull_serial);
    }

    #[test]
    fn force_and_patches_are_of_the_file_where_there_is_one() {
        let text = file("apply: {kubernetesVersion: v1.36.3}\n");
        let flags = UpgradeFlags {
            force: Some(true),
            patches: Some("/a".to_owned()),
            dry_run: Some(true),
            ..UpgradeFlags::default()
        };
        let said =
            RequestedUpgrade::of_apply(Some(&text), &UpgradeApplyFlags(flags)).unwrap_err().to_string();
        assert!(
            said.contains("--force") && said.contains("--patches") && !said.contains("--dry-run"),
            "{said}"
        );
    }
}
