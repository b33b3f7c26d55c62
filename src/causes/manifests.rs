//! Manifests that the kubelet does not read.

use super::{Cause, Diagnosis, Outlook, Row, Symptoms, Wanted};

/// Static pods that the kubelet does not take.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::ManifestsNotRead, judge: not_read },
    Row { cause: Cause::ManifestsNotRead, judge: not_valid },
];

const NOT_VALID: &str = "Could not process manifest file";

fn not_read(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let seen = symptoms.manifests.as_ref().ok().filter(|_| wanted.is_control_plane())?;
    if seen.read.as_ref() == Some(&wanted.manifests) {
        return None;
    }
    let folder = wanted.manifests.display();
    let evidence = match &seen.read {
        None => format!("{} names no staticPodPath", seen.told_by),
        Some(other) => format!("{} says {}", seen.told_by, other.display()),
    };
    let found = Diagnosis::new(
        Outlook::Final,
        format!("the kubelet does not read {folder}, where the static pods are"),
    );
    Some(found.seen(evidence).remedy(format!(
        "set staticPodPath in the KubeletConfiguration to {folder}, or leave it out, take --pod-manifest-path from the \
         kubelet's flags, and run this again"
    )))
}

/// A manifest that is no valid pod, as a patch may make it: the kubelet passes it over.
fn not_valid(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let folder = wanted.manifests.display().to_string();
    let line = symptoms.journal().find(|line| line.has(NOT_VALID) && line.has(&folder))?;
    let path = line.behind("path=\"").and_then(|rest| rest.split('"').next()).unwrap_or(&folder);
    let found =
        Diagnosis::new(Outlook::Final, format!("the kubelet does not take {path}, as it is no valid pod"));
    Some(
        found
            .said(line)
            .remedy("fix the patch or the extraArgs or extraVolumes that it comes from, and run this again"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{quiet, wanted};
    use super::super::{ManifestsSeen, explain};
    use super::*;
    use crate::config::fixture::config;

    fn reading(folder: Option<&str>) -> Symptoms {
        let told_by = "/var/lib/kubelet/config.yaml".to_owned();
        Symptoms { manifests: Ok(ManifestsSeen { told_by, read: folder.map(Into::into) }), ..quiet() }
    }

    #[test]
    fn a_kubelet_that_reads_elsewhere_or_nowhere_is_told() {
        let elsewhere = reading(Some("/etc/kubernetes/elsewhere")).explained().unwrap();
        assert_eq!((elsewhere.cause, elsewhere.outlook), (Cause::ManifestsNotRead, Outlook::Final));
        assert_eq!(elsewhere.evidence, ["/var/lib/kubelet/config.yaml says /etc/kubernetes/elsewhere"]);
        assert!(reading(None).explained().is_some());
        assert_eq!(explain(&quiet(), &wanted()), None);
    }

    #[test]
    fn a_manifest_that_is_no_valid_pod_is_named() {
        let line = r#"E1121 20:36:27.310302     161 file.go:186] "Could not process manifest file" err="invalid pod: [spec.containers[0].resources.requests: Invalid value: \"100Mi\": must be less than or equal to memory limit of 6Mi]" path="/etc/kubernetes/manifests/etcd.yaml""#;
        let found = quiet().journal_of(&[line]).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::ManifestsNotRead, Outlook::Final));
        assert!(found.summary.contains("/etc/kubernetes/manifests/etcd.yaml"), "{found:?}");
    }

    #[test]
    fn a_worker_s_kubelet_may_read_what_it_likes() {
        assert_eq!(explain(&reading(None), &Wanted::of_worker(config().spec())), None);
    }
}
