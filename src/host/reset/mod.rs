//! Removing what init and join have made on a host.

pub mod network;
pub mod pods;
pub mod remove;
pub mod unmount;

pub use network::{NetworkError, tear_down};
pub use pods::{NotStopped, stop_pods};
pub use remove::{NotRemoved, remove};
pub use unmount::{NotUnmounted, unmount, unmount_rest};
