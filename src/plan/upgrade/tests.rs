use std::collections::BTreeSet;

use super::*;
use crate::config::{ApiEndpoint, Config, HostPort, NodeRole};
use crate::manifests::static_pod::static_pods;
use crate::pki::fixtures::{self, KnownKeys};
use crate::plan::fixture as host;
use crate::plan::inputs::{FLAGS_FILE, INSTANCE_FILE, kubelet_path, manifest_path};
use crate::plan::{
    Expect, Files, INIT, KubeletCall, UPGRADE_APPLY, certificate_path, draft, host_effects,
    kubelet_kubeconfig,
};

/// A control plane as an init of 1.36.3 leaves it, and its cluster's configuration.
fn of_1_36() -> (Config, Files) {
    let mut config = fixtures::config();
    config.of_version("v1.36.3");
    let phases = INIT.all();
    let files = host::with(&config, &Files::new(), |inputs| {
        let inputs = Inputs { now: fixtures::now(), ..inputs.clone() };
        let draft = draft(&inputs, &phases).unwrap();
        host_effects(&inputs, &draft, &phases, &KnownKeys).unwrap().files
    });
    (config, files)
}

fn planned(config: &Config, files: &Files, etcd: EtcdUpgrade, renews: bool) -> UpgradePlan {
    let phases = UPGRADE_APPLY.all();
    host::with(config, files, |inputs| {
        let inputs = Inputs { now: fixtures::now(), ..inputs.clone() };
        let backups = Backups::begun(fixtures::now());
        let inputs = UpgradeInputs {
            inputs: &inputs,
            phases: &phases,
            renews,
            etcd,
            keeps: LocalEdits::new(),
            backups,
        };
        upgrade(&inputs, &KnownKeys).unwrap()
    })
}

fn goes(bridge: Option<&str>, may_return: bool) -> EtcdUpgrade {
    EtcdUpgrade::Goes(EtcdHop {
        bridge: bridge.map(str::to_owned),
        may_return,
        client_urls: vec!["https://10.1.2.3:2379".to_owned()],
        has_others: false,
    })
}

fn lines(plan: &UpgradePlan, step: StepId) -> Vec<String> {
    let effects = plan.steps.iter().filter(|(id, _)| *id == step).flat_map(|(_, effects)| effects);
    effects.flat_map(|effect| effect.action.describe().lines()).collect()
}

fn written<'a>(effects: &'a [Effect], path: &Path) -> Option<&'a File> {
    let mut files = effects.iter().flat_map(|effect| effect.action.describe().subject.written());
    files.find(|file| file.path == path)
}

#[test]
fn from_one_minor_to_the_next_every_pod_changes_with_its_certificates_behind_a_copy() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(None, false), true);
    assert!(plan.pods.iter().all(|(_, change)| *change == PodChange::Replaced));
    assert_eq!(plan.pods.iter().map(|(pod, _)| *pod).collect::<BTreeSet<_>>().len(), 4);
    let copies = lines(&plan, StepId::Copies);
    let folder = "/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-21-08-00-00";
    assert_eq!(copies[0], "folder /etc/kubernetes/tmp (0700)");
    assert_eq!(copies[2], format!("file {folder}/etcd.yaml: create (0600)"));
    let snapshot = "/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-11-21-08-00-00/snapshot.db";
    assert_eq!(copies[6..], [format!("etcd: keep a snapshot of its data in {snapshot} (0600)")]);
    let api_server = lines(&plan, StepId::ApiServer);
    let position = |wanted: &str| api_server.iter().position(|line| line.contains(wanted)).unwrap();
    assert!(position("apiserver-etcd-client.key") < position("kube-apiserver.yaml"));
    assert!(position("kube-apiserver.yaml") < position("wait for kube-apiserver, of its new manifest"));
    assert!(position("of its new manifest") < position("without a restart"));
    let mut renewed: Vec<&str> = plan.renewals.iter().map(|renewal| renewal.name).collect();
    renewed.sort_unstable();
    let all: Vec<&str> = crate::plan::RENEWABLE.iter().map(|row| row.name).collect();
    assert_eq!(renewed, all);
    let admin = lines(&plan, StepId::AdminKubeconfigs);
    assert!(admin[0].contains("/etc/kubernetes/admin.conf: replace"), "{admin:?}");
}

#[test]
fn without_renewal_no_certificate_changes() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(None, false), false);
    assert!(plan.renewals.is_empty() && lines(&plan, StepId::AdminKubeconfigs).is_empty());
    assert!(lines(&plan, StepId::Scheduler)[0].contains("kube-scheduler.yaml"));
}

