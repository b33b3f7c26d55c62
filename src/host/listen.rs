//! Waiting for a process to listen, whether or not it answers yet.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::api::ApiError;
use super::api_readiness::RetryLimit;
use super::fault::fault;
use super::retry::Retry;

/// For an address of this host.
const CONNECT: Duration = Duration::from_secs(1);

/// Returns when a connection to `address` is taken.
///
/// # Errors
/// `limit` has run out: what was in the way of the last try.
pub async fn until_listening(address: SocketAddr, limit: &RetryLimit) -> Result<(), ApiError> {
    let again = Retry::within(limit.clone());
    while let Err(error) = knock(address).await {
        again.after(error).await?;
    }
    Ok(())
}

async fn knock(address: SocketAddr) -> Result<(), ApiError> {
    let connected = timeout(CONNECT, TcpStream::connect(address)).await;
    match connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())) {
        Ok(_) => Ok(()),
        Err(error) => Err(ApiError::Unreachable {
            server: address.to_string(),
            cause: error.to_string(),
            fault: fault(&error),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn within(limit: Duration) -> RetryLimit {
        limit.into()
    }

    #[tokio::test]
    async fn a_port_that_opens_later_is_waited_for() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let opening = async {
            tokio::time::sleep(Duration::from_millis(120)).await;
            TcpListener::bind(address).unwrap()
        };
        let limit = within(Duration::from_secs(30));
        let (listened, _listener) = tokio::join!(until_listening(address, &limit), opening);
        listened.unwrap();
    }

    #[tokio::test]
    async fn a_port_that_stays_closed_is_named() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = until_listening(address, &within(Duration::ZERO)).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("{address} did not answer")), "{error}");
    }
}
