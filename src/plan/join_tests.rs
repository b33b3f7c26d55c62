use std::path::{Path, PathBuf};

use super::*;
use crate::config::{Etcd, ExternalEtcd};
use crate::facts::MemberId;
use crate::manifests::etcd::{InitialCluster, InitialMember};
use crate::pki::fixtures::KnownKeys;
use crate::plan::fixture::{Joining, control_plane, worker};
use crate::plan::{File, draft, host_effects};

impl Joining {
    fn plan(&self, phases: &[Phase]) -> Result<Vec<Effect>, PlanError> {
        self.with(|inputs| {
            let draft = draft(inputs, phases)?;
            Ok(host_effects(inputs, &draft, phases, &KnownKeys)?.effects)
        })
    }

    fn etcd(&self, state: MemberState) -> Vec<Effect> {
        self.with(|inputs| {
            let draft = draft(inputs, &[]).unwrap();
            let wanted = etcd_join(inputs.spec).unwrap();
            let member =
                |name: &str, url: &str| InitialMember { name: name.into(), peer_urls: vec![url.into()] };
            let cluster = InitialCluster(vec![
                member("other", "https://192.168.0.9:2380"),
                member(&wanted.name, &wanted.peer_url),
            ]);
            etcd_effects(inputs, &draft, &wanted, Joined { member: MemberId(7), state, cluster }).unwrap()
        })
    }
}

fn files(effects: &[Effect]) -> impl Iterator<Item = &File> {
    effects.iter().filter_map(|effect| match &effect.action {
        Action::WriteFile(file) => Some(file),
        _ => None,
    })
}

fn written(effects: &[Effect]) -> Vec<&Path> {
    files(effects).map(|file| file.path.as_path()).collect()
}

fn text(effects: &[Effect], path: &str) -> String {
    let file = files(effects).find(|file| file.path == Path::new(path)).unwrap();
    String::from_utf8(file.content.bytes().to_vec()).unwrap()
}

const OF_WORKERS: [Phase; 2] = [Phase::JoinKubeletStart, Phase::JoinKubeletWaitBootstrap];

#[test]
fn a_worker_gets_the_kubelet_s_files_and_the_ca_and_nothing_else() {
    let effects = worker().plan(&OF_WORKERS).unwrap();
    let expected = [
        "/etc/kubernetes/bootstrap-kubelet.conf",
        "/etc/kubernetes/pki/ca.crt",
        "/var/lib/kubelet/kubeadm-flags.env",
        "/var/lib/kubelet/instance-config.yaml",
        "/var/lib/kubelet/config.yaml",
    ];
    assert_eq!(written(&effects), expected.map(Path::new));
    assert_eq!(text(&effects, "/etc/kubernetes/pki/ca.crt"), "the CA");
}

#[test]
fn the_token_s_file_is_for_its_owner_alone_and_goes_once_the_kubelet_has_its_certificate() {
    let effects = worker().plan(&OF_WORKERS).unwrap();
    let end: Vec<&Action> = effects.iter().rev().take(2).map(|effect| &effect.action).collect();
    assert!(matches!(end[0], Action::RemoveFile(path) if *path == bootstrap_path()));
    assert!(matches!(end[1], Action::AwaitBootstrap(wait) if wait.from == BootstrapFrom::Cluster));
    let kind = files(&effects).find(|file| file.path == bootstrap_path()).unwrap().kind;
    assert!(kind.is_secret() && kind.mode() == 0o600);
}

#[test]
fn a_ca_that_is_there_is_left_to_a_worker() {
    let mut host = worker();
    host.files.insert(
        "/etc/kubernetes/pki/ca.crt".into(),
        Content::new(include_bytes!("../../tests/golden/pki/p256-ca.crt").as_slice()),
    );
    let effects = host.plan(&OF_WORKERS).unwrap();
    assert!(!written(&effects).contains(&Path::new("/etc/kubernetes/pki/ca.crt")));
}

#[test]
fn a_control_plane_s_own_certificates_are_of_the_shared_cas() {
    let phases = [Phase::JoinDownloadCerts, Phase::JoinCerts, Phase::JoinKubeconfig];
    let effects = control_plane().plan(&phases).unwrap();
    let written = written(&effects);
    for path in
        ["pki/ca.key", "pki/apiserver.crt", "pki/etcd/peer.key", "pki/sa.pub", "admin.conf", "scheduler.conf"]
    {
        let path = Path::new("/etc/kubernetes").join(path);
        assert_eq!(written.iter().filter(|other| **other == path).count(), 1, "{}", path.display());
    }
    for path in ["kubelet.conf", "super-admin.conf"] {
        assert!(!written.contains(&Path::new("/etc/kubernetes").join(path).as_path()), "{path}");
    }
}

