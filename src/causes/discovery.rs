//! Why a cluster was not found → the cause, where it is one that the table has.

use super::{Cause, Explanation, Outlook};
use crate::join::discovery::{DiscoveryError, Unreached};

/// The error says the rest by itself: it has been waited for already.
pub fn explain_discovery(error: &DiscoveryError) -> Option<Explanation> {
    let cause = cause(error)?;
    Some(Explanation {
        cause,
        summary: cause.meaning().to_owned(),
        evidence: vec![error.to_string()],
        remedy: error.hint().unwrap_or_else(|| format!("mend {}", cause.mended_by())),
        outlook: Outlook::Final,
    })
}

fn cause(error: &DiscoveryError) -> Option<Cause> {
    match error {
        DiscoveryError::Skewed { .. } => Some(Cause::ClockSkew),
        DiscoveryError::Expired { .. } => Some(Cause::CertificateExpired),
        DiscoveryError::Early { .. } => Some(Cause::CertificateNotYetValid),
        DiscoveryError::Foreign { .. } => Some(Cause::CertificateOtherAuthority),
        DiscoveryError::Unreachable { why: Unreached::Name, .. } => Some(Cause::NameNotResolved),
        // What takes connections and closes them has nobody to hand them to; so has a proxy that says so.
        DiscoveryError::Unreachable { why: Unreached::Closed, .. }
        | DiscoveryError::Busy { code: 502 | 503, .. } => Some(Cause::NoBackend),
        DiscoveryError::Unreachable {
            why: Unreached::Refused | Unreached::NoRoute | Unreached::Silent,
            ..
        }
        | DiscoveryError::Busy { .. }
        | DiscoveryError::WrongToken { .. }
        | DiscoveryError::WrongHash { .. }
        | DiscoveryError::Unsigned { .. }
        | DiscoveryError::NotSigned { .. }
        | DiscoveryError::Changed { .. }
        | DiscoveryError::OtherName { .. }
        | DiscoveryError::Certificate { .. }
        | DiscoveryError::NotKubernetes { .. }
        | DiscoveryError::Failed { .. }
        | DiscoveryError::NoClusterInfo { .. }
        | DiscoveryError::NoAnonymous { .. }
        | DiscoveryError::BadClusterInfo { .. }
        | DiscoveryError::ReadFile { .. }
        | DiscoveryError::BadFile { .. }
        | DiscoveryError::NoCluster { .. }
        | DiscoveryError::NotEmbedded { .. }
        | DiscoveryError::NoAuthority { .. }
        | DiscoveryError::NoCredentials { .. }
        | DiscoveryError::CredentialsRefused { .. }
        | DiscoveryError::BadUrl { .. }
        | DiscoveryError::UrlRefused { .. }
        | DiscoveryError::Client { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::discovery::Waited;
    use std::time::Duration;

    fn of(why: Unreached) -> Option<Explanation> {
        let waited = Waited(Duration::from_mins(5));
        explain_discovery(&DiscoveryError::Unreachable { at: "lb.example:6443".into(), why, waited })
    }

    #[test]
    fn what_kept_a_cluster_from_being_found_is_told_by_its_cause() {
        let found = of(Unreached::Name).unwrap();
        assert_eq!(found.cause, Cause::NameNotResolved);
        assert!(found.evidence[0].starts_with("lb.example:6443 cannot be reached"), "{found:?}");
        assert_eq!(of(Unreached::Closed).map(|found| found.cause), Some(Cause::NoBackend));
        assert_eq!(of(Unreached::Refused), None);
    }
}
