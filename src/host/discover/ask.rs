//! One question to a server, and what it means that no answer comes.

use jiff::Timestamp;

use crate::host::api::{Answer, ApiError, Server};
use crate::join::discovery::{DiscoveryError, Fault, Halt, Unreached, Voucher};

/// A server, by the name that people are told.
#[derive(Debug)]
pub struct Asked {
    pub at: String,
    pub server: Server,
    /// Whose word its certificate stands for.
    pub voucher: Voucher,
}

impl Asked {
    /// `theirs` is the server's clock, where it was seen before.
    pub async fn ask(&self, path: &str, theirs: Option<Timestamp>) -> Result<Answer, Halt> {
        let fault = match self.server.ask(path).await {
            Ok(answer) => return Ok(answer),
            Err(ApiError::Unreachable { fault, .. }) => fault,
            Err(other) => return Err(no_client(&self.at, other).into()),
        };
        let fault =
            if is_unresolved(&fault, &self.at).await { Fault::Unreached(Unreached::Name) } else { fault };
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

/// The client's error for an unknown name cannot be told from others of its kind, so the name is looked up once more.
async fn is_unresolved(fault: &Fault, at: &str) -> bool {
    matches!(fault, Fault::Other(_)) && tokio::net::lookup_host(at).await.is_err()
}

pub fn no_client(at: &str, source: ApiError) -> DiscoveryError {
    DiscoveryError::Client { at: at.to_owned(), source: Box::new(source) }
}
