//! The list of members and those that answer → whether the cluster holds, and whether it would without this node.

use std::collections::BTreeSet;

use crate::facts::{Member, MemberId};

/// How many members vote, and how many of these answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Voting members that answer and know a leader.
    pub healthy: usize,
    /// A majority of those that vote.
    pub needed: usize,
}

impl Health {
    /// Whether etcd can take a write.
    pub fn has_quorum(self) -> bool {
        self.healthy >= self.needed
    }
}

/// Whether this node's member may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberRemoval {
    /// What is left has quorum.
    Go,
    /// It has no vote, so nothing depends on it.
    GoLearner,
    /// It is gone already, or was never there.
    NotMember,
    /// The others could not decide anything any more.
    BreaksQuorum {
        /// Voting members that would be left and answer.
        healthy_after: usize,
        /// A majority of the voting members that would be left.
        needed: usize,
    },
    /// The cluster ends with it: nobody is left to remove it from.
    LastMember,
}

/// How the voting members stand, by those of them that answer and know a leader.
pub fn judge_health(members: &[Member], answering: &BTreeSet<MemberId>) -> Health {
    health_of(members.iter(), answering)
}

/// Whether the voting members other than `own` that answer are a majority of them.
pub fn judge_removal(members: &[Member], answering: &BTreeSet<MemberId>, own: MemberId) -> MemberRemoval {
    match members.iter().find(|member| member.id == own) {
        None => MemberRemoval::NotMember,
        Some(member) if member.is_learner => MemberRemoval::GoLearner,
        Some(_) => without(members, answering, own),
    }
}

fn without(members: &[Member], answering: &BTreeSet<MemberId>, own: MemberId) -> MemberRemoval {
    let others = || members.iter().filter(|member| member.id != own);
    let after = health_of(others(), answering);
    if !others().any(Member::votes) {
        MemberRemoval::LastMember
    } else if after.has_quorum() {
        MemberRemoval::Go
    } else {
        MemberRemoval::BreaksQuorum { healthy_after: after.healthy, needed: after.needed }
    }
}

fn health_of<'a>(members: impl Iterator<Item = &'a Member>, answering: &BTreeSet<MemberId>) -> Health {
    let voters: Vec<&Member> = members.filter(|member| member.votes()).collect();
    let healthy = voters.iter().filter(|member| answering.contains(&member.id)).count();
    Health { healthy, needed: voters.len() / 2 + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{learner, voter};
    use super::*;

    fn voters(count: u64) -> Vec<Member> {
        (1..=count).map(|number| voter(number, "x")).collect()
    }

    fn ids(numbers: &[u64]) -> BTreeSet<MemberId> {
        numbers.iter().copied().map(MemberId).collect()
    }

    #[test]
    fn a_member_goes_only_where_a_majority_of_the_others_answers() {
        let breaks = |healthy_after, needed| MemberRemoval::BreaksQuorum { healthy_after, needed };
        for (count, answering, expected) in [
            (1, &[1][..], MemberRemoval::LastMember),
            (2, &[1, 2], MemberRemoval::Go),
            (2, &[1], breaks(0, 1)),
            (2, &[2], MemberRemoval::Go),
            (3, &[1, 2, 3], MemberRemoval::Go),
            (3, &[2, 3], MemberRemoval::Go),
            (3, &[1, 2], breaks(1, 2)),
            (4, &[1, 2, 3], MemberRemoval::Go),
            (5, &[1, 2, 3], breaks(2, 3)),
            (5, &[2, 3, 4], MemberRemoval::Go),
        ] {
            let judged = judge_removal(&voters(count), &ids(answering), MemberId(1));
            assert_eq!(judged, expected, "{count} {answering:?}");
        }
    }

    #[test]
    fn learners_neither_count_nor_hold_anybody() {
        let members = [voter(1, "a"), learner(2, "b")];
        assert_eq!(judge_removal(&members, &ids(&[]), MemberId(2)), MemberRemoval::GoLearner);
        assert_eq!(judge_removal(&members, &ids(&[1, 2]), MemberId(1)), MemberRemoval::LastMember);
        assert_eq!(judge_removal(&members, &ids(&[1, 2]), MemberId(9)), MemberRemoval::NotMember);
        assert_eq!(judge_health(&members, &ids(&[1, 2])), Health { healthy: 1, needed: 1 });
    }

    proptest! {
        #[test]
        fn what_goes_leaves_a_cluster_with_quorum(count in 1_u64..8, up in prop::collection::btree_set(1_u64..8, 0..8)) {
            let members = voters(count);
            let answering = up.into_iter().map(MemberId).collect();
            if judge_removal(&members, &answering, MemberId(1)) == MemberRemoval::Go {
                prop_assert!(judge_health(&members[1..], &answering).has_quorum());
            }
        }
    }
}
