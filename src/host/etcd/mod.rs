//! The members of the cluster's etcd: asked, added, promoted, removed.

mod client;
mod data_dir;
mod error;
mod find;
mod membership;
mod remembered;
mod retry;
mod snapshot;

pub use client::{ANSWER_LIMIT, EtcdClient, EtcdTls, Identity};
pub use data_dir::data_dir;
pub use error::{EtcdError, Refusal};
pub use find::{FindError, find};
pub use membership::{
    AddedMember, MemberFate, MembershipError, add_self, leave, promote_self, remove_learner,
};
pub use remembered::{members_in, remembered};
pub use snapshot::SnapshotError;

/// Generated from proto/etcd/rpc.proto.
#[allow(clippy::all, clippy::pedantic, missing_debug_implementations, reason = "generated code")]
mod api {
    include!("../../../proto/etcd/etcdserverpb.rs");
}
