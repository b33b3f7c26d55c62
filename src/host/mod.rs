//! The only effects on a host and a cluster.
#![warn(missing_docs)]

mod accounts;
mod retry;
mod api;
mod api_readiness;
mod apply;
mod apply_error;
mod argument;
mod ask;
mod attributes;
mod etcd_recovery;
mod bootstrap;
mod client_config;
mod cluster_state;
mod connect;
mod container_info;
pub mod cri;
mod dir;
mod discover;
pub mod etcd;
mod event_loop;
mod execute;
mod explained;
#[cfg(test)]
mod fake_api;
#[cfg(test)]
mod fake_cri;
#[cfg(test)]
mod fake_node;
mod fault;
mod file_error;
mod files;
mod folder;
mod headers;
mod kill_point;
mod kubelet_service;
mod learner;
mod limits;
mod list;
mod listen;
mod lock;
mod machine;
mod member;
mod mounting;
mod node;
pub mod observe;
mod owners;
pub mod pull;
pub mod random;
mod reset;
mod disk_space;
mod send;
mod static_pod;
mod tls;
mod atomic_swap;
mod tokens;
mod wait;

pub use api::{ApiError, Server};
pub use api_readiness::ApiReadiness;
pub use apply::{Host, Outcome, WaitWatcher, Watcher, apply};
pub use apply_error::{ApplyError, Awaited, ClusterError, Explained, PhaseFailed, WaitAborted};
pub use argument::{Unread, UnreadFolder, folder_fault, read_argument, read_file, read_folder};
pub use ask::{ClusterQuestion, NotAnswered, Shared, ask};
pub use bootstrap::NoCertificate;
pub use dir::Foreign;
pub use discover::discover;
pub use disk_space::check_disk_space;
pub use event_loop::event_loop;
pub use execute::{Pace, Stopped, execute};
pub use file_error::FaultKind;
pub use files::{Change, FileError, FoundFile, Tree, put};
pub use folder::Folder;
pub use headers::{brief, date, seconds};
pub use limits::without_cores;
pub use lock::{Holder, HostLock, LockHolder};
pub use machine::{Access, Machine};
pub use member::MemberError;
#[cfg(test)]
pub(crate) use node::given;
pub use node::{Given, KernelNames, Node};
pub use observe::Watch;
pub use send::{NotSent, Sent};
pub use tokens::{Removal, TokenError, TokenStore};
pub use wait::Unhealthy;
