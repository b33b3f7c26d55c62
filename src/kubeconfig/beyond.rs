//! What a kubeconfig would have its reader run, read or leave unproven.

use serde_json::Value;

use super::document::{AuthInfo, Cluster, Document};

pub(super) const INSECURE: &str = "insecure-skip-tls-verify";
/// A user's fields that are paths.
const FILES: [&str; 3] = ["client-certificate", "client-key", "tokenFile"];

/// Something outside of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beyond {
    /// The command of an exec plugin; empty where none is named.
    Program(String),
    /// The name of a plug-in that client-go once had.
    AuthProvider(String),
    /// A file that is not embedded.
    File {
        /// The field that names it, such as `client-key`.
        field: &'static str,
        /// The path, as the field has it.
        path: String,
    },
}

impl Document {
    /// Of all its clusters and users, whichever leads.
    pub fn beyond(&self) -> Vec<Beyond> {
        let authorities =
            self.clusters.iter().filter_map(|named| named.cluster.certificate_authority.clone());
        let authorities = authorities.filter(|path| !path.is_empty());
        let files = authorities.map(|path| Beyond::File { field: "certificate-authority", path });
        files.chain(self.users.iter().flat_map(|named| named.user.beyond())).collect()
    }

    /// The leading cluster, the current context and its user: the others are nobody's but the document's author's.
    pub fn narrow(&mut self) {
        let place = self.leading_place();
        let clusters = std::mem::take(&mut self.clusters);
        self.clusters = clusters
            .into_iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) == place)
            .map(|(_, named)| named)
            .collect();
        let user = self.current_context().map(|context| context.user.clone());
        let current = self.current_context.clone();
        self.contexts.retain(|named| named.name == current);
        self.users.retain(|named| Some(&named.name) == user.as_ref());
        self.contexts.truncate(1);
        self.users.truncate(1);
        self.other.clear();
    }
}

impl AuthInfo {
    /// What this user's credentials name outside of the document.
    pub fn beyond(&self) -> Vec<Beyond> {
        let part = |name: &str| self.other.get(name).filter(|value| !value.is_null());
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let program = part("exec").map(|exec| Beyond::Program(text(exec, "command")));
        let provider = part("auth-provider").map(|provider| Beyond::AuthProvider(text(provider, "name")));
        let files = FILES.iter().filter_map(|field| {
            let path = part(field)?.as_str().unwrap_or_default().to_owned();
            (!path.is_empty()).then_some(Beyond::File { field, path })
        });
        program.into_iter().chain(provider).chain(files).collect()
    }
}

impl Cluster {
    /// Whether any server is believed, whatever certificate it shows.
    pub fn is_insecure(&self) -> bool {
        self.other.get(INSECURE).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)))
    }

    /// A CA and this flag together are refused by client-go: nothing can use the file then.
    pub(super) fn secure(&mut self) {
        self.other.shift_remove(INSECURE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn document(user: &str) -> Document {
        let text = format!(
            "current-context: a@k\ncontexts: [{{name: a@k, context: {{cluster: k, user: a}}}}, {{name: o, context: {{}}}}]\n\
             clusters: [{{name: o, cluster: {{insecure-skip-tls-verify: true}}}}, {{name: k, cluster: {{server: 'https://h:1'}}}}]\n\
             users: [{{name: o, user: {{token: hunter2}}}}, {{name: a, user: {user}}}]\nextensions: [{{name: e, extension: {{}}}}]\n"
        );
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn programs_plug_ins_and_files_are_found() {
        let file = |field, path: &str| Beyond::File { field, path: path.to_owned() };
        for (user, beyond) in [
            ("{exec: {command: sh, args: [-c, id]}}", vec![Beyond::Program("sh".to_owned())]),
            ("{exec: {}}", vec![Beyond::Program(String::new())]),
            ("{auth-provider: {name: oidc}}", vec![Beyond::AuthProvider("oidc".to_owned())]),
            ("{tokenFile: /etc/shadow}", vec![file("tokenFile", "/etc/shadow")]),
            (
                "{client-certificate: a.crt, client-key: ../a.key}",
                vec![file("client-certificate", "a.crt"), file("client-key", "../a.key")],
            ),
            ("{token: t, client-key-data: aw==, exec: null, tokenFile: ''}", vec![]),
        ] {
            assert_eq!(document(user).beyond(), beyond, "{user}");
        }
        let mut named = document("{}");
        named.clusters[0].cluster.certificate_authority = Some("ca.crt".to_owned());
        assert_eq!(named.beyond(), [file("certificate-authority", "ca.crt")]);
    }

    #[test]
    fn only_what_leads_is_left() {
        let mut narrowed = document("{token: t}");
        narrowed.narrow();
        let written = narrowed.to_yaml().unwrap();
        let value: Value = yaml::from_str(written.expose_secret()).unwrap();
        let expected: Value = yaml::from_str(
            "{apiVersion: v1, kind: Config, current-context: a@k, contexts: [{name: a@k, context: {cluster: k, user: a}}], \
             clusters: [{name: k, cluster: {server: 'https://h:1'}}], users: [{name: a, user: {token: t}}]}",
        )
        .unwrap();
        assert_eq!(value, expected);
        let mut unnamed =
            Document::parse(b"clusters: [{name: '', cluster: {server: 'https://h:1'}}]").unwrap();
        unnamed.narrow();
        assert_eq!(unnamed.leading_cluster().unwrap().server, "https://h:1");
    }

    #[test]
    fn only_a_plain_no_is_secure() {
        for (value, is_insecure) in
            [("true", true), ("'true'", true), ("1", true), ("false", false), ("null", false)]
        {
            let text = format!("clusters: [{{name: '', cluster: {{insecure-skip-tls-verify: {value}}}}}]");
            let document = Document::parse(text.as_bytes()).unwrap();
            assert_eq!(document.leading_cluster().unwrap().is_insecure(), is_insecure, "{value}");
        }
    }
}
