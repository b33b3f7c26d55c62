//! Why no cluster was found → the cause, where it is one of the table's.

use super::{Cause, Diagnosis, Explanation, Outlook};
use crate::join::discovery::{DiscoveryError, Skew, Unreached, Voucher};

/// Where the error is one of the causes. What fixes it is the error's own hint.
pub fn explain_discovery(error: &DiscoveryError) -> Option<Explanation> {
    let (cause, evidence) = match error {
        DiscoveryError::Unreachable { at, why: Unreached::Name, waited } => {
            (Cause::NameNotResolved, format!("the name of {at} did not resolve for {waited}"))
        }
        DiscoveryError::Unreachable { at, why: Unreached::Closed, waited } => (
            Cause::NoBackend,
            format!("{at} took connections and closed them without an answer for {waited}"),
        ),
        DiscoveryError::Busy { at, code: code @ (502..=504), waited } => {
            (Cause::NoBackend, format!("{at} answered {code} for {waited}"))
        }
        DiscoveryError::Skewed { at, skew: skew @ Skew { ours, theirs }, .. } => (
            Cause::ClockSkew,
            format!("here it is {ours:.0}, at {at} it is {theirs:.0}: this host's clock is {skew} that one"),
        ),
        DiscoveryError::Expired { at, on, ours } => (
            Cause::CertificateExpired,
            format!(
                "the certificate that {at} shows was valid until {on:.0}; this host's clock says {ours:.0}"
            ),
        ),
        DiscoveryError::Early { at, from, ours } => (
            Cause::CertificateNotYetValid,
            format!(
                "the certificate that {at} shows is valid from {from:.0} on; this host's clock says {ours:.0}"
            ),
        ),
        DiscoveryError::Foreign { at, voucher } => (
            Cause::CertificateOtherAuthority,
            format!("the certificate that {at} shows is not signed by {}", ca(voucher)),
        ),
        DiscoveryError::WrongHash { at, found } => (
            Cause::CertificateOtherAuthority,
            format!("the hash of the CA at {at} is {}, and another was given", found.join(" and ")),
        ),
        DiscoveryError::Unreachable { .. }
        | DiscoveryError::Busy { .. }
        | DiscoveryError::Proxy { .. }
        | DiscoveryError::WrongToken { .. }
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
        | DiscoveryError::BadServer { .. }
        | DiscoveryError::NotEmbedded { .. }
        | DiscoveryError::NoAuthority { .. }
        | DiscoveryError::Insecure { .. }
        | DiscoveryError::AuthProvider { .. }
        | DiscoveryError::Reaches { .. }
        | DiscoveryError::NotPinned { .. }
        | DiscoveryError::NoCredentials { .. }
        | DiscoveryError::CredentialsRefused { .. }
        | DiscoveryError::BadUrl { .. }
        | DiscoveryError::UrlRefused { .. }
        | DiscoveryError::Client { .. } => return None,
    };
    let found = Diagnosis::new(Outlook::Final, cause.meaning()).seen(evidence);
    Some(found.remedy(error.hint().unwrap_or_else(|| format!("fix {}", cause.fixed_by()))).because_of(cause))
}

fn ca(voucher: &Voucher) -> String {
    match voucher {
        Voucher::ClusterInfo => "the CA in the cluster-info".to_owned(),
        Voucher::File(file) => format!("the CA in the discovery file {file}"),
        Voucher::Host => "any CA that this host trusts".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::join::discovery::Waited;

    fn unreachable(why: Unreached) -> Option<Explanation> {
        let waited = Waited(Duration::from_secs(7));
        explain_discovery(&DiscoveryError::Unreachable { at: "api.test:6443".into(), why, waited })
    }

    #[test]
    fn what_keeps_a_cluster_from_being_found_has_the_same_ids() {
        let found = unreachable(Unreached::Name).unwrap();
        assert_eq!(found.cause, Cause::NameNotResolved);
        assert_eq!(found.evidence, ["the name of api.test:6443 did not resolve for 7 s"]);
        assert!(found.remedy.contains("resolver"));
        assert_eq!(unreachable(Unreached::Closed).unwrap().cause, Cause::NoBackend);
        assert_eq!(unreachable(Unreached::Refused), None);
    }

    #[test]
    fn clocks_and_certificates_are_told_with_their_moments() {
        let [ours, theirs] =
            ["2026-11-21T20:00:00Z", "2026-11-22T20:00:00Z"].map(|text| text.parse().unwrap());
        let at = || "api.test:6443".to_owned();
        let skewed =
            DiscoveryError::Skewed { at: at(), skew: Skew { ours, theirs }, counts_as: "not yet valid" };
        let found = explain_discovery(&skewed).unwrap();
        assert_eq!(found.cause, Cause::ClockSkew);
        assert_eq!(
            found.evidence,
            [
                "here it is 2026-11-21T20:00:00Z, at api.test:6443 it is 2026-11-22T20:00:00Z: this host's clock is 1 d behind that one"
            ]
        );
        let expired = DiscoveryError::Expired { at: at(), on: ours, ours: theirs };
        assert_eq!(explain_discovery(&expired).unwrap().cause, Cause::CertificateExpired);
    }

    #[test]
    fn every_cause_that_is_found_has_a_remedy() {
        let at = || "api.test:6443".to_owned();
        let errors = [
            DiscoveryError::Foreign { at: at(), voucher: Voucher::ClusterInfo },
            DiscoveryError::WrongHash { at: at(), found: vec!["sha256:00".into()] },
            DiscoveryError::Busy { at: at(), code: 503, waited: Waited(Duration::ZERO) },
        ];
        for error in errors {
            assert!(!explain_discovery(&error).unwrap().remedy.is_empty(), "{error}");
        }
    }
}
