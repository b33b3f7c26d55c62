//! A kubeconfig → what a client needs, as client-go reads it: files lie beside the kubeconfig, data goes before files.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kube::config::{AuthInfo, Cluster, Config, KubeConfigOptions, Kubeconfig};

use super::tls::authorities;
use super::whole::{self, NotWhole};
use crate::proxy::{BadProxy, Proxy};

/// Stands where kube would look for a proxy by rules of its own; nobody connects to it.
const NO_PROXY_OF_KUBE: &str = "http://proxy.invalid";

/// Why a kubeconfig makes no client.
#[derive(Debug, thiserror::Error)]
pub enum BadClient {
    /// Never a part of it, which may be a secret.
    #[error("it is not a kubeconfig")]
    NoKubeconfig,
    /// The file that one of its fields names cannot be read.
    #[error("its {field} {path:?} cannot be read")]
    Unread {
        /// Such as `certificate-authority`.
        field: &'static str,
        /// As the kubeconfig has it, counted from the kubeconfig's folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Its CA's data or file has no certificate.
    #[error("its certificate authority holds no certificate that can be read")]
    NoAuthority,
    /// client-go refuses both together, too.
    #[error("it has a certificate authority beside insecure-skip-tls-verify, which cannot both be meant")]
    InsecureWithAuthority,
    /// Its `proxy-url` cannot be used.
    #[error(transparent)]
    Proxy(#[from] BadProxy),
    /// It lacks a context, a cluster or a user, or names one that is not there.
    #[error("what it says is not complete")]
    Kube(#[source] Box<kube::config::KubeconfigError>),
}

/// What a kubeconfig makes, and the proxy that it asks for itself.
#[derive(Debug)]
pub struct ClientConfig {
    /// For kube's client; the CA in DER, none where the host's CAs are meant.
    pub config: Config,
    /// That of its cluster's `proxy-url`; none leaves it to the environment.
    pub proxy: Option<Proxy>,
}

impl ClientConfig {
    /// `file`: where the text comes from; `server`, where given, stands in for the address in it.
    pub async fn read(file: &Path, text: &str, server: Option<&str>) -> Result<Self, BadClient> {
        let mut document = Kubeconfig::from_yaml(text).map_err(|_| BadClient::NoKubeconfig)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        for user in document.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
            resolve_user(user, folder);
        }
        check_user(&document)?;
        let cluster = leading_cluster(&mut document);
        let (proxy, roots) = match cluster {
            Some(cluster) => {
                if let Some(server) = server {
                    cluster.server = Some(server.to_owned());
                }
                let proxy = given(cluster.proxy_url.replace(NO_PROXY_OF_KUBE.to_owned()));
                let proxy = proxy.as_deref().map(Proxy::of_kubeconfig).transpose()?;
                (proxy, trusted(cluster, folder)?)
            }
            None => (None, None),
        };
        let config = Config::from_custom_kubeconfig(document, &KubeConfigOptions::default()).await;
        let mut config = config.map_err(|error| BadClient::Kube(Box::new(error)))?;
        if roots.is_some() && config.accept_invalid_certs {
            return Err(BadClient::InsecureWithAuthority);
        }
        config.root_cert = roots;
        Ok(Self { config, proxy })
    }
}

fn leading_cluster(document: &mut Kubeconfig) -> Option<&mut Cluster> {
    let current = document.current_context.as_deref()?;
    let context = document.contexts.iter().find(|named| named.name == current)?.context.as_ref()?;
    let named = document.clusters.iter_mut().find(|named| named.name == context.cluster)?;
    named.cluster.as_mut()
}

/// Takes the CA out of the cluster, in DER; none where the host's CAs are meant.
fn trusted(cluster: &mut Cluster, folder: &Path) -> Result<Option<Vec<Vec<u8>>>, BadClient> {
    let data = given(cluster.certificate_authority_data.take());
    let file = given(cluster.certificate_authority.take());
    let pem = match (data, file) {
        (Some(data), _) => BASE64.decode(packed(&data)).map_err(|_| BadClient::NoAuthority)?,
        (None, Some(file)) => {
            let path = folder.join(file);
            let read = whole::read_file(&path).map(|mut bytes| std::mem::take(&mut *bytes));
            read.map_err(|source| BadClient::Unread { field: "certificate-authority", path, source })?
        }
        (None, None) => return Ok(None),
    };
    let roots = authorities(&pem);
    if roots.is_empty() { Err(BadClient::NoAuthority) } else { Ok(Some(roots)) }
}

fn resolve_user(user: &mut AuthInfo, folder: &Path) {
    for file in [&mut user.client_certificate, &mut user.client_key, &mut user.token_file] {
        *file = given(file.take()).map(|path| folder.join(path).to_string_lossy().into_owned());
    }
    user.client_certificate_data = given(user.client_certificate_data.take()).map(|data| packed(&data));
    if let Some(command) = user.exec.as_mut().and_then(|exec| exec.command.as_mut())
        && command.contains('/')
    {
        *command = folder.join(&*command).to_string_lossy().into_owned();
    }
}

/// kube reads whatever is at these paths, to its end; what is not there it tells itself.
fn check_user(document: &Kubeconfig) -> Result<(), BadClient> {
    let Some(user) = current_user(document) else { return Ok(()) };
    let files = [
        ("client-certificate", &user.client_certificate),
        ("client-key", &user.client_key),
        ("tokenFile", &user.token_file),
    ];
    for (field, path) in files {
        let Some(path) = path.as_ref().map(PathBuf::from) else { continue };
        match whole::read_file(&path) {
            Err(source) if NotWhole::of(&source).is_some() => {
                return Err(BadClient::Unread { field, path, source });
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn current_user(document: &Kubeconfig) -> Option<&AuthInfo> {
    let current = document.current_context.as_deref()?;
    let context = document.contexts.iter().find(|named| named.name == current)?.context.as_ref()?;
    let user = context.user.as_deref()?;
    document.auth_infos.iter().find(|named| named.name == user)?.auth_info.as_ref()
}

/// Go takes an empty field for one that is not there.
fn given(field: Option<String>) -> Option<String> {
    field.filter(|text| !text.is_empty())
}

/// Go's base64 skips line breaks.
fn packed(data: &str) -> String {
    data.split_ascii_whitespace().collect()
}
