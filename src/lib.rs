//! kubewright: cluster bootstrap and PKI for Kubernetes, a drop-in for kubeadm.
//!
//! Data flows one way: arguments and YAML are parsed into a [`config`], the machine is observed as [`facts`],
//! [`preflight`] judges them, [`plan`] turns both into plain data, and [`host`] alone carries that out. Modules
//! import only those listed before them; `tests/layers.rs` fails on the first that does not.

pub mod cli;
pub mod config;
pub mod duration;
pub mod facts;
pub mod host;
pub mod join;
pub mod kubeconfig;
pub mod manifests;
pub mod pki;
pub mod plan;
pub mod preflight;
pub mod report;
pub mod secret;
pub mod versions;
pub mod yaml;
