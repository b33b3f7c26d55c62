//! A member's data in a file, as etcd's own tool takes them back.

use std::fs::{self, File};
use std::process::Command;

use kubewright::config::KeyAlgorithm;
use kubewright::host::etcd::SnapshotError;

use crate::cluster::{Cluster, PATIENCE, program};
use crate::joining::join_one;

impl Cluster {
    /// What `etcdctl` says, as the client of this node's member.
    fn etcdctl(&self, node: u8, arguments: &[&str]) -> String {
        let file = |name: &str| self.certificates.path(name).display().to_string();
        let mut command = Command::new(program("etcdctl"));
        command.args(["--endpoints", &self.client_url(node), "--cacert", &file("ca.crt")]);
        command.args(["--cert", &file("client.crt"), "--key", &file("client.key")]).args(arguments);
        said(command)
    }
}

fn said(mut command: Command) -> String {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

#[tokio::test]
async fn a_snapshot_is_what_was_there_and_etcd_starts_from_it() {
    let (cluster, first, client) = Cluster::with_one_member(KeyAlgorithm::EcdsaP256).await;
    // More than one piece of 32 KiB.
    let long = "x".repeat(100_000);
    cluster.etcdctl(1, &["put", "before", &long]);
    let path = cluster.data_path(1).with_file_name("snapshot.db");
    client.snapshot(&cluster.client_url(1), &mut File::create(&path).unwrap()).await.unwrap();
    cluster.etcdctl(1, &["put", "after", "lost"]);
    drop(first);

    fs::remove_dir_all(cluster.data_path(1)).unwrap();
    let own = cluster.wanted(1);
    let mut restore = Command::new(program("etcdutl"));
    restore.args(["snapshot", "restore"]).arg(&path).arg("--data-dir").arg(cluster.data_path(1));
    restore.args(["--name", &own.name, "--initial-cluster", &format!("{}={}", own.name, own.peer_url)]);
    restore.args(["--initial-advertise-peer-urls", &own.peer_url]);
    said(restore);
    let _again = cluster.start_alone(1);
    cluster.client(&[1]).await;
    assert_eq!(cluster.etcdctl(1, &["get", "--print-value-only", "before"]).trim_end(), long);
    assert_eq!(cluster.etcdctl(1, &["get", "after"]), "");
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_kept_or_had_is_an_error() {
    let (cluster, first, client) = Cluster::with_one_member(KeyAlgorithm::EcdsaP256).await;
    let mut full = File::options().write(true).open("/dev/full").unwrap();
    let failed = client.snapshot(&cluster.client_url(1), &mut full).await.unwrap_err();
    assert!(matches!(failed, SnapshotError::Kept(_)), "{failed}");
    drop(first);
    let failed = client.snapshot(&cluster.client_url(1), &mut Vec::new()).await.unwrap_err();
    assert!(matches!(failed, SnapshotError::Etcd(_)), "{failed}");
}

#[tokio::test]
async fn the_leader_lets_another_member_lead() {
    let (cluster, _first, mut client) = Cluster::with_one_member(KeyAlgorithm::EcdsaP256).await;
    let (_second, second) = join_one(&cluster, &mut client, 2).await;
    let first = client.members().await.unwrap().iter().find(|member| member.id != second).unwrap().id;
    let (own, other) = (cluster.client_url(1), cluster.client_url(2));
    let leads = async |endpoint: &str| client.status(endpoint).await.unwrap().leader;
    assert_eq!(leads(&own).await, Some(first));
    client.move_leader(&own, second).await.unwrap();
    let begun = std::time::Instant::now();
    while leads(&other).await != Some(second) {
        assert!(begun.elapsed() < PATIENCE, "{}", cluster.logs());
    }
    assert!(client.move_leader(&own, second).await.is_err(), "it leads no more");
}
