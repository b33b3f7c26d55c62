//! Discovery's own calls: an address and a token, or a kubeconfig, → the cluster, known to be the right one.
//!
//! Nothing is written. What may heal by itself is asked for again every 200 ms, for as long as [`TransientLimits`] allows, and
//! said at once; whatever cannot succeed any more ends it at once.

mod ask;
mod file;
mod persist;
#[cfg(test)]
mod tests;
mod token;
mod url;

use std::time::{Duration, Instant};

use super::node::Node;
use super::patience::SearchWatcher;
use crate::config::{Discovery, DiscoverySource, TokenDiscovery};
use crate::join::discovery::{Discovered, DiscoveryError, FoundCluster, Remark, TransientLimits, unvouched};
use crate::kubeconfig::{Document, Reach};
use crate::pki::ca_cert_hash;

/// How long is asked for.
#[derive(Clone, Copy)]
struct Limits {
    transient: TransientLimits,
    deadline: Instant,
    /// Is told what is in the way, while it is waited for.
    notice: fn(&str),
    /// Is told that it is still waited for.
    watcher: &'static dyn SearchWatcher,
}

/// Finds the cluster, by a file of `node` where one is named, within `timeout`, that is `timeouts.discovery`; `notice` is told of each fault that is waited
/// out, and `watcher`, each second, that it goes on. Needs a runtime around it.
pub async fn discover(
    node: &Node,
    asked: &Discovery,
    timeout: Duration,
    notice: fn(&str),
    watcher: &'static dyn SearchWatcher,
) -> Result<Discovered, DiscoveryError> {
    let (deadline, transient) = (Instant::now() + timeout, TransientLimits::default());
    discover_within(node, asked, Limits { transient, deadline, notice, watcher }).await
}

async fn discover_within(
    node: &Node,
    asked: &Discovery,
    limits: Limits,
) -> Result<Discovered, DiscoveryError> {
    let token = asked.tls_bootstrap_token.as_ref();
    match &asked.source {
        DiscoverySource::Token(by) => {
            let found = token::find(by, &limits).await?;
            let (reach, remarks) = as_pinned(by, found);
            Ok(Discovered { bootstrap: Document::with_token(&reach, token.unwrap_or(&by.token)), remarks })
        }
        DiscoverySource::File(place) => file::find(node, place, token, &limits).await,
    }
}

/// What is trusted from here on: the CAs that the pins vouch for, and all where there are none.
fn as_pinned(by: &TokenDiscovery, found: FoundCluster) -> (Reach, Vec<Remark>) {
    if by.pins.is_empty() {
        return (found.reach, Vec::new());
    }
    let others = unvouched(&found.authorities, &by.pins);
    let hashes: Vec<String> = others.into_iter().map(ca_cert_hash).collect();
    let remark = (!hashes.is_empty()).then(|| Remark::NotPinned { at: by.endpoint.to_string(), hashes });
    (found.as_pinned(&by.pins).reach, remark.into_iter().collect())
}
