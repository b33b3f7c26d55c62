//! The list of members → what a joining etcd is told of them.

use crate::facts::{Member, MemberId};
use crate::manifests::etcd::{InitialCluster, InitialMember};

/// All members in the list's order, as etcd wants it: one that is missing, or one too many, and it does not start. The
/// node's own member has no name so far and gets `name`; another without one is called by its id, as kubeadm does.
pub fn initial_cluster(members: &[Member], own: MemberId, name: &str) -> InitialCluster {
    let named = |member: &Member| InitialMember {
        name: name_of(member, own, name),
        peer_urls: member.peer_urls.clone(),
    };
    InitialCluster(members.iter().map(named).collect())
}

fn name_of(member: &Member, own: MemberId, name: &str) -> String {
    match (member.id == own, member.started()) {
        (true, _) => name.to_owned(),
        (false, true) => member.name.clone(),
        (false, false) => member.id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{learner, unstarted, voter};
    use super::*;

    #[test]
    fn every_member_is_named_in_the_list_s_order() {
        let members = [unstarted(learner(2, "")), unstarted(voter(0xab, "")), voter(1, "a")];
        assert_eq!(
            initial_cluster(&members, MemberId(2), "b").text(),
            "b=https://10.0.0.2:2380,ab=https://10.0.0.171:2380,a=https://10.0.0.1:2380"
        );
    }
}
