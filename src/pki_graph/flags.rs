//! The flags by which programs name keys, certificates and kubeconfigs: a row a flag.

use super::role::{Role, Trust};

/// What a flag's file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagUse {
    /// A certificate; its key is that of the other flag.
    Pair(Role, &'static str),
    /// CAs.
    Bundle(Trust),
    /// A kubeconfig.
    Kubeconfig(Role),
    /// A key that checks the tokens of service accounts.
    TokenCheck,
    /// A key that signs them.
    TokenSign,
}

/// A flag of a program.
pub struct FlagRow {
    /// The program.
    pub program: &'static str,
    /// Without its dashes.
    pub flag: &'static str,
    /// What its file is for.
    pub used: FlagUse,
}

const API: &str = "kube-apiserver";
const MANAGER: &str = "kube-controller-manager";
const SCHEDULER: &str = "kube-scheduler";
const ETCD: &str = "etcd";

#[rustfmt::skip]
pub const FLAGS: &[FlagRow] = &[
    FlagRow { program: API, flag: "tls-cert-file", used: FlagUse::Pair(Role::ApiServer, "tls-private-key-file") },
    FlagRow { program: API, flag: "kubelet-client-certificate", used: FlagUse::Pair(Role::ApiToKubelet, "kubelet-client-key") },
    FlagRow { program: API, flag: "etcd-certfile", used: FlagUse::Pair(Role::ApiToEtcd, "etcd-keyfile") },
    FlagRow { program: API, flag: "proxy-client-cert-file", used: FlagUse::Pair(Role::Aggregator, "proxy-client-key-file") },
    FlagRow { program: API, flag: "client-ca-file", used: FlagUse::Bundle(Trust::ApiClients) },
    FlagRow { program: API, flag: "requestheader-client-ca-file", used: FlagUse::Bundle(Trust::ApiProxies) },
    FlagRow { program: API, flag: "etcd-cafile", used: FlagUse::Bundle(Trust::ApiToEtcd) },
    FlagRow { program: API, flag: "kubelet-certificate-authority", used: FlagUse::Bundle(Trust::ApiToKubelets) },
    FlagRow { program: API, flag: "service-account-key-file", used: FlagUse::TokenCheck },
    FlagRow { program: API, flag: "service-account-signing-key-file", used: FlagUse::TokenSign },
    FlagRow { program: MANAGER, flag: "cluster-signing-cert-file", used: FlagUse::Pair(Role::Signer, "cluster-signing-key-file") },
    FlagRow { program: MANAGER, flag: "tls-cert-file", used: FlagUse::Pair(Role::ControllerManagerServing, "tls-private-key-file") },
    FlagRow { program: MANAGER, flag: "client-ca-file", used: FlagUse::Bundle(Trust::ControllerManagerClients) },
    FlagRow { program: MANAGER, flag: "requestheader-client-ca-file", used: FlagUse::Bundle(Trust::ControllerManagerProxies) },
    FlagRow { program: MANAGER, flag: "root-ca-file", used: FlagUse::Bundle(Trust::Published) },
    FlagRow { program: MANAGER, flag: "service-account-private-key-file", used: FlagUse::TokenSign },
    FlagRow { program: MANAGER, flag: "kubeconfig", used: FlagUse::Kubeconfig(Role::ControllerManager) },
    FlagRow { program: MANAGER, flag: "authentication-kubeconfig", used: FlagUse::Kubeconfig(Role::ControllerManager) },
    FlagRow { program: MANAGER, flag: "authorization-kubeconfig", used: FlagUse::Kubeconfig(Role::ControllerManager) },
    FlagRow { program: SCHEDULER, flag: "kubeconfig", used: FlagUse::Kubeconfig(Role::Scheduler) },
    FlagRow { program: SCHEDULER, flag: "authentication-kubeconfig", used: FlagUse::Kubeconfig(Role::Scheduler) },
    FlagRow { program: SCHEDULER, flag: "authorization-kubeconfig", used: FlagUse::Kubeconfig(Role::Scheduler) },
    FlagRow { program: SCHEDULER, flag: "tls-cert-file", used: FlagUse::Pair(Role::SchedulerServing, "tls-private-key-file") },
    FlagRow { program: SCHEDULER, flag: "client-ca-file", used: FlagUse::Bundle(Trust::SchedulerClients) },
    FlagRow { program: ETCD, flag: "cert-file", used: FlagUse::Pair(Role::Etcd, "key-file") },
    FlagRow { program: ETCD, flag: "peer-cert-file", used: FlagUse::Pair(Role::EtcdPeer, "peer-key-file") },
    FlagRow { program: ETCD, flag: "trusted-ca-file", used: FlagUse::Bundle(Trust::EtcdClients) },
    FlagRow { program: ETCD, flag: "peer-trusted-ca-file", used: FlagUse::Bundle(Trust::EtcdPeers) },
    FlagRow { program: "kubelet", flag: "kubeconfig", used: FlagUse::Kubeconfig(Role::Kubelet) },
    FlagRow { program: "kubelet", flag: "client-ca-file", used: FlagUse::Bundle(Trust::KubeletClients) },
    FlagRow { program: "kubelet", flag: "tls-cert-file", used: FlagUse::Pair(Role::KubeletServing, "tls-private-key-file") },
    FlagRow { program: "kube-proxy", flag: "kubeconfig", used: FlagUse::Kubeconfig(Role::KubeProxy) },
];

/// The flags of a program that name files, those of keys included.
pub fn file_flags(program: &str) -> impl Iterator<Item = &'static str> {
    let rows = FLAGS.iter().filter(move |row| row.program == program);
    rows.flat_map(|row| match row.used {
        FlagUse::Pair(_, key) => vec![row.flag, key],
        FlagUse::Bundle(_) | FlagUse::Kubeconfig(_) | FlagUse::TokenCheck | FlagUse::TokenSign => {
            vec![row.flag]
        }
    })
}
