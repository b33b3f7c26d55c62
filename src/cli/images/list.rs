//! `config images list`: a line an image, or a document of kubeadm's output API.

use serde_json::json;

use super::requested;
use crate::cli::failure::Failure;
use crate::cli::flags::Given;
use crate::config::{self, HostDefaults, Need};
use crate::report::{self, Format, UnknownFormat};

pub fn run(given: Given<'_>) -> Result<(), Failure> {
    let format = Format::named(&given.text("output").unwrap_or_default()).ok_or_else(|| unknown(given))?;
    let config = config::resolve(requested(given)?, &HostDefaults::default(), Need::Listing)
        .map_err(Failure::Config)?;
    let images = config.control_plane_images();
    match format {
        Format::Text => report::out(&(images.join("\n") + "\n")),
        Format::Json | Format::Yaml => format.print(&json!({
            "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images,
        })),
    }
    Ok(())
}

fn unknown(given: Given<'_>) -> UnknownFormat {
    UnknownFormat {
        format: given.text("output").unwrap_or_default(),
        command: "config images list",
        filter: "'.images[]'",
    }
}
