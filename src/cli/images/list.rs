//! `config images list`: a line an image, or a document of kubeadm's output API.

use serde_json::json;

use super::requested;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::output::output;
use crate::host::Node;
use crate::report;

/// Prints the names of the images that a control plane needs.
pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let output = output(given, "config images list")?;
    let images = requested(node, given)?.cluster.control_plane_images();
    let document = json!({
        "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images,
    });
    let text = || report::visible(&(images.join("\n") + "\n")).into_owned();
    report::document(&output.render(&[document], text)?);
    Ok(())
}
