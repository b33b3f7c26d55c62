//! The kubeconfig with which a node first reaches the cluster and asks for its own certificate.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::document::{
    AuthInfo, Cluster, Context, Document, NamedAuthInfo, NamedCluster, NamedContext, encode,
};
use super::existing::Reach;
use super::places::beside;
use crate::config::TokenString;
use crate::secret::Secret;

const USER: &str = "tls-bootstrap-token-user";
/// Until the cluster's own name has been read from it.
const CLUSTER: &str = "kubernetes";

/// A file that the kubeconfig names and that has to go into it.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}, which the kubeconfig names")]
pub struct NotEmbedded {
    /// The file's path; a relative one counts from the kubeconfig's folder.
    pub path: PathBuf,
    /// Why it cannot be read.
    #[source]
    pub source: io::Error,
}

impl Document {
    /// One cluster, and a bootstrap token as its one user's, under the names that kubeadm gives them.
    pub fn with_token(reach: &Reach, token: &TokenString) -> Self {
        let mut document = Self::leading_to(reach);
        let bearer = json!(token.text().expose_secret());
        let user = AuthInfo { other: Map::from_iter([("token".to_owned(), bearer)]), ..AuthInfo::default() };
        document.users = vec![NamedAuthInfo { name: USER.to_owned(), user }];
        document
    }

    /// A kubeconfig that leads to the cluster, and has no user yet.
    fn leading_to(reach: &Reach) -> Self {
        let cluster = Cluster {
            certificate_authority_data: Some(encode(&reach.authority)),
            server: reach.server.clone(),
            ..Cluster::default()
        };
        let context = format!("{USER}@{CLUSTER}");
        Self {
            api_version: "v1".to_owned(),
            clusters: vec![NamedCluster { cluster, name: CLUSTER.to_owned() }],
            contexts: vec![NamedContext {
                context: Context { cluster: CLUSTER.to_owned(), user: USER.to_owned(), other: Map::new() },
                name: context.clone(),
            }],
            current_context: context,
            kind: "Config".to_owned(),
            users: Vec::new(),
            other: Map::new(),
        }
    }

    /// The cluster that counts: the one without a name, as cluster-info has it, or else the current context's.
    pub fn leading_cluster(&self) -> Option<&Cluster> {
        let place = self.leading_place()?;
        self.clusters.get(place).map(|named| &named.cluster)
    }

    /// [`leading_cluster`](Self::leading_cluster), to be changed.
    pub fn leading_cluster_mut(&mut self) -> Option<&mut Cluster> {
        let place = self.leading_place()?;
        self.clusters.get_mut(place).map(|named| &mut named.cluster)
    }

    pub(super) fn leading_place(&self) -> Option<usize> {
        let named = |name: &str| self.clusters.iter().position(|cluster| cluster.name == name);
        named("").or_else(|| named(&self.current_context()?.cluster))
    }

    /// Leaves the leading cluster alone there, by the name that the cluster calls itself.
    pub fn name_cluster(&mut self, name: &str) {
        let Some(place) = self.leading_place() else { return };
        let cluster = self.clusters.swap_remove(place).cluster;
        self.clusters = vec![NamedCluster { cluster, name: name.to_owned() }];
        let current = self.contexts.iter_mut().find(|named| named.name == self.current_context);
        if let Some(named) = current {
            name.clone_into(&mut named.context.cluster);
        }
    }

    /// The leading cluster and the current user, in a document of their own, with which any client can do.
    #[must_use]
    pub fn distilled(&self) -> Self {
        let mut cluster = self.leading_cluster().cloned().unwrap_or_default();
        if cluster.certificate_authority_data.as_deref().is_some_and(|data| !data.is_empty()) {
            cluster.secure();
        }
        let user = self.current_user().cloned().unwrap_or_default();
        let mut document = Self::leading_to(&Reach { server: String::new(), authority: Vec::new() });
        document.clusters = vec![NamedCluster { cluster, name: CLUSTER.to_owned() }];
        document.users = vec![NamedAuthInfo { name: USER.to_owned(), user }];
        document
    }

