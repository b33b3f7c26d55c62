//! Stopping and removing pods through the CRI.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use tokio::time::Instant;

use crate::facts::{CriError, PodSandbox};
use crate::host::cri::CriClient;

/// As often as kubeadm tries, at least.
const TRIES: u32 = 5;
/// For all pods together. A container that the kubelet has just begun to start is not to be removed before the runtime has done
/// with that, which takes seconds where much else is going on.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// Before the second try; twice as long before each further one, up to the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often pods that came late are looked for: no kubelet runs any more.
const LATE: u32 = 3;
/// A runtime under load stops a few pods at a time well, and a hundred badly.
const AT_ONCE: usize = 8;
/// Long enough for a network plug-in that takes its time, short enough that one that hangs is noticed.
const LIMIT: Duration = Duration::from_secs(10);

/// Pods that are still there.
#[derive(Debug, thiserror::Error)]
pub enum NotStopped {
    /// The runtime does not answer, or does not list its pods.
    #[error(transparent)]
    Runtime(#[from] CriError),
    /// Each with what its last try came to.
    #[error("{}", .0.iter().map(|(pod, error)| format!("pod {}/{} stays: {error}", pod.namespace, pod.name))
        .collect::<Vec<_>>().join("; "))]
    Pods(Vec<(PodSandbox, CriError)>),
}

/// Stops and removes `pods`, several at a time, and goes on after a failure; then those that the kubelet has begun since they
/// were looked at.
pub async fn stop_pods(endpoint: &str, pods: &[PodSandbox]) -> Result<(), NotStopped> {
    stop_within(STOP_LIMIT, endpoint, pods).await
}

async fn stop_within(limit: Duration, endpoint: &str, pods: &[PodSandbox]) -> Result<(), NotStopped> {
    let (client, _) = CriClient::connect(endpoint, LIMIT).await?;
    let until = Instant::now() + limit;
    stop_all(&client, pods, until).await?;
    for _ in 0..LATE {
        let late = client.pods().await?;
        if late.is_empty() {
            break;
        }
        stop_all(&client, &late, until).await?;
    }
    Ok(())
}

async fn stop_all(client: &CriClient, pods: &[PodSandbox], until: Instant) -> Result<(), NotStopped> {
    let stops = pods.iter().map(|pod| async move { (pod, stop(client, pod, until).await) });
    let done: Vec<_> = stream::iter(stops).buffer_unordered(AT_ONCE).collect().await;
    let failed = done.into_iter().filter_map(|(pod, result)| Some((pod.clone(), result.err()?)));
    let failed: Vec<(PodSandbox, CriError)> = failed.collect();
    if failed.is_empty() { Ok(()) } else { Err(NotStopped::Pods(failed)) }
}

async fn stop(client: &CriClient, pod: &PodSandbox, until: Instant) -> Result<(), CriError> {
    let (mut tries, mut pause) = (1, PAUSE);
    loop {
        let result = once(client, pod).await;
        if result.is_ok() || tries >= TRIES && Instant::now() >= until {
            return result;
        }
        tokio::time::sleep(pause).await;
        (tries, pause) = (tries + 1, LONGEST_PAUSE.min(pause * 2));
    }
}

async fn once(client: &CriClient, pod: &PodSandbox) -> Result<(), CriError> {
    client.stop_pod(&pod.id).await?;
    client.remove_pod(&pod.id).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use prost::Message as _;

    use super::*;
    use crate::host::cri::api;
    use crate::host::fake_cri::{FakeCri, UNKNOWN, containerd};

    fn pod(name: &str) -> PodSandbox {
        PodSandbox {
            id: format!("id-{name}"),
            namespace: "kube-system".into(),
            name: name.into(),
            is_static: false,
        }
    }

    /// Stops two pods on a runtime that refuses the first `refusals` removals.
    async fn stopped(refusals: usize) -> (Result<(), NotStopped>, Vec<String>) {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        let fake = FakeCri::serve(move |call| {
            let mut calls = seen.lock().unwrap();
            calls.push(call.to_owned());
            let removals = calls.iter().filter(|call| *call == "RemovePodSandbox").count();
            match call {
                "RemovePodSandbox" if removals <= refusals => Err((UNKNOWN, "the network plug-in is gone")),
                "StopPodSandbox" | "RemovePodSandbox" => Ok(Vec::new()),
                "ListPodSandbox" => Ok(listed(calls.iter().filter(|call| *call == "ListPodSandbox").count())),
                other => containerd(other),
            }
        });
        let result = stop_within(Duration::ZERO, &fake.endpoint(), &[pod("a"), pod("b")]).await;
        let calls = calls.lock().unwrap().clone();
        (result, calls)
    }

    /// At the first look there is a pod that nobody knew of.
    fn listed(look: usize) -> Vec<u8> {
        let late = api::PodSandbox { id: "late".to_owned(), ..Default::default() };
        api::ListPodSandboxResponse { items: Vec::from_iter((look == 1).then_some(late)) }.encode_to_vec()
    }

    fn count(calls: &[String], call: &str) -> usize {
        calls.iter().filter(|made| *made == call).count()
    }

    #[tokio::test]
    async fn pods_are_stopped_and_then_removed_and_those_that_came_late_too() {
        let (result, calls) = stopped(0).await;
        assert!(result.is_ok());
        assert_eq!((count(&calls, "StopPodSandbox"), count(&calls, "RemovePodSandbox")), (3, 3));
    }

    #[tokio::test]
    async fn a_failed_try_is_repeated() {
        let (result, calls) = stopped(3).await;
        assert!(result.is_ok());
        assert_eq!(count(&calls, "RemovePodSandbox"), 6);
    }

    #[tokio::test]
    async fn pods_that_stay_are_named() {
        let (result, calls) = stopped(100).await;
        let said = result.unwrap_err().to_string();
        assert!(
            said.contains("pod kube-system/a stays") && said.contains("pod kube-system/b stays"),
            "{said}"
        );
        assert_eq!(count(&calls, "RemovePodSandbox"), 10);
    }
}
