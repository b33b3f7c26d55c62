//! An UpgradeConfiguration and the flags of `upgrade plan` → what is asked for.

use super::checked::{self, empty};
use super::config_file::Assumed;
use super::document::{self, Use};
use super::error::ConfigErrors;
use super::flags::upgrade::Command;
use super::flags::{UpgradeDiffFlags, UpgradePlanFlags};
use super::given::{Located, Remarks, Section, Tree};
use super::problem::Problem;
use super::read;
use super::warning::ConfigWarning;
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
}
