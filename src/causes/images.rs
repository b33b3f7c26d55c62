//! Images that cannot be had: a component's, or the runtime's own for sandboxes.
//!
//! Both are the kubelet's to tell, in the line `Error syncing pod, skipping` of its journal
//! (<https://kubernetes.io/docs/concepts/containers/images/>).

use super::{Cause, Diagnosis, Line, Outlook, Row, Speaker, Symptoms, Wanted};

/// Images that cannot be pulled.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::SandboxImage, judge: sandbox_image },
    Row { cause: Cause::ImageNotAvailable, judge: image },
];

const NOT_SYNCED: &str = "Error syncing pod";
const SANDBOX: &str = "failed to get sandbox image ";
/// The kubelet's words for an image that it has not got.
const NO_IMAGE: &[&str] = &[
    "with ErrImagePull: ",
    "with ImagePullBackOff: ",
    "with ErrImageNeverPull: ",
    "with InvalidImageName: ",
    "with RegistryUnavailable: ",
    "with SignatureValidationFailed: ",
];

/// What a registry that was reached says, and the kubelet of itself: asking once more changes nothing. All else may
/// be the way to the registry.
const DEFINITE: &[&str] = &[
    "not found",
    "manifest unknown",
    "unauthorized",
    "authorization failed",
    "denied",
    "403 Forbidden",
    "no match for platform",
    "pull policy of Never",
    "InvalidImageName",
];

fn sandbox_image(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    stuck(symptoms, wanted).into_iter().find_map(|(_, text)| {
        let (_, said) = text.split_once(SANDBOX)?;
        let (image, own) = (quoted(said)?, &wanted.sandbox_image);
        let line = Line { speaker: Speaker::Kubelet, text: text.split_once("err=")?.1 };
        let found =
            Diagnosis::new(outlook(&text), format!("the runtime cannot get its sandbox image {image}"));
        let line = Line { text: &line.text[line.text.find(SANDBOX)?..], ..line };
        Some(found.said(line).remedy(format!(
            "set the sandbox image in the runtime's configuration (containerd: pinned_images, sandbox = '{own}' in \
             /etc/containerd/config.toml) and restart it, or bring {image} here with `crictl pull {image}`"
        )))
    })
}

fn image(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    stuck(symptoms, wanted).into_iter().find_map(|(component, text)| {
        let (_, said) = NO_IMAGE.iter().find_map(|mark| text.split_once(mark))?;
        let said = said.split_once("\" pod=").map_or(said, |(said, _)| said);
        let image = said.split_once("image ").and_then(|(_, rest)| quoted(rest)).unwrap_or("of it");
        let found = Diagnosis::new(outlook(&text), format!("the image {image} of {component} cannot be had"));
        Some(found.said(Line { speaker: Speaker::Kubelet, text: said.trim_matches('"') }).remedy(format!(
            "see with `crictl pull {image}` what is in the way; `ctr -n k8s.io images import FILE` brings it without a \
             registry; where the name is wrong, put imageRepository, imageTag or kubernetesVersion right in the configuration"
        )))
    })
}

fn outlook(text: &str) -> Outlook {
    if DEFINITE.iter().any(|mark| text.contains(mark)) { Outlook::Final } else { Outlook::Open }
}

/// The components of which no container was made yet, each with the newest line about why, its quotation marks as they
/// were before they were quoted themselves.
fn stuck<'a>(symptoms: &Symptoms, wanted: &'a Wanted) -> Vec<(&'a str, String)> {
    let without = wanted.components.iter().map(|component| component.name);
    let without = without.filter(|name| symptoms.containers().all(|container| container.component != *name));
    let told = without.filter_map(|name| {
        let own = [format!("\"{name}\""), format!("\"{name}-{}_", wanted.node)];
        let lines =
            symptoms.journal().filter(|line| line.has(NOT_SYNCED)).map(|line| line.text.replace('\\', ""));
        let line = lines.into_iter().find(|line| own.iter().any(|own| line.contains(own)))?;
        Some((name, line))
    });
    told.collect()
}

