//! The only effects on a host and a cluster.

pub mod cri;
#[cfg(test)]
mod fake_cri;
pub mod observe;
pub mod pull;
