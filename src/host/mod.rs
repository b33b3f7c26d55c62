//! The only effects on a host and a cluster.

mod again;
mod api;
mod apply;
mod ask;
mod bootstrap;
pub mod cri;
mod discover;
pub mod etcd;
mod event_loop;
mod explained;
#[cfg(test)]
mod fake_api;
#[cfg(test)]
mod fake_cri;
mod fault;
mod file_error;
mod files;
mod folder;
mod kill_point;
mod learner;
mod ledger;
mod listen;
mod lock;
mod machine;
mod member;
pub mod observe;
pub mod pull;
pub mod random;
mod reset;
mod room;
mod see;
mod send;
mod systemd;
mod together;
mod tokens;
mod wait;
mod waking;

pub use api::{ApiError, Server};
pub use apply::{ApplyError, ClusterQuestions, Host, Outcome, PhaseFailed, Watcher, apply, apply_all};
pub use ask::{ClusterQuestion, NotAnswered, Shared, ask};
pub use bootstrap::NoCertificate;
pub use discover::discover;
pub use event_loop::event_loop;
pub use explained::{Awaited, Explained, GivenUp};
pub use file_error::FaultKind;
pub use files::{Change, FileError, Found, Tree, put};
pub use folder::Folder;
pub use ledger::Ledger;
pub use lock::{HostLock, LockHolder};
pub use machine::{Access, ClusterError, Machine, Watch};
pub use member::MemberError;
pub use room::check_room;
pub use send::{NotSent, Sent};
pub use tokens::{Removal, TokenError, TokenStore};
pub use wait::Unhealthy;
pub use waking::Waking;
