//! What is wrong: an id, the place, what shows it, and what to do.

use serde::{Serialize, Serializer};

use super::fault::Fault;

/// Something wrong with a PKI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// By which programs know it, and its page of the guide.
    pub id: Fault,
    /// How bad it is.
    pub severity: Severity,
    /// Of which tree.
    pub root: String,
    /// The file, or the field of a file, that is at fault.
    pub object: String,
    /// What is wrong.
    pub message: String,
    /// What was seen that shows it.
    pub evidence: String,
    /// What to do about it.
    pub fix: String,
    /// The command that does it, where one does.
    pub command: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, will not soon, or is open to whoever looks.
    Critical,
    /// It works, and something is to be done.
    Warning,
    /// It is as somebody may want it.
    Notice,
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Severity {
    /// Spelt out.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}
