//! Discovery's own calls: an address and a token, or a kubeconfig, → the cluster, known to be the right one.
//!
//! Nothing is written. What may mend itself is asked for again every 200 ms, for as long as [`Patience`] has it;
//! whatever cannot succeed any more ends it at once.

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
}

/// Finds the cluster within `timeout`, that is `timeouts.discovery`. Needs a runtime around it.
pub async fn discover(asked: &Discovery, timeout: Duration) -> Result<Discovered, DiscoveryError> {
    discover_within(asked, Limits { patience: Patience::default(), deadline: Instant::now() + timeout }).await
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
