//! The phases of `reset`.

use super::{Entry, Group, Phase, Pipeline, Work};

/// The phases of `reset`, in kubeadm's order and by its names.
pub static RESET: Pipeline = Pipeline { command: "reset", phases: PHASES, groups: GROUPS, legacy_names: &[] };

const PREFLIGHT: &[&str] = &["dry-run", "force", "ignore-preflight-errors"];
const REMOVE_ETCD_MEMBER: &[&str] = &["dry-run", "force", "kubeconfig"];
const CLEANUP_NODE: &[&str] = &["cert-dir", "cleanup-tmp-dir", "cri-socket", "dry-run", "network"];

#[rustfmt::skip]
const PHASES: &[Entry] = &[
    Entry { phase: Phase::ResetPreflight, path: "preflight", work: Work::Preflight, flags: PREFLIGHT, about: "Check that this host can be reset" },
    Entry { phase: Phase::ResetRemoveEtcdMember, path: "remove-etcd-member", work: Work::LeaveEtcd, flags: REMOVE_ETCD_MEMBER, about: "Take this host's member out of the cluster's etcd" },
    Entry { phase: Phase::ResetCleanupNode, path: "cleanup-node", work: Work::CleanUp, flags: CLEANUP_NODE, about: "Stop the kubelet and its pods, and remove what init or join have made" },
];

#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "preflight", alias: Some("pre-flight"), about: "Check that this host can be reset", hidden: false },
    Group { name: "remove-etcd-member", alias: None, about: "Take this host's member out of the cluster's etcd", hidden: false },
    Group { name: "cleanup-node", alias: Some("cleanupnode"), about: "Stop the kubelet and its pods, and remove what init or join have made", hidden: false },
];