    /// Takes in the files that the leading cluster and the current user name, each read by `read`; they lie beside the
    /// file `kubeconfig`, which this document is of. A program that lies there is named so that it is found from elsewhere.
    pub fn embed(
        &mut self,
        kubeconfig: &Path,
        mut read: impl FnMut(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<(), NotEmbedded> {
        let mut load = |path: &str| {
            let path = beside(kubeconfig, path);
            read(&path).map_err(|source| NotEmbedded { path, source })
        };
        if let Some(cluster) = self.leading_cluster_mut()
            && let Some(path) = cluster.authority_file().map(str::to_owned)
        {
            cluster.certificate_authority_data = Some(encode(&load(&path)?));
        }
        if let Some(cluster) = self.leading_cluster_mut() {
            cluster.certificate_authority = None;
        }
        let current = self.current_context().map(|context| context.user.clone());
        match self.users.iter_mut().find(|named| Some(&named.name) == current.as_ref()) {
            Some(named) => {
                named.user.resolve_program(kubeconfig);
                named.user.embed(load)
            }
            None => Ok(()),
        }
    }
}

impl Cluster {
    /// Puts a CA into the document.
    pub fn set_authority(&mut self, pem: &[u8]) {
        self.certificate_authority_data = Some(encode(pem));
    }
}

impl AuthInfo {
    /// Whether there is anything to authenticate with: a token, a name and a password, a certificate, a program.
    pub fn has_credentials(&self) -> bool {
        let certificate = self.client_certificate_data.is_some() || self.text("client-certificate").is_some();
        let key = self.client_key_data.is_some() || self.text("client-key").is_some();
        self.text("token").is_some()
            || self.text("tokenFile").is_some()
            || self.text("username").is_some() && self.text("password").is_some()
            || certificate && key
            || self.text("/exec/command").is_some()
            || self.text("/auth-provider/name").is_some()
    }

    /// A field, or one below it by its pointer, where it holds a text.
    fn text(&self, field: &str) -> Option<&str> {
        let value = match field.strip_prefix('/').and_then(|rest| rest.split_once('/')) {
            Some((outer, inner)) => self.other.get(outer)?.get(inner)?,
            None => self.other.get(field)?,
        };
        value.as_str().filter(|text| !text.is_empty())
    }

    /// As client-go does it; a name without a slash is looked for by `PATH`.
    fn resolve_program(&mut self, kubeconfig: &Path) {
        let command = self.other.get_mut("exec").and_then(|exec| exec.get_mut("command"));
        if let Some(Value::String(command)) = command
            && command.contains('/')
        {
            *command = beside(kubeconfig, command).display().to_string();
        }
    }

    /// Data that is there already goes before a file.
    fn embed(
        &mut self,
        mut load: impl FnMut(&str) -> Result<Vec<u8>, NotEmbedded>,
    ) -> Result<(), NotEmbedded> {
        if let (None, Some(path)) = (&self.client_certificate_data, self.text("client-certificate")) {
            self.client_certificate_data = Some(encode(&load(path)?));
        }
        if let (None, Some(path)) = (&self.client_key_data, self.text("client-key")) {
            self.client_key_data = Some(Secret::new(encode(&load(path)?)));
        }
        if let (None, Some(path)) = (self.text("token"), self.text("tokenFile")) {
            let token = String::from_utf8_lossy(&load(path)?).trim().to_owned();
            self.other.insert("token".to_owned(), Value::String(token));
        }
        for field in ["client-certificate", "client-key", "tokenFile"] {
            self.other.shift_remove(field);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn reach() -> Reach {
        Reach { server: "https://h:6443".into(), authority: b"ca".to_vec() }
    }

    fn token() -> TokenString {
        "abcdef.0123456789abcdef".parse().unwrap()
    }

    fn value(document: &Document) -> Value {
        yaml::from_str(document.to_yaml().unwrap().expose_secret()).unwrap()
    }

    fn file(user: &str) -> Document {
        let text = format!(
            "current-context: a@k\ncontexts: [{{name: a@k, context: {{cluster: k, user: a}}}}]\n\
             clusters: [{{name: o, cluster: {{server: 'https://o:1'}}}}, {{name: k, cluster: {{server: 'https://h:1', certificate-authority: /ca}}}}]\n\
             users: [{{name: a, user: {user}}}]"
        );
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_bootstrap_kubeconfig_is_kubeadm_s() {
        let expected = json!({
            "apiVersion": "v1",
            "clusters": [{ "cluster": { "certificate-authority-data": "Y2E=", "server": "https://h:6443" }, "name": "kubernetes" }],
            "contexts": [{
                "context": { "cluster": "kubernetes", "user": "tls-bootstrap-token-user" },
                "name": "tls-bootstrap-token-user@kubernetes",
            }],
            "current-context": "tls-bootstrap-token-user@kubernetes",
            "kind": "Config",
            "users": [{ "name": "tls-bootstrap-token-user", "user": { "token": "abcdef.0123456789abcdef" } }],
        });
        assert_eq!(value(&Document::with_token(&reach(), &token())), expected);
    }

    #[test]
    fn the_cluster_takes_its_own_name_and_the_context_keeps_its() {
        let mut document = Document::with_token(&reach(), &token());
        document.name_cluster("prod");
        let written = value(&document);
        assert_eq!(written.pointer("/clusters/0/name"), Some(&json!("prod")));
        assert_eq!(written.pointer("/contexts/0/context/cluster"), Some(&json!("prod")));
        assert_eq!(document.current_context, "tls-bootstrap-token-user@kubernetes");
        assert_eq!(document.reach(None), Some(reach()));
    }

    #[test]
    fn of_several_clusters_only_the_leading_one_is_kept() {
        let mut document = file("{}");
        document.name_cluster("prod");
        assert_eq!(document.clusters.len(), 1);
        assert_eq!(document.current_cluster().unwrap().server, "https://h:1");
    }

    #[test]
    fn a_cluster_without_a_name_leads() {
        let text = "clusters: [{name: '', cluster: {server: 'https://h:1'}}]\ncontexts: null";
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.leading_cluster().unwrap().server, "https://h:1");
        assert_eq!(document.distilled().current_cluster().unwrap().server, "https://h:1");
        assert!(Document::parse(b"kind: Config").unwrap().leading_cluster().is_none());
    }

    #[test]
    fn credentials_of_each_kind_are_seen() {
        for user in [
            "{token: t}",
            "{tokenFile: /t}",
            "{username: u, password: p}",
            "{client-certificate-data: Yw==, client-key: /k}",
            "{exec: {command: c}}",
            "{auth-provider: {name: oidc}}",
        ] {
            assert!(file(user).current_user().unwrap().has_credentials(), "{user}");
        }
        for user in
            ["{}", "{token: ''}", "{username: u}", "{client-certificate: /c}", "{exec: {}}", "{as: x}"]
        {
            assert!(!file(user).current_user().unwrap().has_credentials(), "{user}");
        }
    }

    #[test]
    fn files_that_are_named_are_taken_in() {
        let mut document = file("{client-certificate: /crt, client-key: /key, tokenFile: /token}");
        document
            .embed(Path::new("/k/d.conf"), |path| Ok(format!("{}\n", path.display()).into_bytes()))
            .unwrap();
        let user = &value(&document)["users"][0]["user"];
        let expected = json!({
            "client-certificate-data": encode(b"/crt\n"), "client-key-data": encode(b"/key\n"), "token": "/token",
        });
        assert_eq!(*user, expected);
        let cluster = document.current_cluster().unwrap();
        assert_eq!(cluster.certificate_authority_data.as_deref(), Some(encode(b"/ca\n").as_str()));
        assert_eq!(cluster.certificate_authority, None);
    }

    #[test]
    fn what_lies_beside_the_file_is_found_there() {
        let mut document = file("{client-certificate: crt, client-key: ../key, exec: {command: ./bin/c}}");
        document.embed(Path::new("/k/d.conf"), |path| Ok(path.display().to_string().into_bytes())).unwrap();
        let user = &value(&document)["users"][0]["user"];
        let expected = json!({
            "client-certificate-data": encode(b"/k/crt"), "client-key-data": encode(b"/k/../key"),
            "exec": { "command": "/k/./bin/c" },
        });
        assert_eq!(*user, expected);
        let mut document = file("{exec: {command: c}}");
        document.embed(Path::new("/k/d.conf"), |_| Ok(Vec::new())).unwrap();
        assert_eq!(value(&document)["users"][0]["user"]["exec"]["command"], json!("c"));
    }

    #[test]
    fn data_goes_before_a_file_and_a_missing_file_is_named() {
        let mut document = file("{token: t, tokenFile: /token}");
        let error = document
            .embed(Path::new("/k/d.conf"), |_| Err(io::Error::from(io::ErrorKind::NotFound)))
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot read /ca, which the kubeconfig names");
        let mut document = file("{token: t, tokenFile: /token}");
        let read =
            |path: &Path| if path == Path::new("/ca") { Ok(Vec::new()) } else { panic!("not asked for") };
        document.embed(Path::new("/k/d.conf"), read).unwrap();
    }
}
