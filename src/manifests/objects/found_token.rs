//! A Secret of the cluster → the bootstrap token that it holds.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use serde::Deserialize as _;
use serde_json::Value;

use super::bootstrap_token::secret_name;
use crate::config::{BootstrapToken, Expiry, TokenOrigin, TokenString};
use crate::moment::moment;
use crate::secret::Secret;

/// Why a Secret of the tokens' type is none. Says nothing of what it holds, but for its expiration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTokenSecret {
    /// The API server's answer is no Secret.
    #[error("it is not readable as a Secret")]
    NotASecret,
    /// An entry that every token has.
    #[error("it has no {entry}")]
    Missing {
        /// The entry's key, such as `token-id`.
        entry: &'static str,
    },
    /// Its name does not hold the token's id.
    #[error("it is not named after its token-id, as in bootstrap-token-abcdef")]
    Misnamed,
    /// The two parts have not the form of a token.
    #[error("its token-id and token-secret are not six and sixteen of a-z and 0-9")]
    NotAToken,
    /// Its end cannot be read.
    #[error("its expiration {text:?} is not a time (RFC 3339)")]
    NotATime {
        /// As the Secret has it.
        text: String,
    },
}

/// The token in a `bootstrap.kubernetes.io/token` Secret, as the API server shows it: the other way round than
/// [`token_secret`](super::token_secret). Usages are ordered by name; only those that are `true` count.
///
/// # Errors
/// What kubeadm and the API server's authenticator ignore too.
pub fn found_token(secret: &Value) -> Result<BootstrapToken, BadTokenSecret> {
    let secret = core::Secret::deserialize(secret).map_err(|_| BadTokenSecret::NotASecret)?;
    let data = secret.data.unwrap_or_default();
    let token = token(&data)?;
    if secret.metadata.name != Some(secret_name(&token.id)) {
        return Err(BadTokenSecret::Misnamed);
    }
    Ok(BootstrapToken {
        token,
        origin: TokenOrigin::Given,
        description: text(&data, "description"),
        expiry: expiry(&data)?,
        usages: usages(&data),
        groups: text(&data, "auth-extra-groups")
            .map(|groups| groups.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}

type Data = BTreeMap<String, ByteString>;

/// An entry's text; an empty one counts as none.
fn text(data: &Data, entry: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&data.get(entry)?.0).into_owned();
    (!text.is_empty()).then_some(text)
}

fn token(data: &Data) -> Result<TokenString, BadTokenSecret> {
    let part = |entry| text(data, entry).ok_or(BadTokenSecret::Missing { entry });
    let (id, secret) = (part("token-id")?, Secret::new(part("token-secret")?));
    let whole = Secret::new(format!("{id}.{}", secret.expose_secret()));
    whole.expose_secret().parse().map_err(|_| BadTokenSecret::NotAToken)
}

fn expiry(data: &Data) -> Result<Expiry, BadTokenSecret> {
    let Some(text) = text(data, "expiration") else { return Ok(Expiry::Never) };
    moment(&text).map(Expiry::At).ok_or(BadTokenSecret::NotATime { text })
}

fn usages(data: &Data) -> Vec<String> {
    let on = data.iter().filter(|(_, value)| value.0 == b"true");
    on.filter_map(|(entry, _)| entry.strip_prefix("usage-bootstrap-")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::fixture;
    use crate::manifests::objects::token_secret;

    fn secret(name: &str, entries: &[(&str, &str)]) -> Value {
        let data: BTreeMap<String, ByteString> = entries
            .iter()
            .map(|(entry, text)| ((*entry).to_owned(), ByteString(text.as_bytes().to_vec())))
            .collect();
        json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "data": data })
    }

    const PARTS: [(&str, &str); 2] = [("token-id", "abcdef"), ("token-secret", "0123456789abcdef")];

    fn with(more: &[(&str, &str)]) -> Value {
        secret("bootstrap-token-abcdef", &[&PARTS, more].concat())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut token = fixture::config().bootstrap_tokens.remove(0);
        token.description = Some("for the lab".to_owned());
        token.expiry = Expiry::At("2030-01-02T03:04:05Z".parse().unwrap());
        token.groups.push("system:bootstrappers:more".to_owned());
        let object = token_secret(&token, "2026-11-21T07:50:38Z".parse().unwrap());
        let found = found_token(&object.body.expose_secret()).unwrap();
        assert_eq!((&found.token, &found.description), (&token.token, &token.description));
        assert_eq!((found.expiry, &found.groups), (token.expiry, &token.groups));
        assert_eq!(found.usages, ["authentication", "signing"]);
    }

    #[test]
    fn a_bare_token_has_neither_end_nor_use() {
        let found = found_token(&with(&[])).unwrap();
        assert_eq!((found.expiry, found.description), (Expiry::Never, None));
        assert!(found.usages.is_empty() && found.groups.is_empty());
    }

    #[test]
    fn a_usage_counts_only_when_it_is_true() {
        let found = found_token(&with(&[
            ("usage-bootstrap-signing", "false"),
            ("usage-bootstrap-authentication", "true"),
        ]));
        assert_eq!(found.unwrap().usages, ["authentication"]);
    }

    #[test]
    fn an_expiration_with_an_offset_is_the_same_moment() {
        let found = found_token(&with(&[("expiration", "2030-01-02T03:04:05+02:00")])).unwrap();
        assert_eq!(found.expiry, Expiry::At("2030-01-02T01:04:05Z".parse().unwrap()));
    }

    #[test]
    fn what_is_no_token_is_refused_with_its_reason_and_without_its_secret() {
        let name = "bootstrap-token-abcdef";
        let cases = [
            (json!({ "data": ["hunter2"] }), "it is not readable as a Secret"),
            (secret(name, &PARTS[1..]), "it has no token-id"),
            (secret(name, &PARTS[..1]), "it has no token-secret"),
            (secret("other", &PARTS), "it is not named after its token-id, as in bootstrap-token-abcdef"),
            (
                secret(name, &[PARTS[0], ("token-secret", "hunter2")]),
                "its token-id and token-secret are not six and sixteen of a-z and 0-9",
            ),
            (with(&[("expiration", "soon")]), "its expiration \"soon\" is not a time (RFC 3339)"),
        ];
        for (secret, said) in cases {
            assert_eq!(found_token(&secret).unwrap_err().to_string(), said);
        }
    }
}
