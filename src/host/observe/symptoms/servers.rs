//! The API servers that count: whether their names resolve, who answers, and by which certificate and clock.

use std::net::IpAddr;
use std::time::Duration;

use futures::future::join;
use jiff::Timestamp;

use super::{LIMIT, in_thread};
use crate::causes::{ServerSeen, Wanted};
use crate::facts::{Seen, Unseen};
use crate::host::node::Node;
use crate::host::{ApiError, Server};
use crate::join::discovery::{Fault, Unreached};
use crate::pki::{self, Bundle, FoundCert};

/// Any path will do: that there is an answer is what counts.
const PATH: &str = "/livez";

/// This host's own, and what leads to the cluster.
pub async fn look(node: &Node, wanted: &Wanted) -> (Option<ServerSeen>, Option<ServerSeen>) {
    let authority = node.text(&wanted.authority).ok();
    let authority = authority.and_then(|text| pki::certificates(text.as_bytes()).ok());
    let own = wanted.advertised.map(|own| (own.ip.to_string(), own.port));
    let endpoint = wanted.endpoint.as_ref().map(|endpoint| (endpoint.host.clone(), endpoint.port));
    let endpoint = endpoint.filter(|endpoint| own.as_ref() != Some(endpoint));
    join(one(node, own, authority.as_ref()), one(node, endpoint, authority.as_ref())).await
}

async fn one(node: &Node, place: Option<(String, u16)>, authority: Option<&Bundle>) -> Option<ServerSeen> {
    let (host, port) = place?;
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let url = format!("https://{bracketed}:{port}");
    let (resolved, answered) = join(resolve(node.clone(), host.clone()), ask(&url, authority)).await;
    let (answer, date) = match answered {
        Ok((code, date)) => (Ok(code), date),
        Err(fault) if fault.is_of_dates() => {
            let date = unverified(&url).await.ok().and_then(|(_, date)| date);
            (Err(fault), date)
        }
        Err(fault) => (Err(fault), None),
    };
    Some(ServerSeen { host, port, resolved, answer, date })
}

async fn resolve(node: Node, host: String) -> Seen<Vec<IpAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let what = format!("the address of {host:?}");
    let silent = || Err(Unseen::new(what, format!("the resolver gave no answer in {} s", LIMIT.as_secs())));
    in_thread(move || node.resolve(&host)).await.unwrap_or_else(silent)
}

type Asked = Result<(u16, Option<Timestamp>), Fault>;

/// Without a CA that could vouch for it, the server is only asked whether it is there.
async fn ask(url: &str, authority: Option<&Bundle>) -> Asked {
    match authority {
        None => unverified(url).await,
        Some(bundle) => {
            let known: Vec<&FoundCert> = bundle.iter().collect();
            answer(Server::verified(url, &known, None), LIMIT).await
        }
    }
}

async fn unverified(url: &str) -> Asked {
    answer(Server::unverified(url), LIMIT).await
}

async fn answer(server: Result<Server, ApiError>, limit: Duration) -> Asked {
    let server = server.map_err(fault)?;
    match tokio::time::timeout(limit, server.ask(PATH)).await {
        Err(_) => Err(Fault::Unreached(Unreached::Silent)),
        Ok(answer) => answer.map(|answer| (answer.code, answer.date)).map_err(fault),
    }
}

fn fault(error: ApiError) -> Fault {
    match error {
        ApiError::Unreachable { fault, .. } => fault,
        other @ (ApiError::Kubeconfig { .. }
        | ApiError::Address { .. }
        | ApiError::Client { .. }
        | ApiError::Refused { .. }
        | ApiError::Senseless { .. }) => Fault::Other(other.to_string()),
    }
}
