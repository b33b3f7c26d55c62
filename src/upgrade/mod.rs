//! What is seen of a cluster → the versions that it can go to, and what would be in the way. Nothing is looked at here, and nothing is
//! changed: `host::observe` has looked, and [`plan`] judges.

mod addons;
mod apis;
mod components;
mod configurations;
mod control_plane;
mod corefile;
mod edits;
mod etcd;
mod finding;
#[cfg(test)]
mod fixture;
mod hop;
mod host;
mod kubelet;
mod not_seen;
mod offers;
mod plan;
mod table;
mod versions;
mod webhooks;

pub use configurations::{ConfigState, GROUPS};
pub use etcd::bridge_image;
pub use finding::{Finding, Place, Severity, ignore};
pub use hop::{EditChoice, Hop};
pub use offers::{Offer, Offers, Wanted, cluster_version, offers};
pub use plan::{AvailableUpgrade, ComponentUpgrade, Inputs, UpgradePlan, plan, plan_of_host};
pub use table::{CHECKS, Check};
