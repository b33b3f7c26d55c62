//! The container runtime behind its CRI socket.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Seen, Unseen};

/// A runtime that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// The runtime's name for itself: `containerd`.
    pub name: String,
    /// The runtime's version.
    pub version: String,
    /// The CRI's version: `v1`.
    pub api_version: String,
    /// Its condition `RuntimeReady`; `Err` carries the runtime's own reason.
    pub ready: Seen<()>,
    /// The cgroup driver that it uses.
    pub cgroup_driver: DriverSeen,
    /// The image that it holds each pod's namespaces with.
    pub sandbox_image: Seen<String>,
    /// Those of the images asked for that it has.
    pub images: BTreeSet<String>,
}

/// Who makes the cgroups of containers; the kubelet and the runtime have to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CgroupDriver {
    /// systemd, on request.
    Systemd,
    /// The program itself.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriverSeen {
    /// Through the CRI's `RuntimeConfig`, which the kubelet asks and follows too (KEP-4033).
    Announced(CgroupDriver),
    /// Only from the runtime's own configuration: it has no `RuntimeConfig`, so the kubelet cannot know.
    Configured(CgroupDriver),
    /// It has no `RuntimeConfig`, and its configuration does not tell.
    NotAnnounced,
    /// The runtime could not be asked.
    Unseen(Unseen),
}

/// Why a runtime did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CriError {
    /// The address of a socket that is none.
    #[error("{endpoint:?} is no CRI endpoint for Linux; write it as unix:///run/containerd/containerd.sock")]
    BadEndpoint {
        /// As it was given.
        endpoint: String,
    },
    /// Nothing is at the socket's path.
    #[error("there is no socket at {}", path.display())]
    SocketMissing {
        /// The socket.
        path: PathBuf,
    },
    /// A socket that nobody has open.
    #[error("nothing listens on the socket {}", path.display())]
    Refused {
        /// The socket.
        path: PathBuf,
    },
    /// This user has no right to it.
    #[error("the socket {} may not be opened by this user", path.display())]
    Denied {
        /// The socket.
        path: PathBuf,
    },
    /// Another program answers, or a runtime without its CRI plug-in.
    #[error("what listens on {} does not speak the CRI's version v1: {why}", path.display())]
    NotCri {
        /// The socket.
        path: PathBuf,
        /// Its answer.
        why: String,
    },
    /// It has taken the call, and does not answer.
    #[error("{} did not answer {call} within {} s", path.display(), limit.as_secs())]
    Timeout {
        /// The socket.
        path: PathBuf,
        /// The CRI's method.
        call: Cow<'static, str>,
        /// So long it was waited for.
        limit: Duration,
    },
    /// It has answered with an error.
    #[error("{} failed at {call}: {why}", path.display())]
    Failed {
        /// The socket.
        path: PathBuf,
        /// The CRI's method.
        call: Cow<'static, str>,
        /// Its answer.
        why: String,
    },
}
