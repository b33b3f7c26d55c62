//! Effects → JSON for the same program on another host, and back. In the place of each secret is null; the secrets go beside it,
//! encrypted with a certificate key. A hash of all else goes with them, so that nobody can change the plan who does not have the key.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Effect, File, Subject};
use crate::config::CertificateKey;
use crate::manifests::objects::{Body, Object};
use crate::secret::Secret;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A plan that can be handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPlan {
    /// Of the program that has made it: no other knows for certain what its effects mean.
    version: String,
    /// An [`Effect`] each, in their order.
    effects: Value,
    /// [`Secrets`] in JSON, encrypted, in base64.
    secrets: String,
}

/// Why a plan was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum BadPlan {
    /// Such as a path that is no UTF-8.
    #[error("the plan cannot be written as JSON")]
    Unwritten(#[source] serde_json::Error),
    /// The library has refused to encrypt.
    #[error("the plan's secrets could not be encrypted")]
    NotSealed,
    /// Of another program.
    #[error(
        "the plan was made by kubewright {version}, and this is kubewright {VERSION}; use the same on both hosts"
    )]
    OtherVersion {
        /// Of the program that has made it.
        version: String,
    },
    /// Another key, or a changed text.
    #[error(
        "the plan's secrets could not be decrypted; is this the certificate key that it was written with?"
    )]
    NotOpened,
    /// Only the secrets are as they were.
    #[error("the plan was changed after it was written")]
    Changed,
    /// What was decrypted is no plan.
    #[error("the plan cannot be read")]
    Unread(#[source] serde_json::Error),
}

/// What is encrypted.
#[derive(Serialize, Deserialize)]
struct Secrets {
    /// Of the effects without their secrets: SHA-256 in base64.
    hash: String,
    /// What is put in the place of each null, by its JSON pointer into the effects.
    values: BTreeMap<String, Value>,
}

impl SealedPlan {
    /// The nonce is of 12 random bytes, and of no other use.
    ///
    /// # Errors
    /// A path is no UTF-8, or the library does not encrypt.
    pub fn seal(effects: &[Effect], key: &CertificateKey, nonce: [u8; 12]) -> Result<Self, BadPlan> {
        let open = serde_json::to_value(effects).map_err(BadPlan::Unwritten)?;
        let secrets = Secrets { hash: hash(&open), values: values(effects, &open) };
        let text = Zeroizing::new(serde_json::to_vec(&secrets).map_err(BadPlan::Unwritten)?);
        let sealed = key.seal(&text, nonce).map_err(|_| BadPlan::NotSealed)?;
        Ok(Self { version: VERSION.to_owned(), effects: open, secrets: BASE64.encode(sealed) })
    }

    /// The effects as they were.
    ///
    /// # Errors
    /// Another program's, another key, or a plan that was changed.
    pub fn open(self, key: &CertificateKey) -> Result<Vec<Effect>, BadPlan> {
        if self.version != VERSION {
            return Err(BadPlan::OtherVersion { version: self.version });
        }
        let sealed = BASE64.decode(&self.secrets).map_err(|_| BadPlan::NotOpened)?;
        let text = key.open(&sealed).map_err(|_| BadPlan::NotOpened)?;
        let secrets: Secrets = serde_json::from_slice(&text).map_err(BadPlan::Unread)?;
        let mut effects = self.effects;
        if hash(&effects) != secrets.hash {
            return Err(BadPlan::Changed);
        }
        for (pointer, value) in secrets.values {
            *effects.pointer_mut(&pointer).ok_or(BadPlan::Changed)? = value;
        }
        serde_json::from_value(effects).map_err(BadPlan::Unread)
    }
}

fn hash(effects: &Value) -> String {
    BASE64.encode(Sha256::digest(effects.to_string()))
}

/// By the effects' descriptions: an action's content is what its description is about, below the action's own name.
fn values(effects: &[Effect], open: &Value) -> BTreeMap<String, Value> {
    let of_effect = |(at, effect): (usize, &Effect)| {
        let fields = open[at]["action"].as_object();
        let name = fields.and_then(|fields| fields.keys().next()).map_or("", String::as_str);
        of_subject(effect.action.describe().subject, &format!("/{at}/action/{name}"))
    };
    effects.iter().enumerate().flat_map(of_effect).collect()
}

fn of_subject(subject: Subject<'_>, at: &str) -> Vec<(String, Value)> {
    match subject {
        Subject::File(file) => of_file(file, at).into_iter().collect(),
        Subject::Group(files) => {
            let numbered = files.iter().enumerate();
            numbered.filter_map(|(number, file)| of_file(file, &format!("{at}/{number}"))).collect()
        }
        Subject::Objects(objects) => {
            let numbered = objects.iter().enumerate();
            numbered.flat_map(|(number, object)| of_object(object, &format!("{at}/{number}"))).collect()
        }
        Subject::Folder(_)
        | Subject::Kept(_)
        | Subject::Edited(_)
        | Subject::Gone(_)
        | Subject::Removal(_)
        | Subject::Nothing => Vec::new(),
    }
}

fn of_file(file: &File, at: &str) -> Option<(String, Value)> {
    let content = || json!({ "Base64": BASE64.encode(file.content.bytes()) });
    file.kind.is_secret().then(|| (format!("{at}/content"), content()))
}

fn of_object(object: &Object, at: &str) -> Vec<(String, Value)> {
    let Body::Secret(body) = &object.body else { return Vec::new() };
    let entry = |(key, secret): (&str, &Secret)| {
        (format!("{at}/body/Secret/closed/{}", escaped(key)), json!(secret.expose_secret()))
    };
    body.closed().map(entry).collect()
}

/// A key in a JSON pointer (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
#[path = "sealed_plan_tests.rs"]
mod tests;
