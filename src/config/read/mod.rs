//! Checked trees → typed values, every rule of a field's value told on the way.

mod cluster;
mod component;
mod etcd;
mod init;
mod join;
mod network;
mod node;
mod reset;
mod syntax;
mod taken;
mod timeouts;
mod token;
mod upgrade;

pub use cluster::{ECDSA_GATE, cluster, exact_version, version, written_algorithm};
pub use component::wanted;
pub use init::init;
pub use join::{discovery, join};
pub use network::unreachable;
pub use reset::reset;
pub use syntax::is_absolute;
pub use taken::{arguments_of, arguments_of_any_kubelet, arguments_of_etcd, gates_of_document};
pub use token::is_token_id;
pub use upgrade::{upgrade, upgrade_diff, upgrade_of, upgrade_plan};
