//! Check of clients: whether any asks for an API that the new version does not serve.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::facts::DeprecatedApi;

/// As the API server has counted since it was started. Another one may have been asked for others.
pub fn in_use(hop: &Hop<'_>) -> Vec<Finding> {
    let Ok(apis) = &hop.facts.deprecated_apis else { return Vec::new() };
    let is_gone = |api: &&DeprecatedApi| {
        let minor = api.gone.split_once('.').and_then(|(_, minor)| minor.parse::<u64>().ok());
        minor.is_some_and(|minor| (hop.from.minor() + 1..=hop.minor.number).contains(&minor))
    };
    let finding = |api: &DeprecatedApi| {
        let DeprecatedApi { group, version, resource, gone } = api;
        let of = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        Finding::warning(
            "RemovedApiInUse",
            Place::Cluster,
            format!("{resource} of {of} is not served any more from Kubernetes {gone} on, and a client asks for it"),
        )
        .seen("the API server counts it in apiserver_requested_deprecated_apis since it was started")
        .fix(format!(
            "find the client in the audit log, by the annotation k8s.io/removed-release={gone}, and have it use a newer version; what is stored stays"
        ))
    };
    apis.iter().filter(is_gone).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::facts::Unseen;

    #[test]
    fn an_api_in_use_is_told_by_the_version_that_drops_it_and_by_no_other() {
        let told = |to: &str, gone: &str| {
            let mut case = Case::to(to);
            case.facts.deprecated_apis = Ok(vec![DeprecatedApi {
                group: "networking.k8s.io".to_owned(),
                version: "v1beta1".to_owned(),
                resource: "ipaddresses".to_owned(),
                gone: gone.to_owned(),
            }]);
            labels(&in_use(&case.hop()))
        };
        assert_eq!(told("v1.37.2", "1.37"), ["warning RemovedApiInUse"]);
        for (to, gone) in [("v1.36.3", "1.37"), ("v1.37.2", "1.38"), ("v1.37.2", "1.36"), ("v1.37.2", "soon")]
        {
            assert!(told(to, gone).is_empty(), "{to} {gone}");
        }
        let mut case = Case::to("v1.37.2");
        case.facts.deprecated_apis = Err(Unseen::new("the use of deprecated APIs", "forbidden"));
        assert!(in_use(&case.hop()).is_empty());
    }
}
