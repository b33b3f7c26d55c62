//! The plain cluster that unit tests start from and change field by field.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Taint;

use super::{
    ApiEndpoint, ApiServer, BootstrapToken, ClusterSpec, ComponentDocument, ComponentSettings, Config,
    DEFAULT_REPOSITORY, Discovery, DiscoverySource, Dns, Etcd, Expiry, HostPort, ImageMeta, ImagePullPolicy,
    Join, KeyAlgorithm, LocalEtcd, Networking, NodeRole, NodeSpec, RunOptions, Timeouts, TokenDiscovery,
    TokenOrigin, TokenString,
};
use crate::duration::GoDuration;
use crate::secret::Secret;
use crate::versions;

/// kubeadm's defaults for Kubernetes 1.36.3 on a host `node-1` with the address 192.168.0.10.
pub(crate) fn config() -> Config {
    Config {
        cluster: cluster(),
        node: node(NodeRole::FirstControlPlane(endpoint()), vec![control_plane_taint()]),
        run: RunOptions::default(),
        bootstrap_tokens: vec![bootstrap_token()],
        certificate_key: None,
    }
}

impl Config {
    /// Changes where its API server is.
    pub(crate) fn serve_at(&mut self, change: impl FnOnce(&mut ApiEndpoint)) {
        let mut endpoint = self.control_plane().endpoint;
        change(&mut endpoint);
        self.node.role = NodeRole::FirstControlPlane(endpoint);
    }

    /// Changes its address.
    pub(crate) fn advertise(&mut self, address: &str) {
        self.serve_at(|endpoint| endpoint.advertise_address = address.parse().unwrap());
    }

    /// Changes its version, and with it the minor.
    pub(crate) fn of_version(&mut self, version: &str) {
        (self.cluster.version, self.cluster.minor) = versions::resolve(version).unwrap();
    }
}

fn cluster() -> ClusterSpec {
    let (version, minor) = versions::resolve("v1.36.3").unwrap();
    ClusterSpec {
        minor,
        version,
        control_plane_endpoint: None,
        etcd: Etcd::Local(local_etcd()),
        networking: networking(),
        api_server: ApiServer::default(),
        controller_manager: ComponentSettings::default(),
        scheduler: ComponentSettings::default(),
        dns: Dns::default(),
        proxy_disabled: false,
        certificates_dir: "/etc/kubernetes/pki".into(),
        image_repository: DEFAULT_REPOSITORY.to_owned(),
        feature_gates: BTreeMap::new(),
        cluster_name: "kubernetes".to_owned(),
        key_algorithm: KeyAlgorithm::Rsa2048,
        certificate_validity: GoDuration::from_hours(365 * 24),
        ca_certificate_validity: GoDuration::from_hours(10 * 365 * 24),
        kubelet: ComponentDocument::default(),
        kube_proxy: ComponentDocument::default(),
    }
}

/// A worker `node-1` of the same defaults that joins by the token of [`config`].
pub(crate) fn join() -> Join {
    let source = DiscoverySource::Token(TokenDiscovery {
        token: bootstrap_token().token,
        endpoint: HostPort { host: "192.168.0.10".to_owned(), port: 6443 },
        pins: Vec::new(),
    });
    Join {
        node: node(NodeRole::Worker, Vec::new()),
        run: RunOptions::default(),
        ca_cert_path: "/etc/kubernetes/pki/ca.crt".into(),
        discovery: Some(Discovery { source, tls_bootstrap_token: Some(bootstrap_token().token) }),
        certificate_key: None,
    }
}

fn node(role: NodeRole, taints: Vec<Taint>) -> NodeSpec {
    NodeSpec {
        name: "node-1".parse().unwrap(),
        role,
        cri_socket: "unix:///var/run/containerd/containerd.sock".to_owned(),
        taints,
        kubelet_extra_args: Vec::new(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        image_pull_serial: true,
        timeouts: timeouts(),
    }
}

fn endpoint() -> ApiEndpoint {
    ApiEndpoint { advertise_address: Ipv4Addr::new(192, 168, 0, 10).into(), bind_port: 6443 }
}

fn bootstrap_token() -> BootstrapToken {
    BootstrapToken {
        token: TokenString { id: "abcdef".to_owned(), secret: Secret::new("0123456789abcdef") },
        origin: TokenOrigin::Given,
        description: None,
        expiry: Expiry::After(GoDuration::from_hours(24)),
        usages: vec!["signing".to_owned(), "authentication".to_owned()],
        groups: vec!["system:bootstrappers:kubeadm:default-node-token".to_owned()],
    }
}

fn control_plane_taint() -> Taint {
    Taint {
        key: "node-role.kubernetes.io/control-plane".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    }
}

fn timeouts() -> Timeouts {
    Timeouts {
        control_plane_component_health_check: GoDuration::from_secs(240),
        kubelet_health_check: GoDuration::from_secs(240),
        kubernetes_api_call: GoDuration::from_secs(60),
        etcd_api_call: GoDuration::from_secs(120),
        tls_bootstrap: GoDuration::from_secs(300),
        discovery: GoDuration::from_secs(300),
        upgrade_manifests: GoDuration::from_secs(300),
    }
}

fn local_etcd() -> LocalEtcd {
    LocalEtcd {
        image: ImageMeta::default(),
        data_dir: "/var/lib/etcd".into(),
        extra_args: Vec::new(),
        extra_envs: Vec::new(),
        server_cert_sans: Vec::new(),
        peer_cert_sans: Vec::new(),
    }
}

fn networking() -> Networking {
    Networking {
        service_subnets: vec!["10.96.0.0/12".parse().unwrap()],
        pod_subnets: Vec::new(),
        service_subnet_text: "10.96.0.0/12".to_owned(),
        pod_subnet_text: String::new(),
        dns_domain: "cluster.local".to_owned(),
    }
}
