//! What certificates and bundles are for, whichever flags and files say so.

use crate::pki::go::Purpose;

/// A certificate with its key, by what shows it to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The API server, to all.
    ApiServer,
    /// The API server, to kubelets.
    ApiToKubelet,
    /// The API server, to etcd.
    ApiToEtcd,
    /// The API server, to extension servers.
    Aggregator,
    /// etcd, to its clients; and to itself.
    Etcd,
    /// etcd, to other members.
    EtcdPeer,
    /// Probes and etcdctl, to etcd.
    EtcdProbe,
    /// The controller manager's own port.
    ControllerManagerServing,
    /// The scheduler's own port.
    SchedulerServing,
    /// What the controller manager signs requests with.
    Signer,
    /// A kubelet, to the API server's and others' requests.
    KubeletServing,
    /// A kubelet, to the API server.
    Kubelet,
    /// The controller manager, to the API server.
    ControllerManager,
    /// The scheduler, to the API server.
    Scheduler,
    /// The administrator.
    Admin,
    /// The administrator without RBAC.
    SuperAdmin,
    /// kube-proxy, to the API server.
    KubeProxy,
    /// Another kubeconfig.
    OtherClient,
}

/// Which of a cluster's CAs something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Clients and servers of Kubernetes.
    Cluster,
    /// The aggregator's.
    FrontProxy,
    /// etcd's.
    Etcd,
}

/// A bundle of CAs, by who believes whom because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The API server, its clients.
    ApiClients,
    /// The API server, aggregators.
    ApiProxies,
    /// The API server, etcd.
    ApiToEtcd,
    /// The API server, kubelets.
    ApiToKubelets,
    /// etcd, its clients.
    EtcdClients,
    /// etcd, other members.
    EtcdPeers,
    /// A kubelet, its clients.
    KubeletClients,
    /// The controller manager, its clients.
    ControllerManagerClients,
    /// The controller manager, aggregators.
    ControllerManagerProxies,
    /// The scheduler, its clients.
    SchedulerClients,
    /// Pods, the API server: what the controller manager publishes.
    Published,
    /// A client of this role, the API server.
    Client(Role),
}

/// A row of the table.
struct Row {
    role: Role,
    /// For people.
    told: &'static str,
    purposes: &'static [Purpose],
    /// kubeadm's name for `certs renew`.
    renew: Option<&'static str>,
}

const SERVER: &[Purpose] = &[Purpose::Server];
const CLIENT: &[Purpose] = &[Purpose::Client];
const BOTH: &[Purpose] = &[Purpose::Server, Purpose::Client];

#[rustfmt::skip]
const ROLES: &[Row] = &[
    Row { role: Role::ApiServer, told: "the API server", purposes: SERVER, renew: Some("apiserver") },
    Row { role: Role::ApiToKubelet, told: "the API server as the kubelets' client", purposes: CLIENT, renew: Some("apiserver-kubelet-client") },
    Row { role: Role::ApiToEtcd, told: "the API server as etcd's client", purposes: CLIENT, renew: Some("apiserver-etcd-client") },
    Row { role: Role::Aggregator, told: "the aggregator", purposes: CLIENT, renew: Some("front-proxy-client") },
    Row { role: Role::Etcd, told: "etcd", purposes: BOTH, renew: Some("etcd-server") },
    Row { role: Role::EtcdPeer, told: "etcd among its members", purposes: BOTH, renew: Some("etcd-peer") },
    Row { role: Role::EtcdProbe, told: "etcd's probes and etcdctl", purposes: CLIENT, renew: Some("etcd-healthcheck-client") },
    Row { role: Role::ControllerManagerServing, told: "the controller manager's own port", purposes: SERVER, renew: None },
    Row { role: Role::SchedulerServing, told: "the scheduler's own port", purposes: SERVER, renew: None },
    Row { role: Role::Signer, told: "the signer of the cluster's requests", purposes: &[], renew: None },
    Row { role: Role::KubeletServing, told: "the kubelet's own port", purposes: SERVER, renew: None },
    Row { role: Role::Kubelet, told: "the kubelet", purposes: CLIENT, renew: None },
    Row { role: Role::ControllerManager, told: "the controller manager", purposes: CLIENT, renew: Some("controller-manager.conf") },
    Row { role: Role::Scheduler, told: "the scheduler", purposes: CLIENT, renew: Some("scheduler.conf") },
    Row { role: Role::Admin, told: "the administrator", purposes: CLIENT, renew: Some("admin.conf") },
    Row { role: Role::SuperAdmin, told: "the administrator without RBAC", purposes: CLIENT, renew: Some("super-admin.conf") },
    Row { role: Role::KubeProxy, told: "kube-proxy", purposes: CLIENT, renew: None },
    Row { role: Role::OtherClient, told: "a client", purposes: CLIENT, renew: None },
];

impl Role {
    fn row(self) -> &'static Row {
        // Every role has a row, which a test sees to.
        ROLES.iter().find(|row| row.role == self).unwrap_or(&ROLES[ROLES.len() - 1])
    }

    /// For people.
    pub fn told(self) -> &'static str {
        self.row().told
    }

    /// What its certificate has to be good for.
    pub fn purposes(self) -> &'static [Purpose] {
        self.row().purposes
    }

    /// The word behind `certs renew`, where kubeadm's command renews it.
    pub fn renew(self) -> Option<&'static str> {
        self.row().renew
    }

    /// Whether it is dialled.
    pub fn serves(self) -> bool {
        self.purposes().contains(&Purpose::Server)
    }
}

impl Trust {
    /// For people: whom the bundle serves.
    pub fn told(self) -> &'static str {
        match self {
            Self::ApiClients | Self::ApiProxies | Self::ApiToEtcd | Self::ApiToKubelets => "the API server",
            Self::EtcdClients | Self::EtcdPeers => "etcd",
            Self::KubeletClients => "the kubelet",
            Self::ControllerManagerClients | Self::ControllerManagerProxies => "the controller manager",
            Self::SchedulerClients => "the scheduler",
            Self::Published => "every pod",
            Self::Client(role) => role.told(),
        }
    }

    /// Which CAs it holds.
    pub fn domain(self) -> Domain {
        match self {
            Self::ApiProxies | Self::ControllerManagerProxies => Domain::FrontProxy,
            Self::ApiToEtcd | Self::EtcdClients | Self::EtcdPeers => Domain::Etcd,
            Self::ApiClients
            | Self::ApiToKubelets
            | Self::KubeletClients
            | Self::ControllerManagerClients
            | Self::SchedulerClients
            | Self::Published
            | Self::Client(_) => Domain::Cluster,
        }
    }
}

impl Domain {
    /// For people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Cluster => "cluster's CA",
            Self::FrontProxy => "front-proxy CA",
            Self::Etcd => "etcd's CA",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_row() {
        for (at, row) in ROLES.iter().enumerate() {
            assert_eq!(ROLES.iter().position(|other| other.role == row.role), Some(at));
            assert_eq!(row.role.told(), row.told);
        }
        assert_eq!(ROLES.len(), 18);
    }
}
