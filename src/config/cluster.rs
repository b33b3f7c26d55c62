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
    /// The table of the minor that `version` is of.
    pub minor: &'static Minor,
    /// Of the control plane.
    pub version: KubernetesVersion,
    /// `host:port` under which all nodes and clients reach the API servers, such as a load balancer's; `None`
    /// where it is the advertised address of one control plane.
    pub control_plane_endpoint: Option<HostPort>,
    /// Local static pods, or servers that somebody else runs.
    pub etcd: Etcd,
    /// The ranges of Services and pods, and the DNS domain.
    pub networking: Networking,
    /// kube-apiserver's settings.
    pub api_server: ApiServer,
    /// kube-controller-manager's settings.
    pub controller_manager: ComponentSettings,
    /// kube-scheduler's settings.
    pub scheduler: ComponentSettings,
    /// CoreDNS, as far as a cluster has it.
    pub dns: Dns,
    /// Whether the addon kube-proxy is left out.
    pub proxy_disabled: bool,
    /// Where certificates and keys are on each control plane: an absolute path, `/etc/kubernetes/pki` unless
    /// given.
    pub certificates_dir: PathBuf,
    /// The registry, and the path in it, of all images but those with an [`ImageMeta`] of their own;
    /// [`DEFAULT_REPOSITORY`](super::DEFAULT_REPOSITORY) unless given.
    pub image_repository: String,
    /// As given; the gates' defaults are in the minor's table.
    pub feature_gates: BTreeMap<String, bool>,
    /// In kubeconfigs, and the controller manager's `--cluster-name`; `kubernetes` unless given.
    pub cluster_name: String,
    /// Of every key that is made for this cluster.
    pub key_algorithm: KeyAlgorithm,
    /// Of all certificates but the CAs'; a year (8760h) unless given.
    pub certificate_validity: GoDuration,
    /// Of the CAs' certificates; ten years (87600h) unless given.
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
    /// Field name → value, as JSON.
    pub fields: Map<String, Value>,
    /// Read back from a cluster, where it is marked as kubeadm's own making in which nobody has changed anything.
    pub is_generated: bool,
}

/// `host:port` as given; an IPv6 host stands without its brackets. Without a port it takes the bind port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A DNS name in lower case, or an IP address.
    pub host: String,
    /// A TCP port; the API server's bind port where none was given.
    pub port: u16,
}

/// Where a cluster keeps its state.
#[derive(Debug, Clone)]
pub enum Etcd {
    /// A static pod on each control plane ("stacked").
    Local(LocalEtcd),
    /// Servers that are there before the cluster.
    External(ExternalEtcd),
}

/// The settings of each control plane's etcd static pod.
#[derive(Debug, Clone)]
pub struct LocalEtcd {
    /// Its repository and tag, where they differ from the cluster's and the version's.
    pub image: ImageMeta,
    /// An absolute path on the host; `/var/lib/etcd` unless given.
    pub data_dir: PathBuf,
    /// Flags beyond those that kubeadm sets, or in their place.
    pub extra_args: Vec<Arg>,
    /// The container's environment variables, beyond the host's proxies.
    pub extra_envs: Vec<EnvVar>,
    /// Lower case is kept as given: kubeadm lowers only the API server's.
    pub server_cert_sans: Vec<String>,
    /// As in `server_cert_sans`, for the certificate with which members talk to each other.
    pub peer_cert_sans: Vec<String>,
}

/// Empty paths: plain HTTP to etcd.
#[derive(Debug, Clone)]
pub struct ExternalEtcd {
    /// URLs at which clients reach it: `https://192.0.2.10:2379`; one at least.
    pub endpoints: Vec<String>,
    /// URLs for its health and metrics; the `endpoints` where none were given and the minor has the field,
    /// empty where it has not.
    pub http_endpoints: Vec<String>,
    /// A path on the host: the CA of its serving certificates, PEM.
    pub ca_file: String,
    /// A path on the host: the API server's client certificate, PEM.
    pub cert_file: String,
    /// A path on the host: the key of `cert_file`, PEM.
    pub key_file: String,
}

/// The address ranges of Services and pods, and the DNS domain of Services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networking {
    /// One range, or one of each family; never empty. `Display` of the list, joined by commas, is the API's text.
    pub service_subnets: Vec<IpNet>,
    /// Empty where none was given.
    pub pod_subnets: Vec<IpNet>,
    /// The two texts as given: the reference hands them on unchanged to flags and ConfigMaps.
    pub service_subnet_text: String,
    /// `podSubnet`; empty where none was given.
    pub pod_subnet_text: String,
    /// Of Services; `cluster.local` unless given.
    pub dns_domain: String,
}

/// A control plane component's settings.
#[derive(Debug, Clone, Default)]
pub struct ComponentSettings {
    /// Flags beyond those that kubeadm sets, or in their place.
    pub extra_args: Vec<Arg>,
    /// Paths of the host that its container sees, beyond those that kubeadm mounts.
    pub extra_volumes: Vec<HostPathMount>,
    /// The container's environment variables, beyond the host's proxies.
    pub extra_envs: Vec<EnvVar>,
}

/// The API server's settings.
#[derive(Debug, Clone, Default)]
pub struct ApiServer {
    /// What it has in common with the other components.
    pub component: ComponentSettings,
    /// In lower case.
    pub cert_sans: Vec<String>,
}

/// The addon CoreDNS.
#[derive(Debug, Clone, Default)]
pub struct Dns {
    /// Its repository and tag, where they differ from the cluster's and the version's.
    pub image: ImageMeta,
    /// Whether the addon is left out; one that runs already stays.
    pub disabled: bool,
}

/// Overrides of an image's repository and tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageMeta {
    /// The registry and the path in it, without the image's own name.
    pub repository: Option<String>,
    /// With an `@sha256:…` behind it, where one was given.
    pub tag: Option<String>,
}

/// One `--name=value`; a name may be given more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Without dashes, as in `authorization-mode`.
    pub name: String,
    /// The empty text is one too.
    pub value: String,
}

/// A path of the host that a static pod's containers see: `extraVolumes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPathMount {
    /// The volume's, in the pod: an RFC 1123 label.
    pub name: String,
    /// The path on the host.
    pub host_path: String,
    /// The path in the container.
    pub mount_path: String,
    /// Whether the container sees it without being able to write.
    pub read_only: bool,
    /// A `HostPathType`, or empty.
    pub path_type: String,
}

/// `encryptionAlgorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyAlgorithm {
    /// kubeadm's default.
    #[default]
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// ECDSA on the curve P-256 (FIPS 186-5).
    EcdsaP256,
    /// ECDSA on the curve P-384 (FIPS 186-5).
    EcdsaP384,
}
