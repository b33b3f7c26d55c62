//! Bootstrap tokens: what a node that joins shows, and for how long it is good.

use jiff::Timestamp;

use crate::duration::GoDuration;
use crate::secret::Secret;

/// A bootstrap token as the cluster is to have it, a Secret of the type `bootstrap.kubernetes.io/token`.
#[derive(Debug, Clone)]
pub struct BootstrapToken {
    pub token: TokenString,
    pub origin: TokenOrigin,
    pub description: Option<String>,
    pub expiry: Expiry,
    /// `signing` and `authentication`.
    pub usages: Vec<String>,
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
    Never,
    After(GoDuration),
    At(Timestamp),
}

/// `[a-z0-9]{6}.[a-z0-9]{16}`: a public id and a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenString {
    pub id: String,
    pub secret: Secret,
}

impl TokenString {
    /// `id.secret`
    pub fn text(&self) -> Secret {
        Secret::new(format!("{}.{}", self.id, self.secret.expose_secret()))
    }
}
