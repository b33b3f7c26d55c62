//! Which images have to be pulled, and what came of it.

use super::Finding;
use super::runtime::remedy;
use crate::config::{ImagePullPolicy, Spec};
use crate::facts::{CriError, Facts};

/// One image's pull, after its last try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The image's name with its tag.
    pub image: String,
    /// What the runtime said.
    pub result: Result<(), CriError>,
}

/// The images to pull: all, those that the runtime lacks, or none, as the pull policy says.
pub fn images_to_pull(spec: Spec<'_>, facts: &Facts) -> Vec<String> {
    let has = |image: &String| facts.runtime.as_ref().is_ok_and(|runtime| runtime.images.contains(image));
    let images = spec.cluster.control_plane_images();
    match spec.node.image_pull_policy {
        ImagePullPolicy::Always => images,
        ImagePullPolicy::IfNotPresent => images.into_iter().filter(|image| !has(image)).collect(),
        ImagePullPolicy::Never => Vec::new(),
    }
}

/// Failed pulls → findings.
pub fn judge_pulls(pulls: &[Pull]) -> Vec<Finding> {
    pulls.iter().filter_map(|pull| Some(failed(&pull.image, pull.result.as_ref().err()?))).collect()
}

/// Without a runtime no image can be pulled, which one finding says for all of them.
pub fn no_pulls(error: &CriError) -> Finding {
    Finding::error(ID, "no image can be pulled without the container runtime")
        .seen(error.to_string())
        .fix(remedy(error))
}

const ID: &str = "ImagePull";

fn failed(image: &str, error: &CriError) -> Finding {
    let finding = Finding::error(ID, format!("failed to pull image {image}")).seen(error.to_string());
    let fix = match error {
        CriError::Failed { .. } => format!(
            "crictl pull {image} (says more); ctr -n k8s.io images import FILE brings it without a registry, and \
             --image-repository names another one"
        ),
        CriError::BadEndpoint { .. }
        | CriError::SocketMissing { .. }
        | CriError::Refused { .. }
        | CriError::Denied { .. }
        | CriError::NotCri { .. }
        | CriError::Timeout { .. } => remedy(error),
    };
    finding.fix(fix)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{facts, runtime};
    use super::*;
    use crate::config::fixture::config;

    fn to_pull(policy: ImagePullPolicy, present: &[&str]) -> Vec<String> {
        let mut config = config();
        config.node.image_pull_policy = policy;
        let mut facts = facts();
        let images = present.iter().map(|name| (*name).to_owned()).collect();
        facts.runtime = Ok(runtime(|runtime| runtime.images = images));
        images_to_pull(config.spec(), &facts)
    }

    #[test]
    fn the_policy_decides_what_is_pulled() {
        let all = config().cluster.control_plane_images();
        let pause = config().cluster.pause_image();
        assert_eq!(to_pull(ImagePullPolicy::Always, &[&pause]), all);
        assert_eq!(to_pull(ImagePullPolicy::Never, &[]), [""; 0]);
        let rest: Vec<String> = all.into_iter().filter(|image| *image != pause).collect();
        assert_eq!(to_pull(ImagePullPolicy::IfNotPresent, &[&pause]), rest);
    }

    #[test]
    fn a_runtime_that_is_gone_is_one_finding_for_all_images() {
        let found = no_pulls(&CriError::SocketMissing { path: "/x.sock".into() });
        assert_eq!((found.id.as_str(), found.severity), ("ImagePull", crate::preflight::Severity::Error));
        assert!(found.fix.contains("systemctl enable"), "{found:?}");
    }

    #[test]
    fn each_failed_pull_is_a_finding_and_names_its_image() {
        let error = CriError::Failed {
            path: "/x.sock".into(),
            call: "PullImage".into(),
            why: "no such host".to_owned(),
        };
        let pulls = [
            Pull { image: "a/b:1".to_owned(), result: Ok(()) },
            Pull { image: "a/c:1".to_owned(), result: Err(error) },
        ];
        let found = judge_pulls(&pulls);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].id.as_str(), found[0].message.as_str()),
            ("ImagePull", "failed to pull image a/c:1")
        );
        assert!(found[0].evidence.contains("no such host"));
    }
}
