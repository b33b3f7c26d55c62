//! A kubeconfig → the one connection that it stands for: to which server, whom its reader believes, and as whom it comes. By
//! client-go's rules, for every client alike.

use serde_json::{Map, Value};

use super::beyond::INSECURE;
use super::document::{AuthInfo, Cluster, Document, decode};
use super::plugin::{BadPlugin, Plugin};
use super::server_url::{BadServerUrl, ServerUrl};
use crate::secret::Secret;

const SERVER_NAME: &str = "tls-server-name";
const PROXY: &str = "proxy-url";
/// What `kubectl` and others keep in a cluster for a plug-in.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// What a client needs to know.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where the API server is.
    pub server: ServerUrl,
    /// Who vouches for it.
    pub trust: Trust,
    /// The name that its certificate has to be for, where that is not its address.
    pub server_name: Option<String>,
    /// The text of its `proxy-url`.
    pub proxy: Option<String>,
    /// As whom the client comes.
    pub user: Credentials,
}

/// Who vouches for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// These CAs.
    Authority(Part<Vec<u8>>),
    /// Those of this host.
    Host,
    /// Nobody: any certificate will do.
    Nobody,
}

/// Something that stands in the kubeconfig, or in a file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<T> {
    /// The thing itself.
    Data(T),
    /// A path, as it is written.
    File(String),
}

/// A client certificate and its key.
type Identity = (Part<Vec<u8>>, Part<Secret>);

/// As whom a client comes.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// A client certificate and its key, PEM.
    pub identity: Option<Identity>,
    /// What is shown as a bearer token.
    pub token: Option<Secret>,
    /// A file whose token goes before that one.
    pub token_file: Option<String>,
    /// A name and a password.
    pub basic: Option<(String, Secret)>,
    /// As whom it acts beside that.
    pub acts_as: ActsAs,
    /// The program that is asked where there is neither a token nor a password.
    pub plugin: Option<Plugin>,
}

/// Whose rights are asked for (`Impersonate-…`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActsAs {
    /// The user's name.
    pub user: Option<String>,
    /// The user's uid.
    pub uid: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// What else is said of the user.
    pub extra: Vec<(String, Vec<String>)>,
}

/// Why a kubeconfig stands for no connection; never a part of it that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoConnection {
    /// There is nothing to begin with.
    #[error("it has no current-context")]
    NoContext,
    /// The context that counts is not there.
    #[error("its current-context {name:?} is none of its contexts")]
    UnknownContext {
        /// As it is written.
        name: String,
    },
    /// The cluster that counts is not there.
    #[error("its current context leads to the cluster {name:?}, which is none of its clusters")]
    UnknownCluster {
        /// As it is written.
        name: String,
    },
    /// There is no connecting to the server.
    #[error("the server of its cluster cannot be used: {0}")]
    Server(BadServerUrl),
    /// client-go refuses both together, too.
    #[error("it has a certificate authority beside insecure-skip-tls-verify, which cannot both be meant")]
    InsecureWithAuthority,
    /// A `…-data` that is none.
    #[error("its {field} is no base64")]
    NotBase64 {
        /// Such as `client-key-data`.
        field: &'static str,
    },
    /// A field of another type.
    #[error("its {field} is not {wanted}")]
    Type {
        /// The field.
        field: &'static str,
        /// Such as `a text`.
        wanted: &'static str,
    },
    /// One of the two that belong together.
    #[error("its user has a client certificate without its key, or a key without its certificate")]
    HalfAnIdentity,
    /// Only one can be shown.
    #[error("its user has a token beside a name and password, which cannot both be shown")]
    TokenAndPassword,
    /// What would break a header.
    #[error("its {field} holds characters that cannot be sent")]
    Unsendable {
        /// Such as `token`.
        field: &'static str,
    },
    /// client-go refuses that, too.
    #[error("its user acts as a group, a uid or with extras, and as no user")]
    ActsAsNobody,
    /// Plug-ins that are built into a program; kubeadm has none of them.
    #[error("its user has its credentials from the auth-provider {name:?}, which is not supported any more")]
    AuthProvider {
        /// The plug-in's name.
        name: String,
    },
    /// The program that would give the credentials.
    #[error("its exec plug-in cannot be used")]
    Plugin(#[from] BadPlugin),
}

