//! KubeletConfiguration: the one of the cluster, and the one of this node.

use serde_json::{Value, json};

use super::defaults::{Otherwise, Preset, fill};
use super::{Completed, cluster_dns};
use crate::config::Spec;
use crate::config::encode;

const KIND: &str = "KubeletConfiguration";
const API_VERSION: &str = "kubelet.config.k8s.io/v1beta1";

/// systemd-resolved's list of the real name servers; its /etc/resolv.conf names itself, which no pod can reach.
const SYSTEMD_RESOLV_CONF: &str = "/run/systemd/resolve/resolv.conf";

/// Who answers this host's name look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolver {
    /// The unit systemd-resolved is active.
    SystemdResolved,
    /// Any other program, or none on this host.
    Other,
}

/// The configuration that all nodes share: it goes into the ConfigMap kubelet-config. Nothing of this host is in it.
/// (kubeadm 1.36 lets its host's resolver slip in, which breaks the names of a node without systemd-resolved.)
pub fn kubelet(spec: Spec<'_>) -> Completed {
    let mut fields = spec.cluster.kubelet.fields.clone();
    let advice = fill(KIND, &mut fields, presets(spec));
    let document = encode::document(API_VERSION, &spec.cluster.minor.schemas.kubelet.schema(), &fields);
    Completed { document, advice }
}

/// This node's own: the shared one, with what follows from the host. It takes the patches of the target
/// `kubeletconfiguration`, and then [`with_instance_config`] makes it config.yaml.
pub fn node_kubelet(spec: Spec<'_>, resolver: Resolver) -> Completed {
    let mut completed = kubelet(spec);
    match resolver {
        Resolver::SystemdResolved => follow_systemd_resolved(&mut completed),
        Resolver::Other => {}
    }
    completed
}

/// instance-config.yaml: what this node's kubelet has for itself alone and keeps when the shared one changes; `None`
/// where the kubelet has it as a flag.
pub fn instance_config(spec: Spec<'_>) -> Option<Value> {
    spec.cluster
        .has(spec.cluster.minor.switches.local_cri_socket)
        .then(|| json!({ "containerRuntimeEndpoint": spec.node.cri_socket }))
}

/// A node's configuration, patched or not, with the instance's laid over it: the content of config.yaml.
pub fn with_instance_config(mut document: Value, instance: Value) -> Value {
    if let (Value::Object(fields), Value::Object(instance)) = (&mut document, instance) {
        fields.extend(instance);
    }
    document
}

fn follow_systemd_resolved(completed: &mut Completed) {
    let Some(fields) = completed.document.as_object_mut() else { return };
    let preset = Preset {
        path: &["resolvConf"],
        recommended: json!(SYSTEMD_RESOLV_CONF),
        otherwise: Otherwise::Advise,
    };
    completed.advice.extend(fill(KIND, fields, vec![preset]));
    fields.sort_keys();
}

fn presets(spec: Spec<'_>) -> Vec<Preset> {
    use Otherwise::{Advise, Allow, Overrule};
    let cluster = &spec.cluster;
    let client_ca = cluster.certificates_dir.join("ca.crt").display().to_string();
    let preset = |path, recommended, otherwise| Preset { path, recommended, otherwise };
    vec![
        preset(&["staticPodPath"], json!("/etc/kubernetes/manifests"), Advise),
        preset(&["clusterDNS"], json!([cluster_dns(&cluster.networking)]), Advise),
        preset(&["clusterDomain"], json!(cluster.networking.dns_domain), Advise),
        preset(&["authentication", "x509", "clientCAFile"], json!(client_ca), Advise),
        preset(&["authentication", "anonymous", "enabled"], json!(false), Advise),
        preset(&["authorization", "mode"], json!("Webhook"), Advise),
        preset(&["authentication", "webhook", "enabled"], json!(true), Advise),
        preset(&["healthzBindAddress"], json!("127.0.0.1"), Advise),
        preset(&["healthzPort"], json!(10248), Advise),
        preset(&["readOnlyPort"], json!(0), Advise),
        preset(&["rotateCertificates"], json!(true), Overrule),
        preset(&["cgroupDriver"], json!("systemd"), Allow),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Advice;
    use super::*;
    use crate::config::{Config, fixture};

    fn given(fields: &[(&str, Value)]) -> Config {
        let mut config = fixture::config();
        config.cluster.kubelet.fields =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        config
    }

    fn advised(completed: &Completed) -> Vec<&str> {
        let field = |advice| match advice {
            &Advice::Departs { ref field, .. } | &Advice::NotAnAddress { ref field, .. } => field.as_str(),
            Advice::DeprecatedMode { .. } => "mode",
        };
        completed.advice.iter().map(field).collect()
    }

    #[test]
    fn systemd_resolved_s_list_is_this_node_s_alone() {
        let config = given(&[]);
        let resolv_conf =
            |resolver| node_kubelet(config.spec(), resolver).document.get("resolvConf").cloned();
        assert_eq!(resolv_conf(Resolver::SystemdResolved), Some(json!(SYSTEMD_RESOLV_CONF)));
        assert_eq!(resolv_conf(Resolver::Other), None);
        assert_eq!(kubelet(config.spec()).document.get("resolvConf"), None);
    }

    #[test]
    fn a_resolver_of_the_user_s_own_stands_and_is_remarked_on_where_it_matters() {
        let config = given(&[("resolvConf", json!("/mine"))]);
        let node = node_kubelet(config.spec(), Resolver::SystemdResolved);
        assert_eq!((&node.document["resolvConf"], advised(&node)), (&json!("/mine"), vec!["resolvConf"]));
        assert!(node_kubelet(config.spec(), Resolver::Other).advice.is_empty());
    }

    #[test]
    fn the_instance_s_socket_wins_over_the_shared_configuration_s() {
        let config = given(&[("containerRuntimeEndpoint", json!("unix:///other"))]);
        let node = node_kubelet(config.spec(), Resolver::Other).document;
        assert_eq!(node["containerRuntimeEndpoint"], "unix:///other");
        let socket = &config.node.cri_socket;
        let instance = instance_config(config.spec()).unwrap();
        assert_eq!(&with_instance_config(node, instance)["containerRuntimeEndpoint"], socket);
    }

    #[test]
    fn an_empty_list_of_name_servers_is_a_choice() {
        let completed = kubelet(given(&[("clusterDNS", json!([]))]).spec());
        assert_eq!((completed.document.get("clusterDNS"), advised(&completed)), (None, vec!["clusterDNS"]));
    }

    #[test]
    fn certificates_are_rotated_whatever_was_given() {
        let completed = kubelet(given(&[("rotateCertificates", json!(false))]).spec());
        assert_eq!(completed.document["rotateCertificates"], true);
    }
}
