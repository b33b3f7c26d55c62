//! Discovery by token.

use super::Limits;
use super::ask::{Asked, no_client};
use super::persist::persist;
use crate::config::TokenDiscovery;
use crate::host::api::{Answer, Server};
use crate::join::discovery::{
    Answered, CLUSTER_INFO, ClusterInfo, DiscoveryError, FoundCluster, KUBEADM_CONFIG, Signed, TokenState,
    Transient, TryError, Voucher, token_state, unvouched,
};
use crate::pki::{FoundCert, ca_cert_hash};

/// The cluster at the endpoint, once cluster-info is signed with the token, and the server has shown that it is of a CA
/// that the pins vouch for; no other of its CAs is trusted. Without pins the signature alone vouches, as in kubeadm.
pub async fn find(by: &TokenDiscovery, limits: &Limits) -> Result<FoundCluster, DiscoveryError> {
    let at = by.endpoint.to_string();
    let server = Server::unverified(&url(&at)).map_err(|error| no_client(&at, error))?;
    let asked = Asked { at, server, voucher: Voucher::ClusterInfo };
    persist(limits, &asked.at, async || {
        let answer = asked.ask(CLUSTER_INFO, None).await?;
        let info = cluster_info(&asked.at, &answer)?;
        match info.signed(&by.token) {
            Signed::Genuinely => {}
            Signed::WithAnotherSecret => return Err(wrong_token(&asked.at, by).into()),
            Signed::ForOthers => {
                let token = ask_about_token(by, &asked.at, &info, &answer).await?;
                return Err(TryError::Transient(Transient::NotSigned { id: by.token.id.clone(), token }));
            }
            Signed::Not => {
                let token = ask_about_token(by, &asked.at, &info, &answer).await?;
                return Err(TryError::Transient(Transient::Unsigned { id: by.token.id.clone(), token }));
            }
        }
        let cluster = cluster(&asked.at, &info)?;
        if by.pins.is_empty() {
            return Ok(cluster);
        }
        match confirm(&asked.at, &info, &pinned(by, &asked.at, &cluster)?, &answer).await {
            Ok(()) => Ok(cluster),
            Err(TryError::Fatal(error @ DiscoveryError::Foreign { .. })) => {
                Err(name_signer(by, &asked.at, &cluster, &answer).await.unwrap_or(error).into())
            }
            Err(halt) => Err(halt),
        }
    })
    .await
}

fn url(at: &str) -> String {
    format!("https://{at}")
}

fn cluster_info(at: &str, answer: &Answer) -> Result<ClusterInfo, TryError> {
    Answered::read(at, answer.code, &answer.body)?.into_cluster_info(at)
}

fn cluster(at: &str, info: &ClusterInfo) -> Result<FoundCluster, DiscoveryError> {
    info.cluster().map_err(|source| DiscoveryError::BadClusterInfo { at: at.to_owned(), source })
}

/// The CAs that the pins vouch for.
fn pinned<'a>(
    by: &TokenDiscovery,
    at: &str,
    cluster: &'a FoundCluster,
) -> Result<Vec<&'a FoundCert>, DiscoveryError> {
    let pinned = cluster.pinned(&by.pins);
    if pinned.is_empty() {
        return Err(DiscoveryError::WrongHash { at: at.to_owned(), found: cluster.hashes() });
    }
    Ok(pinned)
}

/// Which of the CAs that are not pinned has signed the server's certificate, if one has. Nothing is shown to it.
async fn name_signer(
    by: &TokenDiscovery,
    at: &str,
    cluster: &FoundCluster,
    first: &Answer,
) -> Option<DiscoveryError> {
    let others = unvouched(&cluster.authorities, &by.pins);
    vouches(at, &others, first).await.then_some(())?;
    for other in others {
        if vouches(at, &[other], first).await {
            return Some(DiscoveryError::NotPinned { at: at.to_owned(), hash: ca_cert_hash(other) });
        }
    }
    None
}

async fn vouches(at: &str, authorities: &[&FoundCert], first: &Answer) -> bool {
    let Ok(server) = Server::verified(&url(at), authorities, None) else { return false };
    let asked = Asked { at: at.to_owned(), server, voucher: Voucher::ClusterInfo };
    asked.ask(CLUSTER_INFO, first.date).await.is_ok()
}

/// The same question over verified TLS has the same answer.
async fn confirm(
    at: &str,
    info: &ClusterInfo,
    authorities: &[&FoundCert],
    first: &Answer,
) -> Result<(), TryError> {
    let server = Server::verified(&url(at), authorities, None).map_err(|error| no_client(at, error))?;
    let asked = Asked { at: at.to_owned(), server, voucher: Voucher::ClusterInfo };
    let again = cluster_info(at, &asked.ask(CLUSTER_INFO, first.date).await?)?;
    if again.says_the_same_as(info) {
        Ok(())
    } else {
        Err(DiscoveryError::Changed { at: at.to_owned() }.into())
    }
}

/// Whether the API server knows the token that has not signed. The token is shown to nobody but a server that a pinned
/// CA vouches for: an unsigned cluster-info may carry any other CA beside the right one.
async fn ask_about_token(
    by: &TokenDiscovery,
    at: &str,
    info: &ClusterInfo,
    first: &Answer,
) -> Result<TokenState, TryError> {
    if by.pins.is_empty() {
        return Ok(TokenState::Unasked);
    }
    let cluster = cluster(at, info)?;
    let authorities = pinned(by, at, &cluster)?;
    let server =
        Server::verified(&url(at), &authorities, Some(&by.token)).map_err(|error| no_client(at, error))?;
    let asked = Asked { at: at.to_owned(), server, voucher: Voucher::ClusterInfo };
    let answer = asked.ask(KUBEADM_CONFIG, first.date).await?;
    token_state(at, answer.code, &answer.body)
}

fn wrong_token(at: &str, by: &TokenDiscovery) -> DiscoveryError {
    DiscoveryError::WrongToken { at: at.to_owned(), id: by.token.id.clone() }
}
