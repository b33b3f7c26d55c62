//! The cluster's DNS: CoreDNS behind the Service kube-dns.

use k8s_openapi::api::apps::v1::Deployment;
use serde_json::{Value, json};

use super::BadObject;
use super::grants::COREDNS;
use super::object::{KUBE_SYSTEM, Object, ObjectKind, Write, document};
use super::template::{Patched, parse, set, typed};
use crate::config::{Networking, Spec};
use crate::manifests::component::cluster_dns;
use crate::versions::{DnsCache, ProbePort};

const CONFIG_MAP: &str = include_str!("../../../templates/objects/coredns-config-map.yaml");
const DEPLOYMENT: &str = include_str!("../../../templates/objects/coredns-deployment.yaml");
const SERVICE: &str = include_str!("../../../templates/objects/coredns-service.yaml");

/// The domain that the template's Corefile is written for.
const TEMPLATE_DOMAIN: &str = "cluster.local";
const REPLICAS: i32 = 2;
/// The template's cache, and that of older minors.
const CACHE_OF_OTHERS: &str =
    "cache 30 {\n       disable success cluster.local\n       disable denial cluster.local\n    }\n";
const CACHE_OF_ALL: &str = "cache 30\n";

/// What an earlier run, or somebody since then, has left in the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenDns {
    /// `spec.replicas` of the Deployment labelled `k8s-app: kube-dns`.
    pub replicas: Option<i32>,
    /// `Corefile` of the ConfigMap coredns.
    pub corefile: Option<String>,
}

/// What there is of the addons in a cluster that is upgraded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenAddons {
    /// What is there of `CoreDNS`.
    pub dns: SeenDns,
    /// Whether its Deployment is there.
    pub has_dns: bool,
    /// Whether kube-proxy's DaemonSet is there.
    pub has_proxy: bool,
    /// The nodes whose API server has another version than the one that the cluster is to have.
    pub behind: Vec<String>,
}

/// The Deployment as it is before patches (target `corednsdeployment`). A number of replicas that somebody has
/// chosen stays.
pub fn coredns_deployment(spec: Spec<'_>, seen: &SeenDns) -> Value {
    let mut deployment = parse(DEPLOYMENT);
    set(&mut deployment, "/spec/replicas", seen.replicas.unwrap_or(REPLICAS));
    set(&mut deployment, "/spec/template/spec/containers/0/image", spec.cluster.coredns_image());
    match spec.cluster.minor.pods.probe_port {
        ProbePort::Name => {}
        ProbePort::Number => number_ports(&mut deployment),
    }
    deployment
}

const PROBES: [(&str, &str); 2] =
    [("liveness-probe", "livenessProbe"), ("readiness-probe", "readinessProbe")];

/// Each probe gets the number of the port that it names, and that port is no longer listed.
fn number_ports(deployment: &mut Value) {
    let Some(container) = deployment.pointer_mut("/spec/template/spec/containers/0") else { return };
    let Some(mut ports) = container["ports"].as_array().cloned() else { return };
    for (name, probe) in PROBES {
        let number = ports.iter().find(|port| port["name"] == name).map(|port| port["containerPort"].clone());
        container[probe]["httpGet"]["port"] = json!(number);
        ports.retain(|port| port["name"] != name);
    }
    container["ports"] = json!(ports);
}

/// The addon's objects. `deployment` is [`coredns_deployment`] with the user's patches applied. The Deployment
/// comes after all that its pods need, so that none of them waits for a retry.
///
/// # Errors
/// [`BadObject::Patched`], where `deployment` is no Deployment.
pub fn addon_coredns(spec: Spec<'_>, seen: &SeenDns, deployment: Value) -> Result<Vec<Object>, BadObject> {
    let account = Value::Object(document(ObjectKind::ServiceAccount, Some(KUBE_SYSTEM), "coredns"));
    let patched = Patched { kind: "Deployment", name: "coredns", target: "corednsdeployment" };
    let mut objects = vec![Object::apply(ObjectKind::ServiceAccount, account)];
    objects.extend(COREDNS.objects());
    objects.push(config_map(spec, seen));
    objects.push(service(&spec.cluster.networking));
    objects.push(Object::apply(ObjectKind::Deployment, typed::<Deployment>(deployment, &patched)?));
    Ok(objects)
}

