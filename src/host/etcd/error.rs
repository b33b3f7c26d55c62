//! What a call to etcd came to when it did not come to an answer.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use tonic::{Code, Status};

use crate::pki::{BadCertificate, BadKey};

/// Why etcd did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum EtcdError {
    /// No URL of an etcd was given.
    #[error("there is no etcd to ask: its endpoints are not known")]
    NoEndpoint,
    /// No URL that a connection can be made to.
    #[error("{endpoint:?} is not the URL of an etcd")]
    BadEndpoint {
        /// As it was given.
        endpoint: String,
    },
    /// A certificate's text cannot be read.
    #[error("the {of} certificate for etcd cannot be used")]
    Certificate {
        /// `CA` or `client`.
        of: &'static str,
        /// What is wrong with it.
        #[source]
        source: BadCertificate,
    },
    /// The client key's text cannot be read.
    #[error("the client key for etcd cannot be used")]
    Key(#[source] BadKey),
    /// The TLS library does not take certificate and key, which may not belong together.
    #[error("the client certificate and key for etcd cannot be used: {why}")]
    Credentials {
        /// The library's words.
        why: String,
    },
    /// No connection could be made.
    #[error("etcd at {endpoint} cannot be reached: {why}")]
    Unreachable {
        /// The member's URL.
        endpoint: String,
        /// The innermost error's text.
        why: String,
    },
    /// The connection was closed before the answer.
    #[error("etcd at {endpoint} hung up: {why}")]
    HungUp {
        /// The member's URL.
        endpoint: String,
        /// The innermost error's text.
        why: String,
    },
    /// No answer in time.
    #[error("etcd at {endpoint} did not answer {call} within {} s", limit.as_secs())]
    Timeout {
        /// The member's URL.
        endpoint: String,
        /// Which call, as in `MemberList`.
        call: &'static str,
        /// How long it was given.
        limit: Duration,
    },
    /// The server's certificate is not one of etcd's CA, not for this name, or out of its dates.
    #[error("what listens on {endpoint} does not prove to be the cluster's etcd: {why}")]
    TlsRefused {
        /// The member's URL.
        endpoint: String,
        /// The TLS library's words.
        why: String,
    },
    /// etcd wants a client certificate of its own CA.
    #[error("etcd at {endpoint} does not accept this client: {why}")]
    Unauthenticated {
        /// The member's URL.
        endpoint: String,
        /// etcd's words, or the TLS alert.
        why: String,
    },
    /// etcd says no, in one of its known texts.
    #[error("etcd at {endpoint} refused {call}: {refusal}")]
    Refused {
        /// The member's URL.
        endpoint: String,
        /// Which call, as in `MemberAdd`.
        call: &'static str,
        /// What it said.
        refusal: Refusal,
    },
    /// An answer that is neither a result nor a known refusal.
    #[error("etcd at {endpoint} failed at {call}: {why}")]
    Failed {
        /// The member's URL.
        endpoint: String,
        /// Which call, as in `MemberList`.
        call: &'static str,
        /// gRPC's status and text.
        why: String,
    },
}

/// An etcd's reason to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The cluster has as many learners as it takes: one, unless it was told otherwise.
    TooManyLearners,
    /// Fewer started members would be left than a quorum needs.
    NotEnoughStarted,
    /// A member is not connected, and the list is not changed until it is.
    Unhealthy,
    /// The learner lacks more of the log than a promotion allows.
    LearnerNotReady,
    /// The member that is to be promoted votes already.
    NotLearner,
    /// No member has this id.
    MemberNotFound,
    /// A member has this id.
    MemberExists,
    /// A member has this peer URL.
    PeerUrlExists,
    /// The peer URLs cannot be parsed.
    BadUrls,
    /// There is no leader at the moment.
    NoLeader,
    /// The member that was asked is not the leader, which has to answer this.
    NotLeader,
    /// Another leader was elected while the call waited.
    LeaderChanged,
    /// The call was not agreed upon in time.
    TimedOut,
    /// The same, since the leader has failed.
    LeaderFailed,
    /// The same, since the member has lost the others.
    ConnectionLost,
    /// The member is behind with applying what was agreed upon.
    ApplySlow,
    /// The member is shutting down.
    Stopped,
    /// The member has too much to do.
    TooManyRequests,
    /// A learner was asked what only a voting member answers.
    NotForLearners,
    /// The member belongs to another cluster.
    ClusterIdMismatch,
    /// The database has reached its quota (`--quota-backend-bytes`).
    NoSpace,
    /// The members' data differ.
    Corrupt,
    /// etcd's own users are on, and none was named.
    UserMissing,
}

