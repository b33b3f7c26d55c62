//! What was seen of a host: plain values, each of which can say that it could not be seen, and why.
//!
//! [`Questions`] say what has to be looked at, [`Facts`] are the answers; `host::observe` turns one into the other.

mod cgroups;
mod cluster;
mod etcd;
mod facts_of_host;
mod kernel;
mod network;
mod port;
mod questions;
mod routes;
mod runtime;
mod seen;
mod services;

pub use cgroups::{
    CgroupVersion, Cgroups, UnifiedMount, parse_v1_controllers, parse_v2_controllers, unified_mount,
};
pub use cluster::{ClusterFacts, NodeSeen, Sealed, SharedSeen};
pub use etcd::{DataDir, Member, MemberId, MemberStatus};
pub use facts_of_host::{EnvPair, Facts, FolderState, HostFacts};
pub use kernel::{Kernel, KernelConfig, KernelOption};
pub use network::{Family, Interface, Network, NoAddress};
pub use port::{Holder, PortQuestion, PortState};
pub use questions::{EtcdQuestion, Questions};
pub use routes::{BadRoute, DefaultRoute, parse_ipv4, parse_ipv6};
pub use runtime::{CgroupDriver, CriError, DriverSeen, Runtime};
pub use seen::{Seen, Unseen};
pub use services::{InitSystem, Services, Unit};