/// A Corefile that is not as some `init` has written it is somebody's work, and kept.
fn config_map(spec: Spec<'_>, seen: &SeenDns) -> Object {
    let mut map = parse(CONFIG_MAP);
    set(
        &mut map,
        "/data/Corefile",
        corefile(&spec.cluster.networking.dns_domain, spec.cluster.minor.dns_cache),
    );
    let object = Object::apply(ObjectKind::ConfigMap, map);
    match &seen.corefile {
        Some(corefile) if is_customised(corefile) => object.written(Write::CreateOrKeep),
        Some(_) | None => object,
    }
}

/// The template's Corefile for another domain. A domain is a word of letters, digits, dots and dashes, so no domain
/// can end the word that it takes the place of.
fn corefile(domain: &str, cache: DnsCache) -> String {
    let template = parse(CONFIG_MAP);
    let text = template["data"]["Corefile"].as_str().unwrap_or_default();
    let text = match cache {
        DnsCache::Everything => text.replace(CACHE_OF_OTHERS, CACHE_OF_ALL),
        DnsCache::OtherDomains => text.to_owned(),
    };
    text.replace(TEMPLATE_DOMAIN, domain)
}

/// Whether the words differ from those of any Corefile that some minor has for the domain that this one serves.
fn is_customised(corefile_seen: &str) -> bool {
    let mut words = corefile_seen.split_whitespace().skip_while(|word| *word != "kubernetes");
    let domain = words.nth(1).unwrap_or_default();
    let of_init = |cache| corefile(domain, cache).split_whitespace().eq(corefile_seen.split_whitespace());
    ![DnsCache::Everything, DnsCache::OtherDomains].into_iter().any(of_init)
}

/// The reference sends a resourceVersion along, for its updates' sake; server-side apply wants none.
fn service(networking: &Networking) -> Object {
    let mut service = parse(SERVICE);
    set(&mut service, "/spec/clusterIP", json!(cluster_dns(networking)));
    Object::apply(ObjectKind::Service, service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    fn written(corefile: &str) -> Write {
        let seen = SeenDns { corefile: Some(corefile.to_owned()), ..SeenDns::default() };
        config_map(fixture::config().spec(), &seen).write
    }

    #[test]
    fn a_corefile_of_our_own_is_brought_up_to_date_and_another_s_is_kept() {
        let corefile = |domain| super::corefile(domain, DnsCache::OtherDomains);
        assert_eq!(written(&corefile("cluster.local")), Write::Apply);
        assert_eq!(written(&super::corefile("cluster.local", DnsCache::Everything)), Write::Apply);
        assert_eq!(written(&corefile("other.example").replace("    ", "\t")), Write::Apply);
        assert_eq!(
            written(&corefile("cluster.local").replace("errors", "errors\n    log")),
            Write::CreateOrKeep
        );
        assert_eq!(written("."), Write::CreateOrKeep);
    }

    #[test]
    fn replicas_that_somebody_has_chosen_stay() {
        let seen = SeenDns { replicas: Some(5), ..SeenDns::default() };
        assert_eq!(coredns_deployment(fixture::config().spec(), &seen)["spec"]["replicas"], 5);
    }

    #[test]
    fn a_patch_that_breaks_the_deployment_is_named() {
        let said =
            addon_coredns(fixture::config().spec(), &SeenDns::default(), json!({ "spec": 1 })).unwrap_err();
        assert!(said.to_string().contains("corednsdeployment"), "{said}");
    }

    #[test]
    fn older_minors_cache_the_cluster_s_own_names_too() {
        let old = corefile("a.b", DnsCache::Everything);
        assert!(old.contains("    cache 30\n    loop\n") && !old.contains("disable"), "{old}");
        assert!(corefile("a.b", DnsCache::OtherDomains).contains("disable denial a.b"));
    }
}
