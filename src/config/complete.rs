//! The fields of a document as given, in v1beta4's form → with every default that kubeadm writes out.

use serde_json::{Map, Value, json};

use super::kind::ConfigKind;
use super::{BootstrapToken, Config, DiscoverySource, Join, NodeSpec, Reset, defaults};

/// A document's fields by their names, sections as objects within them.
pub type Fields = Map<String, Value>;

/// What a field is where it is not given.
enum Default {
    Text(&'static str),
    Yes,
}

use Default::{Text, Yes};

/// Of those that have the same default on every host.
#[rustfmt::skip]
const DEFAULTS: &[(ConfigKind, &str, Default)] = &[
    (ConfigKind::Init, "nodeRegistration.imagePullPolicy", Text("IfNotPresent")),
    (ConfigKind::Init, "nodeRegistration.imagePullSerial", Yes),
    (ConfigKind::Join, "nodeRegistration.imagePullPolicy", Text("IfNotPresent")),
    (ConfigKind::Join, "nodeRegistration.imagePullSerial", Yes),
    (ConfigKind::Join, "caCertPath", Text(defaults::CA_CERT_PATH)),
    (ConfigKind::Upgrade, "apply.certificateRenewal", Yes),
    (ConfigKind::Upgrade, "apply.etcdUpgrade", Yes),
    (ConfigKind::Upgrade, "apply.imagePullPolicy", Text("IfNotPresent")),
    (ConfigKind::Upgrade, "apply.imagePullSerial", Yes),
    (ConfigKind::Upgrade, "node.certificateRenewal", Yes),
    (ConfigKind::Upgrade, "node.etcdUpgrade", Yes),
    (ConfigKind::Upgrade, "node.imagePullPolicy", Text("IfNotPresent")),
    (ConfigKind::Upgrade, "node.imagePullSerial", Yes),
    (ConfigKind::Upgrade, "plan.etcdUpgrade", Yes),
];

/// The InitConfiguration: `config` is what it comes to on this host, which calls its node `name`.
pub fn init(fields: &mut Fields, config: &Config, name: Option<&str>) {
    node_name(fields, name);
    set(fields, "nodeRegistration.criSocket", json!(config.node.cri_socket));
    control_plane(fields, &config.node, "localAPIEndpoint");
    tokens(fields, &config.bootstrap_tokens);
    // v1beta3's ClusterConfiguration may have set it.
    let length = config.node.timeouts.control_plane_component_health_check;
    set(fields, "timeouts.controlPlaneComponentHealthCheck", json!(length));
    usual(ConfigKind::Init, fields);
}

/// kubeadm writes each token's defaults, and makes a token where there is none.
fn tokens(fields: &mut Fields, tokens: &[BootstrapToken]) {
    let given = match fields.remove("bootstrapTokens") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let given = given.into_iter().chain(std::iter::repeat(json!({})));
    let complete = given.zip(tokens).map(|(given, token)| {
        let Value::Object(mut own) = given else { return given };
        default(&mut own, "token", json!(token.token.text().expose_secret()));
        default_list(&mut own, "usages", &token.usages);
        default_list(&mut own, "groups", &token.groups);
        if is_absent(own.get("expires")) {
            default(&mut own, "ttl", json!(defaults::TOKEN_LIFE));
        }
        Value::Object(own)
    });
    let complete: Vec<Value> = complete.collect();
    fields.insert("bootstrapTokens".to_owned(), Value::Array(complete));
}

/// The JoinConfiguration.
pub fn join(fields: &mut Fields, join: &Join, name: Option<&str>) {
    node_name(fields, name);
    set(fields, "nodeRegistration.criSocket", json!(join.node.cri_socket));
    control_plane(fields, &join.node, "controlPlane.localAPIEndpoint");
    discovery(fields, join);
    usual(ConfigKind::Join, fields);
}

/// What a worker does not have.
fn control_plane(fields: &mut Fields, node: &NodeSpec, section: &str) {
    let Some(endpoint) = node.endpoint() else { return };
    default(fields, "nodeRegistration.taints", json!(node.taints));
    set(fields, &format!("{section}.advertiseAddress"), json!(endpoint.advertise_address));
    set(fields, &format!("{section}.bindPort"), json!(endpoint.bind_port));
}

fn node_name(fields: &mut Fields, name: Option<&str>) {
    if let Some(name) = name {
        set(fields, "nodeRegistration.name", json!(name));
    }
}

fn discovery(fields: &mut Fields, join: &Join) {
    let Some(discovery) = &join.discovery else { return };
    if let Some(token) = &discovery.tls_bootstrap_token {
        default(fields, "discovery.tlsBootstrapToken", json!(token.text().expose_secret()));
    }
    if let DiscoverySource::File(path) = &discovery.source {
        set(fields, "discovery.file.kubeConfigPath", json!(path));
    }
}

/// The ResetConfiguration.
pub fn reset(fields: &mut Fields, reset: &Reset) {
    set(fields, "criSocket", json!(reset.cri_socket));
    set(fields, "certificatesDir", json!(reset.certificates_dir));
    usual(ConfigKind::Reset, fields);
}

/// The UpgradeConfiguration.
pub fn upgrade(fields: &mut Fields) {
    usual(ConfigKind::Upgrade, fields);
}

fn usual(kind: ConfigKind, fields: &mut Fields) {
    for (_, path, value) in DEFAULTS.iter().filter(|row| row.0 == kind) {
        let value = match value {
            Text(text) => json!(text),
            Yes => json!(true),
        };
        default(fields, path, value);
    }
    let usual = defaults::TIMEOUTS;
    let timeouts = [
        ("controlPlaneComponentHealthCheck", usual.control_plane_component_health_check),
        ("kubeletHealthCheck", usual.kubelet_health_check),
        ("kubernetesAPICall", usual.kubernetes_api_call),
        ("etcdAPICall", usual.etcd_api_call),
        ("tlsBootstrap", usual.tls_bootstrap),
        ("discovery", usual.discovery),
        ("upgradeManifests", usual.upgrade_manifests),
    ];
    for (name, length) in timeouts {
        default(fields, &format!("timeouts.{name}"), json!(length));
    }
}

/// Sets the field at `path`, and makes the sections above it.
fn set(fields: &mut Fields, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(fields.insert(path.to_owned(), value)),
        Some((section, rest)) => {
            let section = fields.entry(section).or_insert_with(|| json!({}));
            if let Value::Object(fields) = section {
                set(fields, rest, value);
            }
        }
    }
}

fn default(fields: &mut Fields, path: &str, value: Value) {
    if is_absent(get(fields, path)) {
        set(fields, path, value);
    }
}

fn get<'a>(fields: &'a Fields, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => fields.get(path),
        Some((section, rest)) => get(fields.get(section)?.as_object()?, rest),
    }
}

fn default_list(fields: &mut Fields, name: &str, values: &[String]) {
    let empty = fields.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
    if empty {
        fields.insert(name.to_owned(), json!(values));
    }
}

/// An empty text counts as not given.
fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str() == Some(""))
}
