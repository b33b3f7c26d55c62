//! How a run ends: the join commands, or JSON.

use serde_json::Value;

use super::failure::Failure;
use super::request::Request;
use super::target::ApplyTarget;
use super::times::with_timeline;
use crate::plan::{self, ClusterState, Files, Inputs, Phase};
use crate::preflight::Finding;
use crate::report::{self, ControlPlanes, Document, DocumentKind, FileDone, Initialized, Issued, Joining};

/// What `show-join-command` prints: none where that phase is not of this run, or its plan is only printed.
pub fn joining(
    request: &Request<'_>,
    inputs: &Inputs<'_>,
    files: &Files,
) -> Result<Option<Joining>, Failure> {
    if !request.phases.contains(&Phase::ShowJoinCommand) || request.target == ApplyTarget::Listing {
        return Ok(None);
    }
    let kubeconfig = &request.paths.kubeconfig;
    Ok(Some(Joining {
        command: plan::join_command(kubeconfig, files)?,
        control_planes: match (&inputs.spec.cluster.control_plane_endpoint, &inputs.upload) {
            (None, _) => ControlPlanes::Never,
            (Some(_), None) => ControlPlanes::ByCopiedCertificates,
            (Some(_), Some(_)) => ControlPlanes::ByCertificateKey,
        },
        kubeconfig: kubeconfig.display().to_string(),
    }))
}

/// The tokens and the key of this run, and tokens that it has found and kept, but for those that are not to be printed. A plan that is only printed has no
/// secrets, and these would open nothing.
pub fn issued(request: &Request<'_>, inputs: &Inputs<'_>, seen: &ClusterState) -> Issued {
    if request.target == ApplyTarget::Listing {
        return Issued::default();
    }
    let shown = |flag, secret| (!request.given.is_on(flag)).then_some(secret);
    let has_tokens =
        [Phase::BootstrapToken, Phase::ShowJoinCommand].iter().any(|phase| request.phases.contains(phase));
    let tokens = plan::reconciled_tokens(inputs.tokens, seen, inputs.now).into_iter().filter(|_| has_tokens);
    Issued {
        tokens: tokens.map(|reconciled| shown("skip-token-print", reconciled.token.token.text())).collect(),
        certificate_key: inputs
            .upload
            .as_ref()
            .and_then(|upload| shown("skip-certificate-key-print", upload.key.to_hex())),
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    /// Preflight's, which were told already.
    pub findings: Vec<Finding>,
    /// How further nodes join, if this run is to say so.
    pub joining: Option<Joining>,
    /// The tokens and the certificate key that were made.
    pub issued: Issued,
    /// The files that were written, kept or removed.
    pub files: Vec<FileDone>,
    /// Of a plan, the steps that are taken only where they turn out to be needed: `[{phase, action, …}]`.
    pub possible: Value,
    /// Where the time went, if that is to be told to programs.
    pub timeline: Option<Value>,
}

/// Prints what the run came to: the join commands, or the document of `-o json`.
pub fn conclude(request: &Request<'_>, done: &Done) {
    request.target.say_if_dry();
    if request.given.wants_json() {
        report::json(&document(request, done).to_value());
    } else {
        let joining =
            done.joining.as_ref().map(|joining| joining.text(&done.issued, outcome(&request.target)));
        report::out(&(done.issued.text() + &joining.unwrap_or_default()));
    }
}

/// What the closing text may say of the control plane.
fn outcome(target: &ApplyTarget) -> Initialized {
    match target {
        ApplyTarget::Host => Initialized::Really,
        ApplyTarget::Listing | ApplyTarget::Folder(_) => Initialized::OnlyOnPaper,
    }
}

fn document(request: &Request<'_>, done: &Done) -> Document {
    let mut fields = report::json_of(done.joining.as_ref(), &done.issued, &done.files);
    if request.target != ApplyTarget::Host {
        fields["possible"] = done.possible.clone();
    }
    let document = Document::new(DocumentKind::Init, request.target.status(), fields);
    with_timeline(document.with_findings(&done.findings), done.timeline.clone())
}
