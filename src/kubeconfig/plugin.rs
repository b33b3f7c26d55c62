//! The program from which a kubeconfig's user has its credentials, and what that program answers (client-go's exec plug-ins,
//! <https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::connection::is_sendable;
use crate::secret::Secret;
use crate::yaml;

const KIND: &str = "ExecCredential";

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// A program, and how it is to be called.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// A path, or a name that is looked for by `PATH`.
    pub command: String,
    /// Behind it. They may be secrets, though others see them.
    pub arguments: Vec<Secret>,
    /// What it finds in its environment beside that of this program.
    pub environment: Vec<(String, Secret)>,
    /// What is said where it is not there.
    pub install_hint: Option<String>,
    version: &'static str,
    wants_cluster: bool,
}

/// Why a plug-in is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlugin {
    /// A field is missing, or of another type.
    #[error("its {field} is missing, or of another type")]
    Field {
        /// Such as `command`.
        field: &'static str,
    },
    /// Neither of the two that there are.
    #[error("its apiVersion is none that is known; those are {V1} and {V1BETA1}")]
    Version,
    /// client.authentication.k8s.io/v1 wants one.
    #[error("its interactiveMode is none of Never, IfAvailable and Always")]
    Mode,
    /// Nobody answers its questions.
    #[error("its interactiveMode is Always, and it is not asked here by somebody who could answer it")]
    Interactive,
}

/// What a plug-in has given.
#[derive(Debug, Clone, Default)]
pub struct Credential {
    /// A bearer token.
    pub token: Option<Secret>,
    /// A client certificate and its key, PEM.
    pub identity: Option<(Vec<u8>, Secret)>,
    /// Until when both hold, where it says so.
    pub until: Option<Timestamp>,
}

/// Why an answer is no credential; never a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// Neither JSON nor YAML.
    #[error("it is neither JSON nor YAML")]
    NotYaml,
    /// A document of another kind, or of another version than it was asked in.
    #[error("it is no {KIND} of the version that the kubeconfig asks for")]
    OtherKind,
    /// There is no status.
    #[error("it has neither a token nor a certificate with its key")]
    Nothing,
    /// A certificate without its key, or a key without its certificate.
    #[error("it has a certificate without its key, or a key without its certificate")]
    Half,
    /// What would break a header.
    #[error("its token holds characters that cannot be sent")]
    Token,
    /// A time that is none.
    #[error("its expirationTimestamp is no time (RFC 3339)")]
    Expiration,
}

impl Plugin {
    pub(super) fn read(exec: &Value) -> Result<Self, BadPlugin> {
        let command = text(exec, "command")?.ok_or(BadPlugin::Field { field: "command" })?;
        let version = match text(exec, "apiVersion")?.as_deref() {
            Some(V1) => V1,
            Some(V1BETA1) => V1BETA1,
            Some(_) | None => return Err(BadPlugin::Version),
        };
        match (text(exec, "interactiveMode")?.as_deref(), version) {
            (Some("Never" | "IfAvailable"), _) | (None, V1BETA1) => {}
            (Some("Always"), _) => return Err(BadPlugin::Interactive),
            (Some(_) | None, _) => return Err(BadPlugin::Mode),
        }
        Ok(Self {
            command,
            arguments: arguments(exec)?,
            environment: environment(exec)?,
            install_hint: text(exec, "installHint")?,
            version,
            wants_cluster: match &exec["provideClusterInfo"] {
                Value::Null => false,
                Value::Bool(wants) => *wants,
                _ => return Err(BadPlugin::Field { field: "provideClusterInfo" }),
            },
        })
    }

    /// What it finds in `KUBERNETES_EXEC_INFO`; `cluster` as far as it wants to know it.
    pub fn question(&self, cluster: impl FnOnce() -> Value) -> String {
        let mut spec = json!({ "interactive": false });
        if self.wants_cluster {
            spec = json!({ "cluster": cluster(), "interactive": false });
        }
        json!({ "kind": KIND, "apiVersion": self.version, "spec": spec }).to_string()
    }

    /// What its answer is worth.
    ///
    /// # Errors
    /// It is no credential.
    pub fn credential(&self, answer: &str) -> Result<Credential, BadCredential> {
        let answer: Value = yaml::from_str(answer).map_err(|_| BadCredential::NotYaml)?;
        let word = |value: &Value, name: &str| {
            value[name].as_str().filter(|word| !word.is_empty()).map(str::to_owned)
        };
        let (kind, version) = (word(&answer, "kind"), word(&answer, "apiVersion"));
        if kind.as_deref() != Some(KIND) || version.as_deref() != Some(self.version) {
            return Err(BadCredential::OtherKind);
        }
        let status = &answer["status"];
        let token = word(status, "token").map(|token| Secret::new(token.trim()));
        if token.as_ref().is_some_and(|token| !is_sendable(token.expose_secret())) {
            return Err(BadCredential::Token);
        }
        let (certificate, key) = (word(status, "clientCertificateData"), word(status, "clientKeyData"));
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate.into_bytes(), Secret::new(key))),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(BadCredential::Half),
        };
        if token.is_none() && identity.is_none() {
            return Err(BadCredential::Nothing);
        }
        let until = word(status, "expirationTimestamp").map(|text| text.parse()).transpose();
        Ok(Credential { token, identity, until: until.map_err(|_| BadCredential::Expiration)? })
    }

    /// Whether it is called with something else.
    pub fn differs_from(&self, other: &Self) -> bool {
        (&self.arguments, &self.environment) != (&other.arguments, &other.environment)
    }
}

