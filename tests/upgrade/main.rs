//! `upgrade` from outside: an API server and an etcd of canned answers, what is printed, and that nothing is asked but to read.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod addons;
mod apply;
mod cluster;
mod edits;
mod etcd;
#[path = "../http/mod.rs"]
mod http;
mod made;

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

use cluster::{Cluster, Served};
use etcd::Etcd;

/// A cluster that is served, and the folder with its kubeconfig and its certificates.
struct Case {
    served: Served,
    folder: TempDir,
}

impl Case {
    fn new(mut cluster: Cluster, etcd: Option<Etcd>) -> Self {
        let folder = TempDir::new().unwrap();
        if let Some(etcd) = etcd {
            cluster.etcd_url = etcd.serve(folder.path());
            cluster.configuration = format!(
                "etcd: {{local: {{dataDir: /var/lib/etcd}}}}\ncertificatesDir: {}\n",
                folder.path().display()
            );
        }
        Self { served: Served::new(cluster), folder }
    }

    /// By this name, with the version that it stands for.
    fn run_as(&self, name: &str, arguments: &[&str]) -> Output {
        let program = self.folder.path().join(name);
        if !program.exists() {
            std::os::unix::fs::symlink(cargo_bin("kubewright"), &program).unwrap();
        }
        let mut command = Command::new(program);
        command.args(["upgrade", "plan"]).args(arguments);
        command.arg("--kubeconfig").arg(self.served.kubeconfig(self.folder.path()));
        command.env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.env("KUBEWRIGHT_KUBERNETES_VERSION", "v1.36.3").output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_as("kubewright", arguments)
    }

