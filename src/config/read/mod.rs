//! Checked trees → typed values, every rule of a field's value told on the way.

mod cluster;
mod component;
mod etcd;
mod init;
mod network;
mod syntax;
mod token;

pub use cluster::{cluster, version, written_algorithm};
pub use init::init;
pub use network::unreachable;
pub use token::is_token_id;