#[test]
fn to_the_version_that_it_has_nothing_changes() {
    let (config, files) = of_1_36();
    let plan = planned(&config, &files, goes(None, true), true);
    assert!(plan.changes_nothing(), "{:?}", plan.steps);
    assert!(plan.pods.iter().all(|(_, change)| *change == PodChange::Kept));
    assert!(plan.ways_back.is_empty() && plan.renewals.is_empty());
}

#[test]
fn what_an_earlier_run_has_done_already_stays() {
    let (mut config, mut files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(None, false), true);
    for file in plan.effects().flat_map(|effect| effect.action.describe().subject.written()) {
        files.insert(file.path.clone(), file.content.clone());
    }
    let again = planned(&config, &files, goes(None, true), true);
    assert!(again.changes_nothing(), "{:?}", again.steps);
}

#[test]
fn each_pod_has_its_way_back_to_what_it_was() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(None, false), true);
    for (step, pod) in [
        (StepId::Etcd, StaticPod::Etcd),
        (StepId::ApiServer, StaticPod::ApiServer),
        (StepId::ControllerManager, StaticPod::ControllerManager),
        (StepId::Scheduler, StaticPod::Scheduler),
    ] {
        let (_, back) = plan.ways_back.iter().find(|(id, _)| *id == step).unwrap();
        let path = manifest_path(pod);
        let file = written(back, &path).unwrap();
        assert_eq!(file.content, files[&path]);
        let (_, there) = plan.steps.iter().find(|(id, _)| *id == step).unwrap();
        let new = written(there, &path).unwrap();
        assert_eq!(file.expect, Expect::seen(Some(new.content.bytes())));
        assert!(back.iter().any(|effect| matches!(effect.action, Action::Wait(_))));
    }
    let (_, back) = plan.ways_back.iter().find(|(id, _)| *id == StepId::ApiServer).unwrap();
    let key = certificate_path(&config.cluster, "apiserver.key");
    assert_eq!(written(back, &key).unwrap().content, files[&key]);
}

#[test]
fn etcd_goes_over_the_version_that_its_rules_want_and_back_from_there_to_the_first() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(Some("3.6.11-0"), false), true);
    let path = manifest_path(StaticPod::Etcd);
    let of = |step: StepId| &plan.steps.iter().find(|(id, _)| *id == step).unwrap().1;
    let text = |file: &File| String::from_utf8(file.content.bytes().to_vec()).unwrap();
    let (bridge, last) =
        (written(of(StepId::EtcdBridge), &path).unwrap(), written(of(StepId::Etcd), &path).unwrap());
    assert!(text(bridge).contains("/etcd:3.6.11-0") && text(last).contains("/etcd:3.7.0-0"));
    assert_eq!(bridge.expect, Expect::seen(Some(files[&path].bytes())));
    assert_eq!(last.expect, Expect::seen(Some(bridge.content.bytes())));
    let back = |step: StepId| &plan.ways_back.iter().find(|(id, _)| *id == step).unwrap().1;
    assert_eq!(written(back(StepId::EtcdBridge), &path).unwrap().content, files[&path]);
    assert_eq!(text(written(back(StepId::Etcd), &path).unwrap()), text(bridge));
    // Once it has served, a newer minor is not gone back from by itself.
    assert_eq!(lines(&plan, StepId::EtcdSettles).len(), 1);
    let same_minor = planned(&config, &files, goes(None, true), true);
    assert!(lines(&same_minor, StepId::EtcdSettles).is_empty());
}

#[test]
fn where_etcd_has_other_members_one_of_them_leads_before_this_one_ends() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let EtcdUpgrade::Goes(hop) = goes(Some("3.6.11-0"), false) else { panic!("it goes") };
    let plan = planned(&config, &files, EtcdUpgrade::Goes(EtcdHop { has_others: true, ..hop.clone() }), true);
    for step in [StepId::EtcdBridge, StepId::Etcd] {
        let lines = lines(&plan, step);
        let position = |wanted: &str| lines.iter().position(|line| line.contains(wanted)).unwrap();
        assert!(position("let another member lead") < position("manifests/etcd.yaml"), "{lines:?}");
    }
    let alone = planned(&config, &files, EtcdUpgrade::Goes(hop), true);
    assert!(!lines(&alone, StepId::Etcd).iter().any(|line| line.contains("lead")));
}

#[test]
fn an_etcd_that_stays_is_not_touched() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, EtcdUpgrade::Stays, true);
    assert!(lines(&plan, StepId::Etcd).is_empty());
    assert!(!lines(&plan, StepId::Copies).iter().any(|line| line.contains("etcd")));
    assert!(!plan.renewals.iter().any(|renewal| renewal.name.starts_with("etcd-")));
}

