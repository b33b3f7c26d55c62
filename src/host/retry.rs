//! A call that failed → whether and when it is made again.

use std::time::{Duration, Instant};

use super::api::ApiError;
use super::api_readiness::RetryLimit;
use crate::join::discovery::{Fault, Unreached};

/// Between two tries, where the server does not say: the API server is on this host, or near.
const STEP: Duration = Duration::from_millis(50);

/// How long the same call is made again and again. The clock that it goes by is nobody's to set.
#[derive(Debug, Clone)]
pub struct Retry {
    begun: Instant,
    limit: RetryLimit,
}

impl Retry {
    /// The time counts from now on.
    pub fn within(limit: impl Into<RetryLimit>) -> Self {
        Self { begun: Instant::now(), limit: limit.into() }
    }

    /// Returns when it is time for the next try after `error`; gives it back where there is no time left for one. A server
    /// that wants to be left alone for a while is.
    pub async fn after(&self, error: ApiError) -> Result<(), ApiError> {
        let pause = pause(&error);
        if self.limit.is_over(self.begun, pause) {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// How long the server is left alone after `error`.
pub fn pause(error: &ApiError) -> Duration {
    match error {
        ApiError::Refused { retry_after: Some(asked), .. } => STEP.max(*asked),
        ApiError::Refused { retry_after: None, .. }
        | ApiError::Unreachable { .. }
        | ApiError::Kubeconfig { .. }
        | ApiError::Address { .. }
        | ApiError::Client { .. }
        | ApiError::Senseless { .. } => STEP,
    }
}

impl ApiError {
    /// Whether the server is there and cannot answer just now (RFC 9110, 15.6; RFC 6585, 4).
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Refused { code: 429 | 500.., .. })
    }
}

impl ApiError {
    /// Whether nobody is there, or not yet: as with one that starts, or whose etcd does.
    pub(super) fn is_silence(&self) -> bool {
        let Self::Unreachable { fault, .. } = self else { return false };
        matches!(fault, Fault::Unreached(Unreached::Refused | Unreached::Silent | Unreached::Closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(retry_after: Option<Duration>) -> ApiError {
        let (server, reason, message) = (String::new(), String::new(), String::new());
        ApiError::Refused { server, code: 429, reason, message, retry_after }
    }

    #[tokio::test]
    async fn a_server_that_wants_to_be_left_alone_longer_than_there_is_time_is_not_waited_for() {
        let again = Retry::within(Duration::from_millis(500));
        let begun = Instant::now();
        assert!(again.after(busy(Some(Duration::from_mins(1)))).await.is_err());
        assert!(begun.elapsed() < Duration::from_millis(100));
        assert!(again.after(busy(None)).await.is_ok());
        assert!(begun.elapsed() >= STEP);
        assert!(Retry::within(Duration::ZERO).after(busy(None)).await.is_err());
    }

    #[test]
    fn the_server_s_own_pause_counts_where_it_is_longer() {
        assert_eq!(pause(&busy(Some(Duration::from_secs(2)))), Duration::from_secs(2));
        assert_eq!(pause(&busy(Some(Duration::ZERO))), STEP);
    }
}
