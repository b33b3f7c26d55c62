//! A Kubernetes version: semantic, written with a leading `v`.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

/// An exact Kubernetes version such as `v1.36.3` or `v1.37.0-rc.1`; build metadata is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesVersion(Version);

/// Why a text is no version of Kubernetes that this program can work with.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BadVersion {
    /// It is neither a semantic version nor a label that is known.
    #[error("{text:?} is not a Kubernetes version; write v1.36.3, stable or stable-1.36")]
    Malformed {
        /// As it was given.
        text: String,
    },
    /// A version, or a label, of a minor that has no table here.
    #[error("Kubernetes {text} is not known to this kubewright, which carries {span}")]
    Unknown {
        /// As it was given.
        text: String,
        /// The minors that have one: `1.29 to 1.37`.
        span: String,
    },
}

/// A semantic version (<https://semver.org>) with or without a leading `v`; `None` for any other text. It is what
/// Kubernetes' `ParseSemantic` takes.
pub fn semantic(text: &str) -> Option<Version> {
    Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

impl KubernetesVersion {
    /// 1 in v1.36.3.
    pub fn major(&self) -> u64 {
        self.0.major
    }

    /// 36 in v1.36.3.
    pub fn minor(&self) -> u64 {
        self.0.minor
    }

    /// 3 in v1.36.3.
    pub fn patch(&self) -> u64 {
        self.0.patch
    }

    /// What stands behind the hyphen, as in `rc.1` of v1.37.0-rc.1; empty for a release.
    pub fn stage(&self) -> &str {
        &self.0.pre
    }

    /// By precedence, for which build metadata does not count (<https://semver.org/#spec-item-11>).
    pub fn is_before(&self, other: &Self) -> bool {
        self.0.cmp_precedence(&other.0).is_lt()
    }

    /// The version of Kubernetes itself, without what a distribution or a build has put behind it: `v1.36.3+k3s1` and
    /// `v1.36.3-eks-1a2b` are v1.36.3. A version before a release, such as `v1.37.0-rc.1`, is one of its own.
    #[must_use]
    pub fn upstream(&self) -> Self {
        let is_known = ["alpha.", "beta.", "rc."].iter().any(|stage| self.0.pre.starts_with(stage));
        let pre = if is_known { self.0.pre.clone() } else { Prerelease::EMPTY };
        Self(Version { pre, build: BuildMetadata::EMPTY, ..self.0.clone() })
    }

    /// As an image tag: `+`, which tags may not hold, becomes `_`.
    pub fn image_tag(&self) -> String {
        self.to_string().replace('+', "_")
    }
}

impl FromStr for KubernetesVersion {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        semantic(text).map(Self).ok_or_else(|| BadVersion::Malformed { text: text.to_owned() })
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "v{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_written_back_with_a_leading_v() {
        for (text, back) in
            [("1.36.3", "v1.36.3"), ("v1.37.0-rc.1", "v1.37.0-rc.1"), ("v1.36.3+a.b", "v1.36.3+a.b")]
        {
            assert_eq!(text.parse::<KubernetesVersion>().unwrap().to_string(), back);
        }
        assert_eq!("v1.36.3+a.b".parse::<KubernetesVersion>().unwrap().image_tag(), "v1.36.3_a.b");
    }

    #[test]
    fn versions_have_the_order_of_semantic_ones() {
        let ordered = ["v1.36.9", "v1.36.10", "v1.37.0-alpha.1", "v1.37.0-rc.1", "v1.37.0"];
        let all = ordered.map(|text| text.parse::<KubernetesVersion>().unwrap());
        assert!(all.windows(2).all(|pair| pair[0].is_before(&pair[1]) && !pair[1].is_before(&pair[0])));
        let built: KubernetesVersion = "v1.37.0+a".parse().unwrap();
        assert!(!built.is_before(&all[4]) && !all[4].is_before(&built));
        assert_eq!((all[3].stage(), all[4].stage()), ("rc.1", ""));
    }

    #[test]
    fn what_a_build_puts_behind_a_version_is_not_of_kubernetes() {
        for (text, upstream) in [
            ("v1.36.3", "v1.36.3"),
            ("v1.36.3+k3s1", "v1.36.3"),
            ("v1.36.3-eks-1a2b", "v1.36.3"),
            ("v1.36.3-dirty", "v1.36.3"),
            ("v1.37.0-rc.1+abc", "v1.37.0-rc.1"),
            ("v1.37.0-alpha.2", "v1.37.0-alpha.2"),
        ] {
            assert_eq!(text.parse::<KubernetesVersion>().unwrap().upstream().to_string(), upstream);
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "1.36", "1.36.x", "1.36.03", "1.36.3.4", "+1.36.3", "1.36.3-", "v1.36.3 "] {
            assert!(text.parse::<KubernetesVersion>().is_err(), "{text}");
        }
    }

    /// Held against `ParseSemantic` of k8s.io/apimachinery, whose numbers have 64 bits too.
    #[test]
    fn what_kubernetes_takes_for_semantic_is_and_nothing_else() {
        for text in [
            "0.0.0",
            "v1.36.3",
            "1.36.3-0",
            "1.36.3--",
            "1.36.3-a.0.b-1",
            "1.36.3-0a",
            "1.36.3+007.-",
            "v1.36.3-rc.1+a.b",
            "1.36.18446744073709551615",
        ] {
            assert_eq!(
                semantic(text).map(|version| version.to_string()).as_deref(),
                Some(text.trim_start_matches('v'))
            );
        }
        for text in [
            "vv1.36.3",
            "V1.36.3",
            "01.36.3",
            "1.36.3-01",
            "1.36.3-a..b",
            "1.36.3-a_b",
            "1.36.3+a+b",
            "1.36.3+",
            "1.36.3-+a",
            "1.36.18446744073709551616",
        ] {
            assert_eq!(semantic(text), None, "{text}");
        }
    }
}
