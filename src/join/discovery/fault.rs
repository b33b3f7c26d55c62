//! What kept a call from coming to an answer → what that says of the server and of this host's clock.

use std::fmt;

use jiff::Timestamp;

use super::error::{DiscoveryError, Saw, Skew, Unreached, Voucher};
use super::transient::{Transient, TryError};

/// Between this host and an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The network did not lead there.
    Unreached(Unreached),
    /// Whoever is there does not speak TLS.
    NotTls,
    /// Whoever is there ended TLS, with this alert.
    Alert(String),
    /// An answer that is no HTTP, or too long.
    NotHttp,
    /// TLS came about, and the server's certificate is refused.
    Certificate(CertificateFault),
    /// The proxy on the way did not lead to the server.
    Proxy(ProxyFault),
    /// Anything else, as the HTTP client words it.
    Other(String),
}

/// What a proxy did in place of a connection to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyFault {
    /// Without its user and password.
    pub proxy: String,
    /// What was in the way.
    pub why: ProxyRefusal,
}

/// Why a proxy did not connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyRefusal {
    /// HTTP's 407: a user and a password are wanted, or others.
    Credentials,
    /// Any other answer to CONNECT than 200.
    Refused,
    /// No answer to CONNECT: what was in the way.
    NoAnswer(String),
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = &self.proxy;
        match &self.why {
            ProxyRefusal::Credentials => write!(out, "the proxy {proxy} refuses: authorization required"),
            ProxyRefusal::Refused => write!(out, "the proxy {proxy} refuses to connect to it"),
            ProxyRefusal::NoAnswer(cause) => write!(out, "the proxy {proxy} does not answer: {cause}"),
        }
    }
}

/// Why the server's certificate does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// It was not signed by a CA that is trusted for this call.
    Signer,
    /// The names and addresses that it is made out to.
    Name(Vec<String>),
    /// Its notBefore lies ahead.
    Early(Moments),
    /// Its notAfter is over.
    Expired(Moments),
    /// Anything else, as the TLS library words it.
    Other(String),
}

/// The clock of this host, and the end of the certificate's life that it lies beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// This host's clock.
    pub ours: Timestamp,
    /// The certificate's notBefore or notAfter.
    pub bound: Timestamp,
}

impl Fault {
    /// `theirs` is the server's clock, where it was seen.
    pub fn judge(self, at: &str, voucher: &Voucher, theirs: Option<Timestamp>) -> TryError {
        let not_kubernetes = |saw| DiscoveryError::NotKubernetes { at: at.to_owned(), saw };
        TryError::Fatal(match self {
            Self::Unreached(why) => return TryError::Transient(Transient::Unreached(why)),
            Self::NotTls => not_kubernetes(Saw::NotTls),
            Self::Alert(alert) => not_kubernetes(Saw::Alert(alert)),
            Self::NotHttp => not_kubernetes(Saw::NotHttp),
            Self::Certificate(fault) => fault.judge(at, voucher, theirs),
            // A password does not come by waiting; a proxy, or a server behind it, may.
            Self::Proxy(fault) if fault.why == ProxyRefusal::Credentials => {
                DiscoveryError::Proxy { at: at.to_owned(), fault }
            }
            Self::Proxy(fault) => return TryError::Transient(Transient::Proxy(fault)),
            Self::Other(cause) => DiscoveryError::Failed { at: at.to_owned(), cause },
        })
    }

    /// Whether the server's clock would tell more.
    pub fn is_of_dates(&self) -> bool {
        matches!(self, Self::Certificate(CertificateFault::Early(_) | CertificateFault::Expired(_)))
    }
}

impl CertificateFault {
    fn judge(self, at: &str, voucher: &Voucher, theirs: Option<Timestamp>) -> DiscoveryError {
        let at = at.to_owned();
        match self {
            Self::Signer => DiscoveryError::Foreign { at, voucher: voucher.clone() },
            Self::Name(names) => DiscoveryError::OtherName { at, names },
            Self::Other(cause) => DiscoveryError::Certificate { at, cause },
            Self::Early(Moments { ours, bound }) => match theirs.filter(|theirs| *theirs >= bound) {
                Some(theirs) => {
                    DiscoveryError::Skewed { at, skew: Skew { ours, theirs }, counts_as: "not yet valid" }
                }
                None => DiscoveryError::Early { at, from: bound, ours },
            },
            Self::Expired(Moments { ours, bound }) => match theirs.filter(|theirs| *theirs <= bound) {
                Some(theirs) => {
                    DiscoveryError::Skewed { at, skew: Skew { ours, theirs }, counts_as: "expired" }
                }
                None => DiscoveryError::Expired { at, on: bound, ours },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn said(fault: CertificateFault, theirs: Option<&str>) -> String {
        match Fault::Certificate(fault).judge("h:1", &Voucher::ClusterInfo, theirs.map(moment)) {
            TryError::Fatal(error) => error.to_string(),
            TryError::Transient(trouble) => panic!("{trouble:?}"),
        }
    }

    #[test]
    fn a_skewed_clock_is_told_from_a_certificate_that_has_expired() {
        let bound = moment("2027-01-01T00:00:00Z");
        let expired = CertificateFault::Expired(Moments { ours: moment("2027-01-03T00:00:00Z"), bound });
        assert_eq!(
            said(expired.clone(), Some("2026-12-31T21:00:00Z")),
            "this host's clock is 2 d 3 h ahead of that of h:1, so that the certificate there counts as expired"
        );
        let really = "the certificate of h:1 has expired: it was valid until 2027-01-01T00:00:00Z";
        assert_eq!(said(expired.clone(), Some("2027-01-03T00:00:00Z")), really);
        assert_eq!(said(expired, None), really);
    }

    #[test]
    fn a_clock_that_is_behind_is_told_from_a_certificate_of_the_future() {
        let bound = moment("2027-01-01T00:00:00Z");
        let early = CertificateFault::Early(Moments { ours: moment("2026-12-31T23:00:10Z"), bound });
        assert_eq!(
            said(early.clone(), Some("2027-01-01T00:00:30Z")),
            "this host's clock is 1 h behind that of h:1, so that the certificate there counts as not yet valid"
        );
        let really = "the certificate of h:1 is not valid before 2027-01-01T00:00:00Z";
        assert_eq!(said(early, Some("2026-12-31T23:00:00Z")), really);
    }

    #[test]
    fn other_faults_of_a_certificate_name_what_is_wrong() {
        assert_eq!(
            said(CertificateFault::Name(vec!["a".into(), "10.0.0.1".into()]), None),
            "the certificate of h:1 is not made out to that address, but to a, 10.0.0.1"
        );
        assert_eq!(
            said(CertificateFault::Signer, None),
            "the CA in the cluster-info of h:1 did not sign the certificate that h:1 shows"
        );
    }

    #[test]
    fn only_what_the_network_says_heals() {
        let halt = |fault: Fault| fault.judge("h:1", &Voucher::ClusterInfo, None);
        assert!(matches!(halt(Fault::Unreached(Unreached::Refused)), TryError::Transient(_)));
        assert!(matches!(halt(Fault::NotTls), TryError::Fatal(_)));
        assert!(matches!(halt(Fault::Other(String::new())), TryError::Fatal(_)));
    }
}
