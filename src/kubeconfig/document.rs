//! The kubeconfig document (`v1`, `Config`), with every field that is not known here kept as it was read.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::secret::Secret;
use crate::yaml::{self, BadYaml};

/// A kubeconfig. `Debug` tells nothing of its users, whose fields are credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// `v1`.
    #[serde(rename = "apiVersion", default = "version")]
    pub api_version: String,
    /// The clusters that contexts may name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub clusters: Vec<NamedCluster>,
    /// Pairs of a cluster and a user.
    #[serde(default, deserialize_with = "null_is_default")]
    pub contexts: Vec<NamedContext>,
    /// The name of the context that counts.
    #[serde(rename = "current-context", default, deserialize_with = "null_is_default")]
    pub current_context: String,
    /// `Config`.
    #[serde(default = "kind")]
    pub kind: String,
    /// The users that contexts may name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub users: Vec<NamedAuthInfo>,
    /// All other fields, as they were read.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An entry of `clusters`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedCluster {
    /// How the cluster is reached.
    #[serde(default, deserialize_with = "null_is_default")]
    pub cluster: Cluster,
    /// The name by which contexts refer to it.
    pub name: String,
}

/// How a cluster is reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// A file's path; the data, where given, goes before it.
    #[serde(rename = "certificate-authority", default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<String>,
    /// PEM in base64.
    #[serde(rename = "certificate-authority-data", default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority_data: Option<String>,
    /// The API server's URL.
    #[serde(default, deserialize_with = "null_is_default")]
    pub server: String,
    /// All other fields, as they were read.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An entry of `contexts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedContext {
    /// The cluster and the user.
    #[serde(default, deserialize_with = "null_is_default")]
    pub context: Context,
    /// The name by which `current-context` refers to it.
    pub name: String,
}

/// A cluster, and whom it is reached as.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The cluster's name in this document.
    #[serde(default, deserialize_with = "null_is_default")]
    pub cluster: String,
    /// The user's name in this document.
    #[serde(default, deserialize_with = "null_is_default")]
    pub user: String,
    /// All other fields, as they were read.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An entry of `users`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedAuthInfo {
    /// The name by which contexts refer to it.
    pub name: String,
    /// Its credentials.
    #[serde(default, deserialize_with = "null_is_default")]
    pub user: AuthInfo,
}

/// A user's credentials. Fields that are not known here may be credentials as well, so `Debug` shows none of them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuthInfo {
    /// PEM in base64.
    #[serde(rename = "client-certificate-data", default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_data: Option<String>,
    /// PEM in base64.
    #[serde(
        rename = "client-key-data",
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "expose",
        deserialize_with = "conceal"
    )]
    pub client_key_data: Option<Secret>,
    /// All other fields, as they were read.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl fmt::Debug for AuthInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AuthInfo(…)")
    }
}

/// Why a text is no kubeconfig; never a part of it.
#[derive(Debug, thiserror::Error)]
pub enum BadKubeconfig {
    /// The file is not UTF-8.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Neither YAML nor JSON, or with fields of other types.
    #[error("it is not readable as a kubeconfig")]
    Yaml(#[source] BadYaml),
    /// A Kubernetes document of another kind.
    #[error("it is of kind {kind}, apiVersion {api_version}; Config, v1 is wanted")]
    OtherKind {
        /// The document's `kind`.
        kind: String,
        /// The document's `apiVersion`.
        api_version: String,
    },
    /// Which of them counts, nothing says; client-go refuses it, too.
    #[error("it has two {what} of the name {name:?}")]
    Twice {
        /// `clusters`, `contexts` or `users`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// There is nobody whose certificate could be replaced.
    #[error("its current context has no user")]
    NoUser,
}

fn version() -> String {
    "v1".to_owned()
}

fn kind() -> String {
    "Config".to_owned()
}

/// Go writes an empty list as `null`, and reads `null` as what is not there.
fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Into a file that its owner alone may read.
#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn expose<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose_secret).serialize(serializer)
}

fn conceal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

impl Document {
    /// Reads YAML or JSON.
    ///
    /// # Errors
    /// The text is no kubeconfig.
    pub fn parse(text: &[u8]) -> Result<Self, BadKubeconfig> {
        let text = std::str::from_utf8(text).map_err(|_| BadKubeconfig::NotText)?;
        let document: Self = yaml::from_str(text).map_err(BadKubeconfig::Yaml)?;
        if document.kind == kind() && document.api_version == version() {
            document.with_names_once()
        } else {
            Err(BadKubeconfig::OtherKind { kind: document.kind, api_version: document.api_version })
        }
    }

    fn with_names_once(self) -> Result<Self, BadKubeconfig> {
        let clusters = twice(self.clusters.iter().map(|named| &named.name));
        let contexts = twice(self.contexts.iter().map(|named| &named.name));
        let users = twice(self.users.iter().map(|named| &named.name));
        let all = [("clusters", clusters), ("contexts", contexts), ("users", users)];
        let found = all.into_iter().find_map(|(what, name)| Some((what, name?.to_owned())));
        match found {
            Some((what, name)) => Err(BadKubeconfig::Twice { what, name }),
            None => Ok(self),
        }
    }

