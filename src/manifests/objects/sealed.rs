//! The content of a Secret: what may be seen of it, and what may not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::object::{KUBE_SYSTEM, ObjectKind, Owner, document};
use crate::secret::Secret;

/// What is shown in the place of a secret.
pub const REDACTED: &str = "<secret>";

/// A Secret of kube-system. `Debug` and JSON show the open entries only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretBody {
    name: String,
    /// The Secret's `type`; none is `Opaque`, the API server's own default.
    of: Option<Cow<'static, str>>,
    owner: Option<(Owner, String)>,
    /// Entries that tell nothing, as plain text.
    open: BTreeMap<String, String>,
    /// Entries to keep, in base64 as they are sent.
    #[serde(with = "closed_entries")]
    closed: BTreeMap<String, Secret>,
}

impl SecretBody {
    pub(super) fn new(name: String, of: Option<&'static str>) -> Self {
        Self { name, of: of.map(Cow::Borrowed), owner: None, open: BTreeMap::new(), closed: BTreeMap::new() }
    }

    pub(super) fn owned_by(mut self, owner: Owner) -> Self {
        self.owner = Some((owner, String::new()));
        self
    }

    pub(super) fn with_open(mut self, key: &str, text: impl Into<String>) -> Self {
        self.open.insert(key.to_owned(), text.into());
        self
    }

    pub(super) fn with_closed(mut self, key: &str, bytes: &[u8]) -> Self {
        self.closed.insert(key.to_owned(), Secret::new(BASE64.encode(bytes)));
        self
    }

    pub(super) fn set_owner_uid(&mut self, new: &str) {
        if let Some((_, uid)) = &mut self.owner {
            new.clone_into(uid);
        }
    }

    pub(super) fn redacted(&self) -> Value {
        self.document(|_| json!(REDACTED))
    }

    pub(super) fn expose_secret(&self) -> Value {
        self.document(|secret| json!(secret.expose_secret()))
    }

    /// The entries to keep, by their keys, in base64.
    pub fn closed(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.closed.iter().map(|(key, secret)| (key.as_str(), secret))
    }

    fn document(&self, shown: impl Fn(&Secret) -> Value) -> Value {
        let open = self.open.iter().map(|(key, text)| (key.clone(), json!(BASE64.encode(text))));
        let closed = self.closed.iter().map(|(key, secret)| (key.clone(), shown(secret)));
        let data: BTreeMap<String, Value> = open.chain(closed).collect();
        let mut secret = document(ObjectKind::Secret, Some(KUBE_SYSTEM), &self.name);
        if let Some((owner, uid)) = &self.owner {
            secret["metadata"]["ownerReferences"] = json!([controller_reference(owner, uid)]);
        }
        secret.insert("data".to_owned(), Value::Object(Map::from_iter(data)));
        if let Some(of) = &self.of {
            secret.insert("type".to_owned(), json!(of));
        }
        Value::Object(secret)
    }
}

/// Entries to keep are null in JSON, and are read where somebody has put them back in.
mod closed_entries {
    use std::collections::BTreeMap;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::secret::Secret;

    /// The names alone.
    pub fn serialize<S: Serializer>(entries: &BTreeMap<String, Secret>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(entries.keys().map(|key| (key, ())))
    }

    /// Entries whose text was put back in.
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeMap<String, Secret>, D::Error> {
        let left_out = |key: &str| D::Error::custom(format_args!("the Secret's entry {key} was left out"));
        let entries = BTreeMap::<String, Option<String>>::deserialize(input)?.into_iter();
        let read = entries.map(|(key, text)| {
            let text = text.ok_or_else(|| left_out(&key))?;
            Ok((key, Secret::new(text)))
        });
        read.collect()
    }
}

fn controller_reference(owner: &Owner, uid: &str) -> Value {
    json!({
        "apiVersion": owner.kind.api_version(),
        "kind": owner.kind.as_str(),
        "name": owner.name,
        "uid": uid,
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> SecretBody {
        SecretBody::new("bootstrap-token-abcdef".to_owned(), Some("bootstrap.kubernetes.io/token"))
            .with_open("token-id", "abcdef")
            .with_closed("token-secret", b"0123456789abcdef")
    }

    #[test]
    fn a_secret_shows_itself_only_when_asked_aloud() {
        assert_eq!(body().expose_secret()["data"]["token-secret"], "MDEyMzQ1Njc4OWFiY2RlZg==");
        assert_eq!(body().redacted()["data"]["token-secret"], REDACTED);
        assert_eq!(body().redacted()["data"]["token-id"], "YWJjZGVm");
    }

    #[test]
    fn debug_shows_neither_the_text_nor_its_base64() {
        let shown = format!("{:?}", body());
        assert!(!shown.contains("0123456789abcdef") && !shown.contains("MDEyMzQ1"), "{shown}");
    }
}
