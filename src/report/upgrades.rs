//! What a cluster can become, as kubeadm tells it: its text, or its document, with what the upgrades meet beside it.

use serde_json::{Map, Value, json};

use super::program::all_by_name;
use super::table::{Screen, Sheet, tabbed};
use super::text::{error_line, say, warn};
use crate::upgrade::{AvailableUpgrade, ComponentUpgrade, ConfigState, Finding, Severity, UpgradePlan};

const COMPONENTS: [&str; 4] = ["COMPONENT", "NODE", "CURRENT", "TARGET"];
const CONFIGURATIONS: [&str; 4] =
    ["API GROUP", "CURRENT VERSION", "PREFERRED VERSION", "MANUAL UPGRADE REQUIRED"];
const KUBELET: &str = "kubelet";
const KUBEADM: &str = "kubeadm";
const RULE: &str = "_____________________________________________________________________\n\n";
const CONFIGURATIONS_BEFORE: &str = "
The table below shows the current state of component configs as understood by this version of kubeadm.
Configs that have a \"yes\" mark in the \"MANUAL UPGRADE REQUIRED\" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the \"PREFERRED VERSION\" column.

";

/// kubeadm's lines on its way to the plan; `configuration` is the cluster's, where it is to be shown.
pub fn upgrade_lines(plan: &UpgradePlan, configuration: Option<&str>) -> String {
    let shown = configuration.map(|yaml| {
        yaml.lines()
            .fold("[upgrade/config] Configuration used:\n".to_owned(), |text, line| text + "\t" + line + "\n")
    });
    let version = plan.from.to_string();
    let told = [
        format!("Cluster version: {}", version.trim_start_matches('v')),
        format!("kubeadm version: {}", plan.kubeadm),
    ];
    let lines = told.iter().chain(&plan.lines);
    let versions = lines.fold(String::new(), |text, line| text + "[upgrade/versions] " + line + "\n");
    format!(
        "[preflight] Running pre-flight checks.\n\
         [upgrade/config] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n\
         [upgrade/config] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n\
         [upgrade] Running cluster health checks\n\
         {}[upgrade] Fetching available versions to upgrade to\n{versions}\n",
        shown.unwrap_or_default()
    )
}

/// kubeadm's tables, and its commands; nothing where there is nothing to upgrade to.
pub fn upgrade_text(plan: &UpgradePlan, screen: Screen) -> String {
    if plan.upgrades.is_empty() {
        return String::new();
    }
    let upgrades: String =
        plan.upgrades.iter().map(|upgrade| upgrade_tables(plan, upgrade, screen)).collect();
    upgrades + &configuration_table(&plan.configurations, screen)
}

fn upgrade_tables(plan: &UpgradePlan, upgrade: &AvailableUpgrade, screen: Screen) -> String {
    let is_of_hands = |row: &&ComponentUpgrade| row.name == KUBELET;
    let by_hand = component_table(upgrade.components.iter().filter(is_of_hands), screen);
    let by_kubeadm = upgrade.components.iter().filter(|row| row.name != KUBELET && row.name != KUBEADM);
    let by_kubeadm = component_table(by_kubeadm, screen);
    let kubeadm = upgrade.components.iter().find(|row| row.name == KUBEADM).map(|row| row.new.as_str());
    let newer = kubeadm.filter(|kubeadm| *kubeadm != plan.kubeadm.to_string());
    let note = newer.map(|kubeadm| {
        format!("Note: Before you can perform this upgrade, you have to update kubeadm to {kubeadm}.\n\n")
    });
    format!(
        "Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':\n\
         {by_hand}\nUpgrade to the latest {}:\n\n{by_kubeadm}\n\
         You can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply {}{}\n\n{}{RULE}",
        upgrade.description,
        upgrade.version,
        allowance(upgrade.version.stage()),
        note.unwrap_or_default()
    )
}

