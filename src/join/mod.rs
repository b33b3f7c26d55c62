//! Joining a cluster: the command with which nodes do it, and how one knows the cluster that it joins.

mod command;
mod credentials;
mod leftovers;
mod shared;
pub mod discovery;
pub mod etcd;

pub use command::{JoinCommand, JoinRole};
pub use credentials::{is_blank, node_user, user_of};
pub use leftovers::{Earlier, Trace, TraceKind, mask_own_resources, previous_join};
pub use shared::{AskedFor, NotOpened, Opened, open_shared};
