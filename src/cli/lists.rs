//! What is only printed: images, manifests.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::failure::Failure;
use super::flags::Given;
use super::gather;
use super::request::{Request, read_request};
use crate::config::{self, Config, HostDefaults, Need};
use crate::facts::HostFacts;
use crate::plan::{self, Effect, Files, Inputs, PlanError, SeenCluster};
use crate::report::{self, Document, Kind, Status};
use crate::yaml;

/// `--print-manifest`: the addon's objects as one YAML stream, and nothing else.
pub fn print_manifests(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Result<(), Failure> {
    let inputs = Inputs {
        config,
        files: &Files::new(),
        patches: &gather::read_patches(config)?,
        host: &gather::host_inputs(facts, &request.phases),
        paths: &request.paths,
        upload: None,
        accounts: None,
        joining: None,
        now: facts.now,
    };
    let effects = plan::cluster_effects(&inputs, &Files::new(), &SeenCluster::default(), &request.phases)?;
    let bodies: Vec<_> =
        effects.iter().flat_map(Effect::objects).map(|object| object.body.redacted()).collect();
    if request.given.wants_json() {
        let document = Document::new(Kind::Objects, Status::Done, json!({ "objects": bodies }));
        report::json(&document.to_value());
        return Ok(());
    }
    for body in &bodies {
        report::out(&format!("---\n{}", yaml_of(body, "the addon's objects")?));
    }
    Ok(())
}

/// `config images list`
pub fn list_images(matches: &ArgMatches) -> Result<(), Failure> {
    let given = Given(matches);
    let requested = read_request(given)?;
    let config =
        config::resolve(requested, &HostDefaults::default(), Need::Listing).map_err(Failure::Config)?;
    let images = config.control_plane_images();
    match given.text("output").as_deref() {
        Some("json") => report::json(&images_document(&images)),
        Some("yaml") => report::out(&yaml_of(&images_document(&images), "the images")?),
        _ => report::out(&(images.join("\n") + "\n")),
    }
    Ok(())
}

/// `Images` of kubeadm's output API.
fn images_document(images: &[String]) -> Value {
    json!({ "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images })
}

pub fn yaml_of(document: &Value, what: &str) -> Result<String, PlanError> {
    yaml::to_string(document).map_err(|source| PlanError::Render { what: what.to_owned(), source })
}
