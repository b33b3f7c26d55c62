//! `certs generate-csr`: keys and requests for certificates that an external CA signs.

use serde_json::json;

use super::failure::CertsFailure;
use super::settings::no_access;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request::{self, folder};
use crate::cli::target::ApplyTarget;
use crate::config::{self, Config, Flags, HostDefaults, Need};
use crate::host::{ApplyError, Host, Node, observe};
use crate::plan::{self, Files, RequestPlan};
use crate::report::{self, Detail, Document, DocumentKind, Progress, Status};

/// Writes a key and a request for each certificate that a CA elsewhere is to sign.
pub fn run(node: &Node, given: FlagValues<'_>, detail: Detail) -> Result<(), Failure> {
    let config = settings(node, given)?;
    let kubeconfig_dir = folder(given, "kubeconfig-dir")?.unwrap_or_else(|| plan::KUBERNETES.into());
    let found = node.tree().read(&plan::request_paths(config.spec(), &kubeconfig_dir))?;
    let files: Files = found.into_iter().map(|(path, found)| (path, found.content)).collect();
    let plans = plan::requests(config.spec(), &kubeconfig_dir, &files, &*node.keys())?;
    let host = ApplyTarget::Host.open(node, given, || no_access(given))?;
    carry_out(host.as_ref(), &plans, detail)?;
    print(given, &plans);
    Ok(())
}

fn carry_out(host: &dyn Host, plans: &[RequestPlan], detail: Detail) -> Result<(), CertsFailure> {
    let mut progress = Progress::new(detail);
    for (place, plan) in plans.iter().enumerate() {
        host.carry_out(&plan.action, &mut progress).map_err(|source| stopped(plans, place, source))?;
    }
    Ok(())
}

/// What kubeadm takes for this node's name and address: those of the configuration, or else of the host.
fn settings(node: &Node, given: FlagValues<'_>) -> Result<Config, Failure> {
    let (requested, source) = request::read_with_source(node, given, &Flags::default())?;
    let host = request::host_defaults(&observe::facts(node), request::fresh_tokens(&requested)?);
    let host = HostDefaults { cri_sockets: Vec::new(), ..host };
    let config = config::resolve(requested, &host, Need::Node);
    let mut config = config.map_err(|errors| errors.in_file(source.as_ref()))?;
    config.cluster.certificates_dir = folder(given, "cert-dir")?.unwrap_or(config.cluster.certificates_dir);
    Ok(config)
}

/// At the one with this place.
fn stopped(plans: &[RequestPlan], place: usize, source: ApplyError) -> CertsFailure {
    let done = &plans[..place];
    let status = if done.is_empty() { Status::Failed } else { Status::Incomplete };
    CertsFailure::NotWritten {
        name: plans[place].name,
        source,
        done: done.iter().map(|plan| plan.name).collect(),
        document: Box::new(document(status, done)),
    }
}

fn document(status: Status, plans: &[RequestPlan]) -> Document {
    let request = |plan: &RequestPlan| json!({ "name": plan.name, "files": paths(plan) });
    let requests: Vec<_> = plans.iter().map(request).collect();
    Document::new(DocumentKind::CertificateRequests, status, json!({ "requests": requests }))
}

fn paths(plan: &RequestPlan) -> Vec<String> {
    plan.files().iter().map(|file| file.path.display().to_string()).collect()
}

/// For people a line a file.
fn print(given: FlagValues<'_>, plans: &[RequestPlan]) {
    if given.wants_json() {
        report::json(&document(Status::Done, plans).to_value());
    } else {
        report::out(&plans.iter().flat_map(paths).map(|path| path + "\n").collect::<String>());
    }
}