fn text(exec: &Value, field: &'static str) -> Result<Option<String>, BadPlugin> {
    match exec.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(BadPlugin::Field { field }),
    }
}

fn list<'a>(exec: &'a Value, field: &'static str) -> Result<&'a [Value], BadPlugin> {
    match exec.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(all)) => Ok(all),
        Some(_) => Err(BadPlugin::Field { field }),
    }
}

fn arguments(exec: &Value) -> Result<Vec<Secret>, BadPlugin> {
    let all = list(exec, "args")?.iter().map(|one| one.as_str().map(Secret::new));
    all.collect::<Option<_>>().ok_or(BadPlugin::Field { field: "args" })
}

fn environment(exec: &Value) -> Result<Vec<(String, Secret)>, BadPlugin> {
    let pair = |one: &Value| {
        let name = one["name"].as_str().filter(|name| !name.is_empty() && !name.contains(['=', '\0']))?;
        let value = if one["value"].is_null() { "" } else { one["value"].as_str()? };
        Some((name.to_owned(), Secret::new(value)))
    };
    list(exec, "env")?.iter().map(pair).collect::<Option<_>>().ok_or(BadPlugin::Field { field: "env" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(more: &Value) -> Result<Plugin, BadPlugin> {
        let mut exec = json!({ "command": "c", "apiVersion": V1, "interactiveMode": "Never" });
        exec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Plugin::read(&exec)
    }

    fn answered(status: &Value) -> Result<Credential, BadCredential> {
        let answer = json!({ "kind": KIND, "apiVersion": V1, "status": status }).to_string();
        plugin(&json!({})).unwrap().credential(&answer)
    }

    #[test]
    fn what_a_plug_in_is_told_and_called_by_is_read() {
        let more =
            json!({ "args": ["a"], "env": [{ "name": "N", "value": "v" }], "provideClusterInfo": true });
        let read = plugin(&more).unwrap();
        assert_eq!((read.arguments.len(), read.environment[0].0.as_str()), (1, "N"));
        let question: Value = serde_json::from_str(&read.question(|| json!({ "server": "s" }))).unwrap();
        let spec = json!({ "interactive": false, "cluster": { "server": "s" } });
        assert_eq!(question, json!({ "kind": KIND, "apiVersion": V1, "spec": spec }));
        assert!(!plugin(&json!({})).unwrap().question(|| panic!("not wanted")).contains("cluster"));
    }

    #[test]
    fn what_client_go_refuses_is_refused() {
        for (more, bad) in [
            (json!({ "command": "" }), BadPlugin::Field { field: "command" }),
            (json!({ "apiVersion": "client.authentication.k8s.io/v1alpha1" }), BadPlugin::Version),
            (json!({ "interactiveMode": null }), BadPlugin::Mode),
            (json!({ "interactiveMode": "Sometimes" }), BadPlugin::Mode),
            (json!({ "interactiveMode": "Always" }), BadPlugin::Interactive),
            (json!({ "args": "a" }), BadPlugin::Field { field: "args" }),
            (json!({ "env": [{ "value": "hunter2" }] }), BadPlugin::Field { field: "env" }),
            (json!({ "env": { "A": "hunter2" } }), BadPlugin::Field { field: "env" }),
        ] {
            assert_eq!(plugin(&more).unwrap_err(), bad, "{more}");
        }
        assert!(plugin(&json!({ "apiVersion": V1BETA1, "interactiveMode": null })).is_ok());
    }

    #[test]
    fn an_answer_is_a_token_a_certificate_or_both() {
        let given =
            answered(&json!({ "token": "t\n", "expirationTimestamp": "2030-01-02T03:04:05Z" })).unwrap();
        assert_eq!(given.token.unwrap().expose_secret(), "t");
        assert_eq!(given.until.unwrap().to_string(), "2030-01-02T03:04:05Z");
        let given = answered(&json!({ "clientCertificateData": "c", "clientKeyData": "k" })).unwrap();
        assert_eq!(given.identity.unwrap().0, b"c");
        for (status, bad) in [
            (json!(null), BadCredential::Nothing),
            (json!({ "token": "" }), BadCredential::Nothing),
            (json!({ "token": 3 }), BadCredential::Nothing),
            (json!({ "clientCertificateData": "c" }), BadCredential::Half),
            (json!({ "token": "a\nb" }), BadCredential::Token),
            (json!({ "token": "t", "expirationTimestamp": "soon" }), BadCredential::Expiration),
        ] {
            assert_eq!(answered(&status).unwrap_err(), bad, "{status}");
        }
        let read = plugin(&json!({})).unwrap();
        for (answer, bad) in [
            ("hunter2 is it", BadCredential::OtherKind),
            ("[", BadCredential::NotYaml),
            (
                "{kind: ExecCredential, apiVersion: client.authentication.k8s.io/v1beta1, status: {token: t}}",
                BadCredential::OtherKind,
            ),
        ] {
            assert_eq!(read.credential(answer).unwrap_err(), bad, "{answer}");
        }
    }
}
