//! A kubeconfig and its minted credentials → the file's text.

use serde_json::{Map, Value};

use crate::pki::MintedClient;
use crate::secret::Secret;
use crate::yaml::BadYaml;

use super::catalogue::Kubeconfig;
use super::document::{
    AuthInfo, Cluster, Context, Document, NamedAuthInfo, NamedCluster, NamedContext, encode,
};

/// The file's YAML, equal by value to kubeadm's: one cluster, one user, and the context `USER@CLUSTER`.
///
/// # Errors
/// As [`yaml::to_string`](crate::yaml::to_string).
pub fn render(kubeconfig: &Kubeconfig, client: &MintedClient) -> Result<Secret, BadYaml> {
    document(kubeconfig, Some(&client.authority), auth_info(client)).to_yaml()
}

/// The same for a user with a token; `authority` is the CA's PEM text.
///
/// # Errors
/// As [`render`].
pub fn render_with_token(
    kubeconfig: &Kubeconfig,
    authority: &[u8],
    token: &Secret,
) -> Result<Secret, BadYaml> {
    let bearer = ("token".to_owned(), Value::from(token.expose_secret()));
    let user = AuthInfo { other: Map::from_iter([bearer]), ..AuthInfo::default() };
    document(kubeconfig, Some(authority), user).to_yaml()
}

/// The same with these credentials, and the CA where it is known, PEM.
pub(super) fn document(kubeconfig: &Kubeconfig, authority: Option<&[u8]>, credentials: AuthInfo) -> Document {
    let user = kubeconfig.request.subject.common_name.clone();
    let context = format!("{user}@{}", kubeconfig.cluster);
    Document {
        api_version: "v1".to_owned(),
        clusters: vec![NamedCluster {
            cluster: cluster(kubeconfig, authority),
            name: kubeconfig.cluster.clone(),
        }],
        contexts: vec![NamedContext {
            context: Context { cluster: kubeconfig.cluster.clone(), user: user.clone(), other: Map::new() },
            name: context.clone(),
        }],
        current_context: context,
        kind: "Config".to_owned(),
        users: vec![NamedAuthInfo { name: user, user: credentials }],
        other: Map::new(),
    }
}

fn cluster(kubeconfig: &Kubeconfig, authority: Option<&[u8]>) -> Cluster {
    Cluster {
        certificate_authority: None,
        certificate_authority_data: authority.map(encode),
        server: kubeconfig.server.clone(),
        other: Map::new(),
    }
}

fn auth_info(client: &MintedClient) -> AuthInfo {
    AuthInfo {
        client_certificate_data: Some(encode(&client.certificate)),
        client_key_data: Some(Secret::new(encode(client.key.expose_secret().as_bytes()))),
        other: Map::new(),
    }
}
