//! Reading and changing kubeconfigs that are on disk.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::document::{AuthInfo, BadKubeconfig, Document, decode, encode};
use super::places::beside;
use crate::secret::Secret;

/// Where a kubeconfig's current user has its client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientCertificate {
    /// In the kubeconfig itself.
    Embedded,
    /// In the file of this path.
    File(PathBuf),
}

/// The client certificate of a kubeconfig's text, which has this path; `None` where the text is not whole, or its user has
/// none.
pub fn client_certificate(text: &[u8], kubeconfig: &Path) -> Option<ClientCertificate> {
    let document = Document::parse(text).ok()?;
    let user = document.current_user()?;
    match user.certificate_file() {
        Some(path) => Some(ClientCertificate::File(beside(kubeconfig, path))),
        None => user.client_certificate_data.as_ref().map(|_| ClientCertificate::Embedded),
    }
}

/// What a node needs to know of the cluster that a kubeconfig leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// `https://host:port`
    pub server: String,
    /// The CA's PEM text.
    pub authority: Vec<u8>,
}

impl Document {
    /// The current context's server and CA; the CA may be read from `authority_file` where it is not embedded.
    pub fn reach(&self, authority_file: Option<&[u8]>) -> Option<Reach> {
        let cluster = self.current_cluster()?;
        let authority = match (cluster.authority_file(), &cluster.certificate_authority_data) {
            (Some(_), _) | (None, None) => authority_file?.to_vec(),
            (None, Some(data)) => decode(data)?,
        };
        Some(Reach { server: cluster.server.clone(), authority })
    }
}

/// The text with its current user's embedded certificate and key replaced by the path of a file that holds both;
/// the text itself where it says so already.
pub fn point_at_certificate(text: &[u8], certificate: &Path) -> Result<Secret, BadKubeconfig> {
    let mut document = Document::parse(text)?;
    let user = document.current_context().map(|context| context.user.clone());
    let Some(named) = document.users.iter_mut().find(|named| Some(&named.name) == user.as_ref()) else {
        return Err(BadKubeconfig::NoUser);
    };
    point(&mut named.user, certificate);
    document.to_yaml().map_err(BadKubeconfig::Yaml)
}

/// The text with the CAs (PEM) of all its clusters as `exchange` has them, as far as it carries them itself; nothing where none
/// is exchanged.
pub fn with_authorities(
    text: &[u8],
    exchange: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Option<Secret>, BadKubeconfig> {
    let mut document = Document::parse(text)?;
    let mut is_changed = false;
    for named in &mut document.clusters {
        let data = named.cluster.certificate_authority_data.as_deref();
        if let Some(new) = data.and_then(decode).and_then(|pem| exchange(&pem)) {
            named.cluster.certificate_authority_data = Some(encode(&new));
            is_changed = true;
        }
    }
    if is_changed { document.to_yaml().map(Some).map_err(BadKubeconfig::Yaml) } else { Ok(None) }
}

fn point(user: &mut AuthInfo, certificate: &Path) {
    user.client_certificate_data = None;
    user.client_key_data = None;
    for field in ["client-certificate", "client-key"] {
        user.other.insert(field.to_owned(), json!(certificate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "apiVersion: v1\nkind: Config\ncurrent-context: a@k\ncontexts: [{name: a@k, context: {cluster: k, user: a}}]\n\
        clusters: [{name: k, cluster: {server: 'https://h:6443', certificate-authority-data: Y2E=}}]\n\
        users: [{name: a, user: {client-certificate-data: Yw==, client-key-data: aw==, as: b}}]\n";

    #[test]
    fn only_the_current_user_s_credentials_change() {
        let path = Path::new("/var/lib/kubelet/pki/kubelet-client-current.pem");
        let text = point_at_certificate(TEXT.as_bytes(), path).unwrap();
        let user = Document::parse(text.expose_secret().as_bytes()).unwrap().users.remove(0).user;
        assert!(user.client_key_data.is_none() && user.client_certificate_data.is_none());
        assert_eq!(user.other["client-key"], json!(path));
        assert_eq!(user.other["client-certificate"], json!(path));
        assert_eq!(user.other["as"], json!("b"));
    }

    #[test]
    fn the_ca_of_each_cluster_is_exchanged_and_nothing_else() {
        let text = TEXT
            .replace("clusters: [", "clusters: [{name: l, cluster: {certificate-authority-data: bA==}}, ");
        let exchange = |pem: &[u8]| (pem == b"ca").then(|| b"new".to_vec());
        let written = with_authorities(text.as_bytes(), exchange).unwrap().unwrap();
        let expected = Document::parse(text.replace("Y2E=", "bmV3").as_bytes()).unwrap();
        assert_eq!(Document::parse(written.expose_secret().as_bytes()).unwrap(), expected);
        assert!(with_authorities(text.as_bytes(), |_| None).unwrap().is_none());
    }

    #[test]
    fn the_server_and_the_ca_are_the_current_context_s() {
        let reach = Document::parse(TEXT.as_bytes()).unwrap().reach(None).unwrap();
        assert_eq!(reach, Reach { server: "https://h:6443".into(), authority: b"ca".to_vec() });
    }
}
