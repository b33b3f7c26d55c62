//! Discovery by a kubeconfig: its CA vouches for the server, and cluster-info completes it.

use std::io;
use std::path::Path;

use super::ask::{Asked, no_client};
use super::persist::persist;
use super::{Limits, url};
use crate::config::TokenString;
use crate::host::api::Server;
use crate::host::node::Node;
use crate::join::discovery::{
    Answered, CLUSTER_INFO, Discovered, DiscoveryError, FoundCluster, Reached, Remark, Transient, TryError,
    Voucher,
};
use crate::kubeconfig::{Beyond, Cluster, Document, Reach, ServerUrl};
use crate::pki;

/// From `place`, a path or an `https://` URL.
pub async fn find(
    node: &Node,
    place: &str,
    token: Option<&TokenString>,
    limits: &Limits,
) -> Result<Discovered, DiscoveryError> {
    let file = url::shown(place);
    let mut document = load(node, place, &file, limits).await?;
    if token.is_none() && !has_credentials(&document) {
        return Err(DiscoveryError::NoCredentials { file });
    }
    let remarks = refresh(&mut document, &file, limits).await?;
    let mut found = Discovered { bootstrap: document, remarks };
    let reach = found.reach().ok_or_else(|| DiscoveryError::NoAuthority { file: file.clone() })?;
    let authority = pki::certificates_alone(&reach.authority);
    let authority = authority.map_err(|_| DiscoveryError::NoAuthority { file })?;
    let reach = Reach { authority, ..reach };
    if let Some(cluster) = found.bootstrap.leading_cluster_mut() {
        cluster.set_authority(&reach.authority);
    }
    match token {
        Some(token) => Ok(Discovered { bootstrap: Document::with_token(&reach, token), ..found }),
        None => Ok(found),
    }
}

async fn load(node: &Node, place: &str, file: &str, limits: &Limits) -> Result<Document, DiscoveryError> {
    let nothing = |_: &Path| Err(io::ErrorKind::Unsupported.into());
    if url::is_url(place) {
        let text = url::fetch(place, limits, &Server::trusted_by_host).await?;
        whole(text.as_bytes(), Origin::Url, file, &nothing, limits.notice)
    } else {
        let text = node.read(Path::new(place));
        let text = text.map_err(|source| DiscoveryError::ReadFile { path: place.into(), source })?;
        let read = |path: &Path| node.read_file(path);
        whole(&text, Origin::Host, file, &read, limits.notice)
    }
}

/// Whose word a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A file of this host's.
    Host,
    /// Another host's: paths in it mean nothing here.
    Url,
}

/// The document as it is to be kept: complete by itself, and nothing in it but the way to the one cluster.
pub fn whole(
    text: &[u8],
    origin: Origin,
    file: &str,
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    notice: fn(&str),
) -> Result<Document, DiscoveryError> {
    let mut document =
        Document::parse(text).map_err(|source| DiscoveryError::BadFile { file: file.to_owned(), source })?;
    if document.leading_cluster().is_none_or(|cluster| cluster.server.is_empty()) {
        return Err(DiscoveryError::NoCluster { file: file.to_owned() });
    }
    match origin {
        Origin::Url => keep_to_itself(&document, file)?,
        Origin::Host => {}
    }
    document.narrow();
    server_of(&document, file)?;
    if document.leading_cluster().is_some_and(Cluster::is_insecure) {
        return Err(DiscoveryError::Insecure { file: file.to_owned() });
    }
    tell_of_programs(&document, file, notice)?;
    // What it names is named from elsewhere later.
    let kubeconfig = std::path::absolute(file).unwrap_or_else(|_| file.into());
    let embedded = document.embed(&kubeconfig, |path| read(path));
    embedded.map_err(|source| DiscoveryError::NotEmbedded { file: file.to_owned(), source })?;
    Ok(document)
}

fn server_of(document: &Document, file: &str) -> Result<ServerUrl, DiscoveryError> {
    let server = document.leading_cluster().map_or("", |cluster| &cluster.server);
    ServerUrl::secure(server).map_err(|why| DiscoveryError::BadServer { file: file.to_owned(), why })
}

/// Whoever answers at a URL says where the cluster is, and nothing of this host.
fn keep_to_itself(document: &Document, url: &str) -> Result<(), DiscoveryError> {
    let what = match document.beyond().into_iter().next() {
        None => return Ok(()),
        Some(Beyond::Program(command)) => Reached::Program(command),
        Some(Beyond::File { field, path }) => Reached::File { field, path },
        Some(Beyond::AuthProvider(name)) => {
            return Err(DiscoveryError::AuthProvider { file: url.to_owned(), name });
        }
    };
    Err(DiscoveryError::Reaches { url: url.to_owned(), what })
}

/// As with kubeadm, a file of this host's may name a program: an administrator's own, who is told that it is run.
fn tell_of_programs(document: &Document, file: &str, notice: fn(&str)) -> Result<(), DiscoveryError> {
    for beyond in document.beyond() {
        match beyond {
            Beyond::Program(command) => notice(&format!(
                "the discovery file {file} has its credentials from a program ({command}): it is run now, and by the kubelet \
                 until that has a certificate"
            )),
            Beyond::AuthProvider(name) => {
                return Err(DiscoveryError::AuthProvider { file: file.to_owned(), name });
            }
            Beyond::File { .. } => {}
        }
    }
    Ok(())
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
            Ok(Answered::Missing) => Err(TryError::Transient(Transient::Missing)),
            Ok(Answered::Unauthorized) => Err(refusal(document, &asked.at, file).into()),
            Err(TryError::Fatal(DiscoveryError::BadClusterInfo { .. })) => Ok(Seen::Unusable),
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
    let at = server_of(&distilled, file)?.place();
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
