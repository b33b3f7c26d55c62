//! What becomes of this host's etcd: its own rules, and that it is never lowered.

use semver::Version;

use super::EtcdUpgrade;
use crate::config::{Etcd, Spec};
use crate::facts::UpgradeFacts;
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
    let (Some(own), Some(new)) = (own_version(spec, facts), new) else {
        // A tag that is no version is the user's to answer for.
        return EtcdUpgrade::Goes { bridge: None, keeps_minor: false };
    };
    if new < own {
        return EtcdUpgrade::Stays;
    }
    EtcdUpgrade::Goes {
        bridge: bridge_image(&own, &new).map(str::to_owned),
        keeps_minor: (own.major, own.minor) == (new.major, new.minor),
    }
}

/// As the member itself says, or else its pod's image.
fn own_version(spec: Spec<'_>, facts: &UpgradeFacts) -> Option<Version> {
    let name = facts.host.etcd_member.as_deref().unwrap_or(spec.node.name.as_str());
    let told = facts.etcd.members().iter().find(|told| told.member.name == name);
    let told = told.and_then(|told| etcd_version(&told.status.as_ref().ok()?.version));
    let of_pod = || {
        let pod = facts.pods(StaticPod::Etcd).find(|pod| pod.node == spec.node.name.as_str())?;
        etcd_version(&pod.version)
    };
    told.or_else(of_pod)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::facts::{
        ComponentPod, EtcdMember, EtcdSaid, Member, MemberId, MemberStatus, StoredSettings, Unseen,
        UpgradeHost,
    };

    fn facts(said: &str, image: &str) -> UpgradeFacts {
        let member = Member {
            id: MemberId(1),
            name: "node-1".to_owned(),
            peer_urls: Vec::new(),
            client_urls: Vec::new(),
            is_learner: false,
        };
        let status = MemberStatus {
            version: said.to_owned(),
            leader: None,
            is_learner: false,
            data_size: 0,
            errors: Vec::new(),
        };
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
            etcd: EtcdSaid::Local(vec![EtcdMember { member, status: Ok(status) }]),
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
        let goes = |bridge: Option<&str>, keeps_minor| EtcdUpgrade::Goes {
            bridge: bridge.map(str::to_owned),
            keeps_minor,
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
}
