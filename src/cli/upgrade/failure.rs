//! Why a command of `upgrade` came to nothing.

use std::path::PathBuf;

use crate::host::{ApiError, FileError, NotSurveyed};

/// Why a command of `upgrade` came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeFailure {
    /// There is no such file.
    #[error("there is no kubeconfig {}", .path.display())]
    NoKubeconfig {
        /// That was named, or the administrator's.
        path: PathBuf,
    },
    /// It is there, and cannot be read.
    #[error(transparent)]
    ReadKubeconfig(FileError),
    /// The cluster did not tell what has to be known.
    #[error(transparent)]
    Survey(#[from] NotSurveyed),
    /// A host without it is no control plane; or it is there, and is no Pod.
    #[error("there is no manifest of a static pod at {}", .path.display())]
    NoManifest {
        /// The manifest.
        path: PathBuf,
    },
    /// Of the whole of `upgrade apply`.
    #[error("no version was named that the cluster is to have")]
    NoVersionWanted,
    /// All of it was done, and the next step is the user's. Not told as an error.
    #[error("the next step is yours")]
    Next,
    /// With `--exit-code`. Not told as an error.
    #[error("the upgrade would change something")]
    Differs,
    /// Neither an API server's pod nor the API server names a version.
    #[error("the cluster does not tell which version it has")]
    NoVersion,
    /// The plan was shown.
    #[error("the cluster cannot go to {} as things are", .versions.join(", nor to "))]
    Blocked {
        /// All that were looked at.
        versions: Vec<String>,
    },
}

impl UpgradeFailure {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoManifest { .. } => Some("run this on a control plane; `kubewright explain StaticPodManifest` says more".to_owned()),
            Self::NoKubeconfig { .. } => Some("run this on a control plane, or give --kubeconfig FILE".to_owned()),
            Self::ReadKubeconfig(error) => {
                error.hint().or_else(|| Some("run this as root, or give --kubeconfig with a file of your own".to_owned()))
            }
            Self::Survey(NotSurveyed::Call { source: source @ ApiError::Unreachable { .. }, .. }) => {
                let first = source.hint().map(|hint| format!("{hint}; ")).unwrap_or_default();
                Some(format!("{first}--kubeconfig FILE names another way to the cluster"))
            }
            Self::Survey(NotSurveyed::Call { source, .. }) => source.hint().map(str::to_owned),
            Self::Blocked { .. } => Some(
                "fix what is listed as ERROR; --ignore-preflight-errors ID,… makes warnings of those that you know better"
                    .to_owned(),
            ),
            Self::NoVersionWanted => Some("`kubewright upgrade plan` shows which there are; then `kubewright upgrade apply VERSION`".to_owned()),
            Self::Survey(NotSurveyed::NoConfiguration | NotSurveyed::NoKubeletConfiguration) | Self::NoVersion | Self::Next | Self::Differs => None,
        }
    }
}
