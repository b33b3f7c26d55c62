//! Joining a cluster: so far, the command with which other nodes do it.

mod command;
mod leftovers;
mod shared;

pub use command::{JoinCommand, Role};
pub use leftovers::{Earlier, Trace, TraceKind, excuse, look_back};
pub use shared::{NotOpened, open_shared};
