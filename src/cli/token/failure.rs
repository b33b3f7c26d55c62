//! Why a command of `token` came to nothing.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::host::{ApiError, FileError, NotSent, TokenError};
use crate::report::{Document, DocumentKind, Status};

/// Why a command of `token` came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum TokenFailure {
    /// A certificate key was given that nothing would be done with.
    #[error("--certificate-key belongs to --print-join-command or --control-plane; give one of them")]
    KeyAlone,
    /// Whatever it is may be a secret, so it is told by its place, counted from 1.
    #[error(
        "TOKEN {place} is neither an id, which is six characters of a-z and 0-9, nor a whole token, which goes on with a \
         '.' and sixteen more"
    )]
    NeitherIdNorToken {
        /// Counted from 1, in the command line.
        place: usize,
    },
    /// None of the usual ones is there.
    #[error("there is no kubeconfig to reach the cluster with; looked for {}", paths(.tried))]
    NoKubeconfig {
        /// Those that were looked for.
        tried: Vec<PathBuf>,
    },
    /// The kubeconfig that was named or found could not be read.
    #[error(transparent)]
    ReadKubeconfig(FileError),
    /// The API server was asked, and did not do it.
    #[error(transparent)]
    Call(#[from] TokenError),
    /// The API server did not take a token or a certificate.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The id is another token's.
    #[error("a token with the id {id} already exists; nothing was made")]
    Taken {
        /// The six characters before the dot, which are no secret.
        id: String,
    },
    /// All that are there were deleted.
    #[error("there is no token with the id {}", .missing.join(", "))]
    NoSuchToken {
        /// The ids that no token has.
        missing: Vec<String>,
        /// The ids of those that were deleted.
        deleted: Vec<String>,
    },
    /// A join command needs it, and it is not there.
    #[error("the cluster has no ClusterConfiguration in the ConfigMap kube-system/kubeadm-config")]
    NoClusterConfiguration,
    /// A certificate or key that would be uploaded is not here.
    #[error("there is no {} on this host, so the certificates cannot be uploaded from here", .path.display())]
    NotHere {
        /// The file.
        path: PathBuf,
    },
    /// A certificate or key that would be uploaded could not be read.
    #[error(transparent)]
    ReadCertificates(FileError),
    /// The host is of another cluster than the kubeconfig.
    #[error("{} is not the CA of the cluster that {} leads to", .ca.display(), .kubeconfig.display())]
    OtherCluster {
        /// The CA on this host.
        ca: PathBuf,
        /// The kubeconfig.
        kubeconfig: PathBuf,
    },
}

fn paths(all: &[PathBuf]) -> String {
    all.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl TokenFailure {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        if let Self::ReadKubeconfig(error) | Self::ReadCertificates(error) = self
            && let Some(hint) = error.hint()
        {
            return Some(hint);
        }
        let hint = match self {
            Self::NoKubeconfig { .. } => "run this on a control plane, or give --kubeconfig FILE",
            Self::ReadKubeconfig(_) => "run this as root, or give --kubeconfig with a file of your own",
            Self::Call(TokenError { source: source @ ApiError::Unreachable { .. }, .. }) => {
                let first = source.hint().map(|hint| format!("{hint}; ")).unwrap_or_default();
                return Some(format!("{first}--kubeconfig FILE names another way to the cluster"));
            }
            Self::Call(TokenError { source, .. }) | Self::NotSent(NotSent { source, .. }) => {
                return source.hint().map(str::to_owned);
            }
            Self::Taken { .. } => {
                "`kubewright token delete` takes it away; without a token given, a new one is made"
            }
            Self::NoSuchToken { .. } => "`kubewright token list` shows those that there are",
            Self::NotHere { .. } => {
                "run this on a control plane that has the keys; or copy the certificates to the new control plane by hand, \
                 and add --control-plane to what `kubewright token create --print-join-command` prints"
            }
            Self::ReadCertificates(_) => "run this as root",
            Self::OtherCluster { .. } => "give --kubeconfig with that of this host's cluster",
            Self::KeyAlone | Self::NeitherIdNorToken { .. } | Self::NoClusterConfiguration => return None,
        };
        Some(hint.to_owned())
    }

    /// For programs, without the error: what was done before it failed.
    pub fn document(&self) -> Document {
        match self {
            Self::NoSuchToken { deleted, .. } if !deleted.is_empty() => {
                Document::new(DocumentKind::DeletedTokens, Status::Incomplete, json!({ "deleted": deleted }))
            }
            Self::NoSuchToken { .. } => {
                Document::new(DocumentKind::DeletedTokens, Status::Failed, json!({ "deleted": [] }))
            }
            Self::KeyAlone
            | Self::NeitherIdNorToken { .. }
            | Self::NoKubeconfig { .. }
            | Self::ReadKubeconfig(_)
            | Self::Call(_)
            | Self::NotSent(_)
            | Self::Taken { .. }
            | Self::NoClusterConfiguration
            | Self::NotHere { .. }
            | Self::ReadCertificates(_)
            | Self::OtherCluster { .. } => Document::new(DocumentKind::Failure, Status::Failed, Value::Null),
        }
    }
}
