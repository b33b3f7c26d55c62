//! Joining a cluster: the command with which nodes do it, and how one knows the cluster that it joins.

mod command;
pub mod discovery;

pub use command::{JoinCommand, Role};
