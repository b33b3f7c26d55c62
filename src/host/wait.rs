//! Waiting for health endpoints, side by side and in short steps.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::api::{ApiError, Server};
use crate::plan::{Probe, Wait};

/// Between two looks at an endpoint: short against the seconds that a component takes to start, long against the
/// fraction of a millisecond that a look costs.
const STEP: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
#[error("{name} was not healthy within {seconds} s: {last}", seconds = .waited.as_secs())]
pub struct Unhealthy {
    pub name: &'static str,
    pub url: String,
    pub waited: Duration,
    /// What the last look came to.
    pub last: String,
}

/// How long each probe took to be healthy, or the first that was not in time.
pub async fn wait_for(
    wait: &Wait,
    administrator: Option<&Server>,
    healthy: &mut dyn FnMut(&Probe, Duration),
) -> Result<(), Vec<Unhealthy>> {
    let begun = Instant::now();
    let healthy = std::cell::RefCell::new(healthy);
    let probes = wait.on.iter().map(|probe| {
        let healthy = &healthy;
        async move {
            let took = until_healthy(probe, administrator, begun, wait.timeout.to_std()).await?;
            (healthy.borrow_mut())(probe, took);
            Ok(())
        }
    });
    let failed: Vec<Unhealthy> = join_all(probes).await.into_iter().filter_map(Result::err).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed) }
}

async fn until_healthy(
    probe: &Probe,
    administrator: Option<&Server>,
    begun: Instant,
    timeout: Duration,
) -> Result<Duration, Unhealthy> {
    let unhealthy = |error: ApiError| Unhealthy {
        name: probe.name,
        url: probe.url.clone(),
        waited: begun.elapsed(),
        last: error.to_string(),
    };
    let path = probe.path();
    let server = match administrator.filter(|_| probe.as_administrator) {
        Some(known) => known.clone(),
        None => Server::unverified(probe.address()).map_err(unhealthy)?,
    };
    loop {
        match server.get_text(path).await {
            Ok(_) => return Ok(begun.elapsed()),
            Err(error) if begun.elapsed() >= timeout => return Err(unhealthy(error)),
            Err(_) => tokio::time::sleep(STEP).await,
        }
    }
}
