//! Joining a cluster: so far, the command with which other nodes do it.

mod command;
pub mod etcd;

pub use command::{JoinCommand, Role};
