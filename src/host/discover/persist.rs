//! Trying again, for as long as what is in the way may go away.

use std::time::{Duration, Instant};

use super::Limits;
use super::ask::is_unresolved;
use crate::join::discovery::{DiscoveryError, Group, Transient, TryError, Unreached};

const STEP: Duration = Duration::from_millis(200);

/// Runs `attempt` until it succeeds, cannot succeed, or has been in the same trouble for too long.
pub async fn persist<T>(
    limits: &Limits,
    at: &str,
    mut attempt: impl AsyncFnMut() -> Result<T, TryError>,
) -> Result<T, DiscoveryError> {
    let mut troubled: Option<(Group, Instant)> = None;
    loop {
        let begun = Instant::now();
        let trouble = match tokio::time::timeout_at(limits.deadline.into(), attempt()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(TryError::Fatal(error))) => return Err(error),
            Ok(Err(TryError::Transient(trouble))) => trouble,
            Err(_) if is_unresolved(at).await => Transient::Unreached(Unreached::Name),
            Err(_) => Transient::Unreached(Unreached::Silent),
        };
        let since = match troubled {
            Some((group, since)) if group == trouble.group() => since,
            Some(_) | None => {
                (limits.notice)(&format!("{at} {trouble}; trying again"));
                begun
            }
        };
        if since.elapsed() >= trouble.patience(&limits.patience) || Instant::now() + STEP >= limits.deadline {
            return Err(trouble.into_error(at, since.elapsed()));
        }
        troubled = Some((trouble.group(), since));
        tokio::time::sleep(STEP).await;
    }
}
