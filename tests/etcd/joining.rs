//! Control planes that come in: together, cut off, and with leftovers.

use std::time::Duration;

use futures::future::join;
use kubewright::config::KeyAlgorithm;
use kubewright::facts::{DataDir, MemberId};
use kubewright::host::etcd::{
    EtcdClient, MemberFate, MembershipError, Refusal, add_self, leave, promote_self, remove_learner,
};
use kubewright::join::etcd::Reason;

use crate::cluster::{Cluster, Node, PATIENCE, glance};

const ALGORITHM: KeyAlgorithm = KeyAlgorithm::EcdsaP256;

/// The whole way of one node.
pub async fn join_one(cluster: &Cluster, client: &mut EtcdClient, node: u8) -> (Node, MemberId) {
    let joined = add_self(client, &cluster.wanted(node), cluster.data_dir(node), PATIENCE).await.unwrap();
    let running = cluster.start(node, &joined.members);
    let promoted = promote_self(client, joined.id, PATIENCE).await;
    promoted.unwrap_or_else(|error| panic!("{error:?}\n{}", cluster.logs()));
    (running, joined.id)
}

#[tokio::test]
async fn two_control_planes_that_join_at_once_take_turns_and_one_that_dies_is_passed_over() {
    let (cluster, first, mut client) = Cluster::with_one_member(KeyAlgorithm::Rsa2048).await;
    let mut other = cluster.client(&[1]).await;
    let ((_second, _), (_third, _)) =
        join(join_one(&cluster, &mut client, 2), join_one(&cluster, &mut other, 3)).await;
    let members = client.members().await.unwrap();
    assert_eq!(glance(&members), ["node-1 voter", "node-2 voter", "node-3 voter"]);
    assert_eq!(client.answering(&members).await.len(), 3);

    // The client's own member, and the leader, dies.
    drop(first);
    let id = members.iter().find(|member| member.name == "node-1").unwrap().id;
    let left = leave(&mut client, id, PATIENCE).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(glance(&left), ["node-2 voter", "node-3 voter"]);
}

#[tokio::test]
async fn a_join_that_was_cut_off_after_each_step_goes_on_from_there() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let wanted = cluster.wanted(2);
    let added = add_self(&mut client, &wanted, cluster.data_dir(2), PATIENCE).await.unwrap();
    let refused = client.add_learner(&wanted.peer_url).await.unwrap_err();
    // Within one second, the id that etcd makes up is the same, too.
    assert!(matches!(refused.refusal(), Some(Refusal::PeerUrlExists | Refusal::MemberExists)), "{refused}");

    let mut client = cluster.client(&[1]).await;
    let resumed = add_self(&mut client, &wanted, cluster.data_dir(2), PATIENCE).await.unwrap();
    assert_eq!(resumed.id, added.id);
    let running = cluster.start(2, &resumed.members);
    while glance(&client.members().await.unwrap()) != ["node-1 voter", "node-2 learner"] {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(running);

    assert_eq!(cluster.data_dir(2), DataDir::Filled);
    let again = add_self(&mut client, &wanted, DataDir::Filled, PATIENCE).await.unwrap();
    assert_eq!(again.id, added.id);
    let _running = cluster.start(2, &again.members);
    for _ in 0..2 {
        let members = promote_self(&mut client, added.id, PATIENCE).await.unwrap();
        assert_eq!(glance(&members), ["node-1 voter", "node-2 voter"]);
    }
    let done = add_self(&mut client, &wanted, DataDir::Filled, PATIENCE).await.unwrap();
    assert_eq!(done.id, added.id);
    assert_eq!(remove_learner(&mut client, added.id, PATIENCE).await.unwrap(), MemberFate::Votes);
}

#[tokio::test]
async fn a_promotion_that_comes_too_early_waits_for_the_learner() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let joined = add_self(&mut client, &cluster.wanted(2), DataDir::Empty, PATIENCE).await.unwrap();
    let refused = client.promote(joined.id).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::LearnerNotReady));
    assert!(refused.heals());
    let error = promote_self(&mut client, joined.id, Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, MembershipError::NotStarted { .. }), "{error:?}");

    let start = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cluster.start(2, &joined.members)
    };
    let (_second, promoted) = join(start, promote_self(&mut client, joined.id, PATIENCE)).await;
    assert_eq!(glance(&promoted.unwrap()), ["node-1 voter", "node-2 voter"]);
    // The leader looks at first whether it is in sync.
    let refused = client.promote(joined.id).await.unwrap_err();
    assert!(matches!(refused.refusal(), Some(Refusal::NotLearner | Refusal::LearnerNotReady)), "{refused}");
}

#[tokio::test]
async fn a_learner_whose_data_is_gone_comes_in_anew() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let wanted = cluster.wanted(2);
    let old = add_self(&mut client, &wanted, DataDir::Empty, PATIENCE).await.unwrap();
    let running = cluster.start(2, &old.members);
    while glance(&client.members().await.unwrap()) != ["node-1 voter", "node-2 learner"] {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(running);
    std::fs::remove_dir_all(cluster.data_path(2)).unwrap();
    let (_second, id) = join_one(&cluster, &mut client, 2).await;
    assert_ne!(id, old.id);
    assert_eq!(glance(&client.members().await.unwrap()), ["node-1 voter", "node-2 voter"]);
}

#[tokio::test]
async fn what_a_failed_join_has_added_is_taken_back() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let (id, _) = client.add_learner(&cluster.wanted(2).peer_url).await.unwrap();
    for outcome in [MemberFate::Removed, MemberFate::NotMember] {
        assert_eq!(remove_learner(&mut client, id, PATIENCE).await.unwrap(), outcome);
    }
    assert_eq!(glance(&client.members().await.unwrap()), ["node-1 voter"]);
    let refused = client.remove(id).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::MemberNotFound));
    let error = promote_self(&mut client, id, PATIENCE).await.unwrap_err();
    assert!(matches!(error, MembershipError::Gone { .. }), "{error:?}");
}

#[tokio::test]
async fn a_learner_that_never_comes_is_named_once_patience_ends() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let (id, _) = client.add_learner(&cluster.wanted(3).peer_url).await.unwrap();
    let wanted = cluster.wanted(2);
    let patience = Duration::from_millis(300);
    let error = add_self(&mut client, &wanted, DataDir::Empty, patience).await.unwrap_err();
    let MembershipError::OtherLearner { id: named, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*named, id);
    assert!(error.to_string().contains(&cluster.wanted(3).peer_url), "{error}");
}

#[tokio::test]
async fn data_of_no_member_and_a_taken_name_are_refused_at_once() {
    let (cluster, _first, mut client) = Cluster::with_one_member(ALGORITHM).await;
    let wanted = cluster.wanted(2);
    let error = add_self(&mut client, &wanted, DataDir::Filled, PATIENCE).await.unwrap_err();
    assert!(matches!(error, MembershipError::Refused(Reason::StaleData)), "{error:?}");
    let same_name = kubewright::join::etcd::WantedMember { name: "node-1".into(), ..wanted };
    let error = add_self(&mut client, &same_name, DataDir::Empty, PATIENCE).await.unwrap_err();
    assert!(matches!(error, MembershipError::Refused(Reason::NameTaken { .. })), "{error:?}");
    assert_eq!(glance(&client.members().await.unwrap()), ["node-1 voter"]);
}
