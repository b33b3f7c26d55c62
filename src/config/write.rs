//! The ClusterConfiguration as kubeadm stores it in the kubeadm-config ConfigMap: with all static defaults, without the
//! components' own configurations.

use std::path::Path;

use k8s_openapi::api::core::v1::EnvVar;
use serde_json::{Map, Value, json};

use super::encode;
use super::format::MinorFormat;
use super::kind::{ConfigKind, schema};
use super::read::{ECDSA_GATE, written_algorithm};
use super::{
    Arg, ClusterSpec, ComponentSettings, Dns, Etcd, ExternalEtcd, HostPathMount, ImageMeta, KeyAlgorithm,
    LocalEtcd, Networking, Spec, Timeouts,
};
use crate::versions::{AuthorizationMode, ConfigFormat};

/// The ClusterConfiguration that the configuration's minor keeps in the cluster, in the format of that minor's kubeadm,
/// and equal by value to what it writes.
pub fn stored_cluster_configuration(spec: Spec<'_>) -> Value {
    stored(&in_the_minor_s_words(spec.cluster), &spec.node.timeouts, MinorFormat::of(spec.cluster.minor))
}

/// The ClusterConfiguration as the cluster stores it, in the form of `target`.
pub fn stored(cluster: &ClusterSpec, timeouts: &Timeouts, target: MinorFormat) -> Value {
    let Value::Object(fields) = cluster_configuration_document(cluster) else { return Value::Null };
    let mut document = own(ConfigKind::Cluster, &fields, target);
    if target.format == ConfigFormat::V1Beta3 {
        document["apiServer"][V1BETA3_TIMEOUT] = json!(timeouts.control_plane_component_health_check);
    }
    document
}

/// The fields of a document, in v1beta4's form and with all defaults, as the target's kubeadm writes them.
pub fn own(kind: ConfigKind, fields: &Map<String, Value>, target: MinorFormat) -> Value {
    let format = ConfigFormat::V1Beta4;
    let Some(schema) = schema(kind, format) else { return Value::Null };
    let document = encode::document(format.api_version(), &schema.schema(), fields);
    let Value::Object(fields) = document else { return Value::Null };
    super::format::format(kind, fields, target).document
}

/// Where v1beta3's ClusterConfiguration has what v1beta4 keeps in the InitConfiguration.
const V1BETA3_TIMEOUT: &str = "timeoutForControlPlane";

/// The cluster with what the minor stores besides, or by other fields.
fn in_the_minor_s_words(cluster: &ClusterSpec) -> ClusterSpec {
    let minor = cluster.minor;
    let mut cluster = cluster.clone();
    if let AuthorizationMode::Stored(mode) = minor.authorization_mode {
        add_authorization(&mut cluster.api_server.component.extra_args, mode);
    }
    if (minor.config_format, cluster.key_algorithm) == (ConfigFormat::V1Beta3, KeyAlgorithm::EcdsaP256) {
        cluster.feature_gates.insert(ECDSA_GATE.to_owned(), true);
    }
    cluster
}

/// The mode that the API server's manifest has where nothing was asked for.
fn add_authorization(arguments: &mut Vec<Arg>, mode: &str) {
    if !arguments.iter().any(|argument| AUTHORIZATION.contains(&argument.name.as_str())) {
        arguments.push(Arg { name: AUTHORIZATION[0].to_owned(), value: mode.to_owned() });
    }
}

/// The API server's arguments of which each takes the other's place.
const AUTHORIZATION: [&str; 2] = ["authorization-mode", "authorization-config"];

/// The document in v1beta4, `apiVersion` and `kind` included.
pub fn cluster_configuration_document(cluster: &ClusterSpec) -> Value {
    let algorithm = written_algorithm(cluster.key_algorithm, &cluster.feature_gates);
    let mut document = fields([
        ("apiVersion", json!("kubeadm.k8s.io/v1beta4")),
        ("kind", json!("ClusterConfiguration")),
        ("apiServer", api_server(cluster)),
        ("caCertificateValidityPeriod", json!(cluster.ca_certificate_validity)),
        ("certificateValidityPeriod", json!(cluster.certificate_validity)),
        ("certificatesDir", path(&cluster.certificates_dir)),
        ("clusterName", json!(cluster.cluster_name)),
        ("controlPlaneEndpoint", json!(endpoint(cluster))),
        ("controllerManager", component(&cluster.controller_manager)),
        ("dns", dns(&cluster.dns)),
        ("encryptionAlgorithm", json!(algorithm.name())),
        ("etcd", etcd(&cluster.etcd)),
        ("featureGates", json!(cluster.feature_gates)),
        ("imageRepository", json!(cluster.image_repository)),
        ("kubernetesVersion", json!(cluster.version.to_string())),
        ("networking", networking(&cluster.networking)),
        ("proxy", fields([("disabled", json!(cluster.proxy_disabled))])),
        ("scheduler", component(&cluster.scheduler)),
    ]);
    if let Value::Object(fields) = &mut document {
        for name in STRUCTS {
            fields.entry(name).or_insert_with(|| json!({}));
        }
    }
    document
}

/// Go never leaves out a struct that it holds by value, however empty.
const STRUCTS: [&str; 5] = ["apiServer", "controllerManager", "dns", "proxy", "scheduler"];

