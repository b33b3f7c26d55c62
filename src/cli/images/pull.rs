//! `config images pull`: every image from its registry into the runtime, one after the other told in kubeadm's words.

use serde_json::json;

use super::requested;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::config::{self, HostDefaults};
use crate::facts::CriError;
use crate::host::pull::{PullOrder, Pulled, pull_all};
use crate::host::{Node, observe};
use crate::preflight::{self, Pull};
use crate::report::{self, Document, DocumentKind, ErrorEntry, ErrorId, PullView, Status};

/// What became of the images where not all of them were pulled.
#[derive(Debug, thiserror::Error)]
pub enum NotPulled {
    /// The runtime does not answer.
    #[error("no image can be pulled without the container runtime")]
    NoRuntime(#[source] CriError),
    /// Of some images all tries failed; those that were pulled are among it.
    #[error("{} of {} images could not be pulled", failed(.0).count(), .0.pulls.len())]
    Images(Pulled),
}

/// One of the images.
#[derive(Debug, thiserror::Error)]
#[error("failed to pull image {image:?}")]
struct ImageNotPulled {
    image: String,
    #[source]
    source: CriError,
}

fn failed(pulled: &Pulled) -> impl Iterator<Item = ImageNotPulled> {
    pulled.pulls.iter().filter_map(|pull| {
        let source = pull.result.as_ref().err()?.clone();
        Some(ImageNotPulled { image: pull.image.clone(), source })
    })
}

/// Pulls them side by side, and tells of each as it comes.
pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let requested = requested(node, given)?;
    let host = HostDefaults { cri_sockets: observe::cri_sockets(node), ..HostDefaults::default() };
    let socket = config::resolve_runtime(requested.init.node.cri_socket, &host).map_err(Failure::Config)?;
    let images = requested.cluster.control_plane_images();
    let view = PullView::new(&images, given.format());
    let pulled = pull_all(&socket, &images, PullOrder::SideBySide, &view).map_err(NotPulled::NoRuntime)?;
    if failed(&pulled).next().is_some() {
        return Err(NotPulled::Images(pulled).into());
    }
    given.format().print(&document(&pulled).to_value());
    Ok(())
}

fn document(pulled: &Pulled) -> Document {
    let status = match failed(pulled).count() {
        0 => Status::Done,
        all if all == pulled.pulls.len() => Status::Failed,
        _ => Status::Incomplete,
    };
    let image = |Pull { image, result }: &Pull| {
        let is_here = result.is_ok() || pulled.here.contains(image);
        json!({ "image": image, "pulled": result.is_ok(), "present": is_here })
    };
    let images: Vec<_> = pulled.pulls.iter().map(image).collect();
    Document::new(DocumentKind::PulledImages, status, json!({ "images": images }))
}

impl NotPulled {
    /// For people, on standard error.
    pub fn say(&self) {
        match self {
            Self::NoRuntime(_) => report::error(self),
            Self::Images(pulled) => failed(pulled).for_each(|image| report::error(&image)),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoRuntime(error) => preflight::no_pulls(error).fix,
            Self::Images(pulled) if pulled.here.len() == failed(pulled).count() => {
                "the runtime has every image that could not be pulled; for init that is enough".to_owned()
            }
            Self::Images(_) => {
                "`crictl pull IMAGE` says more; `ctr -n k8s.io images import FILE` brings one without a \
                                registry, and --image-repository names another one"
                    .to_owned()
            }
        }
    }

    /// For programs, without the errors.
    pub fn document(&self) -> Document {
        match self {
            Self::NoRuntime(_) => Document::new(DocumentKind::Failure, Status::Failed, json!({})),
            Self::Images(pulled) => document(pulled),
        }
    }

    /// For programs, an entry an image.
    pub fn entries(&self) -> Vec<ErrorEntry> {
        match self {
            Self::NoRuntime(_) => vec![ErrorEntry::new(ErrorId::ContainerRuntime, self)],
            Self::Images(pulled) => {
                failed(pulled).map(|image| ErrorEntry::new(ErrorId::ImageNotPulled, &image)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(image: &str, works: bool) -> Pull {
        let why = "not found".to_owned();
        let error = CriError::Failed { path: "/x.sock".into(), call: "PullImage".into(), why };
        Pull { image: image.to_owned(), result: if works { Ok(()) } else { Err(error) } }
    }

    fn pulled(works: [bool; 2], here: &[&str]) -> Pulled {
        let here = here.iter().map(|name| (*name).to_owned()).collect();
        Pulled { pulls: vec![pull("a", works[0]), pull("b", works[1])], here }
    }

    #[test]
    fn the_document_names_every_image_and_each_failure_with_its_cause() {
        let failure = NotPulled::Images(pulled([true, false], &["b"]));
        let document = failure.document().with_errors(failure.entries()).to_value();
        assert_eq!(document["status"], "incomplete");
        let images = json!([
            { "image": "a", "pulled": true, "present": true },
            { "image": "b", "pulled": false, "present": true },
        ]);
        assert_eq!(document["images"], images);
        let errors = json!([{
            "id": "ImageNotPulled", "message": "failed to pull image \"b\"",
            "causes": ["/x.sock failed at PullImage: not found"], "hint": null,
        }]);
        assert_eq!(document["errors"], errors);
    }

    #[test]
    fn the_status_says_how_many_were_pulled() {
        let status = |works| document(&pulled(works, &[])).to_value()["status"].as_str().map(str::to_owned);
        let all = [[true, true], [true, false], [false, false]].map(|works| status(works).unwrap());
        assert_eq!(all, ["done", "incomplete", "failed"]);
    }

    #[test]
    fn images_that_are_here_already_are_enough_and_said_to_be() {
        let hint = |here: &[&str]| NotPulled::Images(pulled([false, false], here)).hint();
        assert!(hint(&["a", "b"]).contains("the runtime has every image"), "{}", hint(&["a", "b"]));
        assert!(hint(&["a"]).contains("images import"), "{}", hint(&["a"]));
    }
}
