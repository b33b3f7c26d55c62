//! What ends a command early, and the exit code that it ends with.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::certs::CertsFailure;
use super::token::TokenFailure;
use crate::config::ConfigErrors;
use crate::host::NotAnswered;
use crate::host::random::NoRandom;
use crate::host::{ApplyError, ClusterError, FileError, PhaseFailed};
use crate::join::NotOpened;
use crate::join::discovery::DiscoveryError;
use crate::manifests::patches::PatchError;
use crate::plan::{PlanError, ResetRefused, UnknownPhase};
use crate::preflight::Finding;
use crate::report;
use crate::versions::BadVersion;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// clap's own text says what was wrong, and how it is meant.
    #[error("{0}")]
    CommandLine(clap::Error),
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    #[error("preflight found errors")]
    Preflight(Vec<Finding>),
    #[error(transparent)]
    Phase(#[from] UnknownPhase),
    #[error(transparent)]
    Version(#[from] BadVersion),
    #[error("cannot read the configuration {path}")]
    ReadConfig {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot read the patches in {path}")]
    ReadPatches {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot use the patches")]
    Patches(#[from] PatchError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error("the kubeconfig that leads to the cluster names no server and CA")]
    NoReach,
    #[error(transparent)]
    NotAnswered(#[from] NotAnswered),
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    #[error("the cluster has a node {0:?} already, and it is Ready")]
    NameTaken(String),
    #[error("the cluster has no controlPlaneEndpoint, so it cannot have more than one control plane")]
    NoControlPlaneEndpoint,
    #[error("show-join-command shows what these phases of the same run make, and they are left out: {0}")]
    NothingToShow(String),
    #[error("--output-dir belongs to --dry-run; give both")]
    OutputDirAlone,
    #[error("cannot change the root to {path}")]
    Root {
        path: String,
        #[source]
        source: nix::Error,
    },
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Apply(#[from] PhaseFailed),
    #[error(transparent)]
    Reset(#[from] ResetRefused),
    #[error("nothing was changed: the answer was not yes")]
    NotConfirmed,
    #[error("cannot read the answer")]
    NoAnswer(#[source] std::io::Error),
    #[error("this host is not wholly reset")]
    Incomplete { failed: Vec<PhaseFailed>, gaps: Vec<String>, document: Value },
    #[error(transparent)]
    Random(#[from] NoRandom),
    #[error(transparent)]
    Token(#[from] TokenFailure),
    #[error(transparent)]
    Certs(#[from] CertsFailure),
}

impl Failure {
    /// kubeadm's codes: 2 for preflight, 3 for a configuration that is not valid, 1 for all else.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::CommandLine(error) if !error.use_stderr() => ExitCode::SUCCESS,
            Self::Preflight(_) => ExitCode::from(2),
            Self::Config(_) => ExitCode::from(3),
            _ => ExitCode::FAILURE,
        }
    }

    /// For people, on standard error.
    pub fn say(&self) {
        match self {
            Self::CommandLine(error) => drop(error.print()),
            Self::Config(errors) => {
                for error in &errors.0 {
                    report::error(&Plain(error.to_string()));
                }
            }
            Self::Preflight(findings) => report::findings(findings),
            Self::Incomplete { failed, gaps, .. } => {
                for failed in failed {
                    report::error(failed);
                }
                for gap in gaps {
                    report::error_line(gap);
                }
                report::say("everything else was done");
            }
            other => report::error(other),
        }
        if let Some(hint) = self.hint() {
            report::hint(&hint);
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        match self {
            Self::Config(errors) => {
                json!({ "errors": errors.0.iter().map(|error| json!({ "message": error.to_string() })).collect::<Vec<_>>() })
            }
            Self::Preflight(findings) => json!({ "findings": findings }),
            Self::Incomplete { document, .. } => document.clone(),
            Self::Token(failure) => self.beside(failure.done()),
            Self::Certs(failure) => self.beside(failure.done()),
            _ => self.one(),
        }
    }

    /// The error, and what was done before it.
    fn beside(&self, done: Option<(&'static str, Value)>) -> Value {
        done.into_iter().fold(self.one(), |mut document, (name, value)| {
            document[name] = value;
            document
        })
    }

    fn one(&self) -> Value {
        json!({ "errors": [{ "message": self.to_string(), "causes": report::causes(self) }] })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Preflight(_) => Some(
                "mend what is listed, or pass over single checks with --ignore-preflight-errors NAME,…"
                    .to_owned(),
            ),
            Self::File(error) => denied(error).then(root_hint),
            Self::Apply(PhaseFailed { source: ApplyError::File(error), .. }) if denied(error) => Some(root_hint()),
            Self::NothingToShow(_) => Some(
                "leave out show-join-command too; `kubewright token create --print-join-command` makes one later"
                    .to_owned(),
            ),
            Self::Reset(ResetRefused::Etcd { .. }) => Some(
                "--force resets this host all the same; its member is then to be taken out at one of the others, \
                 or the cluster counts it as a failed one for ever"
                    .to_owned(),
            ),
            Self::NotConfirmed => Some("--force goes on without a question".to_owned()),
            Self::Incomplete { .. } => Some("mend what is named, and run this again".to_owned()),
            Self::Discovery(error) => error.hint(),
            Self::NotAnswered(error) => error.hint().map(str::to_owned),
            Self::NotOpened(error) => Some(error.hint().to_owned()),
            Self::NameTaken(name) => Some(format!(
                "give this host another name with --node-name, or, if that node is gone, `kubectl delete node {name}`"
            )),
            Self::NoControlPlaneEndpoint => Some(
                "set controlPlaneEndpoint in the ConfigMap kubeadm-config to a name or address that leads to all of them, and \
                 renew the API server's certificate with it"
                    .to_owned(),
            ),
            Self::Apply(failed) => Some(failed.hint()),
            Self::Token(failure) => failure.hint(),
            Self::Certs(failure) => Some(failure.hint()),
            _ => None,
        }
    }
}

fn root_hint() -> String {
    "run this as root, or with --dry-run and an --output-dir that you may write to".to_owned()
}

fn denied(error: &FileError) -> bool {
    let cause = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::PermissionDenied)
}

/// A message that is complete.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Plain(String);