/// What `apply` has to be told besides.
fn allowance(stage: &str) -> &'static str {
    match stage {
        "" => "",
        _ if stage.starts_with("rc") => " --allow-release-candidate-upgrades",
        _ => " --allow-experimental-upgrades",
    }
}

fn component_table<'a>(rows: impl Iterator<Item = &'a ComponentUpgrade>, screen: Screen) -> String {
    let rows =
        rows.map(|row| vec![row.name.to_owned(), row.node.clone(), row.current.clone(), row.new.clone()]);
    sheet(&COMPONENTS, rows.collect(), screen)
}

fn configuration_table(states: &[ConfigState], screen: Screen) -> String {
    let row = |state: &ConfigState| {
        let needed = if state.needs_hands() { "yes" } else { "no" };
        let current = state.current.clone().unwrap_or_else(|| "-".to_owned());
        vec![state.group.to_owned(), current, state.preferred.to_owned(), needed.to_owned()]
    };
    let table = sheet(&CONFIGURATIONS, states.iter().map(row).collect(), screen);
    format!("{CONFIGURATIONS_BEFORE}{table}{RULE}")
}

fn sheet(head: &[&str], rows: Vec<Vec<String>>, screen: Screen) -> String {
    Sheet { head: head.iter().map(|cell| (*cell).to_owned()).collect(), rows, plain: tabbed }.text(screen)
}

/// `UpgradePlan` of `output.kubeadm.k8s.io/v1alpha3`, and `findings` beside its fields.
pub fn upgrade_document(plan: &UpgradePlan) -> Value {
    let upgrade = |upgrade: &AvailableUpgrade| {
        let components: Vec<Value> = upgrade.components.iter().map(component).collect();
        json!({ "description": upgrade.description, "components": components })
    };
    let configuration = |state: &ConfigState| {
        json!({
            "group": state.group,
            "currentVersion": state.current.clone().unwrap_or_default(),
            "preferredVersion": state.preferred,
            "manualUpgradeRequired": state.needs_hands(),
        })
    };
    let mut findings = json!(plan.findings);
    all_by_name(&mut findings);
    json!({
        "kind": "UpgradePlan",
        "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
        "availableUpgrades": plan.upgrades.iter().map(upgrade).collect::<Vec<_>>(),
        "configVersions": plan.configurations.iter().map(configuration).collect::<Vec<_>>(),
        "findings": findings,
    })
}

fn component(row: &ComponentUpgrade) -> Value {
    let fields = [
        ("name", row.name),
        ("currentVersion", &row.current),
        ("newVersion", &row.new),
        ("nodeName", &row.node),
    ];
    let given = fields.into_iter().filter(|(name, value)| *name != "nodeName" || !value.is_empty());
    Value::Object(given.map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>())
}

/// What the upgrades meet, on standard error, as preflight's findings are; and which of several is met.
pub fn upgrade_findings(plan: &UpgradePlan) {
    for finding in &plan.findings {
        let line = headline(finding, plan.judged.len());
        match finding.severity {
            Severity::Error => error_line(&line),
            Severity::Warning => warn(&line),
            Severity::Info => say(&format!("note: {line}")),
        }
        say(&format!("    seen: {}", finding.evidence));
        say(&format!("    fix: {}", finding.fix));
    }
}

