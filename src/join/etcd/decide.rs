//! The list of members and this node's data directory → what makes this node a voting member.

use crate::facts::{DataDir, Member, MemberId};

/// The member that this node is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedMember {
    /// The node's name.
    pub name: String,
    /// By this the cluster knows it from the moment on that it is added.
    pub peer_url: String,
}

/// What a join does about its etcd member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is no member, and has no data.
    AddLearner,
    /// An earlier run has added it, and its etcd has not come up so far. Data that is there is this member's, since
    /// it is added only where there is none: etcd goes on from it, and without any it starts from nothing.
    Resume {
        /// Given by etcd when the member was added.
        id: MemberId,
    },
    /// Its etcd has come up: it gets its vote once it has all the data.
    Promote {
        /// Given by etcd when the member was added.
        id: MemberId,
    },
    /// It has come up, and its data is gone since. A member cannot start again under its id, but one without a vote can
    /// be taken out and added again at no risk.
    Renew {
        /// Given by etcd when the member was added.
        id: MemberId,
    },
    /// It votes, and its data is there.
    Done {
        /// Given by etcd when the member was added.
        id: MemberId,
    },
    /// It must not join as it is.
    Refuse(Reason),
}

/// Why this node cannot become the member that it is to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No member has this node's peer URL, and the data directory is not empty.
    #[error("this node is no member of the cluster's etcd, but there is data in its etcd data directory")]
    StaleData,
    /// Another member, at other peer URLs, has this node's name.
    #[error("etcd has a member {name} already, {id} at {}", peer_urls.join(", "))]
    NameTaken {
        /// The other member's.
        id: MemberId,
        /// The name that both would have.
        name: String,
        /// Where the other member is.
        peer_urls: Vec<String>,
    },
    /// A member that has started at this node's peer URL has another name.
    #[error("etcd has a member at {peer_url} already, {id}, and its name is {name}")]
    AddressTaken {
        /// The other member's.
        id: MemberId,
        /// The other member's, which differs from this node's.
        name: String,
        /// The URL that both would have.
        peer_url: String,
    },
    /// The voting member of this node has started, and the data directory is empty.
    #[error("this node's etcd member {id} votes, but its data is gone")]
    DataLost {
        /// This node's member.
        id: MemberId,
    },
}

impl Reason {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::StaleData => {
                "the data is of a removed member or of another cluster, and etcd would go on from it: `kubewright reset` \
                 on this node removes it"
                    .to_owned()
            }
            Self::NameTaken { id, .. } => format!(
                "where that node is gone for good, `etcdctl member remove {id}` removes it; else join under \
                 another --node-name"
            ),
            Self::AddressTaken { id, .. } | Self::DataLost { id } => format!(
                "a member cannot start again under its old id: remove it with `etcdctl member remove {id}`, and join \
                 again"
            ),
        }
    }
}

/// What `wanted` needs to become a voting member that has its data.
pub fn decide(members: &[Member], wanted: &WantedMember, data_dir: DataDir) -> Decision {
    let own = find_own(members, &wanted.peer_url);
    match (taken(members, own, wanted), own) {
        (Some(reason), _) => Decision::Refuse(reason),
        (None, Some(own)) => go_on(own, data_dir),
        (None, None) => match data_dir {
            DataDir::Empty => Decision::AddLearner,
            DataDir::Filled => Decision::Refuse(Reason::StaleData),
        },
    }
}

/// The member with this peer URL, which is what tells a node's own member as long as it has no name.
pub fn find_own<'a>(members: &'a [Member], peer_url: &str) -> Option<&'a Member> {
    members.iter().find(|member| member.has_peer_url(peer_url))
}

