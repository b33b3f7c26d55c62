//! Bootstrap tokens: what a node that joins shows, and for how long it is good.

use jiff::Timestamp;

use crate::duration::GoDuration;
use crate::secret::Secret;

/// A bootstrap token as the cluster is to have it, a Secret of the type `bootstrap.kubernetes.io/token`.
#[derive(Debug, Clone)]
pub struct BootstrapToken {
    /// Its id names the Secret `bootstrap-token-ID`.
    pub token: TokenString,
    /// Whether another may take its place.
    pub origin: TokenOrigin,
    /// For people, in the list of tokens; the Secret has none where it is `None`.
    pub description: Option<String>,
    /// Until when it is good; 24 hours unless given.
    pub expiry: Expiry,
    /// `signing` and `authentication`.
    pub usages: Vec<String>,
    /// The groups that it authenticates for; `system:bootstrappers:kubeadm:default-node-token` unless given.
    pub groups: Vec<String>,
}

/// Who has chosen a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The user, or whoever has put it into the cluster.
    Given,
    /// Chance: any other one is as good.
    Made,
}

/// When a bootstrap token ends. `ttl: 0s` is `Never`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expiry {
    /// It is good until it is deleted.
    Never,
    /// This long after it was put into the cluster.
    After(GoDuration),
    /// `expires`.
    At(Timestamp),
}

/// `[a-z0-9]{6}.[a-z0-9]{16}`: a public id and a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenString {
    /// Six characters, which are no secret.
    pub id: String,
    /// Sixteen characters.
    pub secret: Secret,
}

impl TokenString {
    /// `id.secret`
    pub fn text(&self) -> Secret {
        Secret::new(format!("{}.{}", self.id, self.secret.expose_secret()))
    }
}
