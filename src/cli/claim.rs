//! Nobody names a version → the Kubernetes version that this program stands for: that of a variable, of the name that it was
//! called by, of the kubelet that is installed, or else the newest one.

use std::time::Duration;

use super::invocation::called;
use crate::config::Assumed;
use crate::host::{Node, observe};
use crate::report;
use crate::versions::{self, BadVersion, KubernetesVersion};

/// The variable of the environment that names the version for all commands.
pub const VARIABLE: &str = "KUBEWRIGHT_KUBERNETES_VERSION";

/// What scripts ask for may start a program of over 100 MB, but not wait for one that hangs.
const KUBELET_LIMIT: Duration = Duration::from_secs(10);

/// A version that somebody has set for all commands, and that is none.
#[derive(Debug, thiserror::Error)]
#[error("{of} names no version that can be taken")]
pub struct BadClaim {
    of: String,
    #[source]
    source: BadVersion,
}

/// How such a version is set.
pub fn how_to_claim() -> String {
    format!(
        "{VARIABLE} takes a minor, as in 1.36, or a version, as in v1.36.3, and goes before the program's name"
    )
}

/// What is set for all commands, if anything is.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    set: Option<Assumed>,
    /// Whose kubelet is asked otherwise.
    node: &'a Node,
}

impl<'a> Claim<'a> {
    /// By the variable, or else by the name that the program was called by.
    ///
    /// # Errors
    /// Either of them names a version that no known minor has.
    pub fn read(node: &'a Node) -> Result<Self, BadClaim> {
        let variable = node.variable(VARIABLE).and_then(|text| text.into_string().ok());
        Ok(Self { set: set(variable.as_deref(), called().version.as_deref())?, node })
    }

    /// Asks the kubelet where nothing is set.
    pub fn version(&self) -> Assumed {
        self.set.clone().or_else(|| of_kubelet(self.node)).unwrap_or_else(newest)
    }

    /// A version that a flag names; `stable` is the newest patch of the minor that this program stands for.
    pub fn resolve(&self, text: &str) -> Result<Assumed, BadVersion> {
        if versions::is_floating(text) {
            let (_, minor) = self.version();
            return Ok((minor.stable_version(), minor));
        }
        versions::resolve(text)
    }
}

/// An empty variable says nothing.
fn set(variable: Option<&str>, name: Option<&str>) -> Result<Option<Assumed>, BadClaim> {
    let by_variable = variable.filter(|text| !text.is_empty()).map(|text| (VARIABLE.to_owned(), text));
    let by_name = || name.map(|text| (format!("the name {}", called().name), text));
    let said = by_variable.or_else(by_name);
    let resolve =
        |(of, text): (String, &str)| of_minor_or_version(text).map_err(|source| BadClaim { of, source });
    said.map(resolve).transpose()
}

/// A minor stands for its newest patch.
fn of_minor_or_version(text: &str) -> Result<Assumed, BadVersion> {
    let number = text.strip_prefix('v').unwrap_or(text);
    let is_minor =
        number.matches('.').count() == 1 && number.starts_with(|first: char| first.is_ascii_digit());
    if is_minor { versions::resolve(&format!("stable-{number}")) } else { versions::resolve(text) }
}

fn newest() -> Assumed {
    let minor = versions::newest();
    (minor.stable_version(), minor)
}

/// Where a kubelet is installed, and its minor is one that this program carries. One of another minor is preflight's to tell.
fn of_kubelet(node: &Node) -> Option<Assumed> {
    match observe::installed_kubelet(node, KUBELET_LIMIT)? {
        Ok(version) => carried(&version),
        Err(unseen) => {
            let (version, _) = newest();
            report::warn(&format!("{unseen}: Kubernetes {version} is taken where no version is given"));
            None
        }
    }
}

fn carried(version: &str) -> Option<Assumed> {
    let version = version.parse::<KubernetesVersion>().ok()?.upstream();
    let minor = versions::table(&version)?;
    Some((version, minor))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::host::given;

    fn claimed(variable: Option<&str>, name: Option<&str>) -> Option<String> {
        set(variable, name).unwrap().map(|(version, _)| version.to_string())
    }

    #[test]
    fn the_variable_goes_before_the_name_and_an_empty_one_says_nothing() {
        assert_eq!(claimed(Some("v1.36.1"), Some("1.35")).as_deref(), Some("v1.36.1"));
        assert_eq!(claimed(Some(""), Some("1.35.2")).as_deref(), Some("v1.35.2"));
        assert_eq!(claimed(None, None), None);
    }

    #[test]
    fn a_minor_stands_for_its_newest_patch() {
        let newest = versions::numbered(36).stable_version().to_string();
        for text in ["1.36", "v1.36", "stable-1.36"] {
            assert_eq!(claimed(Some(text), None).as_deref(), Some(newest.as_str()), "{text}");
        }
    }

    #[test]
    fn what_is_not_carried_is_refused_by_where_it_was_said() {
        for text in ["1.20", "v1.20.3", "one", "1.x"] {
            let error = set(Some(text), None).unwrap_err();
            assert!(error.to_string().contains(VARIABLE), "{error}");
        }
        let error = set(None, Some("1.20")).unwrap_err();
        assert!(error.to_string().starts_with("the name "), "{error}");
    }

    #[test]
    fn stable_is_of_the_minor_that_is_claimed() {
        let claim = Claim { set: set(Some("v1.36.0"), None).unwrap(), node: &Node::this() };
        let resolved = |text: &str| claim.resolve(text).unwrap().0;
        assert_eq!(resolved("stable-1"), versions::numbered(36).stable_version());
        assert_eq!(resolved("stable-1.35"), versions::numbered(35).stable_version());
    }

    /// Of a node with these variables, and a kubelet of this version or none.
    #[expect(clippy::disallowed_methods, reason = "the test makes a kubelet")]
    fn taken(variables: &[(&str, &str)], kubelet: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        if let Some(version) = kubelet {
            let path = folder.path().join("usr/bin/kubelet");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, format!("#!/bin/sh\necho Kubernetes {version}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut given = given();
        given.variables.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
        Claim::read(&Node::given(folder.path(), given)).unwrap().version().0.to_string()
    }

    #[test]
    fn a_node_s_variable_goes_before_its_kubelet_and_that_before_the_newest_version() {
        assert_eq!(taken(&[(VARIABLE, "v1.35.1")], Some("v1.36.1")), "v1.35.1");
        assert_eq!(taken(&[(VARIABLE, "")], Some("v1.36.1")), "v1.36.1");
        assert_eq!(taken(&[], Some("v1.36.1")), "v1.36.1");
        let (newest, _) = newest();
        assert_eq!(taken(&[], None), newest.to_string());
    }

    #[test]
    fn a_kubelet_counts_where_its_minor_is_carried() {
        let of = |text: &str| carried(text).map(|(version, _)| version.to_string());
        assert_eq!(of("v1.36.3+k3s1").as_deref(), Some("v1.36.3"));
        assert_eq!((of("v1.28.9"), of("v1.99.0"), of("what")), (None, None, None));
    }
}
