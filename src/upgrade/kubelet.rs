//! Check of kubelets: whether one of the new version starts with the settings that this host and the cluster have for it. The control
//! plane can go first, with the kubelet as it is: so nothing of it is an error.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::config::{NotTaken, Release, gates_in};
use crate::facts::{CgroupVersion, KubeletDocument};
use crate::versions::KubernetesVersion;
use crate::versions::facts::Component;

const STORED: &str = "the ConfigMap kube-system/kubelet-config";
const ON_HOST: &str = "/var/lib/kubelet/config.yaml";
/// The minor from which on a kubelet does not start on cgroups of version 1 unless it is told that it may.
const FAILS_ON_CGROUPS_V1: u64 = 35;

/// Flags, feature gates, and the host's cgroups.
pub fn settings(hop: &Hop<'_>) -> Vec<Finding> {
    let kubelet = &hop.facts.host.kubelet;
    let stored = gates(hop, &Place::Cluster, STORED, &hop.facts.stored.kubelet);
    let own = kubelet.document.iter().flat_map(|document| gates(hop, &Place::Host, ON_HOST, document));
    flags(hop).into_iter().chain(stored).chain(own).chain(cgroups(hop)).collect()
}

fn flags(hop: &Hop<'_>) -> Vec<Finding> {
    let release = Release::of(hop.to, hop.minor);
    let mut found = Vec::new();
    for flag in &hop.facts.host.kubelet.flags {
        let fix = format!("before the kubelet is upgraded, take {} out of {}", flag.name, flag.file);
        let mut told = |not_taken: Option<NotTaken>, seen: String| {
            found.extend(
                not_taken.map(|not_taken| finding(Place::Host, &not_taken).seen(seen).fix(fix.clone())),
            );
        };
        // What no kubelet has ever had is another program's, as of ExecStartPre.
        let gone = release.flag(Component::Kubelet, &flag.name).filter(NotTaken::is_gone_flag);
        told(gone, format!("{} has --{}", flag.file, flag.name));
        for (name, value) in gates_in(&flag.gates) {
            let seen = format!("--feature-gates in {} sets {name}", flag.file);
            told(release.gate(Component::Kubelet, name, value), seen);
        }
    }
    found
}

fn gates(hop: &Hop<'_>, place: &Place, file: &str, document: &KubeletDocument) -> Vec<Finding> {
    let release = Release::of(hop.to, hop.minor);
    let judge = |(name, value): (&String, &bool)| {
        let not_taken = release.gate(Component::Kubelet, name, Some(*value))?;
        let seen = format!("featureGates of {file} sets {name}");
        let fix = format!("before kubelets are upgraded, take {name} out of featureGates of {file}");
        Some(finding(place.clone(), &not_taken).seen(seen).fix(fix))
    };
    document.gates.iter().filter_map(judge).collect()
}

fn finding(place: Place, not_taken: &NotTaken) -> Finding {
    Finding::warning("KubeletSettings", place, not_taken.to_string())
}

fn is_before_that(kubelet: &str) -> bool {
    kubelet.parse::<KubernetesVersion>().is_ok_and(|version| version.minor() < FAILS_ON_CGROUPS_V1)
}

/// What the host's own document says wins, until the upgrade writes the cluster's in its place.
fn cgroups(hop: &Hop<'_>) -> Option<Finding> {
    let kubelet = &hop.facts.host.kubelet;
    // A host without the document has no kubelet, and a newer kubelet runs there already.
    let is_old = kubelet.cgroups == Some(CgroupVersion::V1)
        && hop.minor.number >= FAILS_ON_CGROUPS_V1
        && kubelet.document.is_some()
        && hop.facts.nodes.iter().any(|node| is_before_that(&node.kubelet));
    let may = hop.facts.stored.kubelet.fail_cgroup_v1;
    let fails = may.unwrap_or(true);
    (is_old && fails).then(|| {
        let told = match may {
            Some(_) => format!("failCgroupV1 of {STORED} is true"),
            None => format!("failCgroupV1 of {STORED} is not given, and is true from 1.{FAILS_ON_CGROUPS_V1} on"),
        };
        Finding::warning(
            "KubeletSettings",
            Place::Host,
            format!("a kubelet of 1.{} does not start on the cgroups of version 1 that this host has", hop.minor.number),
        )
        .seen(told)
        .fix(format!(
            "start the host with cgroups of version 2 (systemd.unified_cgroup_hierarchy=1), or set failCgroupV1: false in {STORED} and {ON_HOST}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::facts::KubeletFlag;

    #[test]
    fn cgroups_of_version_1_stop_newer_kubelets_that_are_not_told_that_they_may() {
        for (to, cgroups, may, wanted) in [
            ("v1.37.2", CgroupVersion::V1, None, 1),
            ("v1.37.2", CgroupVersion::V1, Some(true), 1),
            ("v1.37.2", CgroupVersion::V1, Some(false), 0),
            ("v1.37.2", CgroupVersion::V2, None, 0),
            ("v1.34.4", CgroupVersion::V1, None, 0),
        ] {
            let mut case = Case::to(to);
            case.facts.nodes[0].kubelet = "v1.34.4".to_owned();
            case.facts.host.kubelet.document = Some(KubeletDocument::default());
            case.facts.host.kubelet.cgroups = Some(cgroups);
            case.facts.stored.kubelet.fail_cgroup_v1 = may;
            assert_eq!(
                labels(&settings(&case.hop())),
                vec!["warning KubeletSettings"; wanted],
                "{to} {may:?}"
            );
        }
    }

    #[test]
    fn flags_of_other_programs_in_the_unit_are_none_of_the_kubelet_s() {
        let mut case = Case::to("v1.37.2");
        let flag = |name: &str| KubeletFlag {
            name: name.to_owned(),
            gates: String::new(),
            file: "/etc/systemd/system/kubelet.service".to_owned(),
        };
        case.facts.host.kubelet.flags =
            vec![flag("of-another-program"), flag("boot-id-file"), flag("config")];
        let found = settings(&case.hop());
        assert_eq!(labels(&found), ["warning KubeletSettings"]);
        assert!(found[0].message.contains("--boot-id-file"), "{}", found[0].message);
    }

    #[test]
    fn gates_of_the_cluster_and_of_this_host_are_told_with_their_place() {
        let mut case = Case::to("v1.37.2");
        let document =
            KubeletDocument { gates: [("SidecarContainers".to_owned(), true)].into(), fail_cgroup_v1: None };
        case.facts.stored.kubelet = document.clone();
        case.facts.host.kubelet.document = Some(document);
        let found = settings(&case.hop());
        let places: Vec<&Place> = found.iter().map(|finding| &finding.place).collect();
        assert_eq!(places, [&Place::Cluster, &Place::Host]);
        assert!(found[0].evidence.contains("ConfigMap") && found[1].evidence.contains("config.yaml"));
    }
}
