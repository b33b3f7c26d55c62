//! All that is known and wanted → effects, by phase.

mod cluster_effects;
mod controllers;
mod describe;
mod draft;
mod previous_init;
mod effect;
mod expiration;
#[cfg(test)]
pub(crate) mod fixture;
mod health;
mod host_effects;
mod inputs;
mod join_effects;
mod kubelet_serving;
#[cfg(test)]
mod many_nodes_tests;
mod order;
mod phase;
mod reach;
mod reissue;
mod render;
mod renew;
mod renewable;
mod requests;
mod reset;
mod reset_certificates;
mod reset_member;
mod reset_network;
mod sealed_plan;
mod tokens;
mod teardown;
mod upgrade;
mod user;
mod wait;
mod written_file;

pub use cluster_effects::{cluster_effects, first_rights};
pub use controllers::controllers_ahead;
pub use describe::{Description, Subject, describe_object, possible_json, steps_json};
pub use draft::{Draft, PlanError, draft};
pub use effect::{
    Action, Bootstrap, BootstrapFrom, Content, Directory, Effect, EtcdAccess, EtcdJoin, EtcdRecovery,
    EtcdSnapshot, Expect, File, FileKind, KubeletCall, KubeletCertificate, Learner, Mounting, OwnMember,
    Rollout, Settle,
};
pub use expiration::{
    Expiration, ExpirationInputs, Expirations, Held, Managed, State, authority_keys, expiration_paths,
    expirations,
};
pub use host_effects::{HostPlan, host_effects};
pub use inputs::{
    ClusterState, Files, HostInputs, Inputs, JoinInputs, KUBERNETES, Paths, Upload, accounts, are_mounted,
    certificate_path, existing, manifest_path, observed_paths, shared_path, shared_paths,
};
pub use join_effects::{
    Joined, MemberState, bootstrap_path, bootstrap_wait, etcd_access, etcd_effects, etcd_join, etcd_manifest,
    kubelet_certificate, kubelet_kubeconfig,
};
pub use kubelet_serving::kubelet_serving;
pub use order::{
    Answer, Asks, Does, InitSteps, JoinSteps, OnFailure, Planned, Planning, Question, ResetSteps, Start,
    Step, StepId, UpgradeSteps, init_order, join_order, reset_order, upgrade_order,
};
pub use phase::{
    ClusterWork, Entry, Group, INIT, JOIN, LegacyName, PIPELINES, Phase, Pipeline, RESET, UPGRADE_APPLY,
    UPGRADE_NODE, UnknownPhase, Work,
};
pub use previous_init::{PreviousInit, previous_init, strange_manifests};
pub use reach::join_command;
pub use reissue::{
    REISSUABLE, Reissue, ReissueInputs, ReissueOutcome, ReissuePlan, ReissueRemark, reissue, reissue_paths,
};
pub use renew::{Basis, RenewInputs, RenewPlan, Renewal, RenewalOutcome, renew};
pub use renewable::{RENEWABLE, Renewable, named_files, renewal_paths};
pub use requests::{RequestPlan, request_paths, requests};
pub use reset::{ResetInputs, ResetPlan, ResetRefused, reset, reset_questions};
pub use reset_member::{Membership, judge_member, member_question};
pub use reset_network::network_effects;
pub use sealed_plan::{BadPlan, SealedPlan};
pub use teardown::{
    LearnerRemoval, Leave, MemberQuestion, NetworkTeardown, PodsOf, Removal, Teardown, Unmount, UnmountRest,
    What,
};
pub use tokens::reconciled_tokens;
pub use upgrade::{
    Backups, EtcdHop, EtcdUpgrade, LocalEdits, PodChange, UpgradeInputs, UpgradePlan, addon_edits,
    edit_facts, etcd_upgrade, local_edits, upgrade, upgrade_paths,
};
pub use user::{Credentials, NewUser, authority_paths, user_kubeconfig};
pub use wait::{HealthEndpoint, Probe, Wait};
