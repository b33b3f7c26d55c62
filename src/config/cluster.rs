//! What all nodes of a cluster share, after parsing, defaulting and checking: typed, complete and valid.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::EnvVar;
use serde_json::{Map, Value};

use crate::duration::GoDuration;
use crate::versions::{KubernetesVersion, Minor, PatchRelease, Switch};

/// What all nodes of a cluster share: its ClusterConfiguration, and the components' own documents.
#[derive(Debug, Clone)]
pub struct ClusterSpec {
    /// That of `version`.
    pub minor: &'static Minor,
    /// Of the control plane.
    pub version: KubernetesVersion,
    pub control_plane_endpoint: Option<HostPort>,
    pub etcd: Etcd,
    pub networking: Networking,
    pub api_server: ApiServer,
    pub controller_manager: Component,
    pub scheduler: Component,
    pub dns: Dns,
    pub proxy_disabled: bool,
    pub certificates_dir: PathBuf,
    pub image_repository: String,
    /// As given; the gates' defaults are in the minor's table.
    pub feature_gates: BTreeMap<String, bool>,
    pub cluster_name: String,
    pub key_algorithm: KeyAlgorithm,
    pub certificate_validity: GoDuration,
    pub ca_certificate_validity: GoDuration,
    /// KubeletConfiguration, `kubelet.config.k8s.io/v1beta1`.
    pub kubelet: ComponentDocument,
    /// KubeProxyConfiguration, `kubeproxy.config.k8s.io/v1alpha1`; empty on a node that joins, whose cluster has it already.
    pub kube_proxy: ComponentDocument,
}

impl ClusterSpec {
    /// Whether a thing that a feature gate decides, or has decided, is on in this cluster.
    pub fn has(&self, switch: Switch) -> bool {
        switch.is_on(self.minor, &self.feature_gates)
    }

    /// What its patch of Kubernetes has as other patches of the minor may not.
    pub fn release(&self) -> &'static PatchRelease {
        self.minor.release(&self.version)
    }
}

/// A component's own configuration as the user gave it: checked, in camel case, without apiVersion and kind, and
/// without any default. What init adds to it is `manifests::component`'s work.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ComponentDocument {
    pub fields: Map<String, Value>,
}

/// `host:port` as given; an IPv6 host stands without its brackets. Without a port it takes the bind port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    pub host: String,
    pub port: u16,
}

#[derive(Debug, Clone)]
pub enum Etcd {
    Local(LocalEtcd),
    External(ExternalEtcd),
}

#[derive(Debug, Clone)]
pub struct LocalEtcd {
    pub image: ImageMeta,
    pub data_dir: PathBuf,
    pub extra_args: Vec<Arg>,
    pub extra_envs: Vec<EnvVar>,
    /// Lower case is kept as given: kubeadm lowers only the API server's.
    pub server_cert_sans: Vec<String>,
    pub peer_cert_sans: Vec<String>,
}

/// Empty paths: plain HTTP to etcd.
#[derive(Debug, Clone)]
pub struct ExternalEtcd {
    pub endpoints: Vec<String>,
    pub http_endpoints: Vec<String>,
    pub ca_file: String,
    pub cert_file: String,
    pub key_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networking {
    /// One range, or one of each family; never empty. `Display` of the list, joined by commas, is the API's text.
    pub service_subnets: Vec<IpNet>,
    /// Empty where none was given.
    pub pod_subnets: Vec<IpNet>,
    /// The two texts as given: the reference hands them on unchanged to flags and ConfigMaps.
    pub service_subnet_text: String,
    pub pod_subnet_text: String,
    pub dns_domain: String,
}

/// A control plane component's settings.
#[derive(Debug, Clone, Default)]
pub struct Component {
    pub extra_args: Vec<Arg>,
    pub extra_volumes: Vec<HostPathMount>,
    pub extra_envs: Vec<EnvVar>,
}

#[derive(Debug, Clone, Default)]
pub struct ApiServer {
    pub component: Component,
    /// In lower case.
    pub cert_sans: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Dns {
    pub image: ImageMeta,
    pub disabled: bool,
}

/// Overrides of an image's repository and tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageMeta {
    pub repository: Option<String>,
    pub tag: Option<String>,
}

/// One `--name=value`; a name may be given more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPathMount {
    pub name: String,
    pub host_path: String,
    pub mount_path: String,
    pub read_only: bool,
    /// A `HostPathType`, or empty.
    pub path_type: String,
}

/// `encryptionAlgorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyAlgorithm {
    #[default]
    Rsa2048,
    Rsa3072,
    Rsa4096,
    EcdsaP256,
    EcdsaP384,
}
