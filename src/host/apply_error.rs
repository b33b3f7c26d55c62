//! Why effects, waits and questions fail, from the error of one effect to that of a phase, with what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::api::ApiError;
use super::bootstrap::NoCertificate;
use super::files::FileError;
use super::kubelet_service::UnitError;
use super::member::MemberError;
use super::reset::{NetworkError, NotRemoved, NotStopped, NotUnmounted};
use super::send::NotSent;
use super::wait::Unhealthy;
use crate::causes::Explanation;
use crate::kubeconfig;
use crate::manifests::static_pod::StaticPod;
use crate::plan::Phase;

/// Why an effect could not be carried out, or a question not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Unit(#[from] UnitError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    NotSent(#[from] NotSent),
    #[error("cannot look up {what} in the cluster")]
    NotSeen {
        what: String,
        #[source]
        source: ApiError,
    },
    #[error(transparent)]
    NotStopped(#[from] NotStopped),
    #[error(transparent)]
    NotUnmounted(#[from] NotUnmounted),
    #[error(transparent)]
    NotRemoved(#[from] NotRemoved),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unhealthy(Vec<Unhealthy>),
    #[error(transparent)]
    Member(#[from] MemberError),
    #[error(transparent)]
    Bootstrap(#[from] NoCertificate),
    #[error(transparent)]
    WaitAborted(#[from] WaitAborted),
    #[error(transparent)]
    Explained(#[from] Explained),
}

impl ApplyError {
    /// What to do about it, where a file is at fault.
    pub fn file_hint(&self) -> Option<String> {
        if let Self::File(error) = self { error.hint() } else { None }
    }
}

/// An effect that failed, and the phase that it belongs to.
#[derive(Debug, thiserror::Error)]
#[error("phase {} failed", .phase.entry().path)]
pub struct PhaseFailed {
    pub phase: Phase,
    #[source]
    pub source: ApplyError,
}

const AGAIN: &str = "what was done stays and fits; to go on from there, run this again";

const NO_CERTIFICATE: &str = "`journalctl -xeu kubelet` shows what keeps the kubelet from it; `kubectl get csr` on a control plane, \
     whether it has asked; what was done stays, and running this again goes on from there";

impl PhaseFailed {
    /// The cause, where a wait has failed and one was found.
    pub fn explanation(&self) -> Option<&Explanation> {
        match &self.source {
            ApplyError::Explained(explained) => Some(&explained.explanation),
            _ => None,
        }
    }

    /// Whether it only follows from the failure of another step, whose end it did not wait for.
    pub fn is_aborted(&self) -> bool {
        matches!(self.source, ApplyError::WaitAborted(_))
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.source {
            ApplyError::Unhealthy(_) => {
                "`journalctl -xeu kubelet` and `crictl ps -a` show what keeps it from starting; to go on \
                 waiting, run this again"
                    .to_owned()
            }
            ApplyError::NotStopped(_)
            | ApplyError::NotUnmounted(_)
            | ApplyError::NotRemoved(_)
            | ApplyError::Network(_) => {
                "see what holds what is named, and run this again: it goes on from there".to_owned()
            }
            ApplyError::Bootstrap(_) => NO_CERTIFICATE.to_owned(),
            ApplyError::Explained(explained) => explained.explanation.remedy.clone(),
            ApplyError::Member(error) => error.hint().unwrap_or_else(|| AGAIN.to_owned()),
            ApplyError::File(error) => and_again(error.hint()),
            ApplyError::NotSent(NotSent { source, .. })
            | ApplyError::NotSeen { source, .. }
            | ApplyError::Cluster(ClusterError::Api(source)) => and_again(source.hint().map(str::to_owned)),
            ApplyError::Unit(_) | ApplyError::Cluster(_) | ApplyError::WaitAborted(_) => AGAIN.to_owned(),
        }
    }
}

fn and_again(hint: Option<String>) -> String {
    hint.map_or_else(|| AGAIN.to_owned(), |hint| format!("{hint}; {AGAIN}"))
}

impl From<Vec<Unhealthy>> for ApplyError {
    fn from(failed: Vec<Unhealthy>) -> Self {
        Self::Unhealthy(failed)
    }
}

/// Why the cluster cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("cannot start the network runtime")]
    Runtime(#[source] io::Error),
    #[error(
        "there is no {path} to reach the cluster with; make it with `kubewright init phase kubeconfig admin`"
    )]
    NoKubeconfig { path: PathBuf },
    #[error("{path} is not text")]
    NotText { path: PathBuf },
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("{path} cannot be pointed at the kubelet's own certificate")]
    Kubeconfig {
        path: PathBuf,
        #[source]
        source: kubeconfig::BadKubeconfig,
    },
}

/// A failure together with its cause; it reads as the failure does.
#[derive(Debug)]
pub struct Explained {
    pub failure: Box<ApplyError>,
    pub explanation: Explanation,
}

impl fmt::Display for Explained {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(out)
    }
}

impl Error for Explained {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.failure.source()
    }
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// The health of these components.
    Health(Vec<&'static str>),
    /// The kubelet's certificate.
    Certificate,
    /// An API server that answers.
    ApiServer,
    /// etcd's members, and this host's among them.
    Etcd,
}

impl Awaited {
    /// Whether static pods of this host may answer.
    pub fn is_of_static_pods(&self) -> bool {
        match self {
            Self::Health(names) => names.iter().any(|name| StaticPod::named(name).is_some()),
            Self::ApiServer | Self::Etcd => true,
            Self::Certificate => false,
        }
    }
}

impl fmt::Display for Awaited {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Health(names) => out.write_str(&names.join(", ")),
            Self::Certificate => out.write_str("the kubelet's certificate"),
            Self::ApiServer => out.write_str("the API server"),
            Self::Etcd => out.write_str("etcd"),
        }
    }
}

/// A wait that was ended since it could not come to anything.
#[derive(Debug, thiserror::Error)]
#[error("the wait for {awaited} was given up after {} s", .waited.as_secs())]
pub struct WaitAborted {
    pub awaited: Awaited,
    pub waited: Duration,
}
