//! Templates and values → what the kubelet and the cluster are given: static pods, component configuration, cluster
//! objects.

pub mod accounts;
mod apiserver;
mod args;
pub mod component;
mod controller_manager;
pub mod differences;
pub mod edits;
mod env;
pub mod etcd;
mod flags;
mod go_form;
mod go_path;
pub mod kubelet_env;
mod oddities;
mod older;
pub mod objects;
pub mod patches;
mod pod_check;
mod probes;
pub mod rootless;
mod scheduler;
pub mod static_pod;
mod volumes;