/// Whether the same question can have another answer later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Later {
    /// Another member comes up, a leader is elected, or a look at the list tells that it is done already.
    Other,
    Same,
}

/// A refusal, its text, and whether it passes. The texts are those of go.etcd.io/etcd/api/v3/v3rpc/rpctypes.
#[rustfmt::skip]
const REFUSALS: &[(Refusal, &str, Later)] = &[
    (Refusal::TooManyLearners, "too many learner members in cluster", Later::Other),
    (Refusal::NotEnoughStarted, "re-configuration failed due to not enough started members", Later::Other),
    (Refusal::Unhealthy, "unhealthy cluster", Later::Other),
    (Refusal::LearnerNotReady, "can only promote a learner member which is in sync with leader", Later::Other),
    (Refusal::NotLearner, "can only promote a learner member", Later::Other),
    (Refusal::MemberNotFound, "member not found", Later::Other),
    (Refusal::MemberExists, "member ID already exist", Later::Other),
    (Refusal::PeerUrlExists, "Peer URLs already exists", Later::Other),
    (Refusal::BadUrls, "given member URLs are invalid", Later::Same),
    (Refusal::NoLeader, "no leader", Later::Other),
    (Refusal::NotLeader, "not leader", Later::Other),
    (Refusal::LeaderChanged, "leader changed", Later::Other),
    (Refusal::TimedOut, "request timed out", Later::Other),
    (Refusal::LeaderFailed, "request timed out, possibly due to previous leader failure", Later::Other),
    (Refusal::ConnectionLost, "request timed out, possibly due to connection lost", Later::Other),
    (Refusal::ApplySlow, "request timed out, waiting for the applied index took too long", Later::Other),
    (Refusal::Stopped, "server stopped", Later::Other),
    (Refusal::TooManyRequests, "too many requests", Later::Other),
    (Refusal::NotForLearners, "rpc not supported for learner", Later::Other),
    (Refusal::ClusterIdMismatch, "cluster ID mismatch", Later::Same),
    (Refusal::NoSpace, "mvcc: database space exceeded", Later::Same),
    (Refusal::Corrupt, "corrupt cluster", Later::Same),
    (Refusal::UserMissing, "user name is empty", Later::Same),
];

/// In front of each of etcd's texts.
const SPEAKER: &str = "etcdserver: ";

impl Refusal {
    fn of_text(text: &str) -> Option<Self> {
        let text = text.strip_prefix(SPEAKER)?;
        REFUSALS.iter().find(|row| row.1 == text).map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, Later) {
        REFUSALS.iter().find(|row| row.0 == self).expect("each refusal has its row, as a test shows")
    }

    /// Whether another member may well answer: this one has lost the others, or is on its way in or out.
    fn is_the_member_s_own(self) -> bool {
        matches!(
            self,
            Self::NoLeader
                | Self::TimedOut
                | Self::LeaderFailed
                | Self::ConnectionLost
                | Self::ApplySlow
                | Self::Stopped
                | Self::NotForLearners
        )
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.row().1)
    }
}

impl EtcdError {
    /// Whether looking again, and trying again, can come out otherwise.
    pub fn heals(&self) -> bool {
        self.is_of_the_connection() || self.refusal().is_some_and(|refusal| refusal.row().2 == Later::Other)
    }