#[test]
fn a_control_plane_makes_no_ca_of_its_own() {
    let mut host = control_plane();
    host.shared.clear();
    let said = host.plan(&[Phase::JoinCerts]).unwrap_err().to_string();
    for path in ["pki/ca.key", "pki/front-proxy-ca.key", "pki/etcd/ca.key", "pki/sa.key"] {
        assert!(said.contains(path), "{said}");
    }
    assert!(said.contains("--certificate-key"), "{said}");
}

#[test]
fn a_shared_file_that_is_not_the_cluster_s_is_refused_by_name() {
    let mut host = control_plane();
    host.files.insert("/etc/kubernetes/pki/sa.key".into(), Content::new("another cluster's"));
    let said = host.plan(&[Phase::JoinDownloadCerts]).unwrap_err().to_string();
    assert!(said.contains("/etc/kubernetes/pki/sa.key is not the cluster's"), "{said}");
}

#[test]
fn a_control_plane_s_kubelet_asks_its_own_api_server() {
    let effects = control_plane().plan(&[Phase::JoinKubeletWaitBootstrap]).unwrap();
    let from = effects.iter().find_map(|effect| match &effect.action {
        Action::AwaitBootstrap(wait) => Some(wait.from),
        _ => None,
    });
    assert_eq!(from, Some(BootstrapFrom::OwnApiServer));
}

#[test]
fn etcd_s_manifest_waits_for_the_members_and_names_them_all() {
    let host = control_plane();
    assert!(host.plan(&[Phase::JoinEtcd]).unwrap().is_empty());
    let manifest = text(&host.etcd(MemberState::New), "/etc/kubernetes/manifests/etcd.yaml");
    assert!(manifest.contains("--initial-cluster-state=existing"), "{manifest}");
    assert!(manifest.contains("other=https://192.168.0.9:2380,node-1="), "{manifest}");
}

#[test]
fn the_manifest_of_a_member_that_has_been_up_is_kept() {
    let mut host = control_plane();
    host.files.insert(etcd_manifest(), Content::new("kind: Pod"));
    let effects = host.etcd(MemberState::Started);
    assert!(written(&effects).is_empty());
    assert!(matches!(effects.last().unwrap().action, Action::PromoteEtcd(_)));
}

#[test]
fn an_external_etcd_is_neither_checked_nor_joined() {
    let mut host = control_plane();
    host.cluster.etcd = Etcd::External(ExternalEtcd {
        endpoints: vec!["https://10.0.0.9:2379".into()],
        http_endpoints: Vec::new(),
        ca_file: String::new(),
        cert_file: String::new(),
        key_file: String::new(),
    });
    assert!(host.plan(&[Phase::JoinCheckEtcd, Phase::JoinEtcd]).unwrap().is_empty());
    assert_eq!(etcd_join(Spec { cluster: &host.cluster, node: &host.join.node }), None);
    let manifests = host.plan(&[Phase::JoinControlPlane]).unwrap();
    let names: Vec<PathBuf> = written(&manifests).into_iter().map(Path::to_owned).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn a_kubelet_that_has_its_certificate_keeps_it() {
    let effects = Joining { bootstrap: None, ..worker() }.plan(&OF_WORKERS).unwrap();
    assert!(!written(&effects).contains(&bootstrap_path().as_path()));
    assert!(matches!(&effects[0].action, Action::KeepFile(path) if *path == kubelet_kubeconfig()));
}

#[test]
fn a_certificate_that_lost_power_has_emptied_goes_before_the_kubelet_starts() {
    let mut host = worker();
    host.files.insert(kubelet_certificate(), Content::new("\0\0"));
    let removed = |effects: Vec<Effect>| matches!(&effects[0].action, Action::RemoveFile(path) if *path == kubelet_certificate());
    assert!(removed(host.plan(&OF_WORKERS).unwrap()));
    host.files.insert(kubelet_certificate(), Content::new("-----BEGIN"));
    assert!(!removed(host.plan(&OF_WORKERS).unwrap()));
}
