//! Findings, outcomes and errors → text or JSON. The only writer to the terminal.

mod findings;
mod joined;
mod joining;
mod listing;
mod progress;
mod text;
mod tokens;

pub use findings::findings;
pub use joined::{Joined, JoinedAs};
pub use joining::{ControlPlanes, Initialized, Issued, Joining, json_of};
pub use listing::{Listing, describe_object};
pub use progress::{Detail, FileDone, Progress, word};
pub use text::{causes, error, error_line, hint, json, out, say, warn};
pub use tokens::{token_document, token_table};