/// The text between the first two quotation marks.
fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{quiet, running, wanted};
    use super::*;
    use crate::causes::{Explanation, explain};

    /// Of 1.36's kubelet, with containerd 2.2.
    const REFUSED: &str = r#"E1121 20:30:51.729985     155 pod_workers.go:1338] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"kube-scheduler\" with ErrImagePull: \"failed to pull and unpack image \\\"localhost/nobody/kube-scheduler:v1.36.3\\\": failed to resolve image: failed to do request: Head \\\"https://localhost/v2/nobody/kube-scheduler/manifests/v1.36.3\\\": dial tcp 127.0.0.1:443: connect: connection refused\"" pod="kube-system/kube-scheduler-n1" podUID="82ef1d0ca229d8538ba5a48830316c66""#;
    const BACK_OFF: &str = r#"E1121 20:30:52.359947     155 pod_workers.go:1338] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"kube-scheduler\" with ImagePullBackOff: \"Back-off pulling image \\\"localhost/nobody/kube-scheduler:v1.36.3\\\": ErrImagePull: failed to pull and unpack image \\\"localhost/nobody/kube-scheduler:v1.36.3\\\": failed to resolve image: failed to do request: Head \\\"https://localhost/v2/nobody/kube-scheduler/manifests/v1.36.3\\\": dial tcp 127.0.0.1:443: connect: connection refused\"" pod="kube-system/kube-scheduler-n1" podUID="82ef1d0ca229d8538ba5a48830316c66""#;
    const SANDBOX_LINE: &str = r#"E1121 20:30:56.062271     179 pod_workers.go:1338] "Error syncing pod, skipping" err="failed to \"CreatePodSandbox\" for \"kube-scheduler-NODE_kube-system(32ddf19c6bfd2ed05b93a05aa332985b)\" with CreatePodSandboxError: \"Failed to create sandbox for pod \\\"kube-scheduler-NODE_kube-system(32ddf19c6bfd2ed05b93a05aa332985b)\\\": rpc error: code = Unknown desc = failed to start sandbox \\\"4e6492e301e6518184c76543c9d0d326c5dac9c7fe3c2d455973dd0e5a1f32e0\\\": failed to get sandbox image \\\"registry.invalid/pause:9\\\": failed to pull image \\\"registry.invalid/pause:9\\\": failed to pull and unpack image \\\"registry.invalid/pause:9\\\": failed to resolve image: failed to do request: Head \\\"https://registry.invalid/v2/pause/manifests/9\\\": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host\"" pod="kube-system/kube-scheduler-NODE" podUID="32ddf19c6bfd2ed05b93a05aa332985b""#;

    fn of(lines: &[&str]) -> Explanation {
        quiet().journal_of(lines).explained().unwrap()
    }

    #[test]
    fn an_image_whose_registry_is_not_reached_may_come_yet() {
        for line in [REFUSED, BACK_OFF] {
            let found = of(&[line]);
            assert_eq!((found.cause, found.outlook), (Cause::ImageNotAvailable, Outlook::Open));
            assert_eq!(
                found.summary,
                "the image localhost/nobody/kube-scheduler:v1.36.3 of kube-scheduler cannot be had"
            );
            assert!(found.evidence[0].ends_with("connect: connection refused"), "{found:?}");
        }
    }

    #[test]
    fn what_a_registry_does_not_have_never_comes() {
        let line =
            BACK_OFF.replace("failed to do request", "localhost/nobody/kube-scheduler:v1.36.3: not found");
        assert_eq!(of(&[&line]).outlook, Outlook::Final);
    }

    #[test]
    fn an_image_that_came_after_all_is_no_cause() {
        let symptoms = quiet().journal_of(&[REFUSED]).with(running("kube-scheduler", 0, &[]));
        assert_eq!(symptoms.explained(), None);
    }

    #[test]
    fn the_sandbox_s_image_is_told_from_the_components() {
        let line = SANDBOX_LINE.replace("NODE", &wanted().node);
        let found = explain(&quiet().journal_of(&[&line]), &wanted()).unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::SandboxImage, Outlook::Open));
        assert_eq!(found.summary, "the runtime cannot get its sandbox image registry.invalid/pause:9");
        assert!(found.evidence[0].contains("no such host"), "{found:?}");
        assert!(found.remedy.contains(&wanted().sandbox_image));
    }
}