/// Two members of one name, or one of two names, cannot be told apart in what a joining etcd is told of the cluster.
fn taken(members: &[Member], own: Option<&Member>, wanted: &WantedMember) -> Option<Reason> {
    if let Some(other) = own.filter(|own| own.started() && own.name != wanted.name) {
        let (name, peer_url) = (other.name.clone(), wanted.peer_url.clone());
        return Some(Reason::AddressTaken { id: other.id, name, peer_url });
    }
    let other = members.iter().find(|member| member.name == wanted.name && own != Some(member))?;
    let (name, peer_urls) = (other.name.clone(), other.peer_urls.clone());
    Some(Reason::NameTaken { id: other.id, name, peer_urls })
}

fn go_on(own: &Member, data_dir: DataDir) -> Decision {
    let id = own.id;
    match (own.started(), own.is_learner, data_dir) {
        (false, _, _) => Decision::Resume { id },
        (true, true, DataDir::Filled) => Decision::Promote { id },
        (true, true, DataDir::Empty) => Decision::Renew { id },
        (true, false, DataDir::Filled) => Decision::Done { id },
        (true, false, DataDir::Empty) => Decision::Refuse(Reason::DataLost { id }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{learner, peer_url, unstarted, voter};
    use super::*;
    use DataDir::{Empty, Filled};

    fn decided(members: &[Member], data_dir: DataDir) -> Decision {
        decide(members, &WantedMember { name: "b".into(), peer_url: peer_url(2) }, data_dir)
    }

    #[test]
    fn each_state_of_the_own_member_has_its_way_on() {
        let id = MemberId(2);
        let others = [voter(1, "a"), unstarted(learner(3, ""))];
        for (own, data_dir, expected) in [
            (None, Empty, Decision::AddLearner),
            (None, Filled, Decision::Refuse(Reason::StaleData)),
            (Some(unstarted(learner(2, "b"))), Empty, Decision::Resume { id }),
            (Some(unstarted(learner(2, "b"))), Filled, Decision::Resume { id }),
            (Some(unstarted(voter(2, "b"))), Empty, Decision::Resume { id }),
            (Some(unstarted(voter(2, "b"))), Filled, Decision::Resume { id }),
            (Some(learner(2, "b")), Empty, Decision::Renew { id }),
            (Some(learner(2, "b")), Filled, Decision::Promote { id }),
            (Some(voter(2, "b")), Empty, Decision::Refuse(Reason::DataLost { id })),
            (Some(voter(2, "b")), Filled, Decision::Done { id }),
        ] {
            let members: Vec<Member> = others.iter().cloned().chain(own.clone()).collect();
            assert_eq!(decided(&members, data_dir), expected, "{own:?} {data_dir:?}");
        }
    }

    #[test]
    fn a_name_or_an_address_that_another_member_has_is_refused() {
        for own in [None, Some(unstarted(learner(2, "b")))] {
            let members: Vec<Member> = [voter(1, "a"), voter(7, "b")].into_iter().chain(own).collect();
            let Decision::Refuse(reason) = decided(&members, Empty) else { panic!("{members:?}") };
            assert_eq!(reason.to_string(), "etcd has a member b already, 7 at https://10.0.0.7:2380");
        }
        for other in [voter(2, "old"), learner(2, "old")] {
            let Decision::Refuse(reason) = decided(&[voter(1, "a"), other], Filled) else { panic!() };
            assert_eq!(
                reason.to_string(),
                "etcd has a member at https://10.0.0.2:2380 already, 2, and its name is old"
            );
        }
    }

    #[test]
    fn a_member_of_several_peer_urls_is_found_by_each() {
        let own = Member { peer_urls: vec!["https://[fd00::2]:2380".into(), peer_url(2)], ..voter(2, "b") };
        assert_eq!(decided(&[voter(1, "a"), own], Filled), Decision::Done { id: MemberId(2) });
    }

    #[test]
    fn ids_are_written_as_etcdctl_takes_them() {
        let hint = Reason::DataLost { id: MemberId(0x8e9e_05c5_2164_694d) }.hint();
        assert!(hint.contains("`etcdctl member remove 8e9e05c52164694d`"), "{hint}");
    }
}
