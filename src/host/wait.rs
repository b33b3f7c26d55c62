//! Waiting for health endpoints, side by side and in short steps.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::api::{ApiError, Server};
use super::static_pod::Rolls;
use crate::manifests::static_pod::StaticPod;
use crate::plan::{HealthEndpoint, Probe, Wait};

/// Between two looks at an endpoint: short against the seconds that a component takes to start, long against the
/// fraction of a millisecond that a look costs.
const STEP: Duration = Duration::from_millis(50);

/// A health endpoint that did not say in time that all is well.
#[derive(Debug, thiserror::Error)]
#[error("{name} was not healthy within {seconds} s: {last}", seconds = .waited.as_secs())]
pub struct Unhealthy {
    /// The component, such as `kube-apiserver`.
    pub name: &'static str,
    /// Its whole URL; empty where its container was waited for.
    pub url: String,
    /// From the wait's begin.
    pub waited: Duration,
    /// What the last look came to.
    pub last: String,
}

/// How long each probe took to be healthy, or those that were not in time. Of those whose manifest is replaced, only the
/// container of the new one counts, and of an API server only one beside the etcd that is to be. All of it is within one limit.
pub async fn wait_for(
    wait: &Wait,
    administrator: Option<&Server>,
    rolls: &Rolls,
    healthy: &mut dyn FnMut(&Probe, Duration),
) -> Result<(), Vec<Unhealthy>> {
    let begun = Instant::now();
    let healthy = std::cell::RefCell::new(healthy);
    let probes = wait.on.iter().map(|probe| {
        let healthy = &healthy;
        async move {
            until_replaced(probe, rolls, begun, wait.timeout.to_std())
                .await
                .map_err(|failed| Unhealthy { waited: begun.elapsed(), ..failed })?;
            let took = until_healthy(probe, administrator, begun, wait.timeout.to_std()).await?;
            (healthy.borrow_mut())(probe, took);
            Ok(())
        }
    });
    all_of(probes).await
}

/// Returns when all of `waits` have ended.
///
/// # Errors
/// All that have failed, and not the first alone.
pub async fn all_of(
    waits: impl IntoIterator<Item: Future<Output = Result<(), Unhealthy>>>,
) -> Result<(), Vec<Unhealthy>> {
    let failed: Vec<Unhealthy> = join_all(waits).await.into_iter().filter_map(Result::err).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed) }
}

async fn until_replaced(
    probe: &Probe,
    rolls: &Rolls,
    begun: Instant,
    timeout: Duration,
) -> Result<(), Unhealthy> {
    let left = || timeout.saturating_sub(begun.elapsed()).into();
    let HealthEndpoint::Pod(pod) = probe.component else { return Ok(()) };
    if pod == StaticPod::ApiServer {
        rolls.until_runs(StaticPod::Etcd, &left()).await?;
    }
    if probe.is_replaced {
        rolls.until_replaced(pod, &left()).await?;
    }
    Ok(())
}

async fn until_healthy(
    probe: &Probe,
    administrator: Option<&Server>,
    begun: Instant,
    timeout: Duration,
) -> Result<Duration, Unhealthy> {
    let unhealthy = |error: ApiError| Unhealthy {
        name: probe.component.name(),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    use prost::Message as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::super::cri::api::{Container, ContainerState, ListContainersResponse};
    use super::super::fake_api::listen;
    use super::super::fake_cri::{FakeCri, containerd};
    use super::super::static_pod::Roll;
    use super::*;

    /// The only container of etcd: the one of before, until `is_new`.
    fn runtime(is_new: &Arc<AtomicBool>) -> FakeCri {
        let is_new = Arc::clone(is_new);
        FakeCri::serve(move |call| {
            let id = if is_new.load(Ordering::SeqCst) { "new" } else { "old" };
            let labels = [("io.kubernetes.container.name".to_owned(), "etcd".to_owned())].into();
            let state = ContainerState::ContainerRunning.into();
            let container = Container { id: id.to_owned(), labels, state, ..Default::default() };
            match call {
                "ListContainers" => {
                    Ok(ListContainersResponse { containers: vec![container] }.encode_to_vec())
                }
                other => containerd(other),
            }
        })
    }

    /// An endpoint that calls itself healthy whoever is there.
    async fn healthy() -> String {
        let listener = listen().await;
        let url = format!("http://{}/healthz", listener.local_addr().unwrap());
        tokio::task::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await);
            }
        });
        url
    }

    #[tokio::test]
    async fn of_a_manifest_that_is_replaced_only_the_new_container_is_healthy() {
        let is_new = Arc::new(AtomicBool::new(false));
        let fake = runtime(&is_new);
        let rolls = Rolls::default();
        rolls.extend([Roll::swap(StaticPod::Etcd, &fake.endpoint(), b"").await]);
        let (component, as_administrator) = (HealthEndpoint::Pod(StaticPod::Etcd), false);
        let probe = |is_replaced| Probe { component, url: String::new(), as_administrator, is_replaced };
        let url = healthy().await;
        let waits = async |is_replaced, timeout: &str| {
            let on = vec![Probe { url: url.clone(), ..probe(is_replaced) }];
            let wait = Wait { on, timeout: timeout.parse().unwrap() };
            let seen = Mutex::new(Vec::new());
            let told = wait_for(&wait, None, &rolls, &mut |probe, _| {
                seen.lock().unwrap().push(probe.component.name());
            })
            .await;
            told.map(|()| seen.into_inner().unwrap())
        };
        assert_eq!(waits(false, "10s").await.unwrap(), ["etcd"]);
        let failed = waits(true, "200ms").await.unwrap_err();
        assert_eq!(failed[0].last, "its container of before still runs");
        is_new.store(true, Ordering::SeqCst);
        assert_eq!(waits(true, "10s").await.unwrap(), ["etcd"]);
    }

    #[tokio::test]
    async fn one_limit_is_that_of_a_new_etcd_and_of_the_api_server_that_comes_after() {
        let etcd_is_new = Arc::new(AtomicBool::new(false));
        let (etcd, api_server) = (runtime(&etcd_is_new), runtime(&Arc::default()));
        let rolls = Rolls::default();
        rolls.extend([
            Roll::swap(StaticPod::Etcd, &etcd.endpoint(), b"").await,
            Roll::swap(StaticPod::ApiServer, &api_server.endpoint(), b"").await,
        ]);
        let component = HealthEndpoint::Pod(StaticPod::ApiServer);
        let probe = Probe { component, url: healthy().await, as_administrator: false, is_replaced: true };
        let wait = Wait { on: vec![probe], timeout: "4s".parse().unwrap() };
        let begun = Instant::now();
        let restarted = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            etcd_is_new.store(true, Ordering::SeqCst);
        };
        let mut untold = |_: &Probe, _| ();
        let (failed, ()) = tokio::join!(wait_for(&wait, None, &rolls, &mut untold), restarted);
        assert_eq!(failed.unwrap_err()[0].name, "kube-apiserver");
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    }
}
