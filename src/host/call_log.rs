//! Calls to programs and services, for `-v=4` and `-v=6`: which, what came of them, and how long they took. Never what was sent, nor
//! what was answered.

use std::time::Instant;

use tracing::{debug, trace};

/// A program that has ended, or has not been started: `how` says which.
pub fn program(command: &str, how: &str, begun: Instant) {
    debug!("ran `{command}`: {how}, in {}", took(begun));
}

/// One gRPC call of a runtime or of etcd.
pub fn service(call: &str, address: &str, is_answered: bool, begun: Instant) {
    let how = if is_answered { "answered" } else { "failed" };
    debug!("called {call} of {}: {how}, in {}", public(address), took(begun));
}

/// A server is asked something.
pub fn server(method: &str, address: &str) {
    debug!("calls {} ({method})", public(address));
}

/// An HTTP request with the status of its answer, where there is one. `path` is without its query.
pub fn request(method: &str, address: &str, path: &str, status: Option<u16>, begun: Instant) {
    let status = status.map_or_else(|| "no answer".to_owned(), |code| code.to_string());
    trace!("{method} {}{path}: {status}, in {}", public(address), took(begun));
}

fn took(begun: Instant) -> String {
    format!("{:.3} s", begun.elapsed().as_secs_f64())
}

/// An address without a user and a password in it.
fn public(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_has_a_password() {
        assert_eq!(public("https://user:p@ss@10.0.0.1:2379"), "https://10.0.0.1:2379");
        assert_eq!(public("https://10.0.0.1:6443"), "https://10.0.0.1:6443");
        assert_eq!(public("/run/containerd/containerd.sock"), "/run/containerd/containerd.sock");
    }
}
