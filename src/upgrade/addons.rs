//! Check of the addons' pods: what of them is not as the cluster's version makes it, and what becomes of that.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::facts::AddonEdit;

/// One finding for what stays and one for what goes, an object.
pub fn edited(hop: &Hop<'_>) -> Vec<Finding> {
    let all = &hop.facts.addon_edits;
    let mut objects: Vec<&str> = all.iter().map(|edit| edit.object.as_str()).collect();
    objects.dedup();
    let of = |object: &&str| {
        [true, false].map(|stays| {
            let own: Vec<&AddonEdit> =
                all.iter().filter(|edit| edit.object == *object && edit.stays == stays).collect();
            (!own.is_empty()).then(|| told(object, &own, stays))
        })
    };
    objects.iter().flat_map(of).flatten().collect()
}

fn told(object: &str, edits: &[&AddonEdit], stays: bool) -> Finding {
    let fields: Vec<&str> = edits.iter().map(|edit| edit.field.as_str()).collect();
    let changes: Vec<&str> = edits.iter().map(|edit| edit.change.as_str()).collect();
    let fate = if stays { "stays as it is" } else { "is written over" };
    let fix = if stays {
        "nothing, if it is meant so; what is taken out of the object comes back with the next upgrade as the version has it"
    } else {
        "what is to stay belongs into the cluster's configuration (imageRepository, dns.imageRepository), or into a patch: --patches DIR, and in it \
         corednsdeployment+strategic.yaml; kubeproxydaemonset is one from 1.37 on"
    };
    Finding::info("AddonEdits", Place::Cluster, format!("of {object} {fate}: {}", fields.join(", ")))
        .seen(format!("by the cluster's version, {}", changes.join("; ")))
        .fix(fix)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;

    #[test]
    fn what_stays_and_what_goes_is_told_an_object_each() {
        let mut case = Case::to("v1.37.2");
        assert!(edited(&case.hop()).is_empty());
        let edit = |object: &str, field: &str, stays| AddonEdit {
            object: object.to_owned(),
            field: field.to_owned(),
            change: format!("{field} is a and would be b"),
            stays,
        };
        let (dns, proxy) = ("the Deployment coredns", "the DaemonSet kube-proxy");
        case.facts.addon_edits =
            vec![edit(dns, "x", true), edit(dns, "y", false), edit(dns, "z", true), edit(proxy, "x", false)];
        let found = edited(&case.hop());
        assert_eq!(labels(&found), ["info AddonEdits"; 3]);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "of the Deployment coredns stays as it is: x, z",
                "of the Deployment coredns is written over: y",
                "of the DaemonSet kube-proxy is written over: x",
            ]
        );
        assert!(found[0].evidence.contains("z is a and would be b"));
    }
}
