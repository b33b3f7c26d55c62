//! All that is known and wanted → effects, by phase.

mod cluster_effects;
mod draft;
mod effect;
mod health;
mod host_effects;
mod inputs;
mod phase;
mod wait;

pub use cluster_effects::{cluster_effects, cluster_work, first_rights, reach};
pub use draft::{Draft, PlanError, draft};
pub use effect::{
    Action, Content, Directory, Effect, Expect, File, FileKind, KubeletCall, KubeletCertificate,
};
pub use host_effects::{HostPlan, host_effects};
pub use inputs::{Files, HostInputs, Inputs, Paths, SeenCluster, Upload, accounts, existing, observed_paths};
pub use phase::{ClusterWork, Entry, Group, INIT, JOIN, Phase, Pipeline, RESET, UnknownPhase, Work};
pub use wait::{Probe, Wait};
