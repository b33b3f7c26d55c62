//! UpgradeConfiguration: all its values are looked at, and those of the plan are kept.

use std::path::PathBuf;

use super::cluster::exact_version;
use super::component::one_of;
use super::init::skip_phases;
use super::node::{ignored, pull_policy};
use super::timeouts::timeouts;
use crate::config::given::{Remarks, Section, Tree};
use crate::config::upgrade::{Allowed, RequestedUpgrade, RequestedUpgradeDiff, RequestedUpgradePlan};
use crate::config::{ImagePullPolicy, host_path};

/// What is asked for with a plan, where all of the document is right.
pub fn upgrade_plan(document: Section, remarks: &mut Remarks) -> RequestedUpgradePlan {
    upgrade(document, remarks);
    // It was told just now.
    let told = &mut Remarks::default();
    let plan = document.section("plan");
    let switch = |name| plan.flag(name).unwrap_or_default();
    RequestedUpgradePlan {
        version: plan.text("kubernetesVersion").and_then(|given| exact_version(given, told)),
        allowed: Allowed {
            experimental: switch("allowExperimentalUpgrades"),
            candidates: switch("allowRCUpgrades"),
        },
        etcd_upgrade: plan.flag("etcdUpgrade").unwrap_or(true),
        ignore_preflight_errors: ignored(&plan.texts("ignorePreflightErrors"), told),
        print_config: switch("printConfig"),
        patches: document
            .section("apply")
            .section("patches")
            .text("directory")
            .map(|given| PathBuf::from(given.value)),
        warnings: Vec::new(),
    }
}

/// What is asked for with a comparison, where all of the document is right.
pub fn upgrade_diff(document: Section, remarks: &mut Remarks) -> RequestedUpgradeDiff {
    upgrade(document, remarks);
    // It was told just now.
    let told = &mut Remarks::default();
    let diff = document.section("diff");
    let context_lines = match diff.get("contextLines").map(|given| &given.value) {
        Some(Tree::Number(number)) => number.as_u64().and_then(|number| number.try_into().ok()),
        Some(_) | None => None,
    };
    RequestedUpgradeDiff {
        version: diff.text("kubernetesVersion").and_then(|given| exact_version(given, told)),
        context_lines: context_lines.unwrap_or(CONTEXT_LINES),
        warnings: Vec::new(),
    }
}

/// What is asked for with `apply` or `node`, each by its section's name, where all of the document is right.
pub fn upgrade_of(name: &str, document: Section, remarks: &mut Remarks) -> RequestedUpgrade {
    upgrade(document, remarks);
    // It was told just now.
    let told = &mut Remarks::default();
    let section = document.section(name);
    let switch = |name, default| section.flag(name).unwrap_or(default);
    let policy = section.text("imagePullPolicy").and_then(|given| given.read(told, pull_policy));
    RequestedUpgrade {
        version: section.text("kubernetesVersion").and_then(|given| exact_version(given, told)),
        allowed: Allowed {
            experimental: switch("allowExperimentalUpgrades", false),
            candidates: switch("allowRCUpgrades", false),
        },
        certificate_renewal: switch("certificateRenewal", true),
        dry_run: switch("dryRun", false),
        etcd_upgrade: switch("etcdUpgrade", true),
        force: switch("forceUpgrade", false),
        ignore_preflight_errors: ignored(&section.texts("ignorePreflightErrors"), told),
        patches: section.section("patches").text("directory").map(|given| given.map(PathBuf::from)),
        print_config: switch("printConfig", false),
        skip_phases: skip_phases(section),
        image_pull_policy: policy.unwrap_or(ImagePullPolicy::IfNotPresent),
        image_pull_serial: switch("imagePullSerial", true),
        timeouts: timeouts(document.section("timeouts"), told),
        warnings: Vec::new(),
    }
}

/// As diff(1) and kubeadm have it.
const CONTEXT_LINES: usize = 3;

/// The sections that are a command of `upgrade` each.
const COMMANDS: [&str; 4] = ["apply", "diff", "node", "plan"];

/// Tells what is wrong with the values.
pub fn upgrade(document: Section, remarks: &mut Remarks) {
    for name in COMMANDS {
        let section = document.section(name);
        if let Some(given) = section.text("kubernetesVersion") {
            exact_version(given, remarks);
        }
        if let Some(given) = section.text("imagePullPolicy") {
            given.read(remarks, |text| one_of(text, &ImagePullPolicy::ALL.map(ImagePullPolicy::name)));
        }
        if let Some(given) = section.section("patches").text("directory") {
            given.read(remarks, host_path);
        }
        ignored(&section.texts("ignorePreflightErrors"), remarks);
    }
    timeouts(document.section("timeouts"), remarks);
}
