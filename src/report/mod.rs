//! Findings, outcomes and errors → text or JSON. The only writer to the terminal.

mod findings;
mod joined;
mod joining;
mod listing;
mod progress;
mod text;

pub use findings::findings;
pub use joined::{Joined, JoinedAs};
pub use joining::{ControlPlanes, Initialized, Issued, Joining, json_of};
pub use listing::Listing;
pub use progress::{Detail, FileDone, Progress, word};
pub use text::{causes, error, error_line, hint, json, out, say, warn};
