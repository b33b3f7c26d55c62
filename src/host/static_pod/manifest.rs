//! What the container of a static pod is started from, by the pod's manifest.

use k8s_openapi::api::core::v1::Pod;

use crate::host::cri::api::{Container, Image};
use crate::manifests::static_pod::StaticPod;
use crate::yaml;

/// Image and command line of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedFrom {
    /// As the manifest names it, which a runtime may have by another id.
    pub image: String,
    /// The program, if the manifest names one, and its arguments.
    words: Vec<String>,
}

impl StartedFrom {
    /// As the manifest of `pod` has it; none of what is no such pod.
    pub fn of_manifest(pod: StaticPod, text: &[u8]) -> Option<Self> {
        let manifest: Pod = yaml::from_str(std::str::from_utf8(text).ok()?).ok()?;
        let containers = manifest.spec?.containers;
        let container = containers.into_iter().find(|container| container.name == pod.name())?;
        let words =
            container.command.unwrap_or_default().into_iter().chain(container.args.unwrap_or_default());
        Some(Self { image: container.image?, words: words.collect() })
    }

    /// Whether a container that was started with `told` may be of this manifest. The kubelet puts variables in the place of `$(NAME)`,
    /// and the image the program before the arguments, where the manifest names none.
    pub fn has_command_line(&self, told: &[String]) -> bool {
        let same = |(told, wanted): (&String, &String)| told == wanted || wanted.contains("$(");
        let before = told.len().checked_sub(self.words.len());
        before.is_some_and(|before| told[before..].iter().zip(&self.words).all(same))
    }
}

/// Whether the container runs this image, by any of the ids that runtimes have for it.
pub fn runs_image(container: &Container, image: &Image) -> bool {
    let mut told =
        [&container.image_id, &container.image_ref].into_iter().filter(|id| !id.is_empty()).peekable();
    let is_of = |id: &String| *id == image.id || image.repo_digests.contains(id);
    told.peek().is_none() || told.any(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETCD: &str = "{kind: Pod, apiVersion: v1, spec: {containers: [{name: other, image: o}, \
         {name: etcd, image: 'r/etcd:1', command: [etcd, --name=a], args: [--data-dir=$(DATA)]}]}}";

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_container_is_known_by_its_command_line() {
        let etcd = StartedFrom::of_manifest(StaticPod::Etcd, ETCD.as_bytes()).unwrap();
        assert_eq!(etcd.image, "r/etcd:1");
        assert!(etcd.has_command_line(&words("etcd --name=a --data-dir=/d")));
        assert!(etcd.has_command_line(&words("/entry etcd --name=a --data-dir=/d")));
        for other in ["etcd --name=b --data-dir=/d", "etcd --name=a --data-dir=/d --v=1", "etcd", ""] {
            assert!(!etcd.has_command_line(&words(other)), "{other}");
        }
        assert_eq!(StartedFrom::of_manifest(StaticPod::ApiServer, ETCD.as_bytes()), None);
        assert_eq!(StartedFrom::of_manifest(StaticPod::Etcd, b"\xff"), None);
    }

    #[test]
    fn a_container_is_known_by_any_id_of_its_image() {
        let image =
            Image { id: "sha256:1".into(), repo_digests: vec!["r/etcd@sha256:2".into()], ..Image::default() };
        let container = |image_id: &str, image_ref: &str| Container {
            image_id: image_id.into(),
            image_ref: image_ref.into(),
            ..Container::default()
        };
        for (id, reference, runs) in [
            ("", "sha256:1", true),
            ("sha256:1", "sha256:9", true),
            ("", "r/etcd@sha256:2", true),
            ("", "sha256:3", false),
            ("sha256:3", "r/etcd@sha256:4", false),
            // It does not tell.
            ("", "", true),
        ] {
            assert_eq!(runs_image(&container(id, reference), &image), runs, "{id} {reference}");
        }
    }
}
