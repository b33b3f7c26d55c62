//! kubewright: cluster bootstrap and PKI for Kubernetes, a drop-in for kubeadm.
//!
//! Data flows one way: arguments and YAML are parsed into a [`config`], the machine is observed as [`facts`],
//! [`preflight`] judges them, [`plan`] turns both into plain data, and [`host`] alone carries that out. Modules
//! import only those listed before them; `tests/layers.rs` fails on the first that does not.
#![warn(missing_docs)]

pub mod secret;
pub mod text;
pub mod yaml;
pub mod json;
pub mod duration;
pub mod moment;
pub mod quantity;
pub mod versions;
pub mod config;
pub mod pki;
pub mod kubeconfig;
pub mod manifests;
pub mod facts;
pub mod proxy;
pub mod preflight;
pub mod join;
pub mod upgrade;
pub mod causes;
pub mod pki_graph;
pub mod plan;
pub mod host;
pub mod report;
pub mod cli;
