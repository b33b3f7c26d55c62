//! What is said to a user whose component configuration is not as this program would have it.

use std::fmt;

use serde_json::Value;

/// One remark; the user's value is kept all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// `field` is dotted: `authentication.x509.clientCAFile`.
    Departs {
        /// The document, such as `KubeletConfiguration`.
        kind: &'static str,
        /// The field's path within it.
        field: String,
        /// What kubeadm sets where nothing is given.
        recommended: Value,
        /// The user's value, which is kept.
        given: Value,
    },
    /// kube-proxy will not start with it.
    NotAnAddress {
        /// `KubeProxyConfiguration`.
        kind: &'static str,
        /// The field's path within it.
        field: String,
        /// The user's value, which is kept.
        given: String,
    },
    /// kube-proxy's mode `ipvs`.
    DeprecatedMode {
        /// `KubeProxyConfiguration`.
        kind: &'static str,
        /// The user's mode, which is kept.
        given: String,
    },
}

impl Advice {
    /// The document that it is of, and the field in it.
    pub fn place(&self) -> (&'static str, &str) {
        match self {
            Self::Departs { kind, field, .. } | Self::NotAnAddress { kind, field, .. } => (kind, field),
            Self::DeprecatedMode { kind, .. } => (kind, "mode"),
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Departs { kind, field, recommended, given } => {
                write!(out, "{kind}.{field} is {given}, where {recommended} is recommended")
            }
            Self::NotAnAddress { kind, field, given } => {
                write!(out, "{kind}.{field} is {given:?}, which is no IP address")
            }
            Self::DeprecatedMode { kind, given } => write!(
                out,
                "{kind}.mode is {given:?}, deprecated since Kubernetes 1.35: take nftables, or iptables on older kernels"
            ),
        }
    }
}
