//! This node's own member: added, promoted, removed. Each looks at the list before it acts, so that it may
//! be run again after it was cut off anywhere.

use std::time::Duration;

use super::client::EtcdClient;
use super::error::{EtcdError, Refusal};
use super::retry::EtcdRetry;
use crate::facts::{DataDir, Member, MemberId};
use crate::join::etcd::{Decision, Reason, WantedMember, decide};

/// Between two tries to come in; control planes that join at the same time take turns.
const ADD_STEP: Duration = Duration::from_millis(100);
/// Between two looks at a learner, whose etcd needs about a second to come up.
const PROMOTE_STEP: Duration = Duration::from_millis(50);
const REMOVE_STEP: Duration = Duration::from_millis(100);

/// Why the list of etcd's members was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// The list does not allow it: a name or URL that is taken, data that is not this member's.
    #[error(transparent)]
    Refused(Reason),
    /// An error that trying again does not help.
    #[error("etcd cannot {doing}")]
    Failed {
        /// Completes "etcd cannot …".
        doing: &'static str,
        /// etcd's error.
        #[source]
        source: EtcdError,
    },
    /// An error that trying again could have helped, and did not.
    #[error("etcd could not {doing} within {} s", waited.as_secs())]
    TooLong {
        /// Completes "etcd could not …".
        doing: &'static str,
        /// From the first try on.
        waited: Duration,
        /// The last try's error.
        #[source]
        source: EtcdError,
    },
    /// Another node's learner has been in the way for as long as was waited.
    #[error(
        "etcd takes in one member at a time, and {id} at {} has been coming in for {} s", peer_urls.join(", "), waited.as_secs()
    )]
    OtherLearner {
        /// The learner's id.
        id: MemberId,
        /// Where it is reached by the other members.
        peer_urls: Vec<String>,
        /// From the first try on.
        waited: Duration,
    },
    /// The member was added, and its etcd did not start.
    #[error("this node's etcd member {id} has not come up within {} s", waited.as_secs())]
    NotStarted {
        /// This node's id.
        id: MemberId,
        /// From the first look on.
        waited: Duration,
    },
    /// The member is no more in the list.
    #[error("this node's etcd member {id} has been removed by somebody else")]
    Gone {
        /// The id that this node had.
        id: MemberId,
    },
    /// No member with a vote would be left.
    #[error("this node's etcd member {id} is the last one that votes, and cannot be removed")]
    LastMember {
        /// This node's id.
        id: MemberId,
    },
}

impl MembershipError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(reason) => Some(reason.hint()),
            Self::Failed { source, .. } | Self::TooLong { source, .. } => source.hint().map(str::to_owned),
            Self::OtherLearner { id, .. } => Some(format!(
                "where nobody is joining at that address any more, `etcdctl member remove {id}` makes room"
            )),
            Self::NotStarted { .. } => {
                Some("`crictl ps -a` and the logs of the etcd container show why".to_owned())
            }
            Self::Gone { .. } => Some("reset this node, and join again".to_owned()),
            Self::LastMember { .. } => None,
        }
    }
}

/// This node as a member, with or without a vote so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedMember {
    /// This node's id in the cluster.
    pub id: MemberId,
    /// Itself among them.
    pub members: Vec<Member>,
}

/// What became of a member that was to be removed since its join failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberFate {
    /// It was in the list, and is no more.
    Removed,
    /// It was not in the list.
    NotMember,
    /// It votes and has started: the cluster counts on it, and it stays.
    Votes,
}

/// Makes `wanted` a member, as a learner, where it is none so far. `data_dir` is that of this node's etcd.
pub async fn add_self(
    client: &mut EtcdClient,
    wanted: &WantedMember,
    data_dir: DataDir,
    limit: Duration,
) -> Result<AddedMember, MembershipError> {
    let retry = EtcdRetry::new("take this node in", limit, ADD_STEP);
    loop {
        let error = match try_to_add(client, wanted, data_dir).await {
            Ok(Ok(joined)) => return Ok(joined),
            Ok(Err(reason)) => return Err(MembershipError::Refused(reason)),
            Err(error) => error,
        };
        if error.refusal() == Some(Refusal::TooManyLearners) && retry.is_over() {
            return Err(in_the_way(client, error, &retry).await);
        }
        retry.after(error).await?;
    }
}

async fn try_to_add(
    client: &mut EtcdClient,
    wanted: &WantedMember,
    data_dir: DataDir,
) -> Result<Result<AddedMember, Reason>, EtcdError> {
    let members = client.members().await?;
    match decide(&members, wanted, data_dir) {
        Decision::Refuse(reason) => return Ok(Err(reason)),
        Decision::Resume { id } | Decision::Promote { id } | Decision::Done { id } => {
            return Ok(Ok(AddedMember { id, members }));
        }
        Decision::Renew { id } => drop(client.remove(id).await?),
        Decision::AddLearner => {}
    }
    let (id, members) = client.add_learner(&wanted.peer_url).await?;
    Ok(Ok(AddedMember { id, members }))
}

