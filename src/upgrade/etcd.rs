//! Checks of etcd: its members, and the rules of its own upgrades.

use semver::Version;

use super::finding::{Finding, Place};
use super::hop::{Hop, core};
use crate::facts::{EtcdMember, EtcdSaid, Seen};
use crate::preflight::is_before;
use crate::versions::facts::etcd_version;
use crate::versions::semantic;

/// From a minor of etcd to the next, as etcd's own guides to upgrades have it (<https://etcd.io/docs/v3.7/upgrades/>): every member is
/// of this patch or newer first.
struct Bridge {
    from: (u64, u64),
    to: (u64, u64),
    least: Version,
    /// An image of such a patch.
    image: &'static str,
}

static BRIDGES: [Bridge; 2] = [
    // https://etcd.io/blog/2025/zombie_members_upgrade/
    Bridge { from: (3, 5), to: (3, 6), least: Version::new(3, 5, 26), image: "3.5.27-0" },
    Bridge { from: (3, 6), to: (3, 7), least: Version::new(3, 6, 11), image: "3.6.11-0" },
];

/// The tag of the image that a member runs in between, where it must not go from one version to the other at once.
pub fn bridge_image(from: &Version, to: &Version) -> Option<&'static str> {
    let minor = |version: &Version| (version.major, version.minor);
    let bridge = BRIDGES.iter().find(|bridge| bridge.from == minor(from) && bridge.to == minor(to))?;
    (core(from) < core(&bridge.least)).then_some(bridge.image)
}

const MANIFEST: &str = "/etc/kubernetes/manifests/etcd.yaml";

impl EtcdMember {
    /// Its name; one that has never started has its peer URL.
    pub fn name(&self) -> &str {
        let url = self.member.peer_urls.first().map_or("", String::as_str);
        if self.member.started() { &self.member.name } else { url }
    }

    fn place(&self) -> Place {
        Place::Etcd { name: self.name().to_owned() }
    }
}

/// A minor of etcd is left only from its newer patches, and no minor is left out.
pub fn bridge(hop: &Hop<'_>) -> Vec<Finding> {
    let Some(new) = hop.etcd().filter(|_| hop.with_etcd) else { return Vec::new() };
    hop.members().filter_map(|(name, version)| unbridged(hop, name, &version, &new)).collect()
}

fn unbridged(hop: &Hop<'_>, name: &str, version: &Version, new: &Version) -> Option<Finding> {
    let minor = |version: &Version| (version.major, version.minor);
    if minor(version) >= minor(new) {
        return None;
    }
    if let Some(image) = bridge_image(version, new).filter(|_| hop.facts.etcd.members().len() == 1) {
        return Some(by_itself(name, version, new, image));
    }
    let bridge = BRIDGES.iter().find(|bridge| bridge.from == minor(version));
    let (message, image) = match bridge {
        Some(bridge) if bridge.to != minor(new) => {
            (format!("etcd goes one minor at a time, and {new} is further"), Some(bridge.image))
        }
        Some(bridge) if core(version) < core(&bridge.least) => {
            let least = &bridge.least;
            (
                format!(
                    "etcd {new} may follow on {least} and newer alone, on every member: an older one may corrupt the cluster"
                ),
                Some(bridge.image),
            )
        }
        Some(_) => return None,
        None => (format!("it is not known how etcd {version} gets to {new}"), None),
    };
    let fix = match image {
        Some(image) => format!(
            "one control plane after the other, make the image in {MANIFEST} {}/etcd:{image}, and wait until all members are healthy; then upgrade",
            hop.cluster.image_repository
        ),
        None => "upgrade etcd by its own guide first".to_owned(),
    };
    let place = Place::Etcd { name: name.to_owned() };
    Some(
        Finding::error("EtcdBridge", place, message).seen(format!("{name} is of version {version}")).fix(fix),
    )
}

/// The only member may go that way in one upgrade.
fn by_itself(name: &str, version: &Version, new: &Version, image: &str) -> Finding {
    let place = Place::Etcd { name: name.to_owned() };
    let message = format!("etcd runs {image} before {new}, in a step of its own, as its own rules want it");
    Finding::info("EtcdBridge", place, message)
        .seen(format!("{name} is of version {version}, and the only member"))
        .fix("none: `kubewright upgrade apply` does so; the real kubeadm does not")
}

