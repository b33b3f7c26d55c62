//! A whole cluster, planned in one process from one value of it.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use super::fixture::on;
use super::*;
use crate::config::{ApiEndpoint, ClusterSpec, NodeRole, NodeSpec, Spec, fixture};
use crate::facts::MemberId;
use crate::manifests::etcd::{InitialCluster, InitialMember};
use crate::pki::fixtures::{self, KnownKeys};
use crate::pki::{self, FoundCert};

/// A node, and the files that its plan writes.
struct Node {
    spec: NodeSpec,
    files: Files,
}

fn spec(name: &str, role: fn(ApiEndpoint) -> NodeRole, number: u8) -> NodeSpec {
    let endpoint = ApiEndpoint { advertise_address: Ipv4Addr::new(10, 0, 0, number).into(), bind_port: 6443 };
    NodeSpec { name: name.parse().unwrap(), role: role(endpoint), ..fixture::join().node }
}

fn written(effects: &[Effect]) -> Files {
    let file = |effect: &Effect| match &effect.action {
        Action::WriteFile(file) => Some((file.path.clone(), file.content.clone())),
        _ => None,
    };
    effects.iter().filter_map(file).collect()
}

fn init(cluster: &ClusterSpec, node: NodeSpec) -> Node {
    let phases = INIT.all();
    let files = on(Spec { cluster, node: &node }, &Files::new(), |inputs| {
        let draft = draft(inputs, &phases).unwrap();
        written(&host_effects(inputs, &draft, &phases, &KnownKeys).unwrap().effects)
    });
    Node { spec: node, files }
}

/// The node's plan, where `first` has made the cluster and etcd has `members` already.
fn join(cluster: &ClusterSpec, node: NodeSpec, first: &Node, members: &mut Vec<InitialMember>) -> Node {
    let phases: &[Phase] = match node.role {
        NodeRole::FirstControlPlane(_) | NodeRole::ControlPlane(_) => &JOIN.all(),
        NodeRole::Worker => &[Phase::JoinKubeletStart, Phase::JoinKubeletWaitBootstrap],
    };
    let shared = shared_paths(cluster).into_iter().filter(|_| node.is_control_plane());
    let joining = JoinInputs {
        ca_cert_path: fixture::join().ca_cert_path,
        bootstrap: Some(Content::new("kind: Config")),
        authority: first.files[&certificate_path(cluster, "ca.crt")].clone(),
        shared: shared.map(|path| (path.clone(), first.files[&path].clone())).collect(),
    };
    let files = on(Spec { cluster, node: &node }, &Files::new(), |inputs| {
        let inputs = Inputs { joining: Some(&joining), ..inputs.clone() };
        let draft = draft(&inputs, phases).unwrap();
        let mut effects = host_effects(&inputs, &draft, phases, &KnownKeys).unwrap().effects;
        if let Some(wanted) = etcd_join(inputs.spec) {
            members.push(member(&wanted.name, &wanted.peer_url));
            let cluster = InitialCluster(members.clone());
            let joined = Joined { member: MemberId(7), state: MemberState::New, cluster };
            effects.extend(etcd_effects(&inputs, &draft, &wanted, joined).unwrap());
        }
        written(&effects)
    });
    Node { spec: node, files }
}

fn member(name: &str, peer_url: &str) -> InitialMember {
    InitialMember { name: name.to_owned(), peer_urls: vec![peer_url.to_owned()] }
}

/// Three control planes with their etcd, and two workers.
fn cluster() -> Vec<Node> {
    let cluster = fixtures::config().cluster;
    let first = init(&cluster, spec("cp-1", NodeRole::FirstControlPlane, 1));
    let mut members = vec![member("cp-1", "https://10.0.0.1:2380")];
    let rest = [
        spec("cp-2", NodeRole::ControlPlane, 2),
        spec("cp-3", NodeRole::ControlPlane, 3),
        spec("worker-1", |_| NodeRole::Worker, 4),
        spec("worker-2", |_| NodeRole::Worker, 5),
    ];
    let rest: Vec<Node> = rest.map(|node| join(&cluster, node, &first, &mut members)).into();
    [first].into_iter().chain(rest).collect()
}

fn text(node: &Node, path: &str) -> String {
    String::from_utf8(node.files[Path::new(path)].bytes().to_vec()).unwrap()
}

fn certificate(node: &Node, below: &str) -> FoundCert {
    let path = Path::new("/etc/kubernetes/pki").join(below);
    pki::certificates(node.files[&path].bytes()).unwrap().own
}

#[test]
fn each_control_plane_s_etcd_knows_those_that_were_there_before_it() {
    let peers = ["cp-1=https://10.0.0.1:2380", "cp-2=https://10.0.0.2:2380", "cp-3=https://10.0.0.3:2380"];
    let nodes = cluster();
    for (known, node) in nodes.iter().take(3).enumerate() {
        let manifest = text(node, "/etc/kubernetes/manifests/etcd.yaml");
        let wanted = format!("- --initial-cluster={}\n", peers[..=known].join(","));
        assert!(manifest.contains(&wanted), "{}: {manifest}", node.spec.name);
    }
}

#[test]
fn what_control_planes_share_is_one_and_what_is_a_node_s_own_is_its_own() {
    let nodes = cluster();
    let authority = certificate(&nodes[0], "ca.crt");
    for node in &nodes[..3] {
        for shared in ["ca.crt", "ca.key", "sa.key", "etcd/ca.key", "front-proxy-ca.key"] {
            let path = Path::new("/etc/kubernetes/pki").join(shared);
            assert!(node.files[&path] == nodes[0].files[&path], "{}: {shared}", node.spec.name);
        }
        let own = certificate(node, "apiserver.crt");
        let address = node.spec.endpoint().unwrap().advertise_address;
        assert!(own.is_signed_by(&authority));
        assert!(own.ip_addresses.contains(&address), "{}", node.spec.name);
        assert!(own.dns_names.contains(&node.spec.name.to_string()), "{}", node.spec.name);
        let manifest = text(node, "/etc/kubernetes/manifests/kube-apiserver.yaml");
        assert!(manifest.contains(&format!("- --advertise-address={address}\n")));
    }
}

#[test]
fn a_worker_has_its_kubelet_s_files_and_the_cluster_s_ca() {
    let nodes = cluster();
    let expected = [
        "/etc/kubernetes/bootstrap-kubelet.conf",
        "/etc/kubernetes/pki/ca.crt",
        "/var/lib/kubelet/config.yaml",
        "/var/lib/kubelet/instance-config.yaml",
        "/var/lib/kubelet/kubeadm-flags.env",
    ];
    for worker in &nodes[3..] {
        let paths: Vec<&Path> = worker.files.keys().map(PathBuf::as_path).collect();
        assert_eq!(paths, expected.map(Path::new));
        let ca = Path::new("/etc/kubernetes/pki/ca.crt");
        assert!(worker.files[ca] == nodes[0].files[ca]);
    }
}
