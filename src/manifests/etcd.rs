//! The static pod of a local etcd.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::Pod;

use super::args::Defaults;
use super::probes::{self, ETCD_METRICS_PORT, localhost};
use super::static_pod::{
    annotate, certificates_dir, container, set_command, set_env, set_probe_port, spec, template_arguments,
};
use super::{env, volumes};
use crate::config::{Config, LocalEtcd};

const CLIENT_PORT: u16 = 2379;
const PEER_PORT: u16 = 2380;
const CLIENT_URL_ANNOTATION: &str = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

pub(super) fn fill(pod: &mut Pod, config: &Config, local: &LocalEtcd) {
    let address = config.init.endpoint.advertise_address;
    let directory = certificates_dir(config);
    let data_dir = local.data_dir.to_string_lossy();
    annotate(pod, CLIENT_URL_ANNOTATION, url(address, CLIENT_PORT));
    volumes::relocate(spec(pod), "etcd-data", &data_dir);
    volumes::relocate(spec(pod), "etcd-certs", &format!("{directory}/etcd"));
    let mut defaults = template_arguments(pod, &directory);
    set_defaults(&mut defaults, config.init.node.name.as_str(), address, &data_dir);

    let probe = probes::etcd_endpoint(&local.extra_args, address);
    let container = container(spec(pod));
    container.image = Some(config.etcd_image());
    set_command(container, &defaults, &local.extra_args);
    set_env(container, env::merged(&[], &local.extra_envs));
    set_probe_port(container, probe.port);
    probes::aim(container, Some(&probe.host));
    probes::speak(container, probe.scheme);
}

fn set_defaults(defaults: &mut Defaults, node: &str, address: IpAddr, data_dir: &str) {
    let (client, peer) = (url(address, CLIENT_PORT), url(address, PEER_PORT));
    let metrics = format!("http://{}", SocketAddr::new(localhost(address), ETCD_METRICS_PORT));
    defaults.set("name", node);
    defaults.set("data-dir", data_dir);
    defaults.set("advertise-client-urls", &client);
    defaults.set("listen-client-urls", format!("{},{client}", local_client_url(address)));
    defaults.set("initial-advertise-peer-urls", &peer);
    defaults.set("listen-peer-urls", &peer);
    defaults.set("initial-cluster", format!("{node}={peer}"));
    defaults.set("listen-metrics-urls", metrics);
}

/// The URL by which this node's API server reaches this node's etcd.
pub fn local_client_url(family_of: IpAddr) -> String {
    url(localhost(family_of), CLIENT_PORT)
}

/// Where the member on the host with this address is reached by the others.
pub fn peer_url(address: IpAddr) -> String {
    url(address, PEER_PORT)
}

/// An IPv6 address stands in brackets.
fn url(address: IpAddr, port: u16) -> String {
    format!("https://{}", SocketAddr::new(address, port))
}
