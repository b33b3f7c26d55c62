//! Bootstrap tokens, their rights, and what a machine that wants to join may read before it is known.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::BadObject;
use super::cluster_info::cluster_info;
use super::grants::{Grant, JOIN, REACH_KUBELETS, READ_CLUSTER_INFO};
use super::object::{Object, Write};
use super::sealed::SecretBody;
use crate::config::{BootstrapToken, Expiry, Spec};
use crate::versions::KubeletClient;

const TOKEN_TYPE: &str = "bootstrap.kubernetes.io/token";

/// A token that is to be in the cluster.
#[derive(Debug, Clone)]
pub struct ReconciledToken {
    /// The token with its description, end, usages and groups.
    pub token: BootstrapToken,
    /// Whether it still has to be written.
    pub fate: TokenFate,
}

/// What happens to a token's Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFate {
    /// It is made.
    Write,
    /// It is there.
    Keep,
}

/// The bootstrap-token phase: a Secret a token that is not there, the rights of those who join by one, the public cluster-info
/// ConfigMap with a signature a token, and everybody's right to read it.
///
/// `cluster` is the current context's cluster of admin.conf, with the CA's data in it.
///
/// # Errors
/// [`BadObject::Text`], where `cluster` is no value that YAML can hold.
pub fn bootstrap_token(
    spec: Spec<'_>,
    tokens: &[ReconciledToken],
    cluster: &Value,
    now: Timestamp,
) -> Result<Vec<Object>, BadObject> {
    let written = tokens.iter().filter(|reconciled| reconciled.fate == TokenFate::Write);
    let mut objects: Vec<Object> = written.map(|reconciled| token_secret(&reconciled.token, now)).collect();
    objects.extend(joining(spec));
    let tokens: Vec<BootstrapToken> = tokens.iter().map(|reconciled| reconciled.token.clone()).collect();
    objects.push(cluster_info(cluster, &tokens)?);
    objects.extend(READ_CLUSTER_INFO.objects());
    Ok(objects)
}

/// The same rights in a cluster that is upgraded: it has its tokens and its cluster-info.
pub fn join_rights(spec: Spec<'_>) -> Vec<Object> {
    joining(spec).into_iter().chain(READ_CLUSTER_INFO.objects()).collect()
}

fn joining(spec: Spec<'_>) -> Vec<Object> {
    let to_kubelets = match spec.cluster.release().kubelet_client {
        KubeletClient::Administrator => Vec::new(),
        KubeletClient::OwnGrant => REACH_KUBELETS.objects(),
    };
    JOIN.iter().flat_map(Grant::objects).chain(to_kubelets).collect()
}

/// A token → its Secret, in the form that the API server's authenticator and the controllers read
/// (<https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#bootstrap-token-secret-format>).
/// A Secret of that name is replaced, so that nothing of an older token stays with it.
pub fn token_secret(token: &BootstrapToken, now: Timestamp) -> Object {
    let id = &token.token.id;
    let mut body = SecretBody::new(secret_name(id), Some(TOKEN_TYPE))
        .with_open("token-id", id)
        .with_closed("token-secret", token.token.secret.expose_secret().as_bytes());
    if let Some(description) = token.description.as_ref().filter(|text| !text.is_empty()) {
        body = body.with_open("description", description);
    }
    if let Some(end) = expiration(token.expiry, now) {
        body = body.with_open("expiration", end);
    }
    for usage in &token.usages {
        body = body.with_open(&format!("usage-bootstrap-{usage}"), "true");
    }
    if !token.groups.is_empty() {
        body = body.with_open("auth-extra-groups", token.groups.join(","));
    }
    Object::secret(body)
}

/// The Secret of a token that must not be there yet.
pub fn new_token_secret(token: &BootstrapToken, now: Timestamp) -> Object {
    token_secret(token, now).written(Write::Create)
}

/// A token's Secret in kube-system.
pub fn secret_name(token_id: &str) -> String {
    format!("bootstrap-token-{token_id}")
}

/// RFC 3339 in UTC, whole seconds.
fn expiration(expiry: Expiry, now: Timestamp) -> Option<String> {
    let end = match expiry {
        Expiry::Never => return None,
        Expiry::At(end) => end,
        Expiry::After(length) => {
            now.checked_add(SignedDuration::from_nanos(length.nanoseconds())).unwrap_or(Timestamp::MAX)
        }
    };
    Some(end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::duration::GoDuration;

    const NOW: &str = "2026-11-21T07:50:38.75Z";

    fn entry(token: &BootstrapToken, key: &str) -> Option<String> {
        use base64::Engine as _;
        let body = token_secret(token, NOW.parse().unwrap()).body.expose_secret();
        let text = body["data"].get(key)?.as_str()?.to_owned();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_token_ends_when_its_configuration_says() {
        let mut token = fixture::config().bootstrap_tokens.remove(0);
        assert_eq!(entry(&token, "expiration").unwrap(), "2026-11-22T07:50:38Z");
        token.expiry = Expiry::At("2030-01-02T03:04:05+02:00".parse().unwrap());
        assert_eq!(entry(&token, "expiration").unwrap(), "2030-01-02T01:04:05Z");
        token.expiry = Expiry::Never;
        assert_eq!(entry(&token, "expiration"), None);
    }

    #[test]
    fn an_endless_length_stays_a_time() {
        let mut token = fixture::config().bootstrap_tokens.remove(0);
        token.expiry = Expiry::After(GoDuration::from_hours(2_562_047));
        assert!(entry(&token, "expiration").unwrap().starts_with("2319-"));
    }

    #[test]
    fn groups_and_usages_are_entries_of_their_own() {
        let mut token = fixture::config().bootstrap_tokens.remove(0);
        token.groups.push("system:bootstrappers:more".to_owned());
        token.description = Some("for the lab".to_owned());
        assert_eq!(
            entry(&token, "auth-extra-groups").unwrap(),
            "system:bootstrappers:kubeadm:default-node-token,system:bootstrappers:more"
        );
        assert_eq!(entry(&token, "usage-bootstrap-signing").unwrap(), "true");
        assert_eq!(entry(&token, "usage-bootstrap-authentication").unwrap(), "true");
        assert_eq!(entry(&token, "description").unwrap(), "for the lab");
    }
}
