//! Members that go, as far as the others can do without them.

use kubewright::config::KeyAlgorithm;
use kubewright::facts::DataDir;
use kubewright::host::etcd::{MembershipError, add_self, leave, remembered};
use kubewright::join::etcd::{MemberRemoval, judge_health, judge_removal};

use crate::cluster::{Cluster, PATIENCE, glance};
use crate::joining::join_one;

#[tokio::test]
async fn members_leave_one_by_one_and_the_last_one_stays() {
    let (cluster, first, mut client) = Cluster::with_one_member(KeyAlgorithm::EcdsaP256).await;
    let first_id = client.members().await.unwrap()[0].id;
    let (_second, second_id) = join_one(&cluster, &mut client, 2).await;
    let (third, third_id) = join_one(&cluster, &mut client, 3).await;

    // With one of three down, only that one may go.
    drop(third);
    let members = client.members().await.unwrap();
    let answering = client.answering(&members).await;
    assert!(
        answering.iter().eq(&[first_id, second_id].into_iter().collect::<std::collections::BTreeSet<_>>())
    );
    assert!(judge_health(&members, &answering).has_quorum());
    let breaks = MemberRemoval::BreaksQuorum { healthy_after: 1, needed: 2 };
    assert_eq!(judge_removal(&members, &answering, second_id), breaks);
    assert_eq!(judge_removal(&members, &answering, third_id), MemberRemoval::Go);
    let left = leave(&mut client, third_id, PATIENCE).await.unwrap();
    assert_eq!(glance(&left), ["node-1 voter", "node-2 voter"]);
    assert_eq!(judge_removal(&left, &answering, third_id), MemberRemoval::NotMember);

    // A learner may always go; the first leaves by way of itself, and dies of it.
    let learner = add_self(&mut client, &cluster.wanted(4), DataDir::Empty, PATIENCE).await.unwrap();
    assert_eq!(judge_removal(&learner.members, &answering, learner.id), MemberRemoval::GoLearner);
    leave(&mut client, learner.id, PATIENCE).await.unwrap();
    let mut of_first = cluster.client(&[1]).await;
    let left = leave(&mut of_first, first_id, PATIENCE).await.unwrap();
    assert_eq!(glance(&left), ["node-2 voter"]);
    assert!(leave(&mut of_first, first_id, PATIENCE).await.is_ok());
    drop(first);

    // Its data tells of those who can be asked whether it is still one of them.
    let known = remembered(&cluster.data_path(1)).unwrap();
    let second = known.iter().find(|member| member.id == second_id && member.votes()).unwrap();
    assert_eq!(second.client_urls, [cluster.client_url(2)]);
    assert!(known.iter().any(|member| member.id == first_id && member.name == "node-1"), "{known:?}");

    let answering = of_first.answering(&left).await;
    assert_eq!(judge_removal(&left, &answering, second_id), MemberRemoval::LastMember);
    let error = leave(&mut of_first, second_id, PATIENCE).await.unwrap_err();
    assert!(matches!(error, MembershipError::LastMember { .. }), "{error:?}");
    assert_eq!(glance(&client.members().await.unwrap()), ["node-2 voter"]);
}
