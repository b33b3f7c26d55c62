//! What an earlier join has got this host of its own: the kubelet's certificate, and with it a way to the cluster that needs
//! no token any more.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::config::{Discovery, DiscoverySource, Join, TokenDiscovery};
use crate::host::{Node, NotAnswered};
use crate::join::discovery::{DiscoveryError, vouched};
use crate::join::{node_user, user_of};
use crate::kubeconfig::{self, Document, Reach};
use crate::pki::{self, FoundCert};
use crate::plan::{self, Content, Files, Paths};

/// Whether this host's kubelet is the node of this name, by its own certificate.
pub fn is_node(files: &Files, name: &str, now: Timestamp) -> bool {
    let read = |path: &Path| files.get(path).map(pem);
    let path = plan::kubelet_kubeconfig();
    files.get(&path).is_some_and(|text| user_of(text.bytes(), &path, now, read) == Some(node_user(name)))
}

/// This host's own way to the cluster.
#[derive(Debug)]
pub struct NodeCredentials {
    /// The kubeconfig's path on the host.
    pub path: PathBuf,
    /// The kubeconfig.
    pub document: Document,
}

impl NodeCredentials {
    /// Whether these are the rights of an administrator, and not a node's.
    pub fn is_admin(&self) -> bool {
        self.path == Paths::default().kubeconfig
    }
}

/// The way of a node whose kubelet has its certificate: by admin.conf where it is a control plane, else by kubelet.conf.
/// It leads to the same address as the token's, and trusts the CAs alone that are pinned.
pub fn credentials(node: &Node, join: &Join) -> Option<NodeCredentials> {
    let read = |path: &Path| node.tree().read_one(path).ok().flatten().map(|found| found.content);
    let kubelet = read(&plan::kubelet_kubeconfig())?;
    let at = plan::kubelet_kubeconfig();
    let user = user_of(kubelet.bytes(), &at, node.now(), |path| read(path).as_ref().map(pem));
    if user != Some(node_user(join.node.name.as_str())) {
        return None;
    }
    let admin = join.node.is_control_plane().then(|| Paths::default().kubeconfig);
    let mut paths = admin.into_iter().chain([plan::kubelet_kubeconfig()]);
    paths.find_map(|path| {
        let text = read(&path)?;
        let mut document = Document::parse(text.bytes()).ok()?;
        if let (Some(authority), Some(cluster)) =
            (kubeconfig::authority_file(text.bytes(), &path), document.leading_cluster_mut())
        {
            cluster.set_authority(read(&authority)?.bytes());
        }
        Some(NodeCredentials { document: towards(document, join.discovery.as_ref())?, path })
    })
}

fn towards(mut document: Document, discovery: Option<&Discovery>) -> Option<Document> {
    let reach = document.reach(None)?;
    let token = match discovery.map(|discovery| &discovery.source) {
        Some(DiscoverySource::Token(token)) => token,
        Some(DiscoverySource::File(_)) | None => return Some(document),
    };
    let authority = trusted(&reach, token)?;
    let cluster = document.leading_cluster_mut()?;
    cluster.server = format!("https://{}", token.endpoint);
    cluster.set_authority(&authority);
    Some(document)
}

/// The CAs that the pins vouch for, all where there are none; nothing where they vouch for none.
fn trusted(reach: &Reach, token: &TokenDiscovery) -> Option<Vec<u8>> {
    if token.pins.is_empty() {
        return Some(reach.authority.clone());
    }
    let found: Vec<FoundCert> = pki::certificates(&reach.authority).ok()?.iter().cloned().collect();
    let vouched = vouched(&found, &token.pins);
    (!vouched.is_empty()).then(|| vouched.into_iter().flat_map(FoundCert::to_pem).collect())
}

/// Whether the cluster was not found for what a token alone is needed for.
pub fn is_for_the_token(error: &DiscoveryError) -> bool {
    matches!(
        error,
        DiscoveryError::NotSigned { .. }
            | DiscoveryError::Unsigned { .. }
            | DiscoveryError::NoClusterInfo { .. }
            | DiscoveryError::NoAnonymous { .. }
            | DiscoveryError::CredentialsRefused { .. }
    )
}

/// Whether the cluster does not take the token for what it may read.
pub fn is_for_the_rights(error: &NotAnswered) -> bool {
    matches!(error, NotAnswered::NotAccepted { .. })
}

fn pem(content: &Content) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(content.bytes().to_vec())
}
