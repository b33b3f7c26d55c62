//! Edits of a manifest × the rendering of another version → the rendering with the edits; or those that do not go with it.

use serde_json::Value;

use super::{Edit, pod};
use crate::config::{ClusterSpec, NotTaken, Release};
use crate::manifests::go_form;
use crate::manifests::pod_check::faults_of_pod;
use crate::manifests::static_pod::StaticPod;
use crate::versions::facts::{self, Component, Presence, etcd_version};
use crate::yaml;

const PLUGINS: [&str; 2] = ["enable-admission-plugins", "disable-admission-plugins"];

/// What becomes of a flag that somebody has given by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The new version takes it.
    Taken,
    /// The new version has no such flag or feature gate, and so it goes.
    Gone(String),
    /// The new version has it, and does not start with it.
    Refused(String),
}

/// A rendering, and the edits that went because the version has nothing of the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The manifest.
    pub text: String,
    /// Those that it does not have.
    pub gone: Vec<Edit>,
}

/// Edits that do not go with another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was changed by hand in the manifest of {} does not go with the new version:\n{}", .pod.name(), lines(.faults))]
pub struct Conflict {
    /// Of which static pod.
    pub pod: StaticPod,
    /// Each with what is against it.
    pub faults: Vec<String>,
}

impl Conflict {
    /// What to do about it.
    pub fn hint(&self) -> String {
        format!(
            "take it back in /etc/kubernetes/manifests/{}.yaml, or put it into the cluster's configuration or a patch; --drop-edits lets all edits go",
            self.pod.name()
        )
    }
}

