//! An API server that is used while another step still waits for it: until when its refusals are not final.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Between two looks at whether a wait is over.
const STEP: Duration = Duration::from_millis(100);

/// What has become of the wait for a healthy API server; clones share it.
#[derive(Debug, Clone, Default)]
pub struct ApiReadiness(Arc<OnceLock<End>>);

#[derive(Debug, Clone, Copy)]
enum End {
    Healthy(Instant),
    Failed,
}

impl ApiReadiness {
    /// Notes what the wait came to, once.
    pub fn end<T, E>(&self, outcome: &Result<T, E>) {
        let end = outcome.as_ref().map_or(End::Failed, |_| End::Healthy(Instant::now()));
        self.0.get_or_init(|| end);
    }

    fn has_failed(&self) -> bool {
        matches!(self.0.get(), Some(End::Failed))
    }
}

/// How long a call is tried again. While the API server is waited for, it is that wait which ends the tries.
#[derive(Debug, Clone)]
pub struct RetryLimit {
    limit: Duration,
    readiness: Option<ApiReadiness>,
}

impl RetryLimit {
    /// `limit` counts from the first try, or from when the API server has been found healthy.
    pub fn new(limit: Duration, readiness: Option<ApiReadiness>) -> Self {
        Self { limit, readiness }
    }

    /// Whether the API server has not yet been found healthy.
    pub fn is_starting(&self) -> bool {
        self.readiness.as_ref().is_some_and(|readiness| readiness.0.get().is_none())
    }

    /// Returns when the wait for the API server is over.
    pub async fn started(&self) {
        while self.is_starting() {
            tokio::time::sleep(STEP).await;
        }
    }

    /// Returns when that wait has failed: what is still asked of the API server then is of no more use.
    pub async fn start_failed(&self) {
        self.started().await;
        if !self.readiness.as_ref().is_some_and(ApiReadiness::has_failed) {
            std::future::pending::<()>().await;
        }
    }

    /// Whether a call that was begun at this time is not to be tried again after `pause`.
    pub fn is_over(&self, begun: Instant, pause: Duration) -> bool {
        match self.readiness.as_ref().map(|readiness| readiness.0.get()) {
            None => begun.elapsed().saturating_add(pause) >= self.limit,
            Some(None) => false,
            Some(Some(End::Healthy(since))) => {
                begun.max(*since).elapsed().saturating_add(pause) >= self.limit
            }
            Some(Some(End::Failed)) => true,
        }
    }
}

impl From<Duration> for RetryLimit {
    fn from(limit: Duration) -> Self {
        Self { limit, readiness: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_over(readiness: &ApiReadiness, limit: Duration) -> bool {
        RetryLimit::new(limit, Some(readiness.clone())).is_over(Instant::now(), Duration::ZERO)
    }

    #[test]
    fn while_the_api_server_is_waited_for_nothing_is_over() {
        let readiness = ApiReadiness::default();
        assert!(RetryLimit::new(Duration::ZERO, Some(readiness.clone())).is_starting());
        assert!(!is_over(&readiness, Duration::ZERO));
        readiness.end(&Ok::<(), ()>(()));
        assert!(!RetryLimit::new(Duration::ZERO, Some(readiness.clone())).is_starting());
        assert!(is_over(&readiness, Duration::ZERO));
        assert!(!is_over(&readiness, Duration::from_mins(1)));
    }

    #[tokio::test]
    async fn a_wait_that_has_failed_ends_all_tries() {
        let readiness = ApiReadiness::default();
        readiness.end(&Err::<(), ()>(()));
        RetryLimit::new(Duration::ZERO, Some(readiness.clone())).start_failed().await;
        assert!(is_over(&readiness, Duration::from_mins(1)) && readiness.has_failed());
    }
}
