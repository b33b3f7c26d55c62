//! What is waited for, and how long.

use serde::{Deserialize, Serialize};

use crate::duration::GoDuration;
use crate::manifests::static_pod::StaticPod;

/// A wait is a step of the plan, never a hidden retry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// All of them have to answer.
    pub on: Vec<Probe>,
    /// Of each probe by itself: they are waited for side by side.
    pub timeout: GoDuration,
}

/// One health endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Who answers there.
    pub component: HealthEndpoint,
    /// Scheme, host, port and path, such as `https://127.0.0.1:10257/healthz`; HTTP's 200 is healthy.
    pub url: String,
    /// The API server may be closed to strangers: it is asked with the administrator's certificate. The others show
    /// a certificate of their own making, and are asked without any proof.
    pub as_administrator: bool,
    /// Whether its manifest takes the place of another in this run: until the kubelet has ended that one's container, this is who
    /// answers.
    pub is_replaced: bool,
}

/// What has a health endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HealthEndpoint {
    /// The kubelet of this host.
    Kubelet,
    /// A static pod of this host.
    Pod(StaticPod),
}

impl HealthEndpoint {
    /// As users know it, such as `kube-scheduler`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kubelet => "kubelet",
            Self::Pod(pod) => pod.name(),
        }
    }
}

impl Probe {
    /// The server: `https://host:port`.
    pub fn address(&self) -> &str {
        self.url.split_at(self.path_start()).0
    }

    /// What is asked of it: `/livez`.
    pub fn path(&self) -> &str {
        self.url.split_at(self.path_start()).1
    }

    fn path_start(&self) -> usize {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        self.url[host..].find('/').map_or(self.url.len(), |at| host + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_before_its_path() {
        let (component, as_administrator, is_replaced) = (HealthEndpoint::Kubelet, false, false);
        let probe = |url: &str| Probe { component, url: url.to_owned(), as_administrator, is_replaced };
        let split = probe("https://[::1]:10257/healthz");
        assert_eq!((split.address(), split.path()), ("https://[::1]:10257", "/healthz"));
        assert_eq!(probe("http://127.0.0.1:10248").path(), "");
    }
}
