//! The only effects on a host and a cluster.

pub mod cri;
pub mod observe;
pub mod pull;