    fn document(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["-o", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn of_1_36_1() -> Cluster {
    Cluster::of("v1.36.1", "3.6.6-0", "v1.14.2")
}

fn sound() -> Etcd {
    Etcd { version: "3.6.6", ..Etcd::default() }
}

/// The ids of findings, with their severities.
fn findings(document: &Value) -> Vec<String> {
    let label = |finding: &Value| {
        format!("{} {}", finding["severity"].as_str().unwrap(), finding["id"].as_str().unwrap())
    };
    document["findings"].as_array().unwrap().iter().map(label).collect()
}

#[test]
fn a_plan_is_kubeadm_s_text_within_a_second_and_asks_only_to_read() {
    let mut cluster = of_1_36_1();
    cluster.kubelets[1].1 = "v1.35.4".to_owned();
    let case = Case::new(cluster, Some(sound()));
    let begun = Instant::now();
    let output = case.run(&["v1.36.3"]);
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(out(&output), include_str!("of-kubeadm.txt"));
    assert!(took < Duration::from_secs(1), "{took:?}");
    println!("upgrade plan took {took:?}");
    let asked = case.served.asked.lock().unwrap();
    assert!(asked.len() <= 9 && asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
}

#[test]
fn what_is_in_the_way_is_found_in_etcd_and_the_exit_code_says_whether_any_version_can_be_had() {
    let errors = vec!["memberID:1 alarm:NOSPACE ".to_owned()];
    let case = Case::new(
        Cluster::of("v1.36.3", "3.6.8-0", "v1.14.2"),
        Some(Etcd { version: "3.6.8", errors, ..sound() }),
    );
    let output = case.run(&[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(out(&output).contains("kubeadm upgrade apply v1.37."), "{}", out(&output));
    assert!(text.contains("error: [ERROR EtcdAlarm] (etcd cp1): etcd has the alarm NOSPACE"), "{text}");
    assert!(text.contains("note: [EtcdBridge] (etcd cp1): etcd runs 3.6.11-0 before 3.7.0"), "{text}");
    assert!(text.contains("    seen: cp1 is of version 3.6.8, and the only member\n"), "{text}");
    let ignored = case.run(&["--ignore-preflight-errors", "EtcdAlarm"]);
    assert!(ignored.status.success() && said(&ignored).contains("[WARNING EtcdAlarm]"), "{}", said(&ignored));
    let as_kubeadm = case.run_as("kubeadm", &[]);
    assert!(
        as_kubeadm.status.success() && said(&as_kubeadm).contains("[WARNING EtcdAlarm]"),
        "{}",
        said(&as_kubeadm)
    );
    let without = case.run(&["--etcd-upgrade=false", "--ignore-preflight-errors", "EtcdAlarm"]);
    assert!(without.status.success() && !said(&without).contains("EtcdBridge"), "{}", said(&without));
}

#[test]
fn members_that_are_ill_are_named() {
    let etcd = Etcd {
        silent: 1,
        has_learner: true,
        errors: vec!["memberID:1 alarm:NOSPACE ".to_owned()],
        ..sound()
    };
    let document = Case::new(addons::cluster(), Some(etcd)).document(&["v1.36.3"]);
    let wanted =
        ["error EtcdUnhealthy", "error EtcdAlarm", "error EtcdLearner", "info NotSeen", "info NotSeen"];
    assert_eq!(findings(&document), wanted, "{document:#}");
    assert_eq!(document["findings"][0]["place"]["name"], "cp2");
    assert_eq!(document["findings"][0]["upgrades"][0], "v1.36.3");
}

#[test]
fn an_etcd_that_cannot_be_asked_is_told_from_one_that_does_not_answer() {
    let unseen = Case::new(addons::cluster(), None).document(&["v1.36.3"]);
    assert!(!findings(&unseen).contains(&"error EtcdUnhealthy".to_owned()), "{unseen:#}");
    assert_eq!(unseen["findings"][0]["message"], "etcd was not looked at");
    let mut silent = Case::new(of_1_36_1(), Some(sound()));
    let mut cluster = addons::cluster();
    cluster.configuration = format!(
        "etcd: {{local: {{dataDir: /var/lib/etcd}}}}\ncertificatesDir: {}\n",
        silent.folder.path().display()
    );
    silent.served = Served::new(cluster);
    assert_eq!(findings(&silent.document(&["v1.36.3"]))[0], "error EtcdUnhealthy");
}

#[test]
fn there_is_always_a_document() {
    let case =
        Case::new(Cluster::of("v1.37.2", "3.7.0-0", "v1.14.6"), Some(Etcd { version: "3.7.0", ..sound() }));
    let newest = case.document(&[]);
    assert_eq!(
        (&newest["kind"], newest["availableUpgrades"].as_array().unwrap().len()),
        (&"UpgradePlan".into(), 0)
    );
    assert!(out(&case.run(&[])).ends_with("\n\n"), "{}", out(&case.run(&[])));
    let back = case.run(&["v1.36.3", "-o", "json"]);
    assert_eq!(back.status.code(), Some(2));
    assert_eq!(findings(&serde_json::from_slice(&back.stdout).unwrap())[0], "error Downgrade");
    let nowhere = case.run(&["v1.12.0", "-o", "json"]);
    let failed: Value = serde_json::from_slice(&nowhere.stdout).unwrap();
    assert_eq!((nowhere.status.code(), &failed["kind"]), (Some(3), &"Failure".into()));
}

#[test]
fn templates_pick_out_of_the_plan() {
    let case = Case::new(of_1_36_1(), Some(sound()));
    let picked = case.run(&["v1.36.3", "-o", "jsonpath={.availableUpgrades[0].components[-1].newVersion}"]);
    assert_eq!(out(&picked), "3.6.8-0", "{}", said(&picked));
    let text = "{{range .availableUpgrades}}{{.description}}{{end}}";
    let picked = case.run(&["v1.36.3", "-o", &format!("go-template={text}")]);
    assert_eq!(out(&picked), "version in the v1.36 series", "{}", said(&picked));
    assert!(out(&case.run(&["v1.36.3", "-o", "yaml"])).contains("\nkind: UpgradePlan\n"));
}

#[test]
fn a_file_says_what_flags_say_and_the_stored_configuration_can_be_shown() {
    let case =
        Case::new(Cluster::of("v1.36.3", "3.6.8-0", "v1.14.2"), Some(Etcd { version: "3.6.8", ..sound() }));
    let file = case.folder.path().join("upgrade.yaml");
    std::fs::write(
        &file,
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n\
         plan: {kubernetesVersion: v1.37.2, etcdUpgrade: false, printConfig: true}\n",
    )
    .unwrap();
    let output = case.run(&["--config", file.to_str().unwrap()]);
    let text = out(&output);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        text.contains("\n[upgrade/config] Configuration used:\n\tapiServer: {}\n\tapiVersion: "),
        "{text}"
    );
    assert!(text.contains("kubeadm upgrade apply v1.37.2\n") && !text.contains("\netcd "), "{text}");
    let mixed = case.run(&["--config", file.to_str().unwrap(), "--etcd-upgrade=false"]);
    assert_eq!(mixed.status.code(), Some(3), "{}", said(&mixed));
}

#[test]
fn a_cluster_that_is_not_there_is_an_error_of_its_own() {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(cargo_bin("kubewright"));
    command.args(["upgrade", "plan", "--kubeconfig", "none.conf"]).current_dir(folder.path());
    let output = command.output().unwrap();
    let text = said(&output);
    assert!(output.status.code() == Some(1) && text.contains("there is no kubeconfig "), "{text}");
}
