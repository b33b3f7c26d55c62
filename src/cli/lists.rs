//! What is only printed: manifests.

use serde_json::{Value, json};

use super::failure::Failure;
use super::plan_inputs;
use super::request::Request;
use crate::config::Config;
use crate::facts::HostFacts;
use crate::plan::{self, ClusterState, Files, Inputs, PlanError};
use crate::report::{self, Document, DocumentKind, Status};
use crate::yaml;

/// `--print-manifest`: the addon's objects as one YAML stream, and nothing else.
pub fn print_manifests(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Result<(), Failure> {
    let patches = plan_inputs::read_patches(&config.run, config.cluster.minor)?;
    plan_inputs::tell_ignored(&patches);
    let host = plan_inputs::host_inputs(facts, plan_inputs::resolver(request.host, &request.phases));
    let files = Files::new();
    let inputs = Inputs::new(config.spec(), &files, &patches, &host, &request.paths, facts.now);
    let effects = plan::cluster_effects(&inputs, &files, &ClusterState::default(), &request.phases)?;
    let bodies: Vec<_> = effects
        .iter()
        .flat_map(|effect| effect.action.describe().subject.sent())
        .map(|object| object.body.redacted())
        .collect();
    if request.given.wants_json() {
        let document = Document::new(DocumentKind::Objects, Status::Done, json!({ "objects": bodies }));
        report::json(&document.to_value());
        return Ok(());
    }
    for body in &bodies {
        report::document(&format!("---\n{}", yaml_of(body, "the addon's objects")?));
    }
    Ok(())
}

/// In YAML; `what` completes "cannot render …".
pub fn yaml_of(document: &Value, what: &str) -> Result<String, PlanError> {
    yaml::to_string(document).map_err(|source| PlanError::Render { what: what.to_owned(), source })
}
