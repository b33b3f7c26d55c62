//! The table of checks, one row a check, in the order in which they are told.

use super::hop::Hop;
use super::{
    Finding, addons, apis, components, control_plane, corefile, edits, etcd, host, kubelet, not_seen,
    versions, webhooks,
};

/// A check: what it finds has its name.
#[derive(Debug)]
pub struct Check {
    /// The id of all that it finds; kubeadm's own where kubeadm has such a check.
    pub id: &'static str,
    /// Judges a hop; looks at nothing else.
    pub judge: fn(&Hop<'_>) -> Vec<Finding>,
}

/// All checks of an upgrade.
pub const CHECKS: &[Check] = &[
    Check { id: "Downgrade", judge: versions::downgrade },
    Check { id: "UnstableVersion", judge: versions::unstable },
    Check { id: "KubernetesVersion", judge: versions::kubernetes },
    Check { id: "ApiServerSkew", judge: versions::api_servers },
    Check { id: "KubeletSkew", judge: versions::kubelets },
    Check { id: "ControlPlaneNodesReady", judge: control_plane::nodes },
    Check { id: "StaticPodManifest", judge: host::manifests },
    Check { id: "LocalEdits", judge: edits::local },
    Check { id: "PatchesMissing", judge: edits::patches },
    Check { id: "RemovedFlag", judge: components::flags },
    Check { id: "RemovedFeatureGate", judge: components::gone_gates },
    Check { id: "LockedFeatureGate", judge: components::locked_gates },
    Check { id: "RemovedAdmissionPlugin", judge: components::admission_plugins },
    Check { id: "RemovedGroupVersion", judge: components::group_versions },
    Check { id: "RemovedEtcdFlag", judge: components::etcd_flags },
    Check { id: "RemovedApiInUse", judge: apis::in_use },
    Check { id: "KubeletSettings", judge: kubelet::settings },
    Check { id: "CorefilePlugin", judge: corefile::plugins },
    Check { id: "AddonEdits", judge: addons::edited },
    Check { id: "WebhookInTheWay", judge: webhooks::in_the_way },
    Check { id: "EtcdUnhealthy", judge: etcd::unhealthy },
    Check { id: "EtcdAlarm", judge: etcd::alarms },
    Check { id: "EtcdLearner", judge: etcd::learners },
    Check { id: "EtcdBridge", judge: etcd::bridge },
    Check { id: "EtcdPinned", judge: etcd::pinned },
    Check { id: "EtcdRoom", judge: etcd::room },
    Check { id: "ExternalEtcdVersion", judge: etcd::external },
    Check { id: "CertificatesRenewed", judge: host::certificates },
    Check { id: "ExcessGrant", judge: host::excess_grant },
    Check { id: "NotSeen", judge: not_seen::not_seen },
];

/// Those of the host alone.
const OF_HOST: [&str; 2] = ["LocalEdits", "PatchesMissing"];

/// All that these hops meet, in the order of [`CHECKS`]; what is the same for several of them is told once.
pub fn judge(hops: &[Hop<'_>]) -> Vec<Finding> {
    judge_by(hops, &|_| true)
}

/// The same by the checks that the upgrade of one more node makes: the cluster has the version already.
pub fn judge_host(hop: &Hop<'_>) -> Vec<Finding> {
    judge_by(std::slice::from_ref(hop), &|check| OF_HOST.contains(&check.id))
}

fn judge_by(hops: &[Hop<'_>], is_made: &dyn Fn(&Check) -> bool) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for check in CHECKS.iter().filter(|check| is_made(check)) {
        for hop in hops {
            for mut finding in (check.judge)(hop) {
                let version = hop.to.to_string();
                if let Some(told) = all.iter_mut().find(|told| told.is_like(&finding)) {
                    told.upgrades.push(version);
                } else {
                    finding.upgrades.push(version);
                    all.push(finding);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::fixture::{Case, labels, member};
    use super::super::{Place, Severity};
    use super::*;
    use crate::facts::{EtcdSaid, Unseen};

    #[test]
    fn a_sound_cluster_meets_what_comes_of_an_upgrade_and_no_more() {
        let found = judge(&[Case::to("v1.36.3").hop()]);
        assert_eq!(labels(&found), ["info CertificatesRenewed", "info NotSeen"]);
    }

    #[test]
    fn what_two_upgrades_meet_alike_is_told_once_with_both() {
        let two = |version| {
            let mut case = Case::to(version);
            case.facts.etcd = EtcdSaid::Local(vec![member(1, "3.6.6"), member(2, "3.6.6")]);
            case
        };
        let (patch, minor) = (two("v1.36.3"), two("v1.37.2"));
        let found = judge(&[patch.hop(), minor.hop()]);
        let of = |id: &str| found.iter().find(|finding| finding.id == id).unwrap().upgrades.join(" ");
        assert_eq!([of("CertificatesRenewed"), of("EtcdBridge")], ["v1.36.3 v1.37.2", "v1.37.2"]);
        assert!(!found.iter().any(|finding| finding.forbids("v1.36.3")));
        assert!(found.iter().any(|finding| finding.forbids("v1.37.2")));
    }

    proptest! {
        #[test]
        fn no_facts_make_a_check_panic_and_every_finding_is_whole(
            to in select(vec!["v1.30.0", "v1.36.3", "v1.37.2", "v1.37.99", "v1.37.0-rc.1"]),
            version in select(vec!["v1.36.1", "v1.33.0", "v9.9.9", "", "latest"]),
            etcd in select(vec!["3.4.0", "3.5.24", "3.6.8", "3.9.0", "", "x"]),
            tag in select(vec![None, Some("3.5.1-0"), Some("9.9.9"), Some("?")]),
            answers: bool,
            ready: bool,
            errors in proptest::collection::vec("(memberID:[0-9]{1,30})?( alarm:[A-Z]{0,9} )?", 0..3),
        ) {
            let mut case = Case::to(to);
            case.facts.components[0].version = version.to_owned();
            (case.facts.nodes[0].kubelet, case.facts.nodes[0].is_ready) = (version.to_owned(), ready);
            if let Some(tag) = tag {
                case.pin(tag);
            }
            let mut told = member(1, etcd);
            told.status = if answers { told.status } else { Err(Unseen::new("the member", "silent")) };
            if let Ok(status) = &mut told.status {
                status.errors = errors;
            }
            case.facts.etcd = EtcdSaid::Local(vec![told]);
            for check in CHECKS {
                for finding in (check.judge)(&case.hop()) {
                    prop_assert_eq!(finding.id, check.id);
                    let texts = [&finding.message, &finding.evidence, &finding.fix];
                    prop_assert!(texts.iter().all(|text| !text.is_empty()), "{:?}", finding);
                    prop_assert!(finding.place == Place::Cluster || !finding.place.text().is_empty());
                }
            }
            let mut found = judge(&[case.hop()]);
            super::super::ignore(&mut found, &["all".to_owned()]);
            prop_assert!(found.iter().all(|finding| finding.severity != Severity::Error));
        }
    }

    #[test]
    fn facts_that_were_written_as_json_are_judged_as_they_were_seen() {
        let case = Case::to("v1.37.2");
        crate::facts::read_back(&case.facts);
    }

    #[test]
    fn the_documentation_names_every_check() {
        let documented = include_str!("../../docs/output.md");
        for Check { id, .. } in CHECKS {
            assert!(documented.contains(&format!("| `{id}` | ")), "docs/output.md lacks {id}");
        }
    }
}
