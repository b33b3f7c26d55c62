//! What holds where nothing was given, as kubeadm's API documents it.

use super::{Networking, Timeouts};
use crate::duration::GoDuration;
use crate::versions::{KubernetesVersion, Minor, newest};

/// Of the API server.
pub const BIND_PORT: u16 = 6443;
/// Of each control plane.
pub const CERTIFICATES_DIR: &str = "/etc/kubernetes/pki";
/// Where a worker keeps the cluster's CA.
pub const CA_CERT_PATH: &str = "/etc/kubernetes/pki/ca.crt";
/// In kubeconfigs, and the controller manager's `--cluster-name`.
pub const CLUSTER_NAME: &str = "kubernetes";
/// Of a local etcd, on the host.
pub const ETCD_DATA_DIR: &str = "/var/lib/etcd";
/// containerd's, taken where no runtime's socket is found.
pub const CRI_SOCKET: &str = "unix:///var/run/containerd/containerd.sock";
/// Of all certificates but the CAs'.
pub const CERTIFICATE_VALIDITY: GoDuration = GoDuration::from_hours(365 * 24);
/// Of the CAs' certificates.
pub const CA_CERTIFICATE_VALIDITY: GoDuration = GoDuration::from_hours(10 * 365 * 24);
/// Until a bootstrap token expires.
pub const TOKEN_LIFE: GoDuration = GoDuration::from_hours(24);
/// That a bootstrap token authenticates for: the RBAC rules of `init` let it join nodes.
pub const TOKEN_GROUP: &str = "system:bootstrappers:kubeadm:default-node-token";
/// What keeps workloads from control plane nodes where `taints` is not given.
pub const CONTROL_PLANE_TAINT: &str = "node-role.kubernetes.io/control-plane";

/// By their names in the `timeouts` of v1beta4.
pub const TIMEOUTS: Timeouts = Timeouts {
    control_plane_component_health_check: minutes(4),
    kubelet_health_check: minutes(4),
    kubernetes_api_call: minutes(1),
    etcd_api_call: minutes(2),
    tls_bootstrap: minutes(5),
    discovery: minutes(5),
    upgrade_manifests: minutes(5),
};

const fn minutes(minutes: i64) -> GoDuration {
    GoDuration::from_secs(minutes * 60)
}

/// `10.96.0.0/12` for Services, none for pods, and `cluster.local`.
pub fn networking() -> Networking {
    let services = ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 96, 0, 0), 12);
    Networking {
        service_subnets: vec![services.into()],
        pod_subnets: Vec::new(),
        service_subnet_text: services.to_string(),
        pod_subnet_text: String::new(),
        dns_domain: "cluster.local".to_owned(),
    }
}

/// The newest version that is known: kubeadm's own answer is in the network.
pub fn version() -> (KubernetesVersion, &'static Minor) {
    let minor = newest();
    (minor.stable_version(), minor)
}
