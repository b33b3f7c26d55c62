//! What was seen of a host: plain values, each of which can say that it could not be seen, and why.
//!
//! [`Questions`] say what has to be looked at, [`Facts`] are the answers; `host::observe` turns one into the other. All that was seen
//! can be written and read as JSON: the user of a proxy is left out, and what was sealed stays sealed.

mod cgroups;
mod cluster;
mod cni;
mod cni_name;
mod etcd;
mod facts_of_host;
mod kernel;
mod mounts;
mod network;
mod node_network;
mod orphans;
pub mod packet_rules;
mod port;
mod questions;
mod reset;
mod rollout;
mod routes;
mod runtime;
mod runtime_settings;
mod seen;
mod services;
mod static_pods;
mod upgrade;
mod webhooks;

pub use cgroups::{
    CgroupVersion, Cgroups, UnifiedMount, parse_v1_controllers, parse_v2_controllers, unified_mount,
};
pub use cluster::{ClusterFacts, NodeSeen, Sealed, SharedSeen};
pub use cni::{CniRecord, PodNetwork};
pub use etcd::{DataDir, Member, MemberId, MemberStatus, MembersSeen};
pub use facts_of_host::{EnvPair, Facts, FolderState, HostFacts};
pub use kernel::{Kernel, KernelConfig, KernelOption};
pub use mounts::{mounts_in, parse_mountinfo};
pub use network::{Family, Interface, Network, NoAddress};
pub use node_network::{NodeNetwork, parse_services, parse_sets, parse_tables};
pub use orphans::orphans;
pub use packet_rules::RuleSet;
pub use port::{PortHolder, PortQuestion, PortState, listening_inodes};
pub use questions::{EtcdQuestion, Questions};
pub use reset::{EtcdSeen, LinkTarget, PathState, PodSandbox, ResetFacts, ResetHost, ResetQuestions, Use};
pub use rollout::{NewPods, SeenPods, StuckPod, is_rolled_out};
pub use routes::{BadRoute, DefaultRoute, parse_ipv4, parse_ipv6};
pub use runtime::{CgroupDriver, CriError, DriverSeen, Runtime};
pub use runtime_settings::RuntimeSettings;
pub use seen::{Seen, Unseen};
pub use services::{InitSystem, RESOLVED, Services, Unit};
pub use static_pods::{LocalEtcd, advertised_address, certificates_dir, host_paths, secure_port};
pub use upgrade::{
    AddonEdit, CertificateEnd, ComponentPod, DeprecatedApi, EditedFlag, EtcdMember, EtcdSaid,
    KubeletDocument, KubeletFlag, KubeletSetup, LiveAddons, ManifestEdit, NodeKubelet, StoredSettings,
    UpgradeFacts, UpgradeHost, image_tag,
};
pub use webhooks::{Candidate, Webhook, candidates, ready_on};

/// Whether a fact that was written as JSON is read as the same.
#[cfg(test)]
pub(crate) fn read_back<T: std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned>(fact: &T) {
    let read: T = serde_json::from_str(&serde_json::to_string(fact).unwrap()).unwrap();
    assert_eq!(format!("{read:?}"), format!("{fact:?}"));
}
