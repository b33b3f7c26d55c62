//! kube-apiserver's static pod.

use std::net::SocketAddr;

use k8s_openapi::api::core::v1::Pod;

use super::args::{self, Defaults};
use super::static_pod::{
    PodInputs, Settings, StaticPod, annotate, certificates_dir, container, fill_component, set_probe_port,
    spec, template_arguments,
};
use super::{etcd, go_path, probes, volumes};
use crate::config::{Config, Etcd, ExternalEtcd, HostPathMount, LocalEtcd};

const ENDPOINT_ANNOTATION: &str = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs) {
    let endpoint = config.init.endpoint;
    let address = SocketAddr::new(endpoint.advertise_address, endpoint.bind_port);
    annotate(pod, ENDPOINT_ANNOTATION, address.to_string());
    let directory = certificates_dir(config);
    volumes::relocate(spec(pod), "k8s-certs", &directory);
    let mut defaults = template_arguments(pod, &directory);
    set_defaults(&mut defaults, config, &directory);
    let settings = Settings {
        image: config.kubernetes_image(StaticPod::ApiServer.name()),
        user: &config.cluster.api_server.component,
        mounts: mounts(config, inputs, &directory),
        probe_host: probes::host_of(&endpoint.advertise_address.to_string()),
        order: config.release().extra_args,
    };
    fill_component(pod, &defaults, inputs, settings);
    set_probe_port(container(spec(pod)), endpoint.bind_port);
}

fn set_defaults(defaults: &mut Defaults, config: &Config, directory: &str) {
    let network = &config.cluster.networking;
    defaults.set("advertise-address", config.init.endpoint.advertise_address.to_string());
    defaults.set("secure-port", config.init.endpoint.bind_port.to_string());
    defaults.set("service-cluster-ip-range", &network.service_subnet_text);
    defaults.set("service-account-issuer", format!("https://kubernetes.default.svc.{}", network.dns_domain));
    // A structured authorization file and --authorization-mode exclude each other.
    if args::last(&config.cluster.api_server.component.extra_args, "authorization-config").is_some() {
        defaults.remove("authorization-mode");
    }
    match &config.cluster.etcd {
        Etcd::Local(local) => use_local_etcd(defaults, config, local, directory),
        Etcd::External(external) => use_external_etcd(defaults, external),
    }
}

/// By localhost, unless the user makes etcd advertise itself elsewhere.
fn use_local_etcd(defaults: &mut Defaults, config: &Config, local: &LocalEtcd, directory: &str) {
    let address = config.init.endpoint.advertise_address;
    let advertised = args::last(&local.extra_args, "advertise-client-urls").map(str::to_owned);
    defaults.set("etcd-servers", advertised.unwrap_or_else(|| etcd::local_client_url(address)));
    defaults.set("etcd-cafile", go_path::join(directory, "etcd/ca.crt"));
    defaults.set("etcd-certfile", go_path::join(directory, "apiserver-etcd-client.crt"));
    defaults.set("etcd-keyfile", go_path::join(directory, "apiserver-etcd-client.key"));
}

/// Without a CA, or without both halves of a pair, no flag is given for it.
fn use_external_etcd(defaults: &mut Defaults, etcd: &ExternalEtcd) {
    defaults.set("etcd-servers", etcd.endpoints.join(","));
    if !etcd.ca_file.is_empty() {
        defaults.set("etcd-cafile", &etcd.ca_file);
    }
    if !etcd.cert_file.is_empty() && !etcd.key_file.is_empty() {
        defaults.set("etcd-certfile", &etcd.cert_file);
        defaults.set("etcd-keyfile", &etcd.key_file);
    }
}

fn mounts(config: &Config, inputs: &PodInputs, directory: &str) -> Vec<HostPathMount> {
    let mut mounts = match &config.cluster.etcd {
        Etcd::Local(_) => Vec::new(),
        Etcd::External(etcd) => volumes::etcd_certificate_mounts(etcd, directory, config.minor),
    };
    mounts.extend(volumes::host_ca_mounts(config.minor, &inputs.host_ca_dirs));
    mounts
}