    /// Whether there was no answer, and there may be one.
    fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::HungUp { .. } | Self::Timeout { .. } => true,
            Self::NoEndpoint
            | Self::BadEndpoint { .. }
            | Self::Certificate { .. }
            | Self::Key(_)
            | Self::Credentials { .. }
            | Self::TlsRefused { .. }
            | Self::Unauthenticated { .. }
            | Self::Refused { .. }
            | Self::Failed { .. } => false,
        }
    }

    /// etcd's reason, where it had one.
    pub fn refusal(&self) -> Option<Refusal> {
        if let Self::Refused { refusal, .. } = self { Some(*refusal) } else { None }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::TlsRefused { .. }
            | Self::Unauthenticated { .. }
            | Self::Certificate { .. }
            | Self::Key(_)
            | Self::Credentials { .. } => Some(
                "the etcd certificates on this node must be signed by the CA of the cluster's etcd; a clock that is \
                 wrong makes them invalid, too",
            ),
            Self::Refused { refusal: Refusal::Unhealthy | Refusal::NotEnoughStarted, .. } => Some(
                "etcd changes its members only while all that vote are up: start those that are down, or remove them \
                 with `etcdctl member remove`",
            ),
            Self::NoEndpoint
            | Self::BadEndpoint { .. }
            | Self::Unreachable { .. }
            | Self::HungUp { .. }
            | Self::Timeout { .. }
            | Self::Refused { .. }
            | Self::Failed { .. } => None,
        }
    }

    /// Whether the next endpoint is worth a try.
    pub(super) fn is_of_the_endpoint(&self) -> bool {
        self.is_of_the_connection() || self.refusal().is_some_and(Refusal::is_the_member_s_own)
    }

    /// From a connection that did not come up, or broke.
    fn unconnected(endpoint: &str, error: &(dyn Error + 'static)) -> Self {
        let (endpoint, why) = (endpoint.to_owned(), innermost(error));
        match io_kind(error) {
            // rustls hands its errors on in this way.
            Some(ErrorKind::InvalidData) if why.starts_with("received fatal alert") => {
                Self::Unauthenticated { endpoint, why }
            }
            Some(ErrorKind::InvalidData) => Self::TlsRefused { endpoint, why },
            Some(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) | None => {
                Self::HungUp { endpoint, why }
            }
            Some(_) => Self::Unreachable { endpoint, why },
        }
    }

    /// From a call's status; one with a source was made on this side, when the connection broke.
    pub(super) fn of_status(endpoint: &str, call: &'static str, status: &Status) -> Self {
        if let Some(source) = status.source() {
            return Self::unconnected(endpoint, source);
        }
        let (endpoint, why) = (endpoint.to_owned(), status.message().to_owned());
        match (Refusal::of_text(&why), status.code()) {
            (Some(Refusal::UserMissing), _) | (None, Code::Unauthenticated | Code::PermissionDenied) => {
                Self::Unauthenticated { endpoint, why }
            }
            (Some(refusal), _) => Self::Refused { endpoint, call, refusal },
            (None, Code::Unavailable | Code::Cancelled | Code::DeadlineExceeded) => {
                Self::Unreachable { endpoint, why }
            }
            (None, _) => Self::Failed { endpoint, call, why },
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let cause =
        |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> { (*error).source() };
    std::iter::successors(Some(error), cause)
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The last of the causes, which names what happened; those around it only say that something did.
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: Code, text: &str) -> EtcdError {
        EtcdError::of_status("https://a:2379", "MemberAdd", &Status::new(code, text))
    }

    #[test]
    fn every_refusal_has_a_row_and_is_known_by_its_text() {
        for (refusal, text, _) in REFUSALS {
            assert_eq!(Refusal::of_text(&format!("etcdserver: {text}")), Some(*refusal));
            assert_eq!(refusal.to_string(), *text);
        }
        assert_eq!(REFUSALS.len(), Refusal::UserMissing as usize + 1);
    }

    #[test]
    fn a_refusal_says_who_refused_what_and_whether_it_passes() {
        let error = of(Code::FailedPrecondition, "etcdserver: too many learner members in cluster");
        assert_eq!(error.refusal(), Some(Refusal::TooManyLearners));
        assert_eq!(
            error.to_string(),
            "etcd at https://a:2379 refused MemberAdd: too many learner members in cluster"
        );
        assert!(error.heals() && !error.is_of_the_endpoint() && error.hint().is_none());
        assert!(of(Code::Unavailable, "etcdserver: unhealthy cluster").hint().is_some());
        let other = of(Code::FailedPrecondition, "etcdserver: rpc not supported for learner");
        assert!(other.heals() && other.is_of_the_endpoint());
        assert!(!of(Code::InvalidArgument, "etcdserver: given member URLs are invalid").heals());
    }

    #[test]
    fn other_words_are_sorted_by_their_code() {
        assert!(matches!(of(Code::Unavailable, "bad gateway"), EtcdError::Unreachable { .. }));
        assert!(matches!(of(Code::PermissionDenied, "no"), EtcdError::Unauthenticated { .. }));
        let without_user = of(Code::InvalidArgument, "etcdserver: user name is empty");
        assert!(matches!(without_user, EtcdError::Unauthenticated { .. }) && !without_user.heals());
        assert!(!of(Code::Unimplemented, "unknown service etcdserverpb.Cluster").heals());
    }
}
