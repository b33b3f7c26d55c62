//! What init waits for, and how long.

use crate::duration::GoDuration;

/// A wait is a step of the plan, never a hidden retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub on: Vec<Probe>,
    /// Of each probe by itself: they are waited for side by side.
    pub timeout: GoDuration,
}

/// One health endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The component, such as `kube-scheduler`.
    pub name: &'static str,
    pub url: String,
    /// The API server may be closed to strangers: it is asked with the administrator's certificate. The others show
    /// a certificate of their own making, and are asked without any proof.
    pub as_administrator: bool,
}
