//! A connection → what a client needs: every client to an API server is made from here, and so is that to an external etcd's
//! `/version`. Files lie beside the kubeconfig; each is read within bounds.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kube::config::{AuthInfo, Config};
use rustls_pki_types::ServerName;
use serde_json::{Value, json};

use super::credentials::{NotGiven, ask_plugin};
use super::tls::authorities;
use super::whole;
use crate::kubeconfig::{
    BadKubeconfig, BadServerUrl, Connection, Credential, Credentials, Document, NoConnection, Part, Plugin,
    ServerUrl, Trust, beside,
};
use crate::pki::{self, BadCertificate, BadKey, PrivateKey};
use crate::proxy::{BadProxy, Proxy};
use crate::secret::Secret;

/// Why a kubeconfig makes no client.
#[derive(Debug, thiserror::Error)]
pub enum BadClient {
    /// It is none.
    #[error(transparent)]
    NoKubeconfig(BadKubeconfig),
    /// It stands for no connection.
    #[error(transparent)]
    NoConnection(NoConnection),
    /// A file that it names cannot be read.
    #[error("its {field} {path:?} cannot be read")]
    Unread {
        /// Such as `certificate-authority`.
        field: &'static str,
        /// Counted from the kubeconfig's folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Its CA's data or file has no certificate.
    #[error("its certificate authority holds no certificate that can be read")]
    NoAuthority,
    /// Its client certificate is none.
    #[error("its client certificate cannot be used: {0}")]
    Certificate(BadCertificate),
    /// The key to it is none.
    #[error("the key to its client certificate cannot be used: {0}")]
    Key(BadKey),
    /// They do not belong together.
    #[error("its client certificate is not for the key beside it")]
    OtherKey,
    /// Its token's file holds no token.
    #[error("its tokenFile {path:?} holds no token")]
    NoToken {
        /// Counted from the kubeconfig's folder.
        path: PathBuf,
    },
    /// Its `tls-server-name` is none.
    #[error("its tls-server-name {name:?} is neither a host's name nor an address")]
    ServerName {
        /// As the kubeconfig has it.
        name: String,
    },
    /// The program that its credentials come from has given none.
    #[error(transparent)]
    NotGiven(NotGiven),
    /// Its `proxy-url` cannot be used.
    #[error(transparent)]
    Proxy(#[from] BadProxy),
    /// The address that stands in for the kubeconfig's.
    #[error("the server cannot be used: {0}")]
    Server(BadServerUrl),
}

impl BadClient {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotGiven(NotGiven::Call(_) | NotGiven::Failed { .. } | NotGiven::Bad { .. }) => Some(
                "run the program by hand, with KUBERNETES_EXEC_INFO as \
                 https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins has it",
            ),
            Self::NotGiven(NotGiven::NotHere { .. })
            | Self::NoKubeconfig(_)
            | Self::NoConnection(_)
            | Self::Unread { .. }
            | Self::NoAuthority
            | Self::Certificate(_)
            | Self::Key(_)
            | Self::OtherKey
            | Self::NoToken { .. }
            | Self::ServerName { .. }
            | Self::Proxy(_)
            | Self::Server(_) => None,
        }
    }
}

