//! The static pod of a local etcd.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::{Container, Pod};

use super::args::Defaults;
use super::probes::{self, ETCD_METRICS_PORT, localhost};
use super::static_pod::{
    PodInputs, annotate, certificates_dir, container, set_command, set_env, set_probe_port, spec,
    template_arguments,
};
use super::{env, volumes};
use crate::config::{Config, LocalEtcd};
use crate::versions::{EtcdFlags, EtcdHealth, KubernetesVersion};

const CLIENT_PORT: u16 = 2379;
const PEER_PORT: u16 = 2380;
/// Where an etcd pod says at which URL clients reach its member.
pub const CLIENT_URL_ANNOTATION: &str = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

/// The members that a joining etcd is told of, itself among them, in the order of the cluster's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialCluster(pub Vec<InitialMember>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialMember {
    pub name: String,
    pub peer_urls: Vec<String>,
}

impl InitialCluster {
    /// As etcd reads it: `name=url`, each URL with its member's name, with commas between.
    pub fn text(&self) -> String {
        let pair = |member: &InitialMember, url: &String| format!("{}={url}", member.name);
        let pairs =
            self.0.iter().flat_map(|member| member.peer_urls.iter().map(move |url| pair(member, url)));
        pairs.collect::<Vec<_>>().join(",")
    }
}

pub(super) fn fill(pod: &mut Pod, config: &Config, inputs: &PodInputs, local: &LocalEtcd) {
    let address = config.init.endpoint.advertise_address;
    let directory = certificates_dir(config);
    let data_dir = local.data_dir.to_string_lossy();
    annotate(pod, CLIENT_URL_ANNOTATION, client_url(address));
    volumes::relocate(spec(pod), "etcd-data", &data_dir);
    volumes::relocate(spec(pod), "etcd-certs", &format!("{directory}/etcd"));
    let mut defaults = template_arguments(pod, &directory);
    set_defaults(&mut defaults, config.init.node.name.as_str(), address, &data_dir);
    if !has_graduated_flags(config) {
        for flag in FLAGS_BEFORE_3_6 {
            flag.take_back(&mut defaults);
        }
    }
    if let Some(cluster) = &inputs.etcd_cluster {
        defaults.set("initial-cluster", cluster.text());
        defaults.set("initial-cluster-state", "existing");
    }

    let probe = probes::etcd_endpoint(&local.extra_args, address);
    let container = container(spec(pod));
    container.image = Some(config.etcd_image());
    set_command(container, &defaults, &local.extra_args, config.release().extra_args);
    set_env(container, env::merged(&[], &local.extra_envs));
    match config.minor.pods.etcd_health {
        EtcdHealth::Health => ask_at_health(container),
        EtcdHealth::LivezAndReadyz => {}
    }
    set_probe_port(container, probe.port);
    probes::aim(container, Some(&probe.host));
    probes::speak(container, probe.scheme);
}

/// etcd's older endpoint: a member lives that answers by itself and is not full, and has started once its cluster
/// answers with it. Nobody asked whether it is ready.
fn ask_at_health(container: &mut Container) {
    container.readiness_probe = None;
    let probes = [
        (&mut container.liveness_probe, "/health?exclude=NOSPACE&serializable=true"),
        (&mut container.startup_probe, "/health?serializable=false"),
    ];
    for (probe, path) in probes {
        if let Some(action) = probe.as_mut().and_then(|probe| probe.http_get.as_mut()) {
            action.path = Some(path.to_owned());
        }
    }
}

/// What a flag of the template was called, and said, before etcd 3.6.
struct Renamed {
    now: &'static str,
    before: &'static str,
    value: &'static str,
}

const FLAGS_BEFORE_3_6: &[Renamed] = &[
    Renamed { now: "feature-gates", before: "experimental-initial-corrupt-check", value: "true" },
    Renamed {
        now: "watch-progress-notify-interval",
        before: "experimental-watch-progress-notify-interval",
        value: "5s",
    },
];

impl Renamed {
    fn take_back(&self, defaults: &mut Defaults) {
        defaults.remove(self.now);
        defaults.set(self.before, self.value);
    }
}

fn has_graduated_flags(config: &Config) -> bool {
    match config.minor.pods.etcd_flags {
        EtcdFlags::Experimental => false,
        EtcdFlags::ByImageTag => is_from_3_6_on(config.etcd_tag()),
        EtcdFlags::Graduated => true,
    }
}

/// etcd's tags are written as Kubernetes' versions are; a digest may stand behind.
fn is_from_3_6_on(tag: &str) -> bool {
    let tag = tag.split('@').next().unwrap_or_default();
    tag.parse::<KubernetesVersion>().is_ok_and(|version| (version.major(), version.minor()) >= (3, 6))
}

fn set_defaults(defaults: &mut Defaults, node: &str, address: IpAddr, data_dir: &str) {
    let (client, peer) = (client_url(address), peer_url(address));
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

/// The URL at which clients of other nodes reach the member on the node with this address.
pub fn client_url(address: IpAddr) -> String {
    url(address, CLIENT_PORT)
}

/// The URL at which the other members reach the one on the node with this address.
pub fn peer_url(address: IpAddr) -> String {
    url(address, PEER_PORT)
}

/// The URL by which this node's API server reaches this node's etcd.
pub fn local_client_url(family_of: IpAddr) -> String {
    url(localhost(family_of), CLIENT_PORT)
}

/// An IPv6 address stands in brackets.
fn url(address: IpAddr, port: u16) -> String {
    format!("https://{}", SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_hides_no_version() {
        let of = |tag: &str| is_from_3_6_on(&format!("{tag}@sha256:{}", "a".repeat(64)));
        assert!(of("3.6.8-0") && !of("3.5.24-0"));
    }

    #[test]
    fn each_peer_url_stands_with_its_member_s_name() {
        let member = |name: &str, urls: &[&str]| InitialMember {
            name: name.to_owned(),
            peer_urls: urls.iter().map(|&url| url.to_owned()).collect(),
        };
        let cluster = InitialCluster(vec![
            member("b", &["https://10.0.0.2:2380"]),
            member("a", &["https://10.0.0.1:2380", "https://[fd00::1]:2380"]),
        ]);
        assert_eq!(
            cluster.text(),
            "b=https://10.0.0.2:2380,a=https://10.0.0.1:2380,a=https://[fd00::1]:2380"
        );
        assert_eq!(peer_url("fd00::1".parse().unwrap()), "https://[fd00::1]:2380");
    }
}