#[test]
fn a_host_without_the_manifests_is_told_what_makes_them() {
    let (config, mut files) = of_1_36();
    files.remove(&manifest_path(StaticPod::Scheduler));
    let phases = UPGRADE_APPLY.all();
    let refused = host::with(&config, &files, |inputs| {
        let backups = Backups::begun(fixtures::now());
        let etcd = EtcdUpgrade::Stays;
        upgrade(
            &UpgradeInputs { inputs, phases: &phases, renews: true, etcd, keeps: LocalEdits::new(), backups },
            &KnownKeys,
        )
        .unwrap_err()
    });
    assert!(refused.to_string().contains("kube-scheduler.yaml"), "{refused}");
}

/// A node of a minor whose kubelet has its socket as a flag.
fn flagged(files: &mut Files) {
    files.remove(&kubelet_path(INSTANCE_FILE));
    let flags = "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///x.sock --pod-infra-container-image=pause:3.9 --v=2\"\nMINE=1\n";
    files.insert(kubelet_path(FLAGS_FILE), Content::new(flags));
}

#[test]
fn the_kubelet_s_socket_moves_from_its_flags_into_a_file_and_dead_flags_go() {
    let (mut config, mut files) = of_1_36();
    flagged(&mut files);
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, EtcdUpgrade::Stays, false);
    let effects = |step: StepId| &plan.steps.iter().find(|(id, _)| *id == step).unwrap().1;
    let text = |step: StepId, name: &str| {
        let path = kubelet_path(name);
        let file = written(effects(step), &path).unwrap_or_else(|| panic!("{name}"));
        String::from_utf8(file.content.bytes().to_vec()).unwrap()
    };
    assert_eq!(text(StepId::KubeletSettings, INSTANCE_FILE), "containerRuntimeEndpoint: unix:///x.sock\n");
    assert!(
        text(StepId::KubeletSettings, "config.yaml").contains("containerRuntimeEndpoint: unix:///x.sock")
    );
    let moved = "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=pause:3.9 --v=2\"\nMINE=1\n";
    assert_eq!(text(StepId::KubeletSettings, FLAGS_FILE), moved);
    assert_eq!(text(StepId::KubeletFlags, FLAGS_FILE), "KUBELET_KUBEADM_ARGS=\"--v=2\"\nMINE=1\n");
    let last = written(effects(StepId::KubeletFlags), &kubelet_path(FLAGS_FILE)).unwrap();
    assert_eq!(last.expect, Expect::seen(Some(moved.as_bytes())));
}

#[test]
fn a_kubelet_that_asks_the_shared_endpoint_asks_its_own_api_server_from_then_on() {
    let (mut config, mut files) = of_1_36();
    let own = ApiEndpoint { advertise_address: "10.1.2.3".parse().unwrap(), bind_port: 6443 };
    config.node.role = NodeRole::ControlPlane(own);
    let shared = HostPort { host: "cp.example.com".into(), port: 6444 };
    assert_eq!(config.cluster.control_plane_endpoint, Some(shared));
    let path = kubelet_kubeconfig();
    let text = String::from_utf8(files[&path].bytes().to_vec()).unwrap();
    let of_shared = text.replace("https://10.1.2.3:6443", "https://cp.example.com:6444");
    files.insert(path.clone(), Content::new(of_shared));
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, EtcdUpgrade::Stays, false);
    let (_, effects) = plan.steps.iter().find(|(id, _)| *id == StepId::LocalKubelet).unwrap();
    let new = String::from_utf8(written(effects, &path).unwrap().content.bytes().to_vec()).unwrap();
    assert!(new.contains("server: https://10.1.2.3:6443"), "{new}");
    assert!(matches!(effects[1].action, Action::Kubelet(KubeletCall::Restart)));
    config.of_version("v1.30.4");
    let plan = planned(&config, &files, EtcdUpgrade::Stays, false);
    assert!(lines(&plan, StepId::LocalKubelet).is_empty());
}

#[test]
fn the_paths_that_are_read_hold_every_file_that_is_written_over() {
    let (mut config, files) = of_1_36();
    config.of_version("v1.37.1");
    let plan = planned(&config, &files, goes(Some("3.6.11-0"), false), true);
    let read = upgrade_paths(config.spec());
    for file in plan.files().filter(|file| file.expect != Expect::Absent) {
        assert!(read.contains(&file.path), "{}", file.path.display());
    }
    assert_eq!(static_pods(config.spec()).len(), 4);
}
