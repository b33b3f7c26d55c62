//! The steps in which a reset removes what init or join have made.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{EtcdAccess, EtcdJoin};
use crate::config::UnmountFlag;
use crate::facts::{MemberId, PodSandbox, RuleSet};

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Teardown {
    /// This host's member leaves etcd.
    LeaveEtcd(Leave),
    /// A learner that has not come up is removed.
    RemoveLearner(LearnerRemoval),
    /// Pods end, and so do their containers.
    StopPods(PodsOf),
    /// One mount is released.
    Unmount(Unmount),
    /// What was mounted in the meantime is released.
    UnmountRest(UnmountRest),
    /// A file or a folder goes.
    Remove(Removal),
    /// Packet rules, addresses or interfaces go.
    Network(NetworkTeardown),
}

/// The cluster's etcd goes on without this host's member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Of the member that leaves.
    pub id: MemberId,
    /// Which was asked about it, with the endpoints at which it is removed.
    pub asked: MemberQuestion,
}

/// A join's own member, which has not come up: it goes unless it votes already, and its static pod and data go with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerRemoval {
    /// What the join wanted of etcd.
    pub join: EtcdJoin,
    /// What it got.
    pub member: MemberId,
    /// Its static pod.
    pub manifest: PathBuf,
}

/// Which member is this host's, and where its cluster is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberQuestion {
    /// The node's name, which etcd has for the member.
    pub name: String,
    /// Any of these is its own.
    pub peer_urls: Vec<String>,
    /// The certificate and key with which etcd is asked.
    pub access: EtcdAccess,
    /// As far as the host's files tell of them.
    pub endpoints: Vec<String>,
    /// In which it remembers the others, where it has ever run.
    pub data_dir: Option<PathBuf>,
    /// With which an API server is asked where its etcd is.
    pub kubeconfig: PathBuf,
}

/// Pods, and the runtime that runs them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodsOf {
    /// The runtime's, with its scheme.
    pub socket: String,
    /// Static pods behind the others.
    pub pods: Vec<PodSandbox>,
}

/// A mount that a kubelet or a runtime has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmount {
    /// Where it is mounted.
    pub path: PathBuf,
    /// Of umount2(2); without any, a mount in use stays.
    pub flags: Vec<UnmountFlag>,
}

/// What a kubelet that was still running has mounted since it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmountRest {
    /// The folder below which it is mounted.
    pub folder: PathBuf,
    /// Those that have a step of their own.
    pub known: Vec<PathBuf>,
    /// Of umount2(2); without any, a mount in use stays.
    pub flags: Vec<UnmountFlag>,
}

/// What is removed of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Absolute, on the host.
    pub path: PathBuf,
    /// All of it, or names in it.
    pub what: What,
}

/// How much of a path goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// What is in the folder, and not the folder: these names when it was looked at.
    Contents(Vec<String>),
    /// These names in the folder, and nothing else that is in it.
    These(Vec<String>),
    /// The file, or the folder with all that is in it.
    Whole,
}

/// What kube-proxy, the kubelet and network plug-ins have set up beside files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkTeardown {
    /// Chains and rules of these programs in one family and backend; rules of others stay.
    Rules(RuleSet),
    /// nftables' table of that family and name.
    Table {
        /// nftables' own word, such as `inet` or `ip6`.
        family: String,
        /// Such as `kube-proxy`.
        name: String,
    },
    /// IPVS services, as `-t 10.96.0.1:443`.
    VirtualServices(Vec<String>),
    /// Sets of addresses that rules look into.
    AddressSets(Vec<String>),
    /// A network interface, by its name, such as `cni0`.
    Interface(String),
}