/// The tag of the cluster's configuration goes before the version's own, whatever the version.
pub fn pinned(hop: &Hop<'_>) -> Vec<Finding> {
    let Some(tag) = hop.pinned_etcd().filter(|_| hop.with_etcd) else { return Vec::new() };
    let own = hop.release().images.etcd;
    let fix = format!(
        "remove etcd.local.imageTag from the ClusterConfiguration in the ConfigMap kube-system/kubeadm-config, or make it {own}"
    );
    let seen = format!("etcd.local.imageTag is {tag}; Kubernetes {} comes with {own}", hop.to);
    let told = |finding: Finding| vec![finding.seen(seen.clone()).fix(fix.clone())];
    let Some(version) = etcd_version(tag) else {
        return told(Finding::warning(
            "EtcdPinned",
            Place::Cluster,
            format!("etcd's tag {tag} names no version that can be judged"),
        ));
    };
    let newest = hop.members().map(|(_, member)| member).max();
    if let Some(member) = newest.filter(|member| core(&version) < core(member)) {
        let message = format!("etcd {member} would be replaced by {version}, and etcd does not go back");
        return told(Finding::error("EtcdPinned", Place::Cluster, message));
    }
    let oldest = hop.minor.pods.oldest_etcd;
    if is_before(&version, oldest) {
        let message = format!(
            "Kubernetes 1.{} starts etcd with flags of {oldest}, which {version} does not know",
            hop.minor.number
        );
        return told(Finding::error("EtcdPinned", Place::Cluster, message));
    }
    if etcd_version(own).is_some_and(|own| core(&version) < core(&own)) {
        let message = format!("etcd stays at {version}, which the configuration names");
        return told(Finding::warning("EtcdPinned", Place::Cluster, message));
    }
    Vec::new()
}

/// Each member runs, and knows a leader.
pub fn unhealthy(hop: &Hop<'_>) -> Vec<Finding> {
    let fix =
        "look at it with `crictl ps -a --name etcd` and `crictl logs` on its host, and bring it back first";
    if let EtcdSaid::Silent(why) = &hop.facts.etcd {
        let finding = Finding::error("EtcdUnhealthy", Place::Cluster, "no member of etcd answers");
        return vec![finding.seen(why).fix(fix)];
    }
    let judge = |told: &EtcdMember| {
        let (message, seen) = match (&told.status, told.member.started()) {
            (_, false) => {
                ("a member of etcd has never started", "the list of members has no name for it".to_owned())
            }
            (Err(unseen), true) => ("a member of etcd does not answer", unseen.why.clone()),
            (Ok(status), true) if status.leader.is_none() => {
                ("a member of etcd knows no leader", status.errors.join("; "))
            }
            (Ok(_), true) => return None,
        };
        let seen = if seen.is_empty() { "it names no leader".to_owned() } else { seen };
        Some(Finding::error("EtcdUnhealthy", told.place(), message).seen(seen).fix(fix))
    };
    hop.facts.etcd.members().iter().filter_map(judge).collect()
}

/// A member that is out of space takes no writes, and one that is corrupt none either.
pub fn alarms(hop: &Hop<'_>) -> Vec<Finding> {
    let mut told: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for member in hop.facts.etcd.members() {
        let errors = member.status.as_ref().map(|status| status.errors.as_slice()).unwrap_or_default();
        for alarm in errors.iter().filter(|error| error.contains("alarm:")) {
            // Every member tells the alarms of all of them.
            if !told.contains(alarm) {
                told.push(alarm.clone());
                all.push(raised(hop, alarm));
            }
        }
    }
    all
}

fn raised(hop: &Hop<'_>, alarm: &str) -> Finding {
    let id =
        alarm.split("memberID:").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    let member = hop.facts.etcd.members().iter().find(|told| Some(told.member.id.0) == id);
    let name = alarm.split("alarm:").nth(1).unwrap_or_default().trim();
    let fix = match name {
        "NOSPACE" => {
            "compact and defragment: `etcdctl compact REVISION`, `etcdctl defrag --cluster`, and then `etcdctl alarm disarm`"
        }
        _ => {
            "find out with `etcdctl alarm list` and etcd's log, and end it first; a corrupt member is removed and joins again"
        }
    };
    Finding::error(
        "EtcdAlarm",
        member.map_or(Place::Cluster, EtcdMember::place),
        format!("etcd has the alarm {name}"),
    )
    .seen(alarm.trim())
    .fix(fix)
}

/// A learner is on its way in, and does not count yet.
pub fn learners(hop: &Hop<'_>) -> Vec<Finding> {
    let learners = hop.facts.etcd.members().iter().filter(|told| hop.with_etcd && !told.member.votes());
    let finding = |told: &EtcdMember| {
        Finding::error("EtcdLearner", told.place(), "a member of etcd is a learner still: it has no vote")
            .seen(format!("member {} is a learner", told.member.id))
            .fix("let its join come to its end, or remove it: `etcdctl member remove`; then upgrade")
    };
    learners.map(finding).collect()
}