/// What a client is made from.
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
        let document = Document::parse(text.as_bytes()).map_err(BadClient::NoKubeconfig)?;
        let mut connection = document.connection().map_err(BadClient::NoConnection)?;
        if let Some(server) = server {
            connection.server = ServerUrl::parse(server).map_err(BadClient::Server)?;
        }
        let mut made = Self::at(&connection.server);
        let proxy = connection.proxy.as_deref().map(Proxy::of_kubeconfig);
        made.proxy = proxy.transpose()?;
        made.config.tls_server_name = connection.server_name.clone().map(server_name).transpose()?;
        made.config.accept_invalid_certs = connection.trust == Trust::Nobody;
        made.config.root_cert = roots(&connection.trust, file)?;
        made.config.auth_info = user(&document, connection, file).await?;
        Ok(made)
    }

    /// To an etcd: by TLS with these files, or without any.
    pub fn of_etcd(endpoint: &str, files: &EtcdFiles) -> Result<Self, BadClient> {
        let server = ServerUrl::parse(endpoint).map_err(BadClient::Server)?;
        let mut made = Self::at(&server);
        let read = |field, path: &PathBuf| read_file(field, path.clone());
        if let Some(path) = &files.authority {
            let roots = authorities(&read("CA", path)?);
            made.config.root_cert = Some(roots).filter(|roots| !roots.is_empty());
            made.config.root_cert.as_ref().ok_or(BadClient::NoAuthority)?;
        }
        if let (Some(certificate), Some(key)) = (&files.certificate, &files.key) {
            let certificate = read("client certificate", certificate)?;
            let key = Secret::new(String::from_utf8_lossy(&read("client key", key)?));
            check_identity(&certificate, &key)?;
            made.config.auth_info.client_certificate_data = Some(BASE64.encode(certificate));
            made.config.auth_info.client_key_data = Some(BASE64.encode(key.expose_secret()).into());
        }
        Ok(made)
    }

    /// One that comes as nobody, and believes whom the host believes.
    pub fn at(server: &ServerUrl) -> Self {
        Self { config: Config::new(server.uri().clone()), proxy: None }
    }
}

/// Where an external etcd's files are.
#[derive(Debug)]
pub struct EtcdFiles {
    /// The CA of its servers.
    pub authority: Option<PathBuf>,
    /// The client's certificate.
    pub certificate: Option<PathBuf>,
    /// The key to it.
    pub key: Option<PathBuf>,
}

fn server_name(name: String) -> Result<String, BadClient> {
    match ServerName::try_from(name.as_str()) {
        Ok(_) => Ok(name),
        Err(_) => Err(BadClient::ServerName { name }),
    }
}

/// In DER; none where the host's CAs are meant, or nobody's.
fn roots(trust: &Trust, file: &Path) -> Result<Option<Vec<Vec<u8>>>, BadClient> {
    let pem = match trust {
        Trust::Authority(Part::Data(pem)) => pem.clone(),
        Trust::Authority(Part::File(path)) => read("certificate-authority", file, path)?,
        Trust::Host | Trust::Nobody => return Ok(None),
    };
    let roots = authorities(&pem);
    if roots.is_empty() { Err(BadClient::NoAuthority) } else { Ok(Some(roots)) }
}

fn read(field: &'static str, kubeconfig: &Path, path: &str) -> Result<Vec<u8>, BadClient> {
    read_file(field, beside(kubeconfig, path))
}

fn read_file(field: &'static str, path: PathBuf) -> Result<Vec<u8>, BadClient> {
    let found = whole::read_file(&path);
    found.map(|bytes| bytes.to_vec()).map_err(|source| BadClient::Unread { field, path, source })
}

async fn user(document: &Document, connection: Connection, file: &Path) -> Result<AuthInfo, BadClient> {
    let mut of_plugin = Credential::default();
    let user = &connection.user;
    let token = token(user, file)?;
    if let (Some(plugin), None, None) = (&user.plugin, &token, &user.basic) {
        of_plugin = given(plugin, document, &connection, file).await?;
    }
    let Credentials { identity, basic, acts_as, .. } = connection.user;
    let identity = match identity {
        Some((certificate, key)) => Some(of_files(certificate, key, file)?),
        None => of_plugin.identity,
    };
    if let Some((certificate, key)) = &identity {
        check_identity(certificate, key)?;
    }
    let mut info = AuthInfo {
        token: token.or(of_plugin.token).map(|token| token.expose_secret().into()),
        impersonate: acts_as.user,
        impersonate_uid: acts_as.uid,
        impersonate_groups: Some(acts_as.groups).filter(|groups| !groups.is_empty()),
        impersonate_user_extra: Some(acts_as.extra.into_iter().collect()),
        ..AuthInfo::default()
    };
    if let Some((name, password)) = basic {
        (info.username, info.password) = (Some(name), Some(password.expose_secret().into()));
    }
    if let Some((certificate, key)) = identity {
        info.client_certificate_data = Some(BASE64.encode(certificate));
        info.client_key_data = Some(BASE64.encode(key.expose_secret()).into());
    }
    Ok(info)
}

