//! The static pods whose manifests a run has replaced.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{NotYet, Roll, STEP};
use crate::host::api_readiness::RetryLimit;
use crate::host::wait::{Unhealthy, all_of};
use crate::manifests::static_pod::StaticPod;

/// Those that were replaced so far; several steps may add to them.
#[derive(Debug, Default)]
pub struct Rolls(Mutex<Vec<Arc<Roll>>>);

impl Rolls {
    /// Their manifests are written. One that was replaced before, and is replaced again, is what it is now.
    pub fn extend(&self, rolls: impl IntoIterator<Item = Roll>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for roll in rolls {
            all.retain(|earlier| earlier.pod != roll.pod);
            all.push(Arc::new(roll));
        }
    }

    fn all(&self) -> Vec<Arc<Roll>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns once those of them by which the API is served run as their new manifests have them: etcd and the API server.
    ///
    /// # Errors
    /// Those that do not when `limit` is over.
    pub async fn until_api_runs(&self, limit: &RetryLimit) -> Result<(), Vec<Unhealthy>> {
        all_of([StaticPod::Etcd, StaticPod::ApiServer].map(|pod| self.until_runs(pod, limit))).await
    }

    /// The same for one of them, where it is being replaced.
    ///
    /// # Errors
    /// It does not when `limit` is over.
    pub async fn until_runs(&self, pod: StaticPod, limit: &RetryLimit) -> Result<(), Unhealthy> {
        let mut all = self.all();
        all.retain(|roll| roll.pod == pod);
        for roll in all {
            roll.until_serves(limit, async || true).await?;
        }
        Ok(())
    }

    /// The same for one of them whose manifest another step may still have to write.
    ///
    /// # Errors
    /// It does not when `limit` is over.
    pub async fn until_replaced(&self, pod: StaticPod, limit: &RetryLimit) -> Result<(), Unhealthy> {
        let begun = Instant::now();
        loop {
            if let Some(roll) = self.all().into_iter().find(|roll| roll.pod == pod) {
                return roll.until_serves(limit, async || true).await;
            }
            if limit.is_over(begun, STEP) {
                let last = NotYet::NotWritten.to_string();
                let (name, url) = (pod.name(), String::new());
                return Err(Unhealthy { name, url, waited: begun.elapsed(), last });
            }
            tokio::time::sleep(STEP).await;
        }
    }
}
