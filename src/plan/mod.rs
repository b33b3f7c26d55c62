//! All that is known and wanted → effects, by phase.

mod cluster_effects;
mod draft;
mod effect;
mod health;
mod host_effects;
mod inputs;
mod join_effects;
mod phase;
mod wait;

pub use cluster_effects::{cluster_effects, cluster_work, first_rights, reach};
pub use draft::{Draft, PlanError, draft};
pub use effect::{
    Action, Bootstrap, Content, Directory, Effect, EtcdAccess, EtcdJoin, Expect, File, FileKind, KubeletCall,
    KubeletCertificate, Learner,
};
pub use host_effects::{HostPlan, host_effects};
pub use inputs::{
    Files, HostInputs, Inputs, JoinInputs, Paths, SeenCluster, Upload, accounts, existing, observed_paths,
    shared_path,
};
pub use join_effects::{Joined, bootstrap_path, bootstrap_wait, etcd_effects, etcd_join, kubelet_kubeconfig};
pub use phase::{ClusterWork, Entry, Group, INIT, JOIN, Phase, Pipeline, RESET, UnknownPhase, Work};
pub use wait::{Probe, Wait};
