//! Real etcd processes, each on a loopback address of its own with the ports that it has on a node.

use std::env;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use kubewright::config::KeyAlgorithm;
use kubewright::facts::{DataDir, Member};
use kubewright::host::etcd::{EtcdClient, data_dir};
use kubewright::join::etcd::{WantedMember, initial_cluster};
use kubewright::manifests::etcd::{InitialCluster, InitialMember, client_url, peer_url};
use tempfile::TempDir;

use crate::certificates::Certificates;

/// A call's limit: machines that run tests are busy.
pub const LIMIT: Duration = Duration::from_secs(5);
/// etcd wants its members to have been connected for 5 s before it takes in the next.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The files of up to four nodes. Its processes end with [`Node`]s.
pub struct Cluster {
    folder: TempDir,
    pub certificates: Certificates,
    /// The third part of the addresses, so that clusters of tests side by side do not meet.
    number: u8,
}

/// One etcd, ended when it is dropped.
pub struct Node {
    process: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Cluster {
    pub fn new(algorithm: KeyAlgorithm) -> Self {
        static COUNT: AtomicU8 = AtomicU8::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = tempfile::tempdir().unwrap();
        let own = (1..=4).map(|node| address(number, node));
        let addresses: Vec<_> = own.chain([Ipv4Addr::LOCALHOST.into()]).collect();
        let certificates = Certificates::make(folder.path(), algorithm, &addresses);
        Self { folder, certificates, number }
    }

    /// A cluster with its first member running, and a client of it.
    pub async fn with_one_member(algorithm: KeyAlgorithm) -> (Self, Node, EtcdClient) {
        let cluster = Self::new(algorithm);
        let node = cluster.start_alone(1);
        let client = cluster.client(&[1]).await;
        (cluster, node, client)
    }

    /// Waits until one of these nodes serves.
    pub async fn client(&self, nodes: &[u8]) -> EtcdClient {
        let endpoints: Vec<String> = nodes.iter().map(|&node| self.client_url(node)).collect();
        let tls = self.certificates.client();
        let begun = std::time::Instant::now();
        loop {
            match EtcdClient::connect(&endpoints, &tls, LIMIT).await {
                Ok(client) => return client,
                Err(error) if begun.elapsed() > PATIENCE => panic!("{error}\n{}", self.logs()),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Starts the etcd of a node that is the only one.
    pub fn start_alone(&self, node: u8) -> Node {
        let WantedMember { name, peer_url } = self.wanted(node);
        self.run(node, &InitialCluster(vec![InitialMember { name, peer_urls: vec![peer_url] }]), "new")
    }

    /// Starts the etcd of a node that has been added.
    pub fn start(&self, node: u8, members: &[Member]) -> Node {
        let wanted = self.wanted(node);
        let own = kubewright::join::etcd::find_own(members, &wanted.peer_url).unwrap().id;
        self.run(node, &initial_cluster(members, own, &wanted.name), "existing")
    }

    fn run(&self, node: u8, cluster: &InitialCluster, state: &str) -> Node {
        let (client, peer) = (self.client_url(node), self.wanted(node).peer_url);
        let file = |name: &str| self.certificates.path(name).display().to_string();
        let log = File::options().create(true).append(true).open(self.log_path(node)).unwrap();
        let mut command = Command::new(program("etcd"));
        for (name, value) in [
            ("name", self.wanted(node).name),
            ("data-dir", self.data_path(node).display().to_string()),
            ("listen-client-urls", client.clone()),
            ("advertise-client-urls", client),
            ("listen-peer-urls", peer.clone()),
            ("initial-advertise-peer-urls", peer),
            ("initial-cluster", cluster.text()),
            ("initial-cluster-state", state.to_owned()),
            ("client-cert-auth", "true".to_owned()),
            ("peer-client-cert-auth", "true".to_owned()),
            ("trusted-ca-file", file("ca.crt")),
            ("peer-trusted-ca-file", file("ca.crt")),
            ("cert-file", file("server.crt")),
            ("key-file", file("server.key")),
            ("peer-cert-file", file("server.crt")),
            ("peer-key-file", file("server.key")),
        ] {
            command.arg(format!("--{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Node { process: command.spawn().unwrap() }
    }

    pub fn wanted(&self, node: u8) -> WantedMember {
        WantedMember { name: format!("node-{node}"), peer_url: peer_url(address(self.number, node)) }
    }

    pub fn client_url(&self, node: u8) -> String {
        client_url(address(self.number, node))
    }

    pub fn data_path(&self, node: u8) -> PathBuf {
        self.folder.path().join(format!("data-{node}"))
    }

    pub fn data_dir(&self, node: u8) -> DataDir {
        data_dir(&self.data_path(node)).unwrap()
    }

    fn log_path(&self, node: u8) -> PathBuf {
        self.folder.path().join(format!("{node}.log"))
    }

    /// The last lines of each etcd's log, for what a failed test says.
    pub fn logs(&self) -> String {
        let tail = |node| {
            let text = std::fs::read_to_string(self.log_path(node)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("etcd of node {node}:\n{}\n", lines[lines.len().saturating_sub(5)..].join("\n"))
        };
        (1..=4).map(tail).collect()
    }
}

fn address(cluster: u8, node: u8) -> IpAddr {
    // Several runs of this program may go on at once.
    let run = u8::try_from(std::process::id() % 200).unwrap() + 10;
    Ipv4Addr::new(127, run, cluster, node).into()
}

pub fn program(name: &str) -> PathBuf {
    let home = || Path::new(&env::var("HOME").expect("HOME is set")).join(".cache/kubewright");
    let cache = env::var("KUBEWRIGHT_CACHE").map_or_else(|_| home(), PathBuf::from);
    let path = cache.join("bin/v1.36.3").join(name);
    assert!(
        path.exists(),
        "there is no {name} at {}: `tests/reference/build 1.36.3 {name}` makes it",
        path.display()
    );
    path
}

/// `name vote` of each, sorted: the cluster at a glance.
pub fn glance(members: &[Member]) -> Vec<String> {
    let mut all: Vec<String> = members
        .iter()
        .map(|member| format!("{} {}", member.name, if member.is_learner { "learner" } else { "voter" }))
        .collect();
    all.sort();
    all
}
