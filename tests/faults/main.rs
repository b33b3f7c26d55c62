//! Faults injected below the file and network layer, and clocks that jump.
//!
//! `cargo test --test faults` needs strace and faketime. No root is needed. With FAULTS_EVERY=1 each single system call
//! fails once, and not only some of them.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod clock;
mod files;
mod host;
mod injection;
mod network;
mod program;
#[path = "../tree/mod.rs"]
mod tree;
