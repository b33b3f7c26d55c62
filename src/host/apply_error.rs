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
use super::rollout::NotRolledOut;
use super::send::NotSent;
use super::wait::Unhealthy;
use crate::causes::Explanation;
use crate::kubeconfig;
use crate::manifests::static_pod::StaticPod;
use crate::plan::Phase;

/// Why an effect could not be carried out, or a question not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The kubelet's service could not be called.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// No client could be made for the cluster, or its kubeconfig is of no use.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The API server did not take an object.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The API server did not tell what it was asked for.
    #[error("cannot look up {what} in the cluster")]
    NotSeen {
        /// Completes "cannot look up … in the cluster".
        what: String,
        /// What the call came to.
        #[source]
        source: ApiError,
    },
    /// Pods of the runtime stay.
    #[error(transparent)]
    NotStopped(#[from] NotStopped),
    /// A file system stays mounted.
    #[error(transparent)]
    NotUnmounted(#[from] NotUnmounted),
    /// Files or folders stay.
    #[error(transparent)]
    NotRemoved(#[from] NotRemoved),
    /// Packet rules, services or interfaces stay.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Endpoints were not healthy in time: all that were not.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unhealthy(Vec<Unhealthy>),
    /// etcd's members could not be asked or changed.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The new pods of an addon did not come up.
    #[error(transparent)]
    NotRolledOut(#[from] NotRolledOut),
    /// The kubelet did not get its certificate in time.
    #[error(transparent)]
    Bootstrap(#[from] NoCertificate),
    /// The wait was ended before its time: it could not succeed any more.
    #[error(transparent)]
    WaitAborted(#[from] WaitAborted),
    /// Any of the others, with its cause.
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
    /// The phase that the effect is of.
    pub phase: Phase,
    /// What the effect came to.
    #[source]
    pub source: ApplyError,
}

const AGAIN: &str = "what was done stays and fits; to go on from there, run this again";

const NO_CERTIFICATE: &str = "`journalctl -xeu kubelet` shows what keeps the kubelet from it; `kubectl get csr` on a control plane, \
     whether it has asked; what was done stays, and running this again goes on from there";

const NOT_ROLLED_OUT: &str = "`kubectl --namespace kube-system describe pods` shows what keeps it; run this again once it is fixed, or \
     with --skip-phases addon";

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
            ApplyError::NotRolledOut(_) => NOT_ROLLED_OUT.to_owned(),
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
    /// The event loop of the calls cannot be started.
    #[error("cannot start the network runtime")]
    Runtime(#[source] io::Error),
    /// The kubeconfig is not there.
    #[error(
        "there is no {path} to reach the cluster with; make it with `kubewright init phase kubeconfig admin`"
    )]
    NoKubeconfig {
        /// The kubeconfig's path on the host.
        path: PathBuf,
    },
    /// The kubeconfig is no UTF-8.
    #[error("{path} is not text")]
    NotText {
        /// The kubeconfig's path on the host.
        path: PathBuf,
    },
    /// The kubeconfig could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// No client could be made of it, or the call failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// `kubelet.conf` has no user whose credentials could be replaced.
    #[error("{path} cannot be pointed at the kubelet's own certificate")]
    Kubeconfig {
        /// The path of `kubelet.conf`.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: kubeconfig::BadKubeconfig,
    },
}

/// A failure together with its cause; it reads as the failure does.
#[derive(Debug)]
pub struct Explained {
    /// What failed: never an `Explained` itself.
    pub failure: Box<ApplyError>,
    /// Why, with its evidence and its remedy.
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
    /// That of the containers which come of new manifests, beside others that have run for long.
    Replaced(Vec<&'static str>),
    /// The kubelet's certificate.
    Certificate,
    /// An API server that answers.
    ApiServer,
    /// etcd's members, and this host's among them.
    Etcd,
    /// Those of other hosts, before this host's kubelet has anything to do: until then it ends again and again for want of its settings.
    OtherMembers,
}

impl Awaited {
    /// Whether a static pod that is being replaced would answer in place of the new one. A wait for health asks for that itself.
    pub fn needs_api(&self) -> bool {
        match self {
            Self::ApiServer | Self::Etcd | Self::OtherMembers => true,
            Self::Health(_) | Self::Replaced(_) | Self::Certificate => false,
        }
    }

    /// Whether what becomes of this component tells anything. Beside one that is replaced others may lose their leases and end, for the
    /// tenth time in their lives, and come back by themselves; an API server alone needs one of them.
    pub fn concerns(&self, component: &str) -> bool {
        match self {
            Self::Replaced(names) => {
                let is_needed =
                    component == StaticPod::Etcd.name() && names.contains(&StaticPod::ApiServer.name());
                is_needed || names.contains(&component)
            }
            Self::Health(_) | Self::Certificate | Self::ApiServer | Self::Etcd | Self::OtherMembers => true,
        }
    }

    /// Whether it tells anything that this host's kubelet ends.
    pub fn needs_kubelet(&self) -> bool {
        *self != Self::OtherMembers
    }
}

impl fmt::Display for Awaited {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Health(names) | Self::Replaced(names) => out.write_str(&names.join(", ")),
            Self::Certificate => out.write_str("the kubelet's certificate"),
            Self::ApiServer => out.write_str("the API server"),
            Self::Etcd | Self::OtherMembers => out.write_str("etcd"),
        }
    }
}

/// A wait that was ended since it could not come to anything.
#[derive(Debug, thiserror::Error)]
#[error("the wait for {awaited} was given up after {} s", .waited.as_secs())]
pub struct WaitAborted {
    /// What did not come.
    pub awaited: Awaited,
    /// From the wait's begin to its end.
    pub waited: Duration,
}
