//! Checks of versions: of the cluster, the kubelet and an external etcd.

use semver::Version;

use super::machine::unseen_error;
use super::{Finding, subjects};
use crate::config::{NotTaken, Release, Spec, gates_in};
use crate::facts::Facts;
use crate::versions::facts::Component;
use crate::versions::{KubernetesVersion, newest, semantic, table};

/// Newer clusters than this program knows may need what it does not do.
pub fn kubernetes(spec: Spec<'_>, _: &Facts) -> Vec<Finding> {
    let (version, known) = (&spec.cluster.version, newest());
    let finding = || {
        Finding::warning(
            "KubernetesVersion",
            format!("Kubernetes {version} is newer than this program knows"),
        )
        .seen(format!("it knows Kubernetes up to 1.{}", known.number))
        .fix(format!("use a newer kubewright, or --kubernetes-version stable-1.{}", known.number))
    };
    let newer = (version.major(), version.minor()) > (1, known.number);
    newer.then(finding).into_iter().collect()
}

/// The kubelet may be up to three minors older than the API server, and never newer
/// (<https://kubernetes.io/releases/version-skew-policy>).
pub fn kubelet(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let id = "KubeletVersion";
    let fix = format!("install a kubelet of version {}", spec.cluster.version);
    let finding = match facts.kubelet.as_deref() {
        Err(unseen) => Some(unseen_error(id, unseen)),
        Ok(text) => match semantic(text) {
            None => Some(Finding::error(id, format!("kubelet --version says {text:?}, which is no version"))),
            Some(version) => skew(spec, &version).map(|message| Finding::error(id, message)),
        }
        .map(|finding| finding.seen(format!("kubelet --version says {text}"))),
    };
    finding.into_iter().map(|finding| finding.fix(fix.clone())).collect()
}

fn skew(spec: Spec<'_>, kubelet: &Version) -> Option<String> {
    let (wanted, oldest) = (&spec.cluster.version, spec.cluster.minor.preflight.oldest_kubelet);
    let too_old = is_before(kubelet, oldest);
    let too_new = (kubelet.major, kubelet.minor) > (wanted.major(), wanted.minor());
    match (too_old, too_new) {
        (true, _) => {
            Some(format!("the kubelet is too old for Kubernetes {wanted}, which takes {oldest} and newer"))
        }
        (false, true) => Some(format!("the kubelet is newer than the control plane's {wanted}")),
        (false, false) => None,
    }
}

/// The kubelet that is installed starts with the flags and the feature gates that it gets.
pub fn kubelet_settings(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let version = facts.kubelet.as_deref().ok().and_then(|text| text.parse::<KubernetesVersion>().ok());
    let Some(version) = version else { return Vec::new() };
    let Some(minor) = table(&version) else { return Vec::new() };
    let release = Release::of(&version, minor);
    let arguments = &spec.node.kubelet_extra_args;
    let flags = arguments.iter().filter_map(|argument| release.flag(Component::Kubelet, &argument.name));
    let given = arguments.iter().filter(|argument| argument.name.replace('_', "-") == "feature-gates");
    let given = given.flat_map(|argument| gates_in(&argument.value));
    let stored = spec.cluster.kubelet.fields.get("featureGates").and_then(serde_json::Value::as_object);
    let stored = stored.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_bool()));
    let gates = given.chain(stored).filter_map(|(name, value)| release.gate(Component::Kubelet, name, value));
    let finding = |not_taken: NotTaken| {
        Finding::error("KubeletSettings", not_taken.to_string())
            .seen(format!("the kubelet that is installed is of version {version}"))
            .fix("take it out of nodeRegistration.kubeletExtraArgs, or of featureGates in the KubeletConfiguration")
    };
    flags.chain(gates).map(finding).collect()
}

/// By precedence, for which build metadata does not count (<https://semver.org/#spec-item-11>).
pub fn is_before(version: &Version, bound: &str) -> bool {
    semantic(bound).is_some_and(|bound| version.cmp_precedence(&bound).is_lt())
}

/// ExternalEtcdVersion: each endpoint answers, with a version that is new enough.
pub fn external_etcd(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let endpoints = subjects::external_etcd(spec).map(subjects::etcd_endpoints).unwrap_or_default();
    endpoints.iter().filter_map(|endpoint| etcd(spec, facts, endpoint)).collect()
}

/// Of all that [`external_etcd`] looks at.
pub fn external_etcd_ids(spec: Spec<'_>) -> Vec<String> {
    subjects::external_etcd(spec).map(|_| "ExternalEtcdVersion".to_owned()).into_iter().collect()
}

