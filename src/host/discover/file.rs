//! Discovery by a kubeconfig: its CA vouches for the server, and cluster-info completes it.
#![expect(
    clippy::disallowed_methods,
    reason = "the discovery file and the files that it names are read here"
)]

use std::path::Path;

use super::ask::{Asked, no_client};
use super::persist::persist;
use super::{Limits, url};
use crate::config::TokenString;
use crate::host::api::Server;
use crate::join::discovery::{
    Answered, CLUSTER_INFO, Discovered, DiscoveryError, FoundCluster, Halt, Remark, Trouble, Voucher,
};
use crate::kubeconfig::Document;
use crate::pki;

/// From `place`, a path or an `https://` URL.
pub async fn find(
    place: &str,
    token: Option<&TokenString>,
    limits: &Limits,
) -> Result<Discovered, DiscoveryError> {
    let file = url::shown(place);
    let mut document = load(place, &file, limits).await?;
    if token.is_none() && !has_credentials(&document) {
        return Err(DiscoveryError::NoCredentials { file });
    }
    let remarks = refresh(&mut document, &file, limits).await?;
    let found = Discovered { bootstrap: document, remarks };
    let reach = found.reach().filter(|reach| pki::certificates(&reach.authority).is_ok());
    let reach = reach.ok_or(DiscoveryError::NoAuthority { file })?;
    match token {
        Some(token) => Ok(Discovered { bootstrap: Document::with_token(&reach, token), ..found }),
        None => Ok(found),
    }
}

/// The file as it is to be kept: complete by itself.
async fn load(place: &str, file: &str, limits: &Limits) -> Result<Document, DiscoveryError> {
    let bytes = if url::is_url(place) {
        url::fetch(place, limits, &Server::trusted_by_host).await?.into_bytes()
    } else {
        read(place)?
    };
    let mut document = Document::parse(&bytes)
        .map_err(|source| DiscoveryError::BadFile { file: file.to_owned(), source })?;
    if document.leading_cluster().is_none_or(|cluster| cluster.server.is_empty()) {
        return Err(DiscoveryError::NoCluster { file: file.to_owned() });
    }
    let embedded = document.embed(|path| std::fs::read(path));
    embedded.map_err(|source| DiscoveryError::NotEmbedded { file: file.to_owned(), source })?;
    Ok(document)
}

fn read(path: &str) -> Result<Vec<u8>, DiscoveryError> {
    std::fs::read(path)
        .map_err(|source| DiscoveryError::ReadFile { path: Path::new(path).to_owned(), source })
}

fn has_credentials(document: &Document) -> bool {
    document.current_user().is_some_and(crate::kubeconfig::AuthInfo::has_credentials)
}

/// Proves the way to the server, and takes the CA out of cluster-info where the file has none. The file's address is
/// kept, as in kubeadm.
async fn refresh(
    document: &mut Document,
    file: &str,
    limits: &Limits,
) -> Result<Vec<Remark>, DiscoveryError> {
    let asked = asked(document, file).await?;
    let seen = persist(limits, &asked.at, async || {
        let answer = asked.ask(CLUSTER_INFO, None).await?;
        match Answered::read(&asked.at, answer.code, &answer.body) {
            Ok(Answered::ClusterInfo(info)) => Ok(info.cluster().map_or(Seen::Unusable, Seen::Cluster)),
            Ok(Answered::Forbidden) => Ok(Seen::Forbidden),
            Ok(Answered::Missing) => Err(Halt::Heals(Trouble::Missing)),
            Ok(Answered::Unauthorized) => Err(refusal(document, &asked.at, file).into()),
            Err(Halt::Final(DiscoveryError::BadClusterInfo { .. })) => Ok(Seen::Unusable),
            Err(halt) => Err(halt),
        }
    })
    .await?;
    Ok(match seen {
        Seen::Forbidden => vec![Remark::NotRefreshed { at: asked.at }],
        Seen::Unusable => Vec::new(),
        Seen::Cluster(cluster) => take_over(document, &cluster),
    })
}

/// What the file's credentials may see.
enum Seen {
    Cluster(FoundCluster),
    /// TLS is verified all the same, so the file is trusted.
    Forbidden,
    Unusable,
}

fn refusal(document: &Document, at: &str, file: &str) -> DiscoveryError {
    if has_credentials(document) {
        DiscoveryError::CredentialsRefused { at: at.to_owned(), file: file.to_owned() }
    } else {
        DiscoveryError::NoAnonymous { at: at.to_owned(), code: 401 }
    }
}

async fn asked(document: &Document, file: &str) -> Result<Asked, DiscoveryError> {
    let distilled = document.distilled();
    let at = url::authority(distilled.current_cluster().map_or("", |cluster| &cluster.server));
    let at = at.ok_or_else(|| DiscoveryError::NoCluster { file: file.to_owned() })?;
    let text = distilled
        .to_yaml()
        .map_err(|source| DiscoveryError::Client { at: at.clone(), source: Box::new(source) })?;
    let server = Server::from_kubeconfig(file, text.expose_secret(), None).await;
    let server = server.map_err(|error| no_client(&at, error))?;
    let has_authority = distilled.reach(None).is_some_and(|reach| !reach.authority.is_empty());
    let voucher = if has_authority { Voucher::File(file.to_owned()) } else { Voucher::Host };
    Ok(Asked { at, server, voucher })
}

fn take_over(document: &mut Document, cluster: &FoundCluster) -> Vec<Remark> {
    let Some(leading) = document.leading_cluster_mut() else { return Vec::new() };
    if leading.certificate_authority_data.as_deref().is_none_or(str::is_empty) {
        leading.set_authority(&cluster.reach.authority);
    }
    if leading.server == cluster.reach.server {
        return Vec::new();
    }
    vec![Remark::OtherServer { file: leading.server.clone(), cluster: cluster.reach.server.clone() }]
}
