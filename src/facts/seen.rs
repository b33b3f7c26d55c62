//! A fact, or the reason for which there is none.

use serde::{Deserialize, Serialize};

/// What was seen, or why it could not be.
pub type Seen<T> = Result<T, Unseen>;

/// A thing that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{what} could not be seen: {why}")]
pub struct Unseen {
    /// The thing, as in `the kernel's release`.
    pub what: String,
    /// The reason, in the words of whoever gave it.
    pub why: String,
}

const INIT_SYSTEM: &str = "the init system";

impl Unseen {
    /// This thing, for this reason.
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed over where they come up")]
    pub fn new(what: impl Into<String>, why: impl ToString) -> Self {
        Self { what: what.into(), why: why.to_string() }
    }

    /// No init system that could be asked.
    pub fn no_init_system() -> Self {
        Self::new(INIT_SYSTEM, "neither systemctl nor rc-service is on PATH")
    }

    /// Whether it is [`no_init_system`](Self::no_init_system).
    pub fn is_no_init_system(&self) -> bool {
        self.what == INIT_SYSTEM
    }

    /// For a question that nobody has asked the host.
    pub fn not_asked(what: impl Into<String>) -> Self {
        Self::new(what, "nobody looked")
    }
}
