//! What this host's member of etcd is to its cluster: what is asked, and what the answer comes to.

use std::path::{Path, PathBuf};

use super::inputs::Paths;
use super::join_effects::bootstrap_path;
use super::{EtcdAccess, Leave, MemberQuestion};
use crate::config::Reset;
use crate::facts::{EtcdSeen, LocalEtcd, Member, MemberId, MembersSeen, PathState, ResetFacts, ResetHost};
use crate::join::etcd::{MemberRemoval, client_endpoints, judge_removal};
use crate::manifests::etcd::peer_url;

/// What etcd keeps its log in, without which it starts from nothing, below its data folder.
const LOG: &str = "member/wal";
const LOG_ENDING: &str = ".wal";

/// What this host's member of etcd is to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// There is none, or it is not asked for.
    None,
    /// The whole of etcd: it ends with the host.
    Only,
    /// One of several, which can go.
    Leaves(Leave),
    /// One of several, without which the others could not go on.
    Needed {
        /// How it would leave.
        leave: Leave,
        /// How many members would be left, and how many are needed.
        why: String,
    },
    /// Nobody answers. The command takes the member out on another control plane.
    Unknown {
        /// Why nobody answers.
        why: String,
        /// For a shell where kubectl reaches the cluster.
        command: String,
    },
}

/// What has to be looked at to put the question.
pub(super) fn places(config: &Reset, etcd: &EtcdSeen) -> Vec<PathBuf> {
    let access = access(config);
    let log = match etcd {
        EtcdSeen::Local(member) => Some(member.data_dir.join(LOG)),
        EtcdSeen::Unreadable(_) | EtcdSeen::External | EtcdSeen::None { .. } => None,
    };
    [access.authority, access.certificate, access.key].into_iter().chain(log).collect()
}

/// What has to be asked of the cluster; nothing where this host has no member that another could count on: one without
/// data that was told of no others, or whose data is gone with all that it would be asked with (`is_past`).
pub fn member_question(config: &Reset, host: &ResetHost, facts: &ResetFacts) -> Option<MemberQuestion> {
    let question = |name: &str, peer_urls| MemberQuestion {
        name: name.to_owned(),
        peer_urls,
        access: access(config),
        endpoints: Vec::new(),
        data_dir: None,
        kubeconfig: Paths::default().kubeconfig,
    };
    match &host.etcd {
        EtcdSeen::Local(member) => {
            let counts = has_data(member, facts) || member.has_others && may_ask(config, facts);
            let asked = || MemberQuestion {
                endpoints: member.endpoints.clone(),
                data_dir: Some(member.data_dir.clone()),
                ..question(&member.name, member.peer_url.iter().cloned().collect())
            };
            counts.then(asked)
        }
        // A join makes this host a member before it writes the manifest, and knows it then by its address alone.
        EtcdSeen::None { .. } => {
            let joins = facts.at(&bootstrap_path()) != PathState::Missing && may_ask(config, facts);
            joins.then(|| question("", host.addresses.iter().copied().map(peer_url).collect()))
        }
        EtcdSeen::Unreadable(_) | EtcdSeen::External => None,
    }
}

/// Whether an earlier reset has come so far that this host cannot ask any more: the member leaves first, and then go its
/// data and the certificates.
pub(super) fn is_past(config: &Reset, host: &ResetHost, facts: &ResetFacts) -> bool {
    match &host.etcd {
        EtcdSeen::Local(member) => member.has_others && !has_data(member, facts) && !may_ask(config, facts),
        EtcdSeen::Unreadable(_) | EtcdSeen::External | EtcdSeen::None { .. } => false,
    }
}

fn has_data(member: &LocalEtcd, facts: &ResetFacts) -> bool {
    match facts.at(&member.data_dir.join(LOG)) {
        PathState::Folder(names) => names.iter().any(|name| name.ends_with(LOG_ENDING)),
        PathState::Link(target) => {
            target.is_some_and(|target| target.names.iter().any(|name| name.ends_with(LOG_ENDING)))
        }
        PathState::Missing | PathState::File => false,
        PathState::Unseen(_) => true,
    }
}

/// Whether all is there with which etcd is asked.
fn may_ask(config: &Reset, facts: &ResetFacts) -> bool {
    let access = access(config);
    let is_there = |path: &Path| facts.at(path) != PathState::Missing;
    is_there(&access.authority) && is_there(&access.certificate) && is_there(&access.key)
}

fn access(config: &Reset) -> EtcdAccess {
    let folder = config.certificates_dir.join("etcd");
    EtcdAccess {
        authority: folder.join("ca.crt"),
        certificate: folder.join("healthcheck-client.crt"),
        key: folder.join("healthcheck-client.key"),
        timeout: config.timeouts.etcd_api_call,
    }
}