impl Document {
    /// The connection that the current context stands for.
    ///
    /// # Errors
    /// It is none that client-go would make.
    pub fn connection(&self) -> Result<Connection, NoConnection> {
        let name = &self.current_context;
        let context = self.current_context().ok_or_else(|| match name.as_str() {
            "" => NoConnection::NoContext,
            _ => NoConnection::UnknownContext { name: name.clone() },
        })?;
        let unknown = || NoConnection::UnknownCluster { name: context.cluster.clone() };
        let cluster = self.current_cluster().ok_or_else(unknown)?;
        // As with client-go, one who is nobody's user comes without credentials.
        let user = self.current_user().map(AuthInfo::credentials).transpose()?.unwrap_or_default();
        Ok(Connection {
            server: ServerUrl::parse(&cluster.server).map_err(NoConnection::Server)?,
            trust: cluster.trust()?,
            server_name: text(&cluster.other, SERVER_NAME)?,
            proxy: text(&cluster.other, PROXY)?,
            user,
        })
    }

    /// What the current cluster says to a plug-in beside its address.
    pub fn for_plugin(&self) -> Option<&Value> {
        let all = self.current_cluster()?.other.get("extensions")?.as_array()?;
        all.iter().find(|one| one["name"] == EXEC_EXTENSION)?.get("extension")
    }
}

impl Cluster {
    fn trust(&self) -> Result<Trust, NoConnection> {
        let data = self.certificate_authority_data.as_deref().filter(|data| !data.trim().is_empty());
        let authority = match (data, self.authority_file()) {
            (Some(data), _) => Some(Part::Data(of_base64("certificate-authority-data", data)?)),
            (None, Some(path)) => Some(Part::File(path.to_owned())),
            (None, None) => None,
        };
        let is_insecure = match self.other.get(INSECURE) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_insecure)) => *is_insecure,
            Some(_) => return Err(NoConnection::Type { field: INSECURE, wanted: "true or false" }),
        };
        match (authority, is_insecure) {
            (Some(_), true) => Err(NoConnection::InsecureWithAuthority),
            (Some(authority), false) => Ok(Trust::Authority(authority)),
            (None, true) => Ok(Trust::Nobody),
            (None, false) => Ok(Trust::Host),
        }
    }
}

impl AuthInfo {
    fn credentials(&self) -> Result<Credentials, NoConnection> {
        let fields = &self.other;
        if let Some(provider) = fields.get("auth-provider").filter(|value| !value.is_null()) {
            let name = provider["name"].as_str().unwrap_or_default().to_owned();
            return Err(NoConnection::AuthProvider { name });
        }
        let token = text(fields, "token")?.map(Secret::new);
        if token.as_ref().is_some_and(|token| !is_sendable(token.expose_secret())) {
            return Err(NoConnection::Unsendable { field: "token" });
        }
        let (name, password) = (text(fields, "username")?, text(fields, "password")?);
        let basic = (name.is_some() || password.is_some())
            .then(|| (name.unwrap_or_default(), Secret::new(password.unwrap_or_default())));
        if token.is_some() && basic.is_some() {
            return Err(NoConnection::TokenAndPassword);
        }
        let token_file = text(fields, "tokenFile")?;
        Ok(Credentials {
            identity: self.identity()?,
            token,
            token_file,
            basic,
            acts_as: self.acts_as()?,
            plugin: fields.get("exec").filter(|value| !value.is_null()).map(Plugin::read).transpose()?,
        })
    }