/// The fields that have a value: empty texts, lists and maps, and `false`, are left out as Go's omitempty leaves them.
fn fields<const N: usize>(all: [(&str, Value); N]) -> Value {
    let given = all.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(given.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// The same, with `always` put back where they were left out.
fn fields_and<const N: usize, const M: usize>(all: [(&str, Value); N], always: [(&str, Value); M]) -> Value {
    let mut document = fields(all);
    if let Value::Object(fields) = &mut document {
        fields.extend(always.map(|(name, value)| (name.to_owned(), value)));
    }
    document
}

fn path(path: &Path) -> Value {
    json!(path.to_string_lossy())
}

fn endpoint(cluster: &ClusterSpec) -> Option<String> {
    cluster.control_plane_endpoint.as_ref().map(ToString::to_string)
}

fn api_server(cluster: &ClusterSpec) -> Value {
    let ComponentSettings { extra_args, extra_volumes, extra_envs } = &cluster.api_server.component;
    fields([
        ("certSANs", json!(cluster.api_server.cert_sans)),
        ("extraArgs", arguments(extra_args)),
        ("extraEnvs", variables(extra_envs)),
        ("extraVolumes", mounts(extra_volumes)),
    ])
}

fn component(component: &ComponentSettings) -> Value {
    fields([
        ("extraArgs", arguments(&component.extra_args)),
        ("extraEnvs", variables(&component.extra_envs)),
        ("extraVolumes", mounts(&component.extra_volumes)),
    ])
}

fn arguments(arguments: &[Arg]) -> Value {
    arguments.iter().map(|argument| json!({"name": argument.name, "value": argument.value})).collect()
}

fn variables(variables: &[EnvVar]) -> Value {
    variables.iter().map(|variable| json!(variable)).collect()
}

fn mounts(mounts: &[HostPathMount]) -> Value {
    let mount = |mount: &HostPathMount| {
        fields([
            ("hostPath", json!(mount.host_path)),
            ("mountPath", json!(mount.mount_path)),
            ("name", json!(mount.name)),
            ("pathType", json!(mount.path_type)),
            ("readOnly", json!(mount.read_only)),
        ])
    };
    mounts.iter().map(mount).collect()
}

fn dns(dns: &Dns) -> Value {
    let [repository, tag] = image(&dns.image);
    fields([("disabled", json!(dns.disabled)), repository, tag])
}

fn image(image: &ImageMeta) -> [(&'static str, Value); 2] {
    [("imageRepository", json!(image.repository)), ("imageTag", json!(image.tag))]
}

fn networking(networking: &Networking) -> Value {
    fields([
        ("dnsDomain", json!(networking.dns_domain)),
        ("podSubnet", json!(networking.pod_subnet_text)),
        ("serviceSubnet", json!(networking.service_subnet_text)),
    ])
}

fn etcd(etcd: &Etcd) -> Value {
    match etcd {
        Etcd::Local(etcd) => json!({"local": local(etcd)}),
        Etcd::External(etcd) => json!({"external": external(etcd)}),
    }
}

fn local(etcd: &LocalEtcd) -> Value {
    let [repository, tag] = image(&etcd.image);
    fields([
        ("dataDir", path(&etcd.data_dir)),
        ("extraArgs", arguments(&etcd.extra_args)),
        ("extraEnvs", variables(&etcd.extra_envs)),
        repository,
        tag,
        ("peerCertSANs", json!(etcd.peer_cert_sans)),
        ("serverCertSANs", json!(etcd.server_cert_sans)),
    ])
}

fn external(etcd: &ExternalEtcd) -> Value {
    let always = [
        ("caFile", json!(etcd.ca_file)),
        ("certFile", json!(etcd.cert_file)),
        ("endpoints", json!(etcd.endpoints)),
        ("keyFile", json!(etcd.key_file)),
    ];
    fields_and([("httpEndpoints", json!(etcd.http_endpoints))], always)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn a_minor_of_v1beta3_keeps_v1beta3_in_the_cluster() {
        let mut config = fixture::config();
        config.cluster.api_server.component.extra_args =
            vec![Arg { name: "v".to_owned(), value: "4".to_owned() }];
        // But for the argument as kubeadm 1.30 writes it.
        let document = json!({
            "apiServer": {"extraArgs": {"v": "4"}, "timeoutForControlPlane": "4m0s"},
            "apiVersion": "kubeadm.k8s.io/v1beta3",
            "certificatesDir": "/etc/kubernetes/pki",
            "clusterName": "kubernetes",
            "controllerManager": {},
            "dns": {},
            "etcd": {"local": {"dataDir": "/var/lib/etcd"}},
            "imageRepository": "registry.k8s.io",
            "kind": "ClusterConfiguration",
            "kubernetesVersion": "v1.36.3",
            "networking": {"dnsDomain": "cluster.local", "serviceSubnet": "10.96.0.0/12"},
            "scheduler": {},
        });
        let target = MinorFormat { format: ConfigFormat::V1Beta3, minor: 30 };
        assert_eq!(stored(&config.cluster, &config.node.timeouts, target), document);
    }

    #[test]
    fn the_default_authorization_is_added_where_nothing_else_was_asked_for() {
        let stored = |given: &[&str]| {
            let argument = |name: &&str| Arg { name: (*name).to_owned(), value: "x".to_owned() };
            let mut arguments: Vec<Arg> = given.iter().map(argument).collect();
            add_authorization(&mut arguments, "RBAC");
            let words = arguments.into_iter().map(|argument| format!("{}={}", argument.name, argument.value));
            words.collect::<Vec<_>>()
        };
        assert_eq!(stored(&["v"]), ["v=x", "authorization-mode=RBAC"]);
        assert_eq!(stored(&["authorization-mode"]), ["authorization-mode=x"]);
        assert_eq!(stored(&["authorization-config"]), ["authorization-config=x"]);
    }
}
