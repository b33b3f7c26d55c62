//! etcd's membership against real etcd processes on loopback.
//!
//! `cargo test --test etcd` needs the etcd with its tools that `tests/reference/build 1.36.3 etcd etcdctl etcdutl` makes. No root is needed.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod certificates;
mod cluster;
mod connecting;
mod joining;
mod leaving;
mod snapshots;
