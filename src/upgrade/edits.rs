//! Checks of what an upgrade would take away: changes of this host's manifests by hand, and what patches have made that are not given.

use super::finding::{Finding, Place, Severity};
use super::hop::{EditChoice, Hop};
use crate::config::ClusterSpec;
use crate::facts::ManifestEdit;
use crate::manifests::edits::{Fate, fate};
use crate::manifests::static_pod::StaticPod;

const KEEP_OR_DROP: &str =
    "or say --keep-edits, which makes it in the new manifest too, or --drop-edits, which lets it go";

/// Changes that look as if made by hand, one finding each.
pub fn local(hop: &Hop<'_>) -> Vec<Finding> {
    let new = new_cluster(hop);
    of_hop(hop).filter(|edit| !edit.is_as_patched).map(|edit| by_hand(hop, &new, edit)).collect()
}

fn by_hand(hop: &Hop<'_>, new: &ClusterSpec, edit: &ManifestEdit) -> Finding {
    let (path, component) = (path(edit.component), edit.component.name());
    let message =
        format!("{component}: {}, by the cluster's configuration and the patches given", edit.change);
    let told = |severity| {
        Finding::new(severity, "LocalEdits", Place::Host, message.clone())
            .seen(format!("{path}, which an upgrade writes again"))
    };
    if let Some(why) = gone(new, edit) {
        let finding = told(Severity::Warning);
        return finding.fix(format!("nothing, if it is not missed: the upgrade takes it out, since {why}"));
    }
    match hop.edits {
        EditChoice::Unsaid => told(Severity::Error).fix(format!("{}; {KEEP_OR_DROP}", remedy(edit))),
        EditChoice::Keep => {
            told(Severity::Info).fix("nothing: --keep-edits makes it in the new manifest too")
        }
        EditChoice::Drop => told(Severity::Info)
            .fix("nothing: --drop-edits lets it go; a copy of the manifest stays in /etc/kubernetes/tmp"),
    }
}

/// Manifests that have what patches make, in the form in which they make it, one finding each.
pub fn patches(hop: &Hop<'_>) -> Vec<Finding> {
    let of = |component: StaticPod| -> Vec<&str> {
        let own = of_hop(hop).filter(|edit| edit.is_as_patched && edit.component == component);
        own.map(|edit| edit.change.as_str()).collect()
    };
    let all = StaticPod::ALL.into_iter().map(|component| (component, of(component)));
    all.filter(|(_, changes)| !changes.is_empty())
        .map(|(component, changes)| missing(hop.edits, component, &changes))
        .collect()
}

fn missing(choice: EditChoice, component: StaticPod, changes: &[&str]) -> Finding {
    let path = path(component);
    let message = format!("{path} looks like the work of patches that were not given");
    let told = |severity| {
        Finding::new(severity, "PatchesMissing", Place::Host, message.clone()).seen(format!(
            "in the form in which patches leave a manifest, and not by the cluster's configuration: {}",
            changes.join("; ")
        ))
    };
    match choice {
        EditChoice::Unsaid => told(Severity::Error)
            .fix(format!("give the folder that this host was set up with: --patches DIR; {KEEP_OR_DROP}")),
        EditChoice::Keep => {
            told(Severity::Info).fix("nothing: --keep-edits makes the same in the new manifest")
        }
        EditChoice::Drop => told(Severity::Info)
            .fix("nothing: --drop-edits lets it go; a copy of the manifest stays in /etc/kubernetes/tmp"),
    }
}

/// Where etcd is not upgraded, its manifest stays.
fn of_hop<'a>(hop: &Hop<'a>) -> impl Iterator<Item = &'a ManifestEdit> {
    let with_etcd = hop.with_etcd;
    hop.facts.host.edits.iter().filter(move |edit| with_etcd || edit.component != StaticPod::Etcd)
}

fn new_cluster(hop: &Hop<'_>) -> ClusterSpec {
    ClusterSpec { version: hop.to.clone(), minor: hop.minor, ..hop.cluster.clone() }
}

/// Why the new version does not have it.
fn gone(new: &ClusterSpec, edit: &ManifestEdit) -> Option<String> {
    let flag = edit.flag.as_ref()?;
    match fate(edit.component, &flag.name, flag.entry.as_deref(), flag.value.as_deref()?, new) {
        Fate::Gone(why) => Some(why),
        Fate::Taken | Fate::Refused(_) => None,
    }
}