fn etcd(spec: Spec<'_>, facts: &Facts, endpoint: &str) -> Option<Finding> {
    let id = "ExternalEtcdVersion";
    let oldest = spec.cluster.release().min_external_etcd;
    let finding = match facts.etcd_version(endpoint) {
        Err(unseen) => unseen_error(id, &unseen).fix(format!("curl {endpoint}/version (has to answer)")),
        Ok(text) => match semantic(&text) {
            Some(version) if !is_before(&version, oldest) => return None,
            Some(_) => Finding::error(id, format!("external etcd has to be of version {oldest} or newer"))
                .fix(format!("upgrade etcd to {oldest} or newer")),
            None => Finding::error(id, format!("the external etcd's version {text:?} is no version"))
                .fix(format!("curl {endpoint}/version (has to answer with an etcd's version)")),
        }
        .seen(format!("{endpoint} says {text}")),
    };
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{external_etcd as with_external_etcd, ids, unseen};
    use super::*;
    use crate::config::Arg;
    use crate::config::fixture::config;

    #[test]
    fn kubelets_up_to_three_minors_older_fit() {
        for (version, wanted) in [
            ("v1.36.3", vec![]),
            ("v1.36.99", vec![]),
            ("v1.33.0", vec![]),
            ("v1.33.0-rc.1", vec!["error KubeletVersion"]),
            ("v1.32.9", vec!["error KubeletVersion"]),
            ("v1.37.0", vec!["error KubeletVersion"]),
            ("v1.37.0-alpha.1", vec!["error KubeletVersion"]),
            ("nonsense", vec!["error KubeletVersion"]),
        ] {
            let set = |facts: &mut Facts| facts.kubelet = Ok(version.to_owned());
            assert_eq!(ids(kubelet, config().spec(), set), wanted, "{version}");
        }
        assert_eq!(
            ids(kubelet, config().spec(), |facts| facts.kubelet = Err(unseen())),
            ["error KubeletVersion"]
        );
    }

    #[test]
    fn an_installed_kubelet_has_to_take_its_flags_and_gates() {
        let told = |version: &str, name: &str, value: &str| {
            let mut config = config();
            config.node.kubelet_extra_args = vec![Arg { name: name.to_owned(), value: value.to_owned() }];
            ids(kubelet_settings, config.spec(), |facts| facts.kubelet = Ok(version.to_owned()))
        };
        let wanted = ["error KubeletSettings"];
        assert_eq!(told("v1.37.1", "boot-id-file", "/a"), wanted);
        assert_eq!(told("v1.37.1", "feature-gates", "SidecarContainers=true,AllAlpha=false"), wanted);
        for (version, name) in [
            ("v1.37.1", "v"),
            ("v1.37.1", "max_pods"),
            ("nonsense", "x"),
            ("v1.20.0", "x"),
            ("v1.37.99", "x"),
        ] {
            assert!(told(version, name, "1").is_empty(), "{version} {name}");
        }
        let mut config = config();
        let gates = serde_json::json!({ "SidecarContainers": true });
        config.cluster.kubelet.fields.insert("featureGates".to_owned(), gates);
        assert_eq!(
            ids(kubelet_settings, config.spec(), |facts| facts.kubelet = Ok("v1.37.1".to_owned())),
            wanted
        );
    }

    #[test]
    fn a_cluster_newer_than_the_tables_is_warned_of() {
        let mut newer = config();
        newer.cluster.version = "v1.99.0".parse().unwrap();
        assert_eq!(ids(kubernetes, newer.spec(), |_| ()), ["warning KubernetesVersion"]);
        assert!(ids(kubernetes, config().spec(), |_| ()).is_empty());
    }

    #[test]
    fn an_external_etcd_has_to_answer_and_be_new_enough() {
        for (version, wanted) in [
            (Ok("3.5.24"), vec![]),
            (Ok("3.6.8"), vec![]),
            (Ok("3.5.23"), vec!["error ExternalEtcdVersion"]),
            (Ok("etcd"), vec!["error ExternalEtcdVersion"]),
            (Err(unseen()), vec!["error ExternalEtcdVersion"]),
        ] {
            let answer = version.map(str::to_owned);
            let set = |facts: &mut Facts| drop(facts.etcd.insert("https://10.0.0.9:2379".to_owned(), answer));
            assert_eq!(ids(external_etcd, with_external_etcd().spec(), set), wanted);
        }
        assert!(ids(external_etcd, config().spec(), |_| ()).is_empty());
    }

    #[test]
    fn how_old_an_external_etcd_may_be_depends_on_the_patch() {
        let refuses = |kubernetes: &str, etcd: &str| {
            let mut config = with_external_etcd();
            config.of_version(kubernetes);
            let answer = Ok(etcd.to_owned());
            let set = |facts: &mut Facts| drop(facts.etcd.insert("https://10.0.0.9:2379".to_owned(), answer));
            !ids(external_etcd, config.spec(), set).is_empty()
        };
        assert!(!refuses("v1.31.13", "3.5.15") && refuses("v1.31.14", "3.5.15"));
        assert!(!refuses("v1.34.1", "3.5.21") && refuses("v1.34.2", "3.5.21"));
    }
}
