//! What is only printed: manifests.

use serde_json::{Value, json};

use super::failure::Failure;
use super::gather;
use super::request::Request;
use crate::config::Config;
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
        host: &gather::host_inputs(facts, gather::resolver(&request.phases)),
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
        report::document(&format!("---\n{}", yaml_of(body, "the addon's objects")?));
    }
    Ok(())
}

pub fn yaml_of(document: &Value, what: &str) -> Result<String, PlanError> {
    yaml::to_string(document).map_err(|source| PlanError::Render { what: what.to_owned(), source })
}