    fn identity(&self) -> Result<Option<Identity>, NoConnection> {
        let (crt, key) = ("client-certificate-data", "client-key-data");
        let data = self.client_certificate_data.as_deref().filter(|data| !data.trim().is_empty());
        let certificate = match (self.certificate_file(), data) {
            (Some(path), _) => Some(Part::File(path.to_owned())),
            (None, data) => data.map(|data| of_base64(crt, data).map(Part::Data)).transpose()?,
        };
        let data = self.client_key_data.as_ref().map(Secret::expose_secret);
        let data = data.filter(|data| !data.trim().is_empty());
        let secret = |data| {
            let bytes = of_base64(key, data)?;
            String::from_utf8(bytes).map(Secret::new).map_err(|_| NoConnection::NotBase64 { field: key })
        };
        let key = match (self.key_file(), data) {
            (Some(path), _) => Some(Part::File(path.to_owned())),
            (None, data) => data.map(|data| secret(data).map(Part::Data)).transpose()?,
        };
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(NoConnection::HalfAnIdentity),
        }
    }

    fn acts_as(&self) -> Result<ActsAs, NoConnection> {
        let acts_as = ActsAs {
            user: text(&self.other, "as")?,
            uid: text(&self.other, "as-uid")?,
            groups: texts(&self.other, "as-groups")?,
            extra: extra(&self.other)?,
        };
        let is_more = acts_as.uid.is_some() || !acts_as.groups.is_empty() || !acts_as.extra.is_empty();
        if is_more && acts_as.user.is_none() {
            return Err(NoConnection::ActsAsNobody);
        }
        let values = acts_as.user.iter().chain(&acts_as.uid).chain(&acts_as.groups);
        if !values.chain(acts_as.extra.iter().flat_map(|(_, values)| values)).all(|text| is_sendable(text)) {
            return Err(NoConnection::Unsendable { field: "as" });
        }
        Ok(acts_as)
    }
}

/// What a header can hold.
pub(super) fn is_sendable(text: &str) -> bool {
    http::HeaderValue::from_str(text).is_ok()
}

fn of_base64(field: &'static str, data: &str) -> Result<Vec<u8>, NoConnection> {
    decode(data).ok_or(NoConnection::NotBase64 { field })
}

/// An empty field is one that is not there, as in Go.
pub(super) fn text(fields: &Map<String, Value>, field: &'static str) -> Result<Option<String>, NoConnection> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(NoConnection::Type { field, wanted: "a text" }),
    }
}

fn texts(fields: &Map<String, Value>, field: &'static str) -> Result<Vec<String>, NoConnection> {
    list(fields.get(field)).ok_or(NoConnection::Type { field, wanted: "a list of texts" })
}

fn list(value: Option<&Value>) -> Option<Vec<String>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    }
}

