//! Templates and values → what the kubelet and the cluster are given.

pub mod accounts;
mod apiserver;
mod args;
mod controller_manager;
mod env;
mod etcd;
mod go_form;
mod go_path;
pub mod kubelet_env;
pub mod kubelet_units;
pub mod patches;
mod probes;
mod quantity;
pub mod rootless;
mod scheduler;
pub mod static_pod;
mod volumes;
