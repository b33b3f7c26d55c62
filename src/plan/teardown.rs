//! The steps in which a reset takes back what init or join have made.

use std::path::PathBuf;

use super::{EtcdAccess, EtcdJoin};
use crate::config::UnmountFlag;
use crate::facts::{MemberId, PodSandbox, RuleSet};

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Teardown {
    LeaveEtcd(Leave),
    RemoveLearner(LearnerRemoval),
    StopPods(PodsOf),
    Unmount(Unmount),
    UnmountRest(UnmountRest),
    Remove(Removal),
    Network(NetworkTeardown),
}

/// The cluster's etcd goes on without this host's member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    pub id: MemberId,
    pub asked: MemberQuestion,
}

/// A join's own member, which has not come up: it goes unless it votes already, and its static pod and data go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerRemoval {
    /// What the join wanted of etcd.
    pub join: EtcdJoin,
    /// What it got.
    pub member: MemberId,
    /// Its static pod.
    pub manifest: PathBuf,
}

/// Which member is this host's, and where its cluster is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberQuestion {
    pub name: String,
    /// Any of these is its own.
    pub peer_urls: Vec<String>,
    pub access: EtcdAccess,
    /// As far as the host's files tell of them.
    pub endpoints: Vec<String>,
    /// In which it remembers the others, where it has ever run.
    pub data_dir: Option<PathBuf>,
    /// With which an API server is asked where its etcd is.
    pub kubeconfig: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodsOf {
    /// The runtime's, with its scheme.
    pub socket: String,
    pub pods: Vec<PodSandbox>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmount {
    pub path: PathBuf,
    pub flags: Vec<UnmountFlag>,
}

/// What a kubelet that was still running has mounted since it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmountRest {
    /// In which it is.
    pub folder: PathBuf,
    /// Those that have a step of their own.
    pub known: Vec<PathBuf>,
    pub flags: Vec<UnmountFlag>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    pub path: PathBuf,
    pub what: What,
}

/// How much of a path goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// What is in the folder, and not the folder: these names when it was looked at.
    Contents(Vec<String>),
    /// These names in the folder, and nothing else that is in it.
    These(Vec<String>),
    Whole,
}

/// What kube-proxy, the kubelet and network plug-ins have set up beside files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkTeardown {
    Rules(RuleSet),
    /// nftables' table of that family and name.
    Table {
        family: String,
        name: String,
    },
    /// IPVS services, as `-t 10.96.0.1:443`.
    VirtualServices(Vec<String>),
    /// Sets of addresses that rules look into.
    AddressSets(Vec<String>),
    Interface(String),
}
