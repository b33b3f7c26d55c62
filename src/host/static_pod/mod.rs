//! One static pod of this host, rolled: its containers are ended, since files that they have read have changed; and the wait for the
//! container that comes after.
//!
//! An endpoint does not tell who answers at it. The runtime knows which containers there were before, and which run now.

mod containers;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub use containers::end;

use super::api_readiness::Patience;
use super::cri::{ANSWER_LIMIT, CriClient};
use super::wait::Unhealthy;
use crate::facts::CriError;
use crate::manifests::static_pod::StaticPod;
use containers::{ids, of_pod, running};

/// Between two questions to the runtime, each of which costs some milliseconds.
const STEP: Duration = Duration::from_millis(50);
/// For a container to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// A static pod that is being changed.
#[derive(Debug)]
pub struct Roll {
    pod: StaticPod,
    cri_socket: String,
    /// The ids of the containers that there were before.
    former: BTreeSet<String>,
}

/// Why what comes after a change does not serve yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotYet {
    #[error("its container of before still runs")]
    Former,
    #[error("none of its containers runs")]
    Nothing,
    #[error("its new container runs and does not answer")]
    Silent,
    #[error(transparent)]
    Runtime(#[from] CriError),
}

/// Ends the containers of `pod`, whose files have changed. The kubelet starts it again within a second, which
/// [`Roll::until_serves`] waits for.
///
/// # Errors
/// The runtime does not end them.
pub async fn restart(pod: StaticPod, cri_socket: &str) -> Result<Roll, CriError> {
    let (runtime, _) = CriClient::connect(cri_socket, ANSWER_LIMIT).await?;
    let found = of_pod(&runtime, pod).await?;
    let running: Vec<String> = running(&found).map(|container| container.id.clone()).collect();
    end(&runtime, &running, GRACE).await?;
    Ok(Roll { pod, cri_socket: cri_socket.to_owned(), former: ids(&found) })
}

impl Roll {
    /// Returns once the container that has come after the change runs, and `serves` by its own endpoint. What answers there before
    /// does not count.
    ///
    /// # Errors
    /// `patience` is over: what was in the way then.
    pub async fn until_serves(
        &self,
        patience: &Patience,
        mut serves: impl AsyncFnMut() -> bool,
    ) -> Result<(), Unhealthy> {
        let begun = Instant::now();
        loop {
            let missing = match self.runs().await {
                Ok(()) if serves().await => return Ok(()),
                Ok(()) => NotYet::Silent,
                Err(missing) => missing,
            };
            if patience.is_over(begun, STEP) {
                return Err(self.unhealthy(begun.elapsed(), &missing));
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// Whether of this pod nothing runs but what has come after the change.
    async fn runs(&self) -> Result<(), NotYet> {
        let (runtime, _) = CriClient::connect(&self.cri_socket, ANSWER_LIMIT).await?;
        let found = of_pod(&runtime, self.pod).await?;
        let running = ids(running(&found));
        if !running.is_disjoint(&self.former) {
            return Err(NotYet::Former);
        }
        if running.is_empty() { Err(NotYet::Nothing) } else { Ok(()) }
    }

    fn unhealthy(&self, waited: Duration, missing: &NotYet) -> Unhealthy {
        let (name, url) = (self.pod.name(), self.cri_socket.clone());
        Unhealthy { name, url, waited, last: missing.to_string() }
    }
}

/// Returns once no container of `pod` runs, or when `limit` is over: the kubelet ends a pod whose manifest is gone. A runtime
/// that does not answer runs none.
pub async fn until_ended(pod: StaticPod, cri_socket: &str, limit: Duration) {
    let begun = Instant::now();
    while any_runs(pod, cri_socket).await && begun.elapsed() < limit {
        tokio::time::sleep(STEP).await;
    }
}

async fn any_runs(pod: StaticPod, cri_socket: &str) -> bool {
    let Ok((runtime, _)) = CriClient::connect(cri_socket, ANSWER_LIMIT).await else { return false };
    of_pod(&runtime, pod).await.is_ok_and(|found| running(&found).next().is_some())
}

#[cfg(test)]
mod tests;