/// Names the learner for which this node has waited in vain.
async fn in_the_way(client: &mut EtcdClient, error: EtcdError, retry: &EtcdRetry) -> MembershipError {
    let members = client.members().await.unwrap_or_default();
    let waited = retry.waited();
    match members.into_iter().find(|member| member.is_learner) {
        Some(Member { id, peer_urls, .. }) => MembershipError::OtherLearner { id, peer_urls, waited },
        None => MembershipError::TooLong { doing: "take this node in", waited, source: error },
    }
}

/// Waits until the member's etcd has come up and has the data, and gives it its vote → the members, itself among
/// them. It is well where it has its vote already.
pub async fn promote_self(
    client: &mut EtcdClient,
    id: MemberId,
    limit: Duration,
) -> Result<Vec<Member>, MembershipError> {
    let retry = EtcdRetry::new("give this node's member its vote", limit, PROMOTE_STEP);
    loop {
        match try_to_promote(client, id).await {
            Ok(Promotion::Done(members)) => return Ok(members),
            Ok(Promotion::NotMember) => return Err(MembershipError::Gone { id }),
            Ok(Promotion::NotStarted) if retry.is_over() => {
                return Err(MembershipError::NotStarted { id, waited: retry.waited() });
            }
            Ok(Promotion::NotStarted) => retry.pause().await,
            Err(error) => retry.after(error).await?,
        }
    }
}

enum Promotion {
    Done(Vec<Member>),
    NotMember,
    NotStarted,
}

async fn try_to_promote(client: &mut EtcdClient, id: MemberId) -> Result<Promotion, EtcdError> {
    let members = client.members().await?;
    match members.iter().find(|member| member.id == id) {
        None => Ok(Promotion::NotMember),
        Some(own) if own.votes() => Ok(Promotion::Done(members)),
        Some(own) if !own.started() => Ok(Promotion::NotStarted),
        Some(_) => client.promote(id).await.map(Promotion::Done),
    }
}

/// Removes what a failed join has added, as long as the cluster does not count on it.
pub async fn remove_learner(
    client: &mut EtcdClient,
    id: MemberId,
    limit: Duration,
) -> Result<MemberFate, MembershipError> {
    let retry = EtcdRetry::new("remove this node's new member", limit, REMOVE_STEP);
    let mut outcome = MemberFate::NotMember;
    loop {
        match try_to_remove_learner(client, id).await {
            Ok(Some(Tried::Removed)) => outcome = MemberFate::Removed,
            Ok(Some(Tried::Votes)) => return Ok(MemberFate::Votes),
            Ok(None) => return Ok(outcome),
            Err(error) => retry.after(error).await?,
        }
    }
}

enum Tried {
    Removed,
    Votes,
}

async fn try_to_remove_learner(client: &mut EtcdClient, id: MemberId) -> Result<Option<Tried>, EtcdError> {
    let members = client.members().await?;
    match members.into_iter().find(|member| member.id == id) {
        None => Ok(None),
        Some(own) if own.votes() && own.started() => Ok(Some(Tried::Votes)),
        Some(own) => {
            client.avoid(&own.client_urls).await;
            client.remove(id).await.map(|_| Some(Tried::Removed))
        }
    }
}

/// Removes the member, and returns once the list is without it: the list. Whether it may go is for
/// [`judge_removal`](crate::join::etcd::judge_removal) to say; the last that votes stays in any case.
pub async fn leave(
    client: &mut EtcdClient,
    id: MemberId,
    limit: Duration,
) -> Result<Vec<Member>, MembershipError> {
    let retry = EtcdRetry::new("remove this node's member", limit, REMOVE_STEP);
    loop {
        match try_to_leave(client, id).await {
            Ok(Leaving::Gone(members)) => return Ok(members),
            Ok(Leaving::Last) => return Err(MembershipError::LastMember { id }),
            Ok(Leaving::Removed) => {}
            Err(error) => retry.after(error).await?,
        }
    }
}

enum Leaving {
    Gone(Vec<Member>),
    Last,
    /// As the call said; the list is to show it.
    Removed,
}

async fn try_to_leave(client: &mut EtcdClient, id: MemberId) -> Result<Leaving, EtcdError> {
    let members = client.members().await?;
    let Some(own) = members.iter().find(|member| member.id == id) else { return Ok(Leaving::Gone(members)) };
    if own.votes() && !members.iter().any(|other| other.id != id && other.votes()) {
        return Ok(Leaving::Last);
    }
    client.avoid(&own.client_urls).await;
    client.remove(id).await.map(|_| Leaving::Removed)
}
