//! What is said to a user whose component configuration is not as this program would have it.

use std::fmt;

use serde_json::Value;

/// One remark; the user's value stands all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// `field` is dotted: `authentication.x509.clientCAFile`.
    Departs { kind: &'static str, field: String, recommended: Value, given: Value },
    /// kube-proxy will not start with it.
    NotAnAddress { kind: &'static str, field: String, given: String },
    /// kube-proxy's mode `ipvs`.
    DeprecatedMode { kind: &'static str, given: String },
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
