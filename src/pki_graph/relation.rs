//! Who has to believe whom: a row for each way in which the parts of a cluster talk, judged in both directions.

use super::role::{Role, Trust};

/// A client and a server.
#[derive(Debug)]
pub struct Relation {
    /// For people: who dials whom.
    pub told: &'static str,
    /// What the server shows, and who has to believe it.
    pub server: Option<(Role, Trust)>,
    /// What the client shows, and who has to believe it.
    pub client: Option<(Role, Trust)>,
}

const fn to_api(told: &'static str, role: Role) -> Relation {
    Relation {
        told,
        server: Some((Role::ApiServer, Trust::Client(role))),
        client: Some((role, Trust::ApiClients)),
    }
}

/// All of them.
#[rustfmt::skip]
pub const RELATIONS: &[Relation] = &[
    to_api("kubelet to API server", Role::Kubelet),
    to_api("controller manager to API server", Role::ControllerManager),
    to_api("scheduler to API server", Role::Scheduler),
    to_api("administrator to API server", Role::Admin),
    to_api("administrator without RBAC to API server", Role::SuperAdmin),
    to_api("kube-proxy to API server", Role::KubeProxy),
    Relation { told: "pod to API server", server: Some((Role::ApiServer, Trust::Published)), client: None },
    Relation { told: "API server to etcd", server: Some((Role::Etcd, Trust::ApiToEtcd)), client: Some((Role::ApiToEtcd, Trust::EtcdClients)) },
    Relation { told: "etcd to etcd", server: Some((Role::EtcdPeer, Trust::EtcdPeers)), client: None },
    Relation { told: "probe to etcd", server: None, client: Some((Role::EtcdProbe, Trust::EtcdClients)) },
    Relation { told: "API server to kubelet", server: Some((Role::KubeletServing, Trust::ApiToKubelets)), client: Some((Role::ApiToKubelet, Trust::KubeletClients)) },
    Relation { told: "aggregator to extension server", server: None, client: Some((Role::Aggregator, Trust::ApiProxies)) },
];

impl Relation {
    /// Each direction: what is shown, and who has to believe it.
    pub fn directions(&self) -> impl Iterator<Item = (Role, Trust)> {
        self.server.into_iter().chain(self.client)
    }
}
