//! The containers of a static pod, as the runtime has them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::facts::CriError;
use crate::host::cri::api::{Container, ContainerState};
use crate::host::cri::{ANSWER_LIMIT, CriClient};
use crate::manifests::static_pod::StaticPod;

const NAME: &str = "io.kubernetes.container.name";

/// The runtime, and those of `pod`, whatever has become of them.
///
/// # Errors
/// The runtime does not tell.
pub async fn look(pod: StaticPod, cri_socket: &str) -> Result<(CriClient, Vec<Container>), CriError> {
    let (runtime, _) = CriClient::connect(cri_socket, ANSWER_LIMIT).await?;
    let mut found = runtime.all_system_containers().await?;
    found.retain(|container| container.labels.get(NAME).is_some_and(|name| name == pod.name()));
    Ok((runtime, found))
}

/// The containers that run.
pub fn running(found: &[Container]) -> impl Iterator<Item = &Container> {
    found.iter().filter(|container| container.state() == ContainerState::ContainerRunning)
}

/// By what the runtime tells them apart.
pub fn ids<'a>(found: impl IntoIterator<Item = &'a Container>) -> BTreeSet<String> {
    found.into_iter().map(|container| container.id.clone()).collect()
}

/// Ends these containers, by force once `grace` is over. Where a kubelet runs, it starts each of them again.
///
/// # Errors
/// The runtime does not: those behind the first that it refuses are not tried.
pub async fn end(runtime: &CriClient, containers: &[String], grace: Duration) -> Result<(), CriError> {
    for id in containers {
        runtime.stop_container(id, grace).await?;
    }
    Ok(())
}