fn lines(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

/// What becomes of the flag `name`, or of one entry in it, with the value that it has.
pub fn fate(kind: StaticPod, name: &str, entry: Option<&str>, value: &str, cluster: &ClusterSpec) -> Fate {
    let component = match kind {
        StaticPod::Etcd => {
            let version = etcd_version(cluster.etcd_tag());
            let not_taken = version.and_then(|version| NotTaken::by_etcd(name, &version));
            return not_taken.map_or(Fate::Taken, |not_taken| Fate::Gone(not_taken.to_string()));
        }
        StaticPod::ApiServer => Component::ApiServer,
        StaticPod::ControllerManager => Component::ControllerManager,
        StaticPod::Scheduler => Component::Scheduler,
    };
    let release = Release::of(&cluster.version, cluster.minor);
    if let Some(not_taken) = release.flag(component, name) {
        return Fate::Gone(not_taken.to_string());
    }
    match (name, entry) {
        ("feature-gates", Some(gate)) => match release.gate(component, gate, value.parse().ok()) {
            None => Fate::Taken,
            Some(not_taken @ NotTaken::LockedGate { .. }) => Fate::Refused(not_taken.to_string()),
            Some(not_taken) => Fate::Gone(not_taken.to_string()),
        },
        ("runtime-config", Some(group)) if is_gone(facts::group_version(group, cluster.minor)) => {
            Fate::Gone(format!("the API server does not know {group} any more"))
        }
        (flag, None) if PLUGINS.contains(&flag) => {
            let mut names = value.split(',').map(str::trim);
            let gone = names.find(|name| is_gone(facts::admission_plugin(name, cluster.minor)));
            gone.map_or(Fate::Taken, |name| {
                Fate::Refused(format!("the API server has no admission plug-in {name} any more"))
            })
        }
        _ => Fate::Taken,
    }
}

fn is_gone(presence: Presence) -> bool {
    matches!(presence, Presence::Gone { .. })
}

/// Makes the edits in `rendering`, which is that of `cluster`.
///
/// # Errors
/// All that do not go with it: what they change is different there as well, or the kubelet or the component would refuse it.
///
/// # Panics
/// Never: a rendering is a pod.
pub fn carry(
    kind: StaticPod,
    rendering: &str,
    edits: &[Edit],
    cluster: &ClusterSpec,
) -> Result<Carried, Conflict> {
    let mut new = pod(rendering).unwrap_or_default();
    let (mut gone, mut faults) = (Vec::new(), Vec::new());
    for edit in edits {
        let fate = match (edit.place.flag(), edit.found.as_ref()) {
            (Some((name, entry)), Some(found)) => {
                fate(kind, name, entry, found.as_str().unwrap_or_default(), cluster)
            }
            _ => Fate::Taken,
        };
        match fate {
            Fate::Gone(_) => gone.push(edit.clone()),
            Fate::Refused(why) => faults.push(format!("{edit}: {why}")),
            Fate::Taken => faults.extend(make(&mut new, edit)),
        }
    }
    if faults.is_empty() {
        match go_form::pod(new) {
            Ok(pod) => match fit(kind, &pod) {
                Ok(text) => return Ok(Carried { text, gone }),
                Err(unfit) => faults = unfit,
            },
            Err(why) => faults.push(why.to_string()),
        }
    }
    Err(Conflict { pod: kind, faults })
}

/// What is against it, where it is not made.
fn make(pod: &mut Value, edit: &Edit) -> Option<String> {
    let Edit { place, found, base } = edit;
    if !place.leads_through(pod) {
        return Some(format!("{edit}: the new version has nothing there"));
    }
    let there = place.of(pod);
    let is_free = there == *base || found.is_none();
    if is_free && there != *found {
        place.put(pod, found.clone());
    }
    if is_free || there == *found {
        return None;
    }
    let new = Edit { found: there, ..edit.clone() };
    let new = match (&new.found, new.found_text()) {
        (None, _) => "nothing".to_owned(),
        (Some(_), text) => text.unwrap_or_else(|| "another value".to_owned()),
    };
    Some(format!("{edit}, and the new version has {new} there"))
}

fn fit(kind: StaticPod, pod: &Value) -> Result<String, Vec<String>> {
    let typed = serde_json::from_value(pod.clone()).map_err(|error| vec![error.to_string()])?;
    let faults: Vec<String> = faults_of_pod(&typed, kind.name()).iter().map(ToString::to_string).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    yaml::to_string(pod).map_err(|error| vec![error.to_string()])
}

#[cfg(test)]
mod tests {
    use super::super::edits;
    use super::*;
    use crate::config::{Config, fixture};
    use crate::manifests::patches::Patches;
    use crate::manifests::static_pod::{PodInputs, render};

    fn config(version: &str) -> Config {
        let mut config = fixture::config();
        config.of_version(version);
        config
    }

    fn rendering(kind: StaticPod, version: &str) -> String {
        render(kind, config(version).spec(), &PodInputs::default(), &Patches::default()).unwrap().unwrap()
    }

    fn carried(kind: StaticPod, edit: impl Fn(&str) -> String, to: &str) -> Result<Carried, Conflict> {
        let found = edit(&rendering(kind, "v1.36.3"));
        let old = config("v1.36.3");
        let edits = edits(kind, &found, old.spec(), &PodInputs::default(), &Patches::default()).unwrap();
        assert!(!edits.is_empty());
        carry(kind, &rendering(kind, to), &edits, &config(to).cluster)
    }

    #[test]
    fn edits_are_made_in_the_new_rendering_and_are_the_only_edits_of_it() {
        let edit = |text: &str| {
            text.replace("    - kube-scheduler\n", "    - kube-scheduler\n    - --v=4\n")
                .replace("registry.k8s.io/", "mirror.test/")
                .replace("  hostNetwork: true\n", "  hostNetwork: true\n  nodeSelector:\n    a: b\n")
        };
        let Carried { text, gone } = carried(StaticPod::Scheduler, edit, "v1.37.1").unwrap();
        assert!(text.contains("image: mirror.test/kube-scheduler:v1.37.1") && gone.is_empty(), "{text}");
        let new = config("v1.37.1");
        let left = edits(StaticPod::Scheduler, &text, new.spec(), &PodInputs::default(), &Patches::default())
            .unwrap();
        let left: Vec<String> = left.iter().map(ToString::to_string).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left.iter().any(|line| line == "--v is 4 and would not be there"), "{left:?}");
        let again =
            carry(StaticPod::Scheduler, &rendering(StaticPod::Scheduler, "v1.36.3"), &[], &new.cluster)
                .unwrap();
        assert_eq!(again.text, rendering(StaticPod::Scheduler, "v1.36.3"));
    }

    #[test]
    fn a_flag_or_gate_that_the_new_version_does_not_have_goes_and_is_told() {
        let gates = |text: &str| {
            text.replace(
                "    - kube-scheduler\n",
                "    - kube-scheduler\n    - --feature-gates=NoSuchGate=true\n",
            )
        };
        let Carried { text, gone } = carried(StaticPod::Scheduler, gates, "v1.37.1").unwrap();
        assert!(!text.contains("NoSuchGate") && gone[0].to_string().contains("NoSuchGate"), "{text}");
        let etcd = |text: &str| {
            text.replace("    - etcd\n", "    - etcd\n    - --experimental-corrupt-check-time=1m\n")
        };
        let Carried { text, gone } = carried(StaticPod::Etcd, etcd, "v1.37.1").unwrap();
        assert!(!text.contains("experimental") && gone.len() == 1, "{text}");
    }

    #[test]
    fn what_the_new_version_changes_as_well_is_in_conflict_and_named() {
        let tag = |text: &str| text.replace(":v1.36.3", ":v1.36.3@sha256:0123");
        let conflict = carried(StaticPod::Scheduler, tag, "v1.37.1").unwrap_err();
        let said = conflict.to_string();
        assert!(
            said.contains("image (tag) is v1.36.3@sha256:0123")
                && said.contains("the new version has v1.37.1 there"),
            "{said}"
        );
        let broken = |text: &str| {
            text.replace("  hostNetwork: true\n", "  hostNetwork: true\n  restartPolicy: Sometimes\n")
        };
        assert!(carried(StaticPod::Scheduler, broken, "v1.37.1").is_err());
    }
}
