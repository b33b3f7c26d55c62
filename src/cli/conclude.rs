//! How a run ends: the join commands, or JSON.

use serde_json::{Value, json};

use super::failure::Failure;
use super::request::Request;
use crate::pki;
use crate::plan::{self, Files, Inputs, Phase, PlanError};
use crate::preflight::Finding;
use crate::report::{self, ControlPlanes, FileDone, Joining};

pub fn joining(
    request: &Request<'_>,
    inputs: &Inputs<'_>,
    files: &Files,
) -> Result<Option<Joining>, Failure> {
    if !request.phases.contains(&Phase::ShowJoinCommand) {
        return Ok(None);
    }
    let path = request.paths.kubeconfig.display().to_string();
    let reach = plan::reach(inputs, files)?;
    let ca_cert_hashes = pki::ca_cert_hashes(&reach.authority)
        .map_err(|error| PlanError::Unusable { path: path.clone(), why: error.to_string() })?;
    let shown = |hidden: bool, text: String| (!hidden).then_some(text);
    let hide_token = request.given.is_on("skip-token-print");
    let tokens = inputs.config.init.bootstrap_tokens.iter();
    Ok(Some(Joining {
        endpoint: reach.server.trim_start_matches("https://").to_owned(),
        ca_cert_hashes,
        tokens: tokens
            .map(|token| shown(hide_token, token.token.text().expose_secret().to_owned()))
            .collect(),
        control_planes: control_planes(request, inputs),
        kubeconfig: path,
    }))
}

fn control_planes(request: &Request<'_>, inputs: &Inputs<'_>) -> ControlPlanes {
    let hidden = request.given.is_on("skip-certificate-key-print");
    match (&inputs.config.cluster.control_plane_endpoint, &inputs.upload) {
        (None, _) => ControlPlanes::Never,
        (Some(_), None) => ControlPlanes::ByCopiedCertificates,
        (Some(_), Some(upload)) => {
            let key = upload.key.to_hex();
            ControlPlanes::ByCertificateKey((!hidden).then(|| key.expose_secret().to_owned()))
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    pub findings: Vec<Finding>,
    pub joining: Option<Joining>,
    pub files: Vec<FileDone>,
}

pub fn conclude(request: &Request<'_>, done: &Done) {
    match (request.given.text("output").as_deref(), &done.joining) {
        (Some("json"), _) => report::json(&document(done)),
        (_, Some(joining)) => report::out(&joining.text()),
        (_, None) => {}
    }
}

fn document(done: &Done) -> Value {
    let files = || json!({ "files": report::files_json(&done.files) });
    let mut document = done.joining.as_ref().map_or_else(files, |joining| joining.json(&done.files));
    document["findings"] = json!(done.findings);
    document
}
