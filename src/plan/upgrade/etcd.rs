//! What becomes of this host's etcd: its own rules, and that it is never lowered.

use semver::Version;

use super::{EtcdHop, EtcdUpgrade};
use crate::config::{Etcd, Spec};
use crate::facts::{EtcdMember, UpgradeFacts};
use crate::manifests::etcd::client_url;
use crate::manifests::static_pod::StaticPod;
use crate::upgrade::bridge_image;
use crate::versions::facts::etcd_version;

/// For a cluster that is to be as `spec` has it.
pub fn etcd_upgrade(spec: Spec<'_>, facts: &UpgradeFacts, wanted: bool) -> EtcdUpgrade {
    let is_here =
        matches!(spec.cluster.etcd, Etcd::Local(_)) && facts.host.manifests.contains(&StaticPod::Etcd);
    if !wanted || !is_here {
        return EtcdUpgrade::Stays;
    }
    let new = etcd_version(spec.cluster.etcd_tag());
    let own = own_member(spec, facts);
    let client_urls = own.map(|own| own.member.client_urls.clone()).filter(|urls| !urls.is_empty());
    let of_node = || spec.node.endpoint().map(|endpoint| client_url(endpoint.advertise_address));
    let hop = EtcdHop {
        bridge: None,
        may_return: false,
        client_urls: client_urls.unwrap_or_else(|| of_node().into_iter().collect()),
        has_others: others(own, facts).next().is_some(),
    };
    let (Some(own_version), Some(new)) = (own_version(spec, own, facts), new) else {
        // A tag that is no version is the user's to answer for.
        return EtcdUpgrade::Goes(hop);
    };
    if new < own_version {
        return EtcdUpgrade::Stays;
    }
    let is_older = |version: &Version| (version.major, version.minor) < (new.major, new.minor);
    EtcdUpgrade::Goes(EtcdHop {
        bridge: bridge_image(&own_version, &new).map(str::to_owned),
        may_return: !is_older(&own_version)
            || others(own, facts).filter_map(version_of).any(|version| is_older(&version)),
        ..hop
    })
}

/// This host's.
fn own_member<'a>(spec: Spec<'_>, facts: &'a UpgradeFacts) -> Option<&'a EtcdMember> {
    let name = facts.host.etcd_member.as_deref().unwrap_or(spec.node.name.as_str());
    facts.etcd.members().iter().find(|told| told.member.name == name)
}

/// The voting members but this host's.
fn others<'a>(own: Option<&EtcdMember>, facts: &'a UpgradeFacts) -> impl Iterator<Item = &'a EtcdMember> {
    let own = own.map(|own| own.member.id);
    facts.etcd.members().iter().filter(move |told| told.member.votes() && Some(told.member.id) != own)
}

fn version_of(told: &EtcdMember) -> Option<Version> {
    etcd_version(&told.status.as_ref().ok()?.version)
}

/// As the member itself says, or else its pod's image.
fn own_version(spec: Spec<'_>, own: Option<&EtcdMember>, facts: &UpgradeFacts) -> Option<Version> {
    let of_pod = || {
        let pod = facts.pods(StaticPod::Etcd).find(|pod| pod.node == spec.node.name.as_str())?;
        etcd_version(&pod.version)
    };
    own.and_then(version_of).or_else(of_pod)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::facts::{
        ComponentPod, EtcdSaid, Member, MemberId, MemberStatus, StoredSettings, Unseen, UpgradeHost,
    };

    fn member(number: u8, said: &str) -> EtcdMember {
        let member = Member {
            id: MemberId(number.into()),
            name: format!("node-{number}"),
            peer_urls: vec![format!("https://10.0.0.{number}:2380")],
            client_urls: vec![format!("https://10.0.0.{number}:2379")],
            is_learner: false,
        };
        let status = MemberStatus {
            version: said.to_owned(),
            leader: None,
            is_learner: false,
            data_size: 0,
            errors: Vec::new(),
        };
        EtcdMember { member, status: Ok(status) }
    }

    fn facts(said: &str, image: &str) -> UpgradeFacts {
        let (component, node, version) = (StaticPod::Etcd, "node-1".to_owned(), image.to_owned());
        UpgradeFacts {
            server: Err(Unseen::not_asked("the server")),
            nodes: Vec::new(),
            components: vec![ComponentPod { component, node, version }],
            dns: None,
            configurations: std::collections::BTreeMap::new(),
            stored: StoredSettings::default(),
            deprecated_apis: Ok(Vec::new()),
            addon_edits: Vec::new(),
            webhooks: Ok(Vec::new()),
            etcd: EtcdSaid::Local(vec![member(1, said)]),
            host: UpgradeHost { manifests: [StaticPod::Etcd].into(), ..UpgradeHost::default() },
        }
    }

    fn to_1_37(facts: &UpgradeFacts, wanted: bool) -> EtcdUpgrade {
        let mut config = fixture::config();
        config.of_version("v1.37.1");
        etcd_upgrade(config.spec(), facts, wanted)
    }

    #[test]
    fn etcd_goes_by_the_patch_that_its_own_rules_want_and_is_never_lowered() {
        let goes = |bridge: Option<&str>, may_return| {
            EtcdUpgrade::Goes(EtcdHop {
                bridge: bridge.map(str::to_owned),
                may_return,
                client_urls: vec!["https://10.0.0.1:2379".to_owned()],
                has_others: false,
            })
        };
        for (own, wanted) in [
            ("3.6.8", goes(Some("3.6.11-0"), false)),
            ("3.6.11", goes(None, false)),
            ("3.7.0", goes(None, true)),
            ("3.7.1", EtcdUpgrade::Stays),
        ] {
            assert_eq!(to_1_37(&facts(own, "9.9.9-0"), true), wanted, "{own}");
            assert_eq!(to_1_37(&facts("no version", own), true), wanted, "{own} by its image");
        }
        assert_eq!(to_1_37(&facts("3.6.8", ""), false), EtcdUpgrade::Stays);
    }

    #[test]
    fn beside_members_of_the_earlier_minor_it_may_return() {
        let beside = |others: &[&str]| {
            let mut facts = facts("3.6.11", "");
            let others = (2..).zip(others).map(|(number, version)| member(number, version));
            facts.etcd = EtcdSaid::Local([member(1, "3.6.11")].into_iter().chain(others).collect());
            let EtcdUpgrade::Goes(hop) = to_1_37(&facts, true) else { panic!("it goes") };
            (hop.has_others, hop.may_return)
        };
        assert_eq!(beside(&[]), (false, false));
        assert_eq!(beside(&["3.7.0", "3.6.11"]), (true, true));
        assert_eq!(beside(&["3.7.0", "3.7.0"]), (true, false));
        assert_eq!(beside(&["no version"]), (true, false));
    }
}