fn extra(fields: &Map<String, Value>) -> Result<Vec<(String, Vec<String>)>, NoConnection> {
    let bad = NoConnection::Type { field: "as-user-extra", wanted: "a map of lists of texts" };
    let all = match fields.get("as-user-extra") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_object().ok_or_else(|| bad.clone())?,
    };
    let pair = |(name, values)| Some((String::clone(name), list(Some(values))?));
    all.iter().map(pair).collect::<Option<_>>().ok_or(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(top: &str, cluster: &str, user: &str) -> Document {
        let text = format!(
            "{top}\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n\
             clusters: [{{name: k, cluster: {{{cluster}}}}}]\n"
        );
        Document::parse(text.as_bytes()).unwrap()
    }

    fn of_user(user: &str) -> Result<Credentials, NoConnection> {
        let found = document("current-context: c", "server: 'https://h:1'", user).connection();
        found.map(|connection| connection.user)
    }

    fn of_cluster(cluster: &str) -> Result<Connection, NoConnection> {
        document("current-context: c", cluster, "").connection()
    }

    #[test]
    fn what_does_not_lead_to_one_cluster_is_told_by_its_name() {
        let said =
            |top: &str, cluster: &str| document(top, cluster, "").connection().unwrap_err().to_string();
        assert_eq!(said("", "server: h"), "it has no current-context");
        assert_eq!(said("current-context: d", ""), "its current-context \"d\" is none of its contexts");
        assert_eq!(
            said("current-context: c", ""),
            "the server of its cluster cannot be used: it names no server"
        );
        let text = "current-context: c\ncontexts: [{name: c, context: {cluster: o, user: u}}]";
        let error = Document::parse(text.as_bytes()).unwrap().connection().unwrap_err().to_string();
        assert_eq!(error, "its current context leads to the cluster \"o\", which is none of its clusters");
    }

    #[test]
    fn data_goes_before_a_file_and_a_ca_before_the_host_s() {
        let trust = |more: &str| of_cluster(&format!("server: h{more}")).unwrap().trust;
        assert_eq!(trust(""), Trust::Host);
        assert_eq!(trust(", insecure-skip-tls-verify: true"), Trust::Nobody);
        assert_eq!(trust(", certificate-authority: a"), Trust::Authority(Part::File("a".into())));
        let both = ", certificate-authority: a, certificate-authority-data: Y2E=";
        assert_eq!(trust(both), Trust::Authority(Part::Data(b"ca".to_vec())));
        for more in ["-data: Y2E=", ": a"] {
            let text = format!("server: h, insecure-skip-tls-verify: true, certificate-authority{more}");
            assert_eq!(of_cluster(&text).unwrap_err(), NoConnection::InsecureWithAuthority);
        }
        let bad = of_cluster("server: h, insecure-skip-tls-verify: 'false'").unwrap_err().to_string();
        assert_eq!(bad, "its insecure-skip-tls-verify is not true or false");
        let bad = of_cluster("server: h, certificate-authority-data: '*'").unwrap_err().to_string();
        assert_eq!(bad, "its certificate-authority-data is no base64");
    }

    #[test]
    fn credentials_of_each_kind_are_read() {
        let basic = of_user("username: me, password: hunter2").unwrap().basic.unwrap();
        assert_eq!((basic.0.as_str(), basic.1.expose_secret()), ("me", "hunter2"));
        let user =
            of_user("token: t, tokenFile: f, as: bob, as-groups: [x], as-user-extra: {k: [v]}").unwrap();
        assert_eq!((user.token.unwrap().expose_secret(), user.token_file.as_deref()), ("t", Some("f")));
        assert_eq!(user.acts_as.extra, [("k".to_owned(), vec!["v".to_owned()])]);
        let (certificate, key) =
            of_user("client-certificate-data: Yw==, client-key: k").unwrap().identity.unwrap();
        assert_eq!((certificate, key), (Part::Data(b"c".to_vec()), Part::File("k".into())));
        assert!(of_user("").unwrap().identity.is_none());
    }

    #[test]
    fn what_client_go_refuses_is_refused_and_no_secret_is_shown() {
        for (user, said) in [
            ("token: 3", "its token is not a text"),
            (r#"token: "hunter2\r\nX: y""#, "its token holds characters that cannot be sent"),
            ("username: me, token: hunter2", "beside a name and password"),
            ("client-certificate: c", "a client certificate without its key"),
            ("client-key: c", "a client certificate without its key"),
            ("client-key-data: '*hunter2', client-certificate: c", "its client-key-data is no base64"),
            ("as-groups: [x]", "acts as a group"),
            (r#"as: "a\nb""#, "its as holds characters"),
            ("as: b, as-groups: x", "its as-groups is not a list of texts"),
            ("as: b, as-user-extra: [x]", "its as-user-extra is not a map of lists of texts"),
            ("auth-provider: {name: gcp, config: {cmd-path: /p}}", "the auth-provider \"gcp\""),
            ("exec: {command: c}", "its exec plug-in cannot be used"),
        ] {
            let error = of_user(user).unwrap_err();
            assert!(error.to_string().contains(said), "{user}: {error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