fn path(component: StaticPod) -> String {
    format!("/etc/kubernetes/manifests/{}.yaml", component.name())
}

/// Where it belongs, to last.
fn remedy(edit: &ManifestEdit) -> String {
    let section = match edit.component {
        StaticPod::Etcd => "etcd.local",
        StaticPod::ApiServer => "apiServer",
        StaticPod::ControllerManager => "controllerManager",
        StaticPod::Scheduler => "scheduler",
    };
    let is_volume = ["spec.volumes", ".volumeMounts"].iter().any(|part| edit.field.contains(part));
    let own = match &edit.flag {
        Some(flag) => Some(format!("{} belongs into {section}.extraArgs", flag.name)),
        None if edit.field.contains(".env[") => Some(format!("it belongs into {section}.extraEnvs")),
        None if is_volume && edit.component != StaticPod::Etcd => {
            Some(format!("it belongs into {section}.extraVolumes"))
        }
        None if edit.field.contains(".image (registry") => {
            Some("another registry is imageRepository's to say".to_owned())
        }
        None => None,
    };
    let name = edit.component.name();
    own.map_or_else(
        || format!("it belongs into a patch: --patches DIR, and in it {name}+strategic.yaml"),
        |own| format!("{own} of the ClusterConfiguration (`kubectl -n kube-system edit configmap kubeadm-config`), or into a patch for {name} (--patches DIR)"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::facts::EditedFlag;

    fn flag(component: StaticPod, name: &str, entry: Option<&str>) -> ManifestEdit {
        ManifestEdit {
            component,
            field: format!("--{name}"),
            flag: Some(EditedFlag {
                name: name.to_owned(),
                entry: entry.map(str::to_owned),
                value: Some("true".to_owned()),
            }),
            change: format!("--{name} is true and would not be there"),
            is_as_patched: false,
        }
    }

    fn field(component: StaticPod, field: &str, is_as_patched: bool) -> ManifestEdit {
        let change = format!("{field} is a and would be b");
        ManifestEdit { component, field: field.to_owned(), flag: None, change, is_as_patched }
    }

    #[test]
    fn an_edit_is_in_the_way_until_it_is_said_what_becomes_of_it() {
        let mut case = Case::to("v1.37.2");
        case.facts.host.edits = vec![flag(StaticPod::Scheduler, "v", None)];
        let found = local(&case.hop());
        assert_eq!(labels(&found), ["error LocalEdits"]);
        assert!(
            found[0].message.starts_with("kube-scheduler: --v is true and would not be there"),
            "{}",
            found[0].message
        );
        assert!(found[0].evidence.contains("/etc/kubernetes/manifests/kube-scheduler.yaml"));
        assert!(
            found[0].fix.contains("scheduler.extraArgs") && found[0].fix.contains("--drop-edits"),
            "{}",
            found[0].fix
        );
        for choice in [EditChoice::Keep, EditChoice::Drop] {
            case.edits = choice;
            assert_eq!(labels(&local(&case.hop())), ["info LocalEdits"]);
        }
    }

    #[test]
    fn what_the_new_version_does_not_have_goes_with_a_warning() {
        let mut case = Case::to("v1.37.2");
        case.facts.host.edits = vec![
            flag(StaticPod::ApiServer, "feature-gates", Some("NoSuchGate")),
            flag(StaticPod::Etcd, "experimental-compact-hash-check-enabled", None),
        ];
        assert_eq!(labels(&local(&case.hop())), ["warning LocalEdits"; 2]);
        case.with_etcd = false;
        assert_eq!(labels(&local(&case.hop())), ["warning LocalEdits"]);
    }

    #[test]
    fn a_manifest_as_patches_leave_it_is_told_once_with_all_that_it_has() {
        let mut case = Case::to("v1.37.2");
        case.facts.host.edits = vec![
            field(StaticPod::Etcd, "spec.a", true),
            field(StaticPod::Etcd, "spec.b", true),
            field(StaticPod::Scheduler, "spec.volumes[x]", false),
        ];
        let found = patches(&case.hop());
        assert_eq!(labels(&found), ["error PatchesMissing"]);
        assert!(found[0].evidence.contains("spec.a is a") && found[0].evidence.contains("spec.b is a"));
        assert!(found[0].fix.contains("--patches DIR"));
        let by_hand = local(&case.hop());
        assert_eq!(labels(&by_hand), ["error LocalEdits"]);
        assert!(by_hand[0].fix.contains("scheduler.extraVolumes"), "{}", by_hand[0].fix);
    }
}
