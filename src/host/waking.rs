//! An API server that is used while it is still waited for: until when its refusals are not final.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Between two looks at whether a wait is over.
const STEP: Duration = Duration::from_millis(100);

/// How it stands with a wait that goes on in another thread; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Waking(Arc<OnceLock<End>>);

#[derive(Debug, Clone, Copy)]
enum End {
    Healthy(Instant),
    Failed,
}

impl Waking {
    /// Notes what the wait came to, once.
    pub fn end<T, E>(&self, outcome: &Result<T, E>) {
        let end = outcome.as_ref().map_or(End::Failed, |_| End::Healthy(Instant::now()));
        self.0.get_or_init(|| end);
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.0.get(), Some(End::Failed))
    }
}

/// How long a call is tried again. While the API server is waited for, it is that wait which ends the tries.
#[derive(Debug, Clone)]
pub struct Patience {
    limit: Duration,
    waking: Option<Waking>,
}

impl Patience {
    pub fn new(limit: Duration, waking: Option<Waking>) -> Self {
        Self { limit, waking }
    }

    /// Whether the API server has not yet been found healthy.
    pub fn is_waking(&self) -> bool {
        self.waking.as_ref().is_some_and(|waking| waking.0.get().is_none())
    }

    /// Returns when that wait is over.
    pub async fn awake(&self) {
        while self.is_waking() {
            tokio::time::sleep(STEP).await;
        }
    }

    /// Returns when that wait has failed: what is still asked of the API server then is of no more use.
    pub async fn failed(&self) {
        self.awake().await;
        if !self.waking.as_ref().is_some_and(Waking::has_failed) {
            std::future::pending::<()>().await;
        }
    }

    /// Whether a call that was begun at this time is not to be tried again after `pause`.
    pub fn is_over(&self, begun: Instant, pause: Duration) -> bool {
        match self.waking.as_ref().map(|waking| waking.0.get()) {
            None => begun.elapsed().saturating_add(pause) >= self.limit,
            Some(None) => false,
            Some(Some(End::Healthy(since))) => {
                begun.max(*since).elapsed().saturating_add(pause) >= self.limit
            }
            Some(Some(End::Failed)) => true,
        }
    }
}

impl From<Duration> for Patience {
    fn from(limit: Duration) -> Self {
        Self { limit, waking: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_over(waking: &Waking, limit: Duration) -> bool {
        Patience::new(limit, Some(waking.clone())).is_over(Instant::now(), Duration::ZERO)
    }

    #[test]
    fn while_the_api_server_is_waited_for_nothing_is_over() {
        let waking = Waking::default();
        assert!(Patience::new(Duration::ZERO, Some(waking.clone())).is_waking());
        assert!(!is_over(&waking, Duration::ZERO));
        waking.end(&Ok::<(), ()>(()));
        assert!(!Patience::new(Duration::ZERO, Some(waking.clone())).is_waking());
        assert!(is_over(&waking, Duration::ZERO));
        assert!(!is_over(&waking, Duration::from_mins(1)));
    }

    #[tokio::test]
    async fn a_wait_that_has_failed_ends_all_tries() {
        let waking = Waking::default();
        waking.end(&Err::<(), ()>(()));
        Patience::new(Duration::ZERO, Some(waking.clone())).failed().await;
        assert!(is_over(&waking, Duration::from_mins(1)) && waking.has_failed());
    }
}
