//! Trying again, for as long as what is in the way may go away.

use std::time::{Duration, Instant};

use super::Limits;
use super::ask::is_unresolved;
use crate::host::patience::{Patience, patiently};
use crate::join::discovery::{DiscoveryError, Transient, TransientGroup, TryError, Unreached};

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
    let mut lasting: Option<(TransientGroup, Instant)> = None;
    loop {
        let begun = Instant::now();
        let fault = match tokio::time::timeout_at(limits.deadline.into(), attempt()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(TryError::Fatal(error))) => return Err(error),
            Ok(Err(TryError::Transient(fault))) => fault,
            Err(_) if is_unresolved(at).await => Transient::Unreached(Unreached::Name),
            Err(_) => Transient::Unreached(Unreached::Silent),
        };
        let since = match lasting {
            Some((group, since)) if group == fault.group() => since,
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
        lasting = Some((fault.group(), since));
        tokio::time::sleep(STEP).await;
    }
}
