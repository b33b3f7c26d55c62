//! Trying again, for as long as what is in the way may go away.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use super::Limits;
use super::ask::is_unresolved;
use crate::host::patience::{Patience, patiently};
use crate::join::discovery::{DiscoveryError, Transient, TryError, Unreached};

const STEP: Duration = Duration::from_millis(200);

/// Runs `attempt` until it succeeds, cannot succeed, or has met faults of one group for too long.
pub async fn persist<T>(
    limits: &Limits,
    at: &str,
    attempt: impl AsyncFnMut() -> Result<T, TryError>,
) -> Result<T, DiscoveryError> {
    let patience = Patience::new(format!("{at} has not answered yet"), limits.deadline);
    patiently(limits.watcher, &patience, tries(limits, at, &patience, attempt)).await
}

async fn tries<T>(
    limits: &Limits,
    at: &str,
    patience: &Patience,
    mut attempt: impl AsyncFnMut() -> Result<T, TryError>,
) -> Result<T, DiscoveryError> {
    let mut lasting: Option<(Transient, Instant)> = None;
    loop {
        let begun = Instant::now();
        let fault = match in_time(limits.deadline, is_unresolved(at), attempt()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(TryError::Fatal(error))) => return Err(error),
            Ok(Err(TryError::Transient(fault))) => fault,
            // What a try would have met that was cut short is best known by those before it.
            Err(unanswered) => lasting.as_ref().map_or(unanswered, |(fault, _)| fault.clone()),
        };
        let since = match &lasting {
            Some((last, since)) if last.group() == fault.group() => *since,
            Some(_) | None => {
                (limits.notice)(&format!("{at} {fault}; trying again"));
                begun
            }
        };
        if since.elapsed() >= fault.limit(&limits.transient) || Instant::now() + STEP >= limits.deadline {
            return Err(fault.into_error(at, since.elapsed()));
        }
        let end = since.checked_add(fault.limit(&limits.transient)).unwrap_or(limits.deadline);
        patience.goes_on(format!("{at} {fault}"), end.min(limits.deadline));
        lasting = Some((fault, since));
        tokio::time::sleep(STEP).await;
    }
}

/// What `attempt` comes to, or the fault that it is to have none by the deadline. Whether the name or the server is silent cannot be
/// asked any more then, and so is asked beside it, when half of the time is over.
async fn in_time<T>(
    deadline: Instant,
    is_unresolved: impl Future<Output = bool>,
    attempt: impl Future<Output = T>,
) -> Result<T, Transient> {
    let half = deadline.saturating_duration_since(Instant::now()) / 2;
    let lookup = async {
        tokio::time::sleep(half).await;
        is_unresolved.await
    };
    let (mut attempt, mut lookup) = (pin!(attempt), pin!(lookup));
    let mut why = Unreached::Name; // where the resolver has not answered either
    let waiting = async {
        tokio::select! {
            done = &mut attempt => return done,
            is_unresolved = &mut lookup => if !is_unresolved { why = Unreached::Silent },
        }
        attempt.await
    };
    let done = tokio::time::timeout_at(deadline.into(), waiting).await;
    done.map_err(|_| Transient::Unreached(why))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    async fn cut(is_unresolved: impl Future<Output = bool>) -> Transient {
        let begun = Instant::now();
        let why = in_time(begun + LIMIT, is_unresolved, pending::<()>()).await.unwrap_err();
        assert!(begun.elapsed() >= LIMIT && begun.elapsed() < 2 * LIMIT, "{:?}", begun.elapsed());
        why
    }

    #[tokio::test]
    async fn a_try_ends_with_the_deadline_and_the_one_who_was_silent_is_known_by_then() {
        assert_eq!(cut(pending()).await, Transient::Unreached(Unreached::Name));
        assert_eq!(cut(ready(true)).await, Transient::Unreached(Unreached::Name));
        assert_eq!(cut(ready(false)).await, Transient::Unreached(Unreached::Silent));
    }

    #[tokio::test]
    async fn a_try_that_answers_in_time_is_heard_whatever_the_resolver_says() {
        let answer = async {
            tokio::time::sleep(LIMIT * 3 / 4).await;
            7
        };
        assert_eq!(in_time(Instant::now() + 2 * LIMIT, ready(true), answer).await, Ok(7));
    }
}