/// By the cluster's own list; or, with the reason for which there is none, by what the member remembers.
pub fn judge_member(
    mut asked: MemberQuestion,
    seen: Result<&MembersSeen, String>,
    remembered: &[Member],
) -> Membership {
    let seen = match seen {
        Ok(seen) => seen,
        // It has never known of any other, and so nobody else can count on it.
        Err(_)
            if find_own(&asked, remembered).is_some_and(|own| remembered.iter().all(|m| m.id == own.id)) =>
        {
            return Membership::Only;
        }
        Err(why) => return Membership::Unknown { why, command: removal(&asked, remembered) },
    };
    let Some(own) = find_own(&asked, &seen.members) else { return Membership::None };
    asked.endpoints = client_endpoints(&asked.endpoints, &seen.members);
    match judge_removal(&seen.members, &seen.answering, own.id) {
        MemberRemoval::Go | MemberRemoval::GoLearner => Membership::Leaves(Leave { id: own.id, asked }),
        MemberRemoval::LastMember => Membership::Only,
        MemberRemoval::NotMember => Membership::None,
        MemberRemoval::BreaksQuorum { healthy_after, needed } => Membership::Needed {
            leave: Leave { id: own.id, asked },
            why: format!(
                "{healthy_after} of the other members that vote answer, and {needed} are needed to go on without it"
            ),
        },
    }
}

fn find_own<'a>(asked: &MemberQuestion, members: &'a [Member]) -> Option<&'a Member> {
    let by_url = members.iter().find(|member| asked.peer_urls.iter().any(|url| member.has_peer_url(url)));
    by_url.or_else(|| members.iter().find(|member| member.started() && member.name == asked.name))
}

/// The command that takes the member out, to be called where kubectl reaches the cluster.
fn removal(asked: &MemberQuestion, remembered: &[Member]) -> String {
    let own = find_own(asked, remembered);
    let is_other = |member: &&Member| member.started() && own.is_some_and(|own| own.id != member.id);
    let other = remembered.iter().find(is_other).map_or("CONTROL-PLANE", |member| &member.name);
    remove_command(&asked.access, other, own.map(|own| own.id))
}

/// By the etcd of `node`; without an id, the list is to be asked for it first.
pub(super) fn remove_command(access: &EtcdAccess, node: &str, id: Option<MemberId>) -> String {
    let id = id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
    let EtcdAccess { authority, certificate, key, .. } = access;
    format!(
        "kubectl --namespace kube-system exec etcd-{node} -- etcdctl --cacert {} --cert {} --key {} member remove {id}",
        authority.display(),
        certificate.display(),
        key.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duration::GoDuration;
    use crate::facts::{Member, MemberId};

    fn question() -> MemberQuestion {
        MemberQuestion {
            name: "cp1".into(),
            peer_urls: vec!["https://10.0.0.1:2380".into()],
            access: EtcdAccess {
                authority: "/ca".into(),
                certificate: "/crt".into(),
                key: "/key".into(),
                timeout: GoDuration::from_secs(1),
            },
            endpoints: Vec::new(),
            data_dir: None,
            kubeconfig: "/admin.conf".into(),
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
        judge_member(question(), Ok(&seen), &[])
    }

    #[test]
    fn a_member_goes_where_the_others_go_on_without_it() {
        let leaves = Membership::Leaves(Leave { id: MemberId(1), asked: question() });
        assert_eq!(judged(&[1, 2, 3], &[1, 2, 3]), leaves);
        assert_eq!(judged(&[1], &[1]), Membership::Only);
        assert_eq!(judged(&[2, 3], &[2, 3]), Membership::None);
        assert!(
            matches!(judged(&[1, 2, 3], &[1, 2]), Membership::Needed { why, .. } if why.starts_with("1 of"))
        );
    }

    #[test]
    fn a_member_that_has_moved_is_known_by_its_name() {
        let mut asked = question();
        asked.peer_urls = vec!["https://192.0.2.1:2380".into()];
        let seen =
            MembersSeen { members: vec![member(1), member(2)], answering: [MemberId(1), MemberId(2)].into() };
        assert!(matches!(judge_member(asked, Ok(&seen), &[]), Membership::Leaves(_)));
    }

    #[test]
    fn a_cluster_that_does_not_answer_says_nothing_of_its_member() {
        let judged =
            |remembered: &[Member]| judge_member(question(), Err("nobody answers".into()), remembered);
        let unknown = |node: &str, id: &str| Membership::Unknown {
            why: "nobody answers".into(),
            command: format!(
                "kubectl --namespace kube-system exec etcd-{node} -- etcdctl --cacert /ca --cert /crt --key /key member \
                 remove {id}"
            ),
        };
        assert_eq!(judged(&[]), unknown("CONTROL-PLANE", "ID"));
        assert_eq!(judged(&[member(1), member(12)]), unknown("cp12", "1"));
    }

    #[test]
    fn a_member_that_remembers_no_other_is_the_only_one() {
        let learner = Member { is_learner: true, ..member(1) };
        let judged =
            |remembered: &[Member]| judge_member(question(), Err("nobody answers".into()), remembered);
        assert_eq!(judged(&[member(1), learner]), Membership::Only);
        assert_ne!(judged(&[member(2)]), Membership::Only);
    }

    #[test]
    fn whoever_was_found_to_answer_is_asked_again() {
        let other = Member { client_urls: vec!["https://10.0.0.2:2379".into()], ..member(2) };
        let seen =
            MembersSeen { members: vec![member(1), other], answering: [MemberId(1), MemberId(2)].into() };
        let Membership::Leaves(leave) = judge_member(question(), Ok(&seen), &[]) else { panic!() };
        assert_eq!(leave.asked.endpoints, ["https://10.0.0.2:2379"]);
    }
}
