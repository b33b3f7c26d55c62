//! The only effects on a host and a cluster.

mod api;
mod apply;
pub mod cri;
#[cfg(test)]
mod fake_cri;
mod files;
mod folder;
mod machine;
pub mod observe;
pub mod pull;
pub mod random;
mod see;
mod send;
mod systemd;
mod tokens;
mod wait;

pub use api::ApiError;
pub use apply::{ApplyError, ClusterQuestions, Host, Outcome, PhaseFailed, Watcher, apply};
pub use files::{Change, FileError, Found, Tree};
pub use folder::Folder;
pub use machine::{Access, ClusterError, Machine};
pub use send::{NotSent, Sent};
pub use tokens::{Removal, TokenError, TokenStore};
pub use wait::Unhealthy;
