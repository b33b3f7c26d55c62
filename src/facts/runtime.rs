//! The container runtime behind its CRI socket.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Seen, Unseen};

/// A runtime that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    pub name: String,
    pub version: String,
    pub api_version: String,
    /// Its condition `RuntimeReady`; `Err` carries the runtime's own reason.
    pub ready: Seen<()>,
    pub cgroup_driver: DriverSeen,
    /// The image that it holds each pod's namespaces with.
    pub sandbox_image: Seen<String>,
    /// Those of the images asked for that it has.
    pub images: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CgroupDriver {
    Systemd,
    Cgroupfs,
}

impl fmt::Display for CgroupDriver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Systemd => "systemd",
            Self::Cgroupfs => "cgroupfs",
        })
    }
}

/// How the runtime's cgroup driver came to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverSeen {
    /// Through the CRI's `RuntimeConfig`, which the kubelet asks and follows too (KEP-4033).
    Announced(CgroupDriver),
    /// Only from the runtime's own configuration: it has no `RuntimeConfig`, so the kubelet cannot know.
    Configured(CgroupDriver),
    /// It has no `RuntimeConfig`, and its configuration does not tell.
    NotAnnounced,
    Unseen(Unseen),
}

/// Why a runtime did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CriError {
    #[error("{endpoint:?} is no CRI endpoint for Linux; write it as unix:///run/containerd/containerd.sock")]
    BadEndpoint { endpoint: String },
    #[error("there is no socket at {}", path.display())]
    SocketMissing { path: PathBuf },
    #[error("nothing listens on the socket {}", path.display())]
    Refused { path: PathBuf },
    #[error("the socket {} may not be opened by this user", path.display())]
    Denied { path: PathBuf },
    #[error("what listens on {} does not speak the CRI's version v1: {why}", path.display())]
    NotCri { path: PathBuf, why: String },
    #[error("{} did not answer {call} within {} s", path.display(), limit.as_secs())]
    Timeout { path: PathBuf, call: &'static str, limit: Duration },
    #[error("{} failed at {call}: {why}", path.display())]
    Failed { path: PathBuf, call: &'static str, why: String },
}
