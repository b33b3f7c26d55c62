//! What may heal by itself while a control plane comes up, and for how long that is waited for.

use std::fmt;
use std::time::Duration;

use super::error::{DiscoveryError, TokenState, Unreached, Waited};
use super::fault::{ProxyFault, ProxyRefusal};

/// Why asking has to stop, or to go on.
#[derive(Debug)]
pub enum TryError {
    /// It cannot succeed any more.
    Fatal(DiscoveryError),
    /// It may succeed when it is tried again.
    Transient(Transient),
}

impl From<DiscoveryError> for TryError {
    fn from(error: DiscoveryError) -> Self {
        Self::Fatal(error)
    }
}

/// A fault that a control plane which comes up, or a new token, has for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transient {
    /// The network does not lead there, or nobody listens yet.
    Unreached(Unreached),
    /// A proxy does not lead to the server.
    Proxy(ProxyFault),
    /// 429 or 5xx.
    Busy {
        /// HTTP's status.
        code: u16,
    },
    /// An API server that has just started has none of its rights yet.
    Forbidden,
    /// 404: cluster-info is made near the end of init.
    Missing,
    /// Nobody has signed cluster-info: the controller manager does a moment after a token is made.
    Unsigned {
        /// The token's id: the six characters before the dot, which are no secret.
        id: String,
        /// How the API server takes the token itself.
        token: TokenState,
    },
    /// Others have, this token has not.
    NotSigned {
        /// The token's id: the six characters before the dot, which are no secret.
        id: String,
        /// How the API server takes the token itself.
        token: TokenState,
    },
}

/// How long each fault may last, from its first sight without a break, and never longer than `timeouts.discovery`
/// (5 min).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransientLimits {
    /// A name that does not resolve, refused, no route, silence, and a load balancer's or a starting API server's
    /// excuses: as long as the timeout goes, since nodes are started together with their first control plane.
    pub network: Duration,
    /// A proxy that refuses: its rules stay as they are, but it says no more where the server behind it is still starting.
    pub proxy: Duration,
    /// cluster-info that is not there or may not be read.
    pub rights: Duration,
    /// The signature of a token that the API server accepts: a controller manager that has to wait for another's lease
    /// to end (15 s) before it signs is in time.
    pub signature: Duration,
    /// The signature of a token of which nothing is known: no pin vouches for whom it could be shown to.
    pub unasked: Duration,
    /// Of a token that the API server does not know: it may know it a moment after it was made.
    pub refused: Duration,
}

impl Default for TransientLimits {
    fn default() -> Self {
        Self {
            network: Duration::MAX,
            proxy: Duration::from_secs(20),
            rights: Duration::from_secs(5),
            signature: Duration::from_secs(20),
            unasked: Duration::from_secs(5),
            refused: Duration::from_millis(400),
        }
    }
}

/// Faults that follow each other as one: refused, then silent, then 503 is a control plane that comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransientGroup {
    /// The network, a proxy, or a server that is not ready.
    Network,
    /// cluster-info is missing or may not be read.
    Rights,
    /// cluster-info lacks the token's signature.
    Signature,
}

impl fmt::Display for Transient {
    /// Reads on from an address.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached(why) => write!(out, "cannot be reached: {why}"),
            Self::Proxy(fault) => write!(out, "cannot be reached: {fault}"),
            Self::Busy { code } => write!(out, "is not ready: it answers {code}"),
            Self::Forbidden => out.write_str("does not let anonymous users read cluster-info yet"),
            Self::Missing => out.write_str("has no cluster-info yet"),
            Self::Unsigned { .. } => out.write_str("has no signed cluster-info yet"),
            Self::NotSigned { id, .. } => {
                write!(out, "has no cluster-info that is signed for token {id} yet")
            }
        }
    }
}

impl Transient {
    /// Which other faults continue this one, so that one time counts for both.
    pub fn group(&self) -> TransientGroup {
        match self {
            Self::Unreached(_) | Self::Proxy(_) | Self::Busy { .. } => TransientGroup::Network,
            Self::Forbidden | Self::Missing => TransientGroup::Rights,
            Self::Unsigned { .. } | Self::NotSigned { .. } => TransientGroup::Signature,
        }
    }

    /// How long this fault may last of what `limits` allows.
    pub fn limit(&self, limits: &TransientLimits) -> Duration {
        match self {
            Self::Proxy(ProxyFault { why: ProxyRefusal::Refused | ProxyRefusal::Credentials, .. }) => {
                limits.proxy
            }
            Self::Proxy(ProxyFault { why: ProxyRefusal::NoAnswer(_), .. })
            | Self::Unreached(_)
            | Self::Busy { .. } => limits.network,
            Self::Forbidden | Self::Missing => limits.rights,
            Self::Unsigned { token, .. } | Self::NotSigned { token, .. } => match token {
                TokenState::Refused => limits.refused,
                TokenState::Alive => limits.signature,
                TokenState::Unasked => limits.unasked,
            },
        }
    }

    /// What it was, once it has lasted too long.
    pub fn into_error(self, at: &str, waited: Duration) -> DiscoveryError {
        let (at, waited) = (at.to_owned(), Waited(waited));
        match self {
            Self::Unreached(why) => DiscoveryError::Unreachable { at, why, waited },
            Self::Proxy(fault) => DiscoveryError::Proxy { at, fault },
            Self::Busy { code } => DiscoveryError::Busy { at, code, waited },
            Self::Forbidden => DiscoveryError::NoAnonymous { at, code: 403 },
            Self::Missing => DiscoveryError::NoClusterInfo { at },
            Self::Unsigned { id, token } => DiscoveryError::Unsigned { at, id, token },
            Self::NotSigned { id, token } => DiscoveryError::NotSigned { at, id, token },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_network_s_faults_are_borne_for_more_than_a_small_part_of_the_timeout() {
        let id = || "abcdef".to_owned();
        let token = TokenState::Alive;
        for fault in [
            Transient::Missing,
            Transient::Unsigned { id: id(), token },
            Transient::NotSigned { id: id(), token },
        ] {
            assert!(fault.limit(&TransientLimits::default()) <= Duration::from_secs(30), "{fault:?}");
        }
    }

    #[test]
    fn a_token_that_is_not_known_is_given_less_than_a_second() {
        let fault = Transient::NotSigned { id: "abcdef".to_owned(), token: TokenState::Refused };
        assert!(fault.limit(&TransientLimits::default()) < Duration::from_secs(1));
    }
}
