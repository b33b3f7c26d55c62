//! Waiting until this host's new etcd serves, and helping it where it hangs.
//!
//! A member announces itself to the cluster when it starts, and serves clients once it has seen its announcement
//! applied. One that catches up by a snapshot in which the announcement is already never sees it, and repeats it only
//! when etcd's request timeout of seven seconds is over. Restarted, it has the data and serves at once. A learner has
//! no vote, so its restart costs the cluster nothing.

use std::time::{Duration, Instant};

use super::etcd::EtcdClient;
use super::static_pod::restart;
use crate::facts::{Member, MemberId};
use crate::manifests::static_pod::StaticPod;
use crate::plan::Learner;

const STEP: Duration = Duration::from_millis(50);
/// How long a member that the cluster knows by name usually takes until it serves, and then some.
const USUAL: Duration = Duration::from_millis(150);
/// How long one that was restarted may take.
const AGAIN: Duration = Duration::from_secs(10);

/// Returns once the learner serves clients, or when there is no use in waiting for that any longer: what is wrong then,
/// its promotion says.
pub async fn wait_until_it_serves(client: &mut EtcdClient, wanted: &Learner) {
    let deadline = Instant::now() + wanted.access.timeout.to_std();
    until(deadline, async || serves(client, wanted).await || heard_of(client, wanted.member).await.is_some())
        .await;
    if !until(Instant::now() + USUAL, async || serves(client, wanted).await).await
        // One that votes is left alone: the cluster may not go on without it.
        && heard_of(client, wanted.member).await.is_some_and(|own| own.is_learner)
        && let Ok(roll) = restart(StaticPod::Etcd, &wanted.cri_socket).await
    {
        drop(roll.until_serves(&AGAIN.into(), async || serves(client, wanted).await).await);
    }
}

/// Whether `condition` came to hold before the deadline.
async fn until(deadline: Instant, mut condition: impl AsyncFnMut() -> bool) -> bool {
    while Instant::now() < deadline {
        if condition().await {
            return true;
        }
        tokio::time::sleep(STEP).await;
    }
    false
}

/// It listens before it serves, so that only an answer counts.
async fn serves(client: &EtcdClient, wanted: &Learner) -> bool {
    matches!(tokio::time::timeout(STEP, client.status(&wanted.client_url)).await, Ok(Ok(_)))
}

/// The member, once the cluster has heard its announcement.
async fn heard_of(client: &mut EtcdClient, own: MemberId) -> Option<Member> {
    let members = client.members().await.unwrap_or_default();
    members.into_iter().find(|member| member.id == own && member.started())
}
