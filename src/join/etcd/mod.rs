//! A node's place among the members of the cluster's etcd: the list of members → how it joins, or whether it may leave.

mod decide;
mod endpoints;
#[cfg(test)]
pub(crate) mod fixture;
mod health;
mod initial_cluster;

pub use decide::{Decision, Reason, WantedMember, decide, find_own};
pub use endpoints::{PODS_PATH, client_endpoints, pod_endpoints};
pub use health::{Health, MemberRemoval, judge_health, judge_removal};
pub use initial_cluster::initial_cluster;
