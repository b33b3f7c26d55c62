//! One question to a server, and what it means that no answer comes.

use std::time::Duration;

use jiff::Timestamp;

use crate::host::api::{Answer, ApiError, Server};
use crate::join::discovery::{DiscoveryError, Fault, TryError, Unreached, Voucher};

/// A resolver gives its first server five seconds before it asks the next (resolv.conf(5)).
const LOOKUP: Duration = Duration::from_secs(6);

/// A server, by the name that people are told.
#[derive(Debug)]
pub struct Asked {
    /// `host:port`.
    pub at: String,
    /// The client to it.
    pub server: Server,
    /// Whose word its certificate stands for.
    pub voucher: Voucher,
}

impl Asked {
    /// `theirs` is the server's clock, where it was seen before.
    pub async fn ask(&self, path: &str, theirs: Option<Timestamp>) -> Result<Answer, TryError> {
        let fault = match self.server.ask(path).await {
            Ok(answer) => return Ok(answer),
            Err(ApiError::Unreachable { fault, .. }) => fault,
            Err(other) => return Err(no_client(&self.at, other).into()),
        };
        let is_unclear = matches!(fault, Fault::Other(_) | Fault::Unreached(Unreached::Silent));
        let fault = if is_unclear && is_unresolved(&self.at).await {
            Fault::Unreached(Unreached::Name)
        } else {
            fault
        };
        let theirs = match theirs {
            None if fault.is_of_dates() => self.clock().await,
            known => known,
        };
        Err(fault.judge(&self.at, &self.voucher, theirs))
    }

    /// What time it is there. A clock is no secret, so whoever answers is believed: it only tells which of two
    /// messages fits.
    async fn clock(&self) -> Option<Timestamp> {
        let server = Server::unverified(&format!("https://{}", self.at)).ok()?;
        server.ask("/version").await.ok()?.date
    }
}

/// An unknown name cannot be told from other failures by the client's error, nor a resolver's silence from the server's: the
/// name is looked up once more.
pub async fn is_unresolved(at: &str) -> bool {
    !matches!(tokio::time::timeout(LOOKUP, tokio::net::lookup_host(at)).await, Ok(Ok(_)))
}

/// The client to `at` could not be made.
pub fn no_client(at: &str, source: ApiError) -> DiscoveryError {
    DiscoveryError::Client { at: at.to_owned(), source: Box::new(source) }
}