/// `[ERROR EtcdBridge] (etcd cp1, v1.37.2): …`
fn headline(finding: &Finding, judged: usize) -> String {
    let word = match finding.severity {
        Severity::Error => "ERROR ",
        Severity::Warning => "WARNING ",
        Severity::Info => "",
    };
    let of_some = finding.upgrades.len() < judged;
    let place = finding.place.text();
    let about: Vec<&str> = std::iter::once(place.as_str())
        .filter(|place| !place.is_empty())
        .chain(finding.upgrades.iter().filter(|_| of_some).map(String::as_str))
        .collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    format!("[{word}{}]{about}: {}", finding.id, finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::Place;

    fn plan() -> UpgradePlan {
        let row = |name, node: &str, current: &str, new: &str| ComponentUpgrade {
            name,
            node: node.to_owned(),
            current: current.to_owned(),
            new: new.to_owned(),
        };
        let state = |group, current: Option<&str>, preferred| ConfigState {
            group,
            current: current.map(str::to_owned),
            preferred,
        };
        UpgradePlan {
            from: "v1.36.1".parse().unwrap(),
            kubeadm: "v1.36.3".parse().unwrap(),
            lines: vec!["Target version: v1.37.0-rc.1".to_owned()],
            upgrades: vec![AvailableUpgrade {
                description: "release candidate version".to_owned(),
                version: "v1.37.0-rc.1".parse().unwrap(),
                components: vec![
                    row("kubelet", "w1", "v1.35.4", "v1.37.0-rc.1"),
                    row("kube-apiserver", "cp1", "v1.36.1", "v1.37.0-rc.1"),
                    row("kube-proxy", "", "1.36.1", "v1.37.0-rc.1"),
                    row("kubeadm", "", "v1.36.3", "v1.37.0-rc.1"),
                ],
            }],
            configurations: vec![
                state("kubeproxy.config.k8s.io", None, "v1alpha1"),
                state("kubelet.config.k8s.io", Some("v1alpha1"), "v1beta1"),
            ],
            findings: vec![Finding {
                id: "EtcdBridge",
                severity: Severity::Error,
                place: Place::Etcd { name: "cp1".to_owned() },
                upgrades: vec!["v1.37.0-rc.1".to_owned()],
                message: "too old".to_owned(),
                evidence: "3.6.8".to_owned(),
                fix: "3.6.11".to_owned(),
            }],
            judged: vec!["v1.37.0-rc.1".to_owned()],
        }
    }

    /// The whole of it is held against the real kubeadm's in tests/upgrade.
    #[test]
    fn the_text_says_what_else_has_to_be_done() {
        let text = upgrade_text(&plan(), Screen::Plain);
        for lines in [
            "COMPONENT   NODE      CURRENT   TARGET\nkubelet     w1        v1.35.4   v1.37.0-rc.1\n",
            "\tkubeadm upgrade apply v1.37.0-rc.1 --allow-release-candidate-upgrades\n\n\
             Note: Before you can perform this upgrade, you have to update kubeadm to v1.37.0-rc.1.\n\n____",
            "kubeproxy.config.k8s.io   -                 v1alpha1            no\n",
            "kubelet.config.k8s.io     v1alpha1          v1beta1             yes\n",
        ] {
            assert!(text.contains(lines), "{lines}\n{text}");
        }
        let lines = upgrade_lines(&plan(), Some("a: 1\nb: 2\n"));
        assert!(
            lines.contains("[upgrade/config] Configuration used:\n\ta: 1\n\tb: 2\n[upgrade] "),
            "{lines}"
        );
    }

    #[test]
    fn there_is_a_document_where_there_is_nothing_to_upgrade_to() {
        let plan = UpgradePlan { upgrades: Vec::new(), ..plan() };
        assert_eq!(upgrade_text(&plan, Screen::Plain), "");
        let document = upgrade_document(&plan);
        assert_eq!((&document["kind"], &document["availableUpgrades"]), (&json!("UpgradePlan"), &json!([])));
        let place = json!({ "in": "etcd", "name": "cp1" });
        assert_eq!(
            (&document["findings"][0]["id"], &document["findings"][0]["place"]),
            (&json!("EtcdBridge"), &place)
        );
    }

    #[test]
    fn a_finding_says_its_place_and_which_of_several_upgrades_meets_it() {
        let finding = &plan().findings[0];
        assert_eq!(headline(finding, 1), "[ERROR EtcdBridge] (etcd cp1): too old");
        assert_eq!(headline(finding, 2), "[ERROR EtcdBridge] (etcd cp1, v1.37.0-rc.1): too old");
    }
}
