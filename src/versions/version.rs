//! A Kubernetes version: semantic, written with a leading `v`.

use std::fmt;
use std::str::FromStr;

/// An exact Kubernetes version such as `v1.36.3` or `v1.37.0-rc.1`; build metadata is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesVersion {
    major: u64,
    minor: u64,
    patch: u64,
    /// All behind the patch: `-rc.1`, `+build`, or nothing.
    suffix: String,
}

#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BadVersion {
    #[error("{text:?} is not a Kubernetes version; write v1.36.3, stable or stable-1.36")]
    Malformed { text: String },
    #[error("Kubernetes {text} is not known to this kubewright, which carries {span}")]
    Unknown { text: String, span: String },
}

impl KubernetesVersion {
    pub fn major(&self) -> u64 {
        self.major
    }

    pub fn minor(&self) -> u64 {
        self.minor
    }

    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// The version of Kubernetes itself, without what a distribution or a build has put behind it: `v1.36.3+k3s1` and
    /// `v1.36.3-eks-1a2b` are v1.36.3. A version before a release, such as `v1.37.0-rc.1`, is one of its own.
    #[must_use]
    pub fn upstream(&self) -> Self {
        let ahead = self.suffix.split('+').next().unwrap_or_default();
        let is_known = ["-alpha.", "-beta.", "-rc."].iter().any(|stage| ahead.starts_with(stage));
        Self { suffix: if is_known { ahead.to_owned() } else { String::new() }, ..self.clone() }
    }

    /// As an image tag: `+`, which tags may not hold, becomes `_`.
    pub fn image_tag(&self) -> String {
        self.to_string().replace('+', "_")
    }
}

impl FromStr for KubernetesVersion {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        parse(text.strip_prefix('v').unwrap_or(text))
            .ok_or_else(|| BadVersion::Malformed { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<KubernetesVersion> {
    let core_end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, suffix) = text.split_at(core_end);
    let mut numbers = core.split('.').map(number);
    let version = KubernetesVersion {
        major: numbers.next()??,
        minor: numbers.next()??,
        patch: numbers.next()??,
        suffix: suffix.to_owned(),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    let sound = suffix.chars().all(allowed) && suffix.len() != 1;
    (numbers.next().is_none() && sound).then_some(version)
}

/// Semantic versions allow no leading zeros and no signs.
fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "v{}.{}.{}{}", self.major, self.minor, self.patch, self.suffix)
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
}
