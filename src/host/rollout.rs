//! Waiting until the pods of a new template have taken the place of those of before.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::{ApiError, Server};
use crate::facts::{NewPods, StuckPod, is_rolled_out};
use crate::plan::Rollout;

const JSON: &str = "application/json";
const STEP: Duration = Duration::from_millis(500);
/// For all pods. A DaemonSet replaces one after the other, and in a large cluster goes on behind that.
const LIMIT: Duration = Duration::from_mins(2);
/// For what may pass: a pod that is killed in its first start, a registry that is busy.
const STUCK_FOR: Duration = Duration::from_secs(15);

/// How far a rollout has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolledOut {
    /// All pods are new, and up.
    Whole,
    /// New ones are up, and the others are being replaced.
    GoesOn,
}

/// New pods that do not come up.
#[derive(Debug, thiserror::Error)]
pub struct NotRolledOut {
    /// `Deployment coredns`
    pub what: String,
    /// How long it was waited.
    pub waited: Duration,
    /// One of them, where a kubelet says what keeps it.
    pub stuck: Option<StuckPod>,
}

impl fmt::Display for NotRolledOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, waited, stuck } = self;
        write!(out, "the new pods of the {what} do not come up: ")?;
        match stuck {
            Some(StuckPod { pod, node, reason, message }) if message.is_empty() => {
                write!(out, "{pod} on {node} is in {reason}")
            }
            Some(StuckPod { pod, node, reason, message }) => {
                write!(out, "{pod} on {node} is in {reason}: {message}")
            }
            None => write!(out, "none is Ready after {} s", waited.as_secs()),
        }
    }
}

/// Returns when all pods are new, or the time is over and some of them are up.
pub async fn rolled_out(wanted: Rollout, server: &Server) -> Result<RolledOut, NotRolledOut> {
    let begun = Instant::now();
    let mut stuck_since: Option<Instant> = None;
    let failed = |stuck| NotRolledOut { what: wanted.to_string(), waited: begun.elapsed(), stuck };
    let mut pods = NewPods::default();
    while begun.elapsed() < LIMIT {
        // An API server that is silent for a moment says nothing about the pods.
        if let Ok(object) = server.call("GET", &wanted.path(), JSON, Vec::new()).await {
            if is_rolled_out(&object) {
                return Ok(RolledOut::Whole);
            }
            pods = new_pods(wanted, &object, server).await.unwrap_or(pods);
        }
        stuck_since = pods.stuck.as_ref().map(|_| stuck_since.unwrap_or_else(Instant::now));
        if stuck_since.is_some_and(|since| since.elapsed() >= STUCK_FOR) {
            return Err(failed(pods.stuck));
        }
        tokio::time::sleep(STEP).await;
    }
    if pods.ready > 0 { Ok(RolledOut::GoesOn) } else { Err(failed(pods.stuck)) }
}

async fn new_pods(wanted: Rollout, object: &Value, server: &Server) -> Result<NewPods, ApiError> {
    Ok(NewPods::of(object, &server.list(&wanted.pods_path()).await?))
}
