//! Which kubeconfigs init writes: a table, and the table filled in for one configuration.

use crate::config::{ApiEndpoint, ClusterSpec, ControlPlane, KeyAlgorithm, NodeName, Spec};
use crate::pki::{ClientRequest, Subject};
use crate::versions::{GatedKeys, Switch};

/// One row: a file below `/etc/kubernetes`, mode 0600.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The file's name.
    pub name: &'static str,
    /// The phase of init that makes it, `kubeconfig/NAME`.
    pub phase: &'static str,
    /// Whom its client certificate is for.
    pub user: User,
    /// The server that it names.
    pub endpoint: Endpoint,
}

/// Whom the API server sees: the certificate's common name is the user, its organization the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// A user with one group.
    InGroup {
        /// The common name.
        name: &'static str,
        /// The organization.
        group: &'static str,
    },
    /// A user without a group, who has rights by its name.
    Alone {
        /// The common name.
        name: &'static str,
    },
    /// `system:node:NAME` in `system:nodes`, as the Node authorizer wants it.
    Node,
}

/// Which API server a file talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The cluster's, through its load balancer if there is one.
    ControlPlane,
    /// This machine's own: a component must not meet an API server of another version during an upgrade.
    Local,
    /// A kubelet's: this machine's own once KEP-4471 holds, before that the cluster's.
    Kubelet,
}

#[rustfmt::skip]
impl File {
    /// The administrator's, which this program uses too.
    pub const ADMIN: Self = Self { name: "admin.conf", phase: "kubeconfig/admin", user: User::InGroup { name: "kubernetes-admin", group: "kubeadm:cluster-admins" }, endpoint: Endpoint::ControlPlane };
    /// That of a user whom no rule binds, for the time before there are rules.
    pub const SUPER_ADMIN: Self = Self { name: "super-admin.conf", phase: "kubeconfig/super-admin", user: User::InGroup { name: "kubernetes-super-admin", group: "system:masters" }, endpoint: Endpoint::ControlPlane };
    /// The kubelet's, which init's kubelet begins with.
    pub const KUBELET: Self = Self { name: "kubelet.conf", phase: "kubeconfig/kubelet", user: User::Node, endpoint: Endpoint::Kubelet };
    /// The controller manager's.
    pub const CONTROLLER_MANAGER: Self = Self { name: "controller-manager.conf", phase: "kubeconfig/controller-manager", user: User::Alone { name: "system:kube-controller-manager" }, endpoint: Endpoint::Local };
    /// The scheduler's.
    pub const SCHEDULER: Self = Self { name: "scheduler.conf", phase: "kubeconfig/scheduler", user: User::Alone { name: "system:kube-scheduler" }, endpoint: Endpoint::Local };
}

/// The five files, in kubeadm's order.
pub const FILES: &[File] =
    &[File::ADMIN, File::SUPER_ADMIN, File::KUBELET, File::CONTROLLER_MANAGER, File::SCHEDULER];

/// A file filled in for one configuration: what shall exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig {
    /// The file's name.
    pub name: &'static str,
    /// The API server's URL.
    pub server: String,
    /// The cluster's name in the file.
    pub cluster: String,
    /// The client certificate to mint for it; its common name is also the user's name in the file.
    pub request: ClientRequest,
}

/// All five for `spec`, in kubeadm's order; a worker has none of these.
pub fn catalogue(spec: Spec<'_>) -> Vec<Kubeconfig> {
    let Some(config) = spec.control_plane() else { return Vec::new() };
    FILES.iter().map(|file| fill_in(file, config)).collect()
}

fn fill_in(file: &File, spec: ControlPlane<'_>) -> Kubeconfig {
    let cluster = &spec.cluster;
    Kubeconfig {
        name: file.name,
        server: server(file.endpoint, spec),
        cluster: cluster.cluster_name.clone(),
        request: ClientRequest {
            name: file.name,
            subject: subject(file.user, &spec.node.name),
            algorithm: algorithm(cluster),
            validity: cluster.certificate_validity,
        },
    }
}

fn algorithm(cluster: &ClusterSpec) -> KeyAlgorithm {
    let is_gated = cluster.has(Switch::Gate("PublicKeysECDSA"));
    match cluster.minor.certificates.gated_keys {
        GatedKeys::InFiles if is_gated => KeyAlgorithm::Rsa2048,
        GatedKeys::InFiles | GatedKeys::All => cluster.key_algorithm,
    }
}

/// One for a user that no file of init is for: of `subject`, by way of the cluster's endpoint.
pub fn of_user(spec: ControlPlane<'_>, subject: Subject) -> Kubeconfig {
    let cluster = &spec.cluster;
    Kubeconfig {
        name: "the user's kubeconfig",
        server: server(Endpoint::ControlPlane, spec),
        cluster: cluster.cluster_name.clone(),
        request: ClientRequest {
            name: "the user",
            subject,
            algorithm: algorithm(cluster),
            validity: cluster.certificate_validity,
        },
    }
}

fn subject(user: User, node: &NodeName) -> Subject {
    match user {
        User::InGroup { name, group } => Subject::in_group(name, group),
        User::Alone { name } => Subject::named(name),
        User::Node => Subject::in_group(format!("system:node:{node}"), "system:nodes"),
    }
}

fn server(endpoint: Endpoint, spec: ControlPlane<'_>) -> String {
    match endpoint {
        Endpoint::Local => own(spec.endpoint),
        Endpoint::Kubelet if spec.cluster.has(spec.cluster.minor.switches.local_kubelet) => {
            own(spec.endpoint)
        }
        Endpoint::Kubelet | Endpoint::ControlPlane => {
            let shared = spec.cluster.control_plane_endpoint.as_ref();
            shared.map_or_else(|| own(spec.endpoint), |shared| url(&shared.host, shared.port))
        }
    }
}

fn own(endpoint: ApiEndpoint) -> String {
    url(&endpoint.advertise_address.to_canonical().to_string(), endpoint.bind_port)
}

/// An IPv6 address stands in brackets.
fn url(host: &str, port: u16) -> String {
    if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn before_1_31_the_gate_for_ecdsa_does_not_mean_kubeconfigs() {
        let algorithms = |version: &str| {
            let mut config = fixture::config();
            config.of_version(version);
            config.cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
            let asked = algorithm(&config.cluster);
            config.cluster.feature_gates.insert("PublicKeysECDSA".to_owned(), true);
            [asked, algorithm(&config.cluster)]
        };
        assert_eq!(algorithms("v1.30.4"), [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Rsa2048]);
        assert_eq!(algorithms("v1.31.0"), [KeyAlgorithm::EcdsaP256; 2]);
    }

    #[test]
    fn an_ipv6_host_stands_in_brackets() {
        assert_eq!(url("fd00::1", 6443), "https://[fd00::1]:6443");
        assert_eq!(url("10.0.0.1", 6443), "https://10.0.0.1:6443");
        assert_eq!(url("cp.example.com", 8443), "https://cp.example.com:8443");
    }
}
