//! The certificates that further control planes need, sealed, for two hours.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::bootstrap_token::{new_token_secret, secret_name, token_secret};
use super::grants::READ_CERTIFICATES;
use super::object::{KUBE_SYSTEM, Object, ObjectKind, Owner};
use super::sealed::SecretBody;
use crate::config::{BootstrapToken, Expiry, TokenOrigin, TokenString};
use crate::duration::GoDuration;

const LIFE: GoDuration = GoDuration::from_hours(2);

/// A token that nobody joins with: it lives for two hours, and the garbage collector takes what it owns along when the
/// token cleaner deletes it.
#[derive(Debug, Clone, PartialEq)]
pub enum UploadToken {
    /// One that this run makes.
    New(TokenString),
    /// An earlier upload's: its two hours begin again.
    Found(TokenString),
}

const DESCRIPTION: &str = "Proxy for managing TTL for the kubeadm-certs secret";

/// The upload-certs phase: the token, the Secret that it owns, and who reads it. `sealed` is what each file's entry
/// (`ca.crt`, `etcd-ca.key`) holds, encrypted; an empty entry stands for a file that is not there.
pub fn upload_certs(token: &UploadToken, sealed: &BTreeMap<String, Vec<u8>>, now: Timestamp) -> Vec<Object> {
    let mut objects = vec![token.secret(now), certificates_secret(token, sealed)];
    objects.extend(READ_CERTIFICATES.objects());
    objects
}

/// The Secret kubeadm-certs, without its owner's uid: [`Object::owned_by_uid`] sets it once the token is written.
pub fn certificates_secret(token: &UploadToken, sealed: &BTreeMap<String, Vec<u8>>) -> Object {
    let owner = Owner {
        kind: ObjectKind::Secret,
        namespace: KUBE_SYSTEM.to_owned(),
        name: secret_name(&token.string().id),
    };
    let body = SecretBody::new("kubeadm-certs".to_owned(), None).owned_by(owner.clone());
    let body = sealed.iter().fold(body, |body, (key, bytes)| body.with_closed(key, bytes));
    Object { owner: Some(owner), ..Object::secret(body) }
}

impl UploadToken {
    /// That of an earlier upload among the cluster's tokens, or else the new one.
    pub fn among(found: &[BootstrapToken], new: &TokenString) -> Self {
        let is_one = |token: &&BootstrapToken| {
            token.description.as_deref() == Some(DESCRIPTION) && token.usages.is_empty()
        };
        let earlier = found.iter().find(is_one);
        earlier.map_or_else(|| Self::New(new.clone()), |token| Self::Found(token.token.clone()))
    }

    fn string(&self) -> &TokenString {
        match self {
            Self::New(token) | Self::Found(token) => token,
        }
    }

    fn secret(&self, now: Timestamp) -> Object {
        let token = BootstrapToken {
            token: self.string().clone(),
            origin: TokenOrigin::Made,
            description: Some(DESCRIPTION.to_owned()),
            expiry: Expiry::After(LIFE),
            usages: Vec::new(),
            groups: Vec::new(),
        };
        match self {
            Self::New(_) => new_token_secret(&token, now),
            Self::Found(_) => token_secret(&token, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::objects::Write;
    use crate::secret::Secret;

    fn objects() -> Vec<Object> {
        let token = UploadToken::New(TokenString {
            id: "i0a5df".to_owned(),
            secret: Secret::new("t06lxhbj7qsbzyf4"),
        });
        let sealed = BTreeMap::from([("ca.crt".to_owned(), b"sealed".to_vec())]);
        upload_certs(&token, &sealed, "2026-11-21T07:50:38Z".parse().unwrap())
    }

    #[test]
    fn the_certificates_go_when_their_token_goes() {
        let objects = objects();
        assert_eq!(objects[1].owner.as_ref().unwrap().name, objects[0].name);
        let owned = objects[1].clone().owned_by_uid("1234").body.expose_secret();
        assert_eq!(owned["metadata"]["ownerReferences"][0]["uid"], "1234");
        assert_eq!(owned["metadata"]["ownerReferences"][0]["name"], "bootstrap-token-i0a5df");
    }

    #[test]
    fn the_token_can_neither_sign_nor_authenticate() {
        let body = objects()[0].body.redacted();
        let keys: Vec<&String> = body["data"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["description", "expiration", "token-id", "token-secret"]);
    }

    #[test]
    fn an_earlier_upload_s_token_is_taken_again() {
        let new = TokenString { id: "newnew".to_owned(), secret: Secret::new("t06lxhbj7qsbzyf4") };
        let mut found = crate::config::fixture::config().bootstrap_tokens;
        assert_eq!(UploadToken::among(&found, &new), UploadToken::New(new.clone()));
        (found[0].description, found[0].usages) = (Some(DESCRIPTION.to_owned()), Vec::new());
        let token = UploadToken::among(&found, &new);
        assert_eq!(token, UploadToken::Found(found[0].token.clone()));
        assert_eq!(token.secret("2026-11-21T07:50:38Z".parse().unwrap()).write, Write::Replace);
    }

    #[test]
    fn a_token_id_that_is_taken_is_an_error() {
        assert_eq!(objects()[0].write, Write::Create);
    }
}
