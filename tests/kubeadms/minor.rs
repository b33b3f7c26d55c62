//! The Kubernetes minors, each with its real kubeadm.

use std::env;
use std::path::{Path, PathBuf};

/// Of kubeadm's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    V1Beta3,
    V1Beta4,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::V1Beta3, Self::V1Beta4];

    pub fn api_version(self) -> &'static str {
        match self {
            Self::V1Beta3 => "kubeadm.k8s.io/v1beta3",
            Self::V1Beta4 => "kubeadm.k8s.io/v1beta4",
        }
    }
}

/// A Kubernetes minor, by the patch version whose kubeadm is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minor {
    version: &'static str,
}

impl Minor {
    pub const V1_29: Self = Self { version: "v1.29.15" };
    pub const V1_30: Self = Self { version: "v1.30.4" };
    pub const V1_31: Self = Self { version: "v1.31.0" };
    pub const V1_32: Self = Self { version: "v1.32.2" };
    pub const V1_33: Self = Self { version: "v1.33.13" };
    pub const V1_34: Self = Self { version: "v1.34.4" };
    pub const V1_35: Self = Self { version: "v1.35.4" };
    pub const V1_36: Self = Self { version: "v1.36.3" };
    pub const V1_37: Self = Self { version: "v1.37.1" };

    pub const ALL: &[Self] = &[
        Self::V1_29,
        Self::V1_30,
        Self::V1_31,
        Self::V1_32,
        Self::V1_33,
        Self::V1_34,
        Self::V1_35,
        Self::V1_36,
        Self::V1_37,
    ];

    /// Those that are compared: all, or the ones that `MINORS` names, as in `MINORS='1.29 1.37'`.
    pub fn wanted() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|minor| minor.is_wanted())
    }

    pub fn is_wanted(self) -> bool {
        env::var("MINORS").map_or(true, |named| named.split_whitespace().any(|name| name == self.number()))
    }

    /// As `1.36`.
    pub fn number(self) -> &'static str {
        self.version[1..].rsplit_once('.').unwrap().0
    }

    /// As `v1.36.3`.
    pub fn version(self) -> &'static str {
        self.version
    }

    /// What its kubeadm writes.
    pub fn format(self) -> Format {
        if self.is_of_v1beta3() { Format::V1Beta3 } else { Format::V1Beta4 }
    }

    /// Whether its kubeadm reads the format.
    pub fn reads(self, format: Format) -> bool {
        match format {
            Format::V1Beta3 => self != Self::V1_37,
            Format::V1Beta4 => !self.is_of_v1beta3(),
        }
    }

    /// Whether v1beta3 is all that its kubeadm reads.
    pub fn is_of_v1beta3(self) -> bool {
        matches!(self, Self::V1_29 | Self::V1_30)
    }

    /// The real kubeadm: what `KUBEADM_1_36` names, else the cache's.
    pub fn kubeadm(self) -> PathBuf {
        let path = self.place();
        assert!(
            path.exists(),
            "there is no kubeadm {} at {}: `tests/run` builds it, or {} names one",
            self.version,
            path.display(),
            self.variable()
        );
        path
    }

    pub fn has_kubeadm(self) -> bool {
        self.place().exists()
    }

    fn place(self) -> PathBuf {
        env::var(self.variable())
            .map_or_else(|_| cache().join("bin").join(self.version).join("kubeadm"), PathBuf::from)
    }

    fn variable(self) -> String {
        format!("KUBEADM_{}", self.number().replace('.', "_"))
    }
}

fn cache() -> PathBuf {
    let home = || Path::new(&env::var("HOME").expect("HOME is set")).join(".cache/kubewright");
    env::var("KUBEWRIGHT_CACHE").map_or_else(|_| home(), PathBuf::from)
}
