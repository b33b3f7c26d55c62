//! The members of an etcd cluster, as its own list and each member's status tell.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A member's id, written as etcd's own programs write it: in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemberId(pub u64);

impl fmt::Display for MemberId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:x}", self.0)
    }
}

/// A member as the cluster lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The id, unique in the cluster.
    pub id: MemberId,
    /// Empty until the member has started for the first time.
    pub name: String,
    /// The URLs at which the other members reach it.
    pub peer_urls: Vec<String>,
    /// Empty until the member has started for the first time.
    pub client_urls: Vec<String>,
    /// It receives the data and has no vote.
    pub is_learner: bool,
}

impl Member {
    /// Whether its etcd has ever come up; it may be down now.
    pub fn started(&self) -> bool {
        !self.name.is_empty()
    }

    /// Whether it counts in the cluster's majority.
    pub fn votes(&self) -> bool {
        !self.is_learner
    }

    /// Whether the other members reach it there, compared as text.
    pub fn has_peer_url(&self, url: &str) -> bool {
        self.peer_urls.iter().any(|own| own == url)
    }
}

/// A cluster's members, and those of them that vote, answer and know a leader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersSeen {
    /// All, in the order of the cluster's list.
    pub members: Vec<Member>,
    /// Those that vote, answer and know a leader.
    pub answering: BTreeSet<MemberId>,
}

/// What a member tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberStatus {
    /// The version of its etcd, such as `3.6.8`.
    pub version: String,
    /// The member that it takes for the leader; `None` is a member that has lost the others.
    pub leader: Option<MemberId>,
    /// It receives the data and has no vote.
    pub is_learner: bool,
    /// Bytes on disk.
    pub data_size: u64,
    /// Alarms and other complaints, in etcd's words.
    pub errors: Vec<String>,
}

/// Whether a member's data lies in an etcd's data directory: a log, without which etcd begins from nothing whatever else there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataDir {
    /// There is no log.
    Empty,
    /// There is a log.
    Filled,
}