    /// YAML, for a file of mode 0600.
    ///
    /// # Errors
    /// As [`yaml::to_string`].
    pub fn to_yaml(&self) -> Result<Secret, BadYaml> {
        yaml::to_string(self).map(Secret::new)
    }

    /// The context that a client takes unless told otherwise.
    pub fn current_context(&self) -> Option<&Context> {
        let named = self.contexts.iter().find(|named| named.name == self.current_context)?;
        Some(&named.context)
    }

    /// The current context's cluster.
    pub fn current_cluster(&self) -> Option<&Cluster> {
        let wanted = &self.current_context()?.cluster;
        self.clusters.iter().find(|named| named.name == *wanted).map(|named| &named.cluster)
    }

    /// The current context's user.
    pub fn current_user(&self) -> Option<&AuthInfo> {
        let wanted = &self.current_context()?.user;
        self.users.iter().find(|named| named.name == *wanted).map(|named| &named.user)
    }
}

fn twice<'a>(names: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    names.map(String::as_str).find(|name| !seen.insert(*name))
}

impl Cluster {
    /// The file to read the CA from, where the document does not carry it.
    pub fn authority_file(&self) -> Option<&str> {
        match &self.certificate_authority_data {
            Some(data) if !data.trim().is_empty() => None,
            _ => self.certificate_authority.as_deref().filter(|path| !path.is_empty()),
        }
    }
}

impl AuthInfo {
    /// The file to read the client certificate from, where the document does not carry it.
    pub fn certificate_file(&self) -> Option<&str> {
        let has_data = self.client_certificate_data.as_ref().is_some_and(|data| !data.trim().is_empty());
        if has_data { None } else { self.named("client-certificate") }
    }

    /// The file to read its key from, where the document does not carry it.
    pub fn key_file(&self) -> Option<&str> {
        let data = self.client_key_data.as_ref();
        let has_data = data.is_some_and(|data| !data.expose_secret().trim().is_empty());
        if has_data { None } else { self.named("client-key") }
    }

    fn named(&self, field: &str) -> Option<&str> {
        self.other.get(field)?.as_str().filter(|path| !path.is_empty())
    }
}

/// The bytes of a `…-data` field; line breaks inside do not count. `None` where it is no base64.
pub(super) fn decode(data: &str) -> Option<Vec<u8>> {
    let packed: String = data.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(packed.trim()).ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
apiVersion: v1
kind: Config
preferences: {colors: true}
current-context: one
contexts:
- {name: one, context: {cluster: c, user: u, namespace: kube-system}}
clusters:
- name: c
  cluster: {server: 'https://h:1', certificate-authority: /ca.crt, tls-server-name: t, proxy-url: 'http://p'}
users:
- name: u
  user:
    client-key-data: c2VjcmV0
    token: hunter2
    exec: {command: c, args: [a], apiVersion: client.authentication.k8s.io/v1}
extensions:
- {name: e, extension: {x: 1}}
";

    #[test]
    fn fields_that_are_not_known_are_kept() {
        let document = Document::parse(TEXT.as_bytes()).unwrap();
        let written = document.to_yaml().unwrap();
        let back: Value = yaml::from_str(written.expose_secret()).unwrap();
        assert_eq!(back, yaml::from_str::<Value>(TEXT).unwrap());
    }

    #[test]
    fn debug_shows_no_credential() {
        let shown = format!("{:?}", Document::parse(TEXT.as_bytes()).unwrap());
        assert!(
            shown.contains("https://h:1") && !shown.contains("hunter2") && !shown.contains("c2Vj"),
            "{shown}"
        );
    }

    #[test]
    fn the_current_context_leads_to_cluster_and_user() {
        let document = Document::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(document.current_cluster().unwrap().authority_file(), Some("/ca.crt"));
        assert!(document.current_user().unwrap().client_key_data.is_some());
        let other = Document { current_context: "two".into(), ..document };
        assert!(other.current_cluster().is_none() && other.current_user().is_none());
    }

    #[test]
    fn null_lists_are_empty_as_go_writes_them() {
        let text =
            b"clusters: [{name: a, cluster: null}]\nusers: [{name: a, user:}]\ncontexts: [{name: a}]\n\
            current-context: null\n";
        assert_eq!(Document::parse(text).unwrap().users[0].user, AuthInfo::default());
        let document = Document::parse(b"kind: Config\nclusters: null\nusers: null\ncontexts:\n").unwrap();
        assert!(document.clusters.is_empty() && document.users.is_empty() && document.contexts.is_empty());
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_since_nothing_says_which_counts() {
        for (what, one) in [
            ("clusters", "{name: x, cluster: {}}"),
            ("contexts", "{name: x, context: {}}"),
            ("users", "{name: x, user: {token: hunter2}}"),
        ] {
            let error = Document::parse(format!("{what}: [{one}, {one}]").as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("it has two {what} of the name \"x\""));
        }
    }

    #[test]
    fn what_is_no_kubeconfig_is_refused_without_being_shown() {
        for text in ["kind: Pod", "- hunter2", "users: {hunter2: x}", "client: [hunter2"] {
            let error = Document::parse(text.as_bytes());
            let said = format!("{:?}", error.unwrap_err());
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert!(matches!(Document::parse(&[0xff]), Err(BadKubeconfig::NotText)));
    }
}