/// As in client-go: a file's token goes before the kubeconfig's, which stands in where there is no such file.
fn token(user: &Credentials, file: &Path) -> Result<Option<Secret>, BadClient> {
    let Some(path) = &user.token_file else { return Ok(user.token.clone()) };
    let text = match (read("tokenFile", file, path), &user.token) {
        (Err(_), Some(token)) => return Ok(Some(token.clone())),
        (found, _) => Secret::new(String::from_utf8_lossy(&found?)),
    };
    let token = text.expose_secret().trim();
    if token.is_empty() || http::HeaderValue::from_str(token).is_err() {
        return Err(BadClient::NoToken { path: beside(file, path) });
    }
    Ok(Some(Secret::new(token)))
}

fn of_files(
    certificate: Part<Vec<u8>>,
    key: Part<Secret>,
    file: &Path,
) -> Result<(Vec<u8>, Secret), BadClient> {
    let certificate = match certificate {
        Part::Data(pem) => pem,
        Part::File(path) => read("client-certificate", file, &path)?,
    };
    let key = match key {
        Part::Data(pem) => pem,
        Part::File(path) => Secret::new(String::from_utf8_lossy(&read("client-key", file, &path)?)),
    };
    Ok((certificate, key))
}

/// What a library would say of them is no help to anybody.
fn check_identity(certificate: &[u8], key: &Secret) -> Result<(), BadClient> {
    let found = pki::certificates(certificate).map_err(BadClient::Certificate)?;
    match PrivateKey::from_pem(key.expose_secret().as_bytes()) {
        Ok(key) if key.public_key().as_der() == found.own.public_key => Ok(()),
        // Kinds that Kubernetes does not sign with, clients may have.
        Err(BadKey::Unsupported) => Ok(()),
        Ok(_) => Err(BadClient::OtherKey),
        Err(bad) => Err(BadClient::Key(bad)),
    }
}

/// The program is waited for in a thread of its own.
async fn given(
    plugin: &Plugin,
    document: &Document,
    connection: &Connection,
    file: &Path,
) -> Result<Credential, BadClient> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let cluster = for_plugin(document, connection, file)?;
    let plugin = plugin.clone();
    let asked = tokio::task::spawn_blocking(move || ask_plugin(&plugin, &folder, || cluster));
    match asked.await {
        Ok(given) => given.map_err(BadClient::NotGiven),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// The Cluster of client.authentication.k8s.io.
fn for_plugin(document: &Document, connection: &Connection, file: &Path) -> Result<Value, BadClient> {
    let mut cluster = json!({ "server": connection.server.to_string() });
    let mut set = |name: &str, value: Option<Value>| {
        if let (Some(value), Some(fields)) = (value, cluster.as_object_mut()) {
            fields.insert(name.to_owned(), value);
        }
    };
    let pem = match &connection.trust {
        Trust::Authority(Part::Data(pem)) => Some(pem.clone()),
        Trust::Authority(Part::File(path)) => Some(read("certificate-authority", file, path)?),
        Trust::Host | Trust::Nobody => None,
    };
    set("certificate-authority-data", pem.map(|pem| BASE64.encode(pem).into()));
    set("insecure-skip-tls-verify", (connection.trust == Trust::Nobody).then(|| true.into()));
    set("tls-server-name", connection.server_name.clone().map(Into::into));
    set("proxy-url", connection.proxy.clone().map(Into::into));
    set("config", document.for_plugin().cloned());
    Ok(cluster)
}
