//! Discovery's own calls: an address and a token, or a kubeconfig, → the cluster, known to be the right one.
//!
//! Nothing is written. What may mend itself is asked for again every 200 ms, for as long as [`Patience`] has it, and
//! said at once; whatever cannot succeed any more ends it at once.

mod ask;
mod file;
mod persist;
#[cfg(test)]
mod tests;
mod token;
mod url;

use std::time::{Duration, Instant};

use crate::config::{Discovery, DiscoverySource};
use crate::join::discovery::{Discovered, DiscoveryError, Patience};
use crate::kubeconfig::Document;

/// How long is asked for.
#[derive(Debug, Clone, Copy)]
struct Limits {
    patience: Patience,
    deadline: Instant,
    /// Is told what is in the way, while it is waited for.
    notice: fn(&str),
}

/// Finds the cluster within `timeout`, that is `timeouts.discovery`; `notice` is told of each trouble that is waited
/// out. Needs a runtime around it.
pub async fn discover(
    asked: &Discovery,
    timeout: Duration,
    notice: fn(&str),
) -> Result<Discovered, DiscoveryError> {
    let deadline = Instant::now() + timeout;
    discover_within(asked, Limits { patience: Patience::default(), deadline, notice }).await
}

async fn discover_within(asked: &Discovery, limits: Limits) -> Result<Discovered, DiscoveryError> {
    let token = asked.tls_bootstrap_token.as_ref();
    match &asked.source {
        DiscoverySource::Token(by) => {
            let reach = token::find(by, &limits).await?.reach;
            let bootstrap = Document::with_token(&reach, token.unwrap_or(&by.token));
            Ok(Discovered { bootstrap, remarks: Vec::new() })
        }
        DiscoverySource::File(place) => file::find(place, token, &limits).await,
    }
}
