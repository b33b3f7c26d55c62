//! The way to a cluster's etcd: its API server lists the etcd pods, these say where they are reached.

use std::time::{Duration, Instant};

use super::client::{ANSWER_LIMIT, EtcdClient, EtcdTls};
use super::error::EtcdError;
use crate::host::api::{ApiError, Server};
use crate::host::retry::pause;
use crate::join::etcd::{PODS_PATH, pod_endpoints};

/// Between two looks at the pods: a static pod's mirror comes by itself.
const STEP: Duration = Duration::from_millis(200);

/// Why no client of the cluster's etcd was made.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The API server does not list them.
    #[error("the API server does not list the etcd pods")]
    Pods(#[source] ApiError),
    /// None is there, or none has the annotation with its URL.
    #[error("no etcd pod in kube-system says where its etcd is reached")]
    NoPods,
    /// None of those that are known serves.
    #[error("the cluster's etcd cannot be used")]
    Etcd(#[source] EtcdError),
}

impl FindError {
    fn heals(&self) -> bool {
        match self {
            Self::Pods(error @ ApiError::Refused { .. }) => error.is_busy(),
            Self::Pods(ApiError::Unreachable { .. }) | Self::NoPods => true,
            Self::Pods(
                ApiError::Kubeconfig { .. }
                | ApiError::Address { .. }
                | ApiError::Client { .. }
                | ApiError::Senseless { .. },
            ) => false,
            Self::Etcd(error) => error.heals(),
        }
    }
}

impl FindError {
    fn pause(&self) -> Duration {
        if let Self::Pods(error) = self { pause(error).max(STEP) } else { STEP }
    }
}

/// A client of the etcd that runs in the cluster's own pods, tried for up to `limit`.
pub async fn find(server: &Server, tls: &EtcdTls, limit: Duration) -> Result<EtcdClient, FindError> {
    let begun = Instant::now();
    loop {
        match try_to_find(server, tls).await {
            Ok(client) => return Ok(client),
            Err(error) if !error.heals() || begun.elapsed().saturating_add(error.pause()) >= limit => {
                return Err(error);
            }
            Err(error) => tokio::time::sleep(error.pause()).await,
        }
    }
}

async fn try_to_find(server: &Server, tls: &EtcdTls) -> Result<EtcdClient, FindError> {
    let pods = server.list(PODS_PATH).await;
    let endpoints = pod_endpoints(&pods.map_err(FindError::Pods)?);
    if endpoints.is_empty() {
        return Err(FindError::NoPods);
    }
    EtcdClient::connect(&endpoints, tls, ANSWER_LIMIT).await.map_err(FindError::Etcd)
}
