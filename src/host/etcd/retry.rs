//! Trying again what may come out otherwise, until it is enough.

use std::time::{Duration, Instant};

use super::error::EtcdError;
use super::membership::MembershipError;

/// What is waited for, for how long, and how often it is looked at.
#[derive(Debug)]
pub struct EtcdRetry {
    doing: &'static str,
    begun: Instant,
    limit: Duration,
    step: Duration,
}

impl EtcdRetry {
    /// `doing` completes "etcd cannot …".
    pub fn new(doing: &'static str, limit: Duration, step: Duration) -> Self {
        Self { doing, begun: Instant::now(), limit, step }
    }

    /// Whether the limit is reached.
    pub fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.limit
    }

    /// Since it was made.
    pub fn waited(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Sleeps for one step.
    pub async fn pause(&self) {
        tokio::time::sleep(self.step).await;
    }

    /// Returns when it is time to try again after `error`; gives up where it cannot heal, or has not for too long.
    pub async fn after(&self, source: EtcdError) -> Result<(), MembershipError> {
        let doing = self.doing;
        if !source.heals() {
            return Err(MembershipError::Failed { doing, source });
        }
        if self.is_over() {
            return Err(MembershipError::TooLong { doing, waited: self.waited(), source });
        }
        self.pause().await;
        Ok(())
    }
}