/// An etcd that is not the cluster's own has to be new enough by itself.
pub fn external(hop: &Hop<'_>) -> Vec<Finding> {
    let EtcdSaid::External(versions) = &hop.facts.etcd else { return Vec::new() };
    let oldest = hop.release().min_external_etcd;
    let judge = |(endpoint, said): (&String, &Seen<String>)| {
        let text = said.as_ref().ok()?;
        let fits = semantic(text).is_some_and(|version| !is_before(&version, oldest));
        let finding = || {
            Finding::error(
                "ExternalEtcdVersion",
                Place::Etcd { name: endpoint.clone() },
                format!("external etcd has to be of version {oldest} or newer"),
            )
            .seen(format!("{endpoint} says {text}"))
            .fix(format!("upgrade etcd to {oldest} or newer"))
        };
        (!fits).then(finding)
    };
    versions.iter().filter_map(judge).collect()
}

/// An upgrade keeps a copy of this host's member.
pub fn room(hop: &Hop<'_>) -> Vec<Finding> {
    let host = &hop.facts.host;
    let own = hop.facts.etcd.members().iter().find(|told| Some(told.name()) == host.etcd_member.as_deref());
    let Some((own, room)) = own.zip(host.room).filter(|_| hop.changes_etcd()) else { return Vec::new() };
    let Ok(status) = &own.status else { return Vec::new() };
    let finding = || {
        Finding::error(
            "EtcdRoom",
            Place::Host,
            "there is no room for the copy of etcd's data that an upgrade makes",
        )
        .seen(format!(
            "etcd's data has {} MiB; below /etc/kubernetes/tmp {} MiB are free",
            mebibytes(status.data_size),
            mebibytes(room)
        ))
        .fix("remove older copies in /etc/kubernetes/tmp, or make room")
    };
    (room < status.data_size).then(finding).into_iter().collect()
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::fixture::{Case, labels, member};
    use super::*;
    use crate::facts::{MemberId, Unseen};
    use crate::preflight::fixture::external_etcd;

    /// Two members of these versions, before a hop.
    fn of(to: &str, versions: &[&str]) -> Case {
        let mut case = Case::to(to);
        let members = versions.iter().zip(1..).map(|(version, number)| member(number, version));
        case.facts.etcd = EtcdSaid::Local(members.collect());
        case
    }

    fn change(case: &mut Case, change: impl FnOnce(&mut EtcdMember)) {
        let EtcdSaid::Local(members) = &mut case.facts.etcd else { panic!("a local etcd") };
        change(&mut members[0]);
    }

    #[test]
    fn each_member_is_of_a_newer_patch_before_a_minor_is_left() {
        for (to, versions, wanted) in [
            ("v1.37.2", ["3.6.8", "3.6.8"], 2),
            ("v1.37.2", ["3.6.11", "3.6.8"], 1),
            ("v1.37.2", ["3.6.11", "3.6.14"], 0),
            ("v1.37.2", ["3.7.0", "3.6.11"], 0),
            ("v1.36.3", ["3.6.8", "3.6.5"], 0),
            ("v1.36.3", ["3.5.25", "3.5.26"], 1),
            ("v1.37.2", ["3.5.27", "3.5.27"], 2),
            ("v1.37.2", ["3.4.1", "3.6.11"], 1),
        ] {
            let found = bridge(&of(to, &versions).hop());
            assert_eq!(labels(&found), vec!["error EtcdBridge"; wanted], "{to} {versions:?}");
        }
        let mut case = of("v1.37.2", &["3.6.8", "3.6.8"]);
        let told = bridge(&case.hop());
        assert!(told[0].fix.contains("registry.k8s.io/etcd:3.6.11-0"), "{}", told[0].fix);
        case.with_etcd = false;
        assert!(bridge(&case.hop()).is_empty());
    }

    #[test]
    fn the_only_member_goes_by_the_patch_in_between_by_itself_but_leaves_out_no_minor() {
        let told = |version| labels(&bridge(&of("v1.37.2", &[version]).hop()));
        assert_eq!([told("3.6.8"), told("3.5.27")], [["info EtcdBridge"], ["error EtcdBridge"]]);
        assert!(told("3.6.11").is_empty());
    }

    #[test]
    fn a_tag_of_the_configuration_is_held_against_members_flags_and_the_version_s_own() {
        for (to, tag, wanted) in [
            ("v1.36.3", "3.6.8-0", &[][..]),
            ("v1.36.3", "3.6.11-0", &[]),
            ("v1.36.3", "3.6.7-0", &["warning EtcdPinned"]),
            ("v1.36.3", "3.6.5-0", &["error EtcdPinned"]),
            ("v1.36.3", "mine", &["warning EtcdPinned"]),
        ] {
            let mut case = of(to, &["3.6.6"]);
            case.pin(tag);
            assert_eq!(labels(&pinned(&case.hop())), wanted, "{to} {tag}");
        }
        let told = |to: &str| {
            let mut case = of(to, &["3.5.24"]);
            case.pin("3.5.27-0@sha256:00");
            pinned(&case.hop()).pop().unwrap()
        };
        assert_eq!(labels(&[told("v1.35.4"), told("v1.36.3")]), ["warning EtcdPinned", "error EtcdPinned"]);
        assert!(told("v1.36.3").message.contains("flags of 3.6.0"), "{}", told("v1.36.3").message);
    }

    #[test]
    fn a_member_that_is_silent_lost_or_new_is_named() {
        let told = |change_it: fn(&mut EtcdMember)| {
            let mut case = of("v1.36.3", &["3.6.6", "3.6.6"]);
            change(&mut case, change_it);
            unhealthy(&case.hop())
        };
        assert!(told(|_| ()).is_empty());
        let silent = told(|told| told.status = Err(Unseen::new("the member", "connection refused")));
        assert_eq!(
            (labels(&silent), silent[0].evidence.as_str()),
            (vec!["error EtcdUnhealthy".to_owned()], "connection refused")
        );
        let lost = told(|told| told.status.as_mut().unwrap().leader = None);
        assert_eq!(lost[0].message, "a member of etcd knows no leader");
        let new = told(|told| told.member.name.clear());
        assert_eq!(new[0].place, Place::Etcd { name: "https://10.0.0.1:2380".to_owned() });
        let mut case = of("v1.36.3", &[]);
        case.facts.etcd = EtcdSaid::Silent("refused".to_owned());
        assert_eq!(labels(&unhealthy(&case.hop())), ["error EtcdUnhealthy"]);
    }

    #[test]
    fn an_alarm_is_told_once_and_by_its_member() {
        let mut case = of("v1.36.3", &["3.6.6", "3.6.6"]);
        let EtcdSaid::Local(members) = &mut case.facts.etcd else { panic!("a local etcd") };
        for told in members {
            let errors = &mut told.status.as_mut().unwrap().errors;
            *errors = vec!["memberID:2 alarm:NOSPACE ".to_owned(), "etcdserver: something else".to_owned()];
        }
        let found = alarms(&case.hop());
        assert_eq!(
            (labels(&found), &found[0].place),
            (vec!["error EtcdAlarm".to_owned()], &Place::Etcd { name: "cp2".to_owned() })
        );
        assert!(found[0].fix.contains("defrag") && found[0].evidence == "memberID:2 alarm:NOSPACE");
    }

    #[test]
    fn a_learner_is_waited_for_where_etcd_is_upgraded() {
        let mut case = of("v1.36.3", &["3.6.6"]);
        change(&mut case, |told| told.member.is_learner = true);
        assert_eq!(labels(&learners(&case.hop())), ["error EtcdLearner"]);
        case.with_etcd = false;
        assert!(learners(&case.hop()).is_empty());
    }

    #[test]
    fn an_etcd_elsewhere_has_to_be_new_enough_for_the_new_patch() {
        let told = |said: &str| {
            let mut case = Case::to("v1.36.3");
            case.facts.etcd =
                EtcdSaid::External(BTreeMap::from([("https://e1:2379".to_owned(), Ok(said.to_owned()))]));
            labels(&external(&case.hop()))
        };
        assert_eq!(
            [told("3.5.9"), told("no etcd")],
            [vec!["error ExternalEtcdVersion"], vec!["error ExternalEtcdVersion"]]
        );
        assert!(told("3.6.8").is_empty());
    }

    #[test]
    fn the_copy_of_etcd_s_data_has_room_where_one_is_made() {
        let told = |room: u64, to: &str| {
            let mut case = of(to, &["3.6.6"]);
            case.facts.host.etcd_member = Some("cp1".to_owned());
            case.facts.host.room = Some(room);
            labels(&super::room(&case.hop()))
        };
        assert_eq!(told(1 << 20, "v1.36.3"), ["error EtcdRoom"]);
        assert!(told(1 << 30, "v1.36.3").is_empty() && told(1 << 20, "v1.35.4").is_empty());
    }

    #[test]
    fn etcd_changes_where_any_member_is_older() {
        assert!(of("v1.36.3", &["3.6.8", "3.6.6"]).hop().changes_etcd());
        assert!(!of("v1.36.3", &["3.6.8", "3.6.11"]).hop().changes_etcd());
        let mut case = of("v1.36.3", &["3.6.6"]);
        case.cluster.etcd = external_etcd().cluster.etcd;
        assert!(!case.hop().changes_etcd());
        assert_eq!(member(1, "3.6.6").member.id, MemberId(1));
    }
}
