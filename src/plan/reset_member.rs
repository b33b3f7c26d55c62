//! What this host's member of etcd is to its cluster: what is asked, and what the answer comes to.

use crate::config::Reset;
use crate::facts::{EtcdSeen, MembersSeen, ResetFacts, ResetHost, Standing, Target};
use crate::join::etcd::{Removal, judge_removal};

use super::{EtcdAccess, Leave, MemberQuestion};

/// What etcd keeps its data in.
const MEMBER: &str = "member";

/// What this host's member of etcd is to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// There is none, or it is not asked for.
    None,
    /// The whole of etcd: it ends with the host.
    Only,
    /// One of several, which can go.
    Leaves(Leave),
    /// It cannot go, or nobody answers.
    Stays { why: String },
}

/// What has to be asked of the cluster; nothing where this host has no member that another could count on: one without
/// data that was told of no others.
pub fn member_question(config: &Reset, host: &ResetHost, facts: &ResetFacts) -> Option<MemberQuestion> {
    let EtcdSeen::Local(member) = &host.etcd else { return None };
    let has_data = match facts.at(&member.data_dir) {
        Standing::Folder(names) | Standing::Link(Some(Target { names, .. })) => {
            names.iter().any(|name| name == MEMBER)
        }
        Standing::Missing | Standing::Link(None) | Standing::File => false,
        Standing::Unseen(_) => true,
    };
    let folder = config.certificates_dir.join("etcd");
    let question = || MemberQuestion {
        name: member.name.clone(),
        peer_url: member.peer_url.clone(),
        access: EtcdAccess {
            authority: folder.join("ca.crt"),
            certificate: folder.join("healthcheck-client.crt"),
            key: folder.join("healthcheck-client.key"),
            timeout: config.timeouts.etcd_api_call,
        },
        endpoints: member.endpoints.clone(),
    };
    (has_data || member.has_others).then(question)
}

/// By the cluster's own list, or the reason for which there is none.
pub fn judge_member(asked: MemberQuestion, seen: Result<&MembersSeen, String>) -> Membership {
    let seen = match seen {
        Ok(seen) => seen,
        Err(why) => return Membership::Stays { why },
    };
    let by_url = asked.peer_url.as_ref();
    let by_url = by_url.and_then(|url| seen.members.iter().find(|member| member.has_peer_url(url)));
    let by_name = || seen.members.iter().find(|member| member.started() && member.name == asked.name);
    let Some(own) = by_url.or_else(by_name) else { return Membership::None };
    match judge_removal(&seen.members, &seen.answering, own.id) {
        Removal::Go | Removal::GoLearner => Membership::Leaves(Leave { id: own.id, asked }),
        Removal::LastMember => Membership::Only,
        Removal::NotMember => Membership::None,
        Removal::BreaksQuorum { healthy_after, needed } => Membership::Stays {
            why: format!(
                "{healthy_after} of the other members that vote answer, and {needed} are needed to go on without it"
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duration::GoDuration;
    use crate::facts::{Member, MemberId};

    fn question() -> MemberQuestion {
        MemberQuestion {
            name: "cp1".into(),
            peer_url: Some("https://10.0.0.1:2380".into()),
            access: EtcdAccess {
                authority: "/ca".into(),
                certificate: "/crt".into(),
                key: "/key".into(),
                timeout: GoDuration::from_secs(1),
            },
            endpoints: Vec::new(),
        }
    }

    fn member(number: u64) -> Member {
        Member {
            id: MemberId(number),
            name: format!("cp{number}"),
            peer_urls: vec![format!("https://10.0.0.{number}:2380")],
            client_urls: Vec::new(),
            is_learner: false,
        }
    }

    fn judged(members: &[u64], answering: &[u64]) -> Membership {
        let seen = MembersSeen {
            members: members.iter().copied().map(member).collect(),
            answering: answering.iter().copied().map(MemberId).collect(),
        };
        judge_member(question(), Ok(&seen))
    }

    #[test]
    fn a_member_goes_where_the_others_go_on_without_it() {
        let leaves = Membership::Leaves(Leave { id: MemberId(1), asked: question() });
        assert_eq!(judged(&[1, 2, 3], &[1, 2, 3]), leaves);
        assert_eq!(judged(&[1], &[1]), Membership::Only);
        assert_eq!(judged(&[2, 3], &[2, 3]), Membership::None);
        assert!(matches!(judged(&[1, 2, 3], &[1, 2]), Membership::Stays { why } if why.starts_with("1 of")));
    }

    #[test]
    fn a_member_that_has_moved_is_known_by_its_name() {
        let mut asked = question();
        asked.peer_url = Some("https://192.0.2.1:2380".into());
        let seen =
            MembersSeen { members: vec![member(1), member(2)], answering: [MemberId(1), MemberId(2)].into() };
        assert!(matches!(judge_member(asked, Ok(&seen)), Membership::Leaves(_)));
    }

    #[test]
    fn a_cluster_that_does_not_answer_keeps_its_member() {
        let stays = Membership::Stays { why: "nobody answers".into() };
        assert_eq!(judge_member(question(), Err("nobody answers".into())), stays);
    }
}
