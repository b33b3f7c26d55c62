//! `config images list`: a line an image, or a document of kubeadm's output API.

use serde_json::json;

use super::requested;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::output::output;
use crate::config::{self, HostDefaults, Need};
use crate::host::Node;
use crate::report;

pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let output = output(given, "config images list")?;
    let config = config::resolve(requested(node, given)?, &HostDefaults::default(), Need::Listing)
        .map_err(Failure::Config)?;
    let images = config.control_plane_images();
    let document = json!({
        "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images,
    });
    report::document(&output.render(&[document], || images.join("\n") + "\n")?);
    Ok(())
}
