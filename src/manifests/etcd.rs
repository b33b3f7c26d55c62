//! The static pod of a local etcd.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::{Container, Pod};

use super::flags::Value::{Certificate, Of, Optional, Text};
use super::flags::{Flag, command_line, flag};
use super::probes::{self, ETCD_METRICS_PORT, localhost};
use super::static_pod::{
    PodNode, add_arguments, annotate, certificates_dir, container, pod_spec, set_env, set_probe_port,
};
use super::{env, volumes};
use crate::config::{Etcd, LocalEtcd, Spec};
use crate::versions::{EtcdHealth, KubernetesVersion};

const CLIENT_PORT: u16 = 2379;
const PEER_PORT: u16 = 2380;
/// Where an etcd pod says at which URL clients reach its member.
pub const CLIENT_URL_ANNOTATION: &str = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

/// The members that a joining etcd is told of, itself among them, in the order of the cluster's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialCluster(pub Vec<InitialMember>);

/// One member of etcd's `--initial-cluster`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialMember {
    /// The member's name, which is that of its node.
    pub name: String,
    /// The URLs at which the other members reach it.
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

#[rustfmt::skip]
const FLAGS: &[Flag<PodNode>] = &[
    flag("advertise-client-urls", Of(|_, node| client_url(node.address()))),
    flag("cert-file", Certificate("etcd/server.crt")),
    flag("client-cert-auth", Text("true")),
    flag("data-dir", Optional(data_dir)),
    flag("experimental-initial-corrupt-check", Text("true")).until(33),
    flag("experimental-initial-corrupt-check", Optional(|spec, _| before_3_6(spec, "true"))).since(34).until(35),
    flag("experimental-watch-progress-notify-interval", Text("5s")).until(33),
    flag("experimental-watch-progress-notify-interval", Optional(|spec, _| before_3_6(spec, "5s"))).since(34).until(35),
    flag("feature-gates", Optional(|spec, _| since_3_6(spec, "InitialCorruptCheck=true"))).since(34).until(35),
    flag("feature-gates", Text("InitialCorruptCheck=true")).since(36),
    flag("initial-advertise-peer-urls", Of(|_, node| peer_url(node.address()))),
    flag("initial-cluster", Of(initial_cluster)),
    flag("initial-cluster-state", Optional(|_, node| node.inputs.etcd_cluster.as_ref().map(|_| "existing".to_owned()))),
    flag("key-file", Certificate("etcd/server.key")),
    flag("listen-client-urls", Of(listen_client_urls)),
    flag("listen-metrics-urls", Of(listen_metrics_urls)),
    flag("listen-peer-urls", Of(|_, node| peer_url(node.address()))),
    flag("name", Of(|spec, _| spec.node.name.to_string())),
    flag("peer-cert-file", Certificate("etcd/peer.crt")),
    flag("peer-client-cert-auth", Text("true")),
    flag("peer-key-file", Certificate("etcd/peer.key")),
    flag("peer-trusted-ca-file", Certificate("etcd/ca.crt")),
    flag("snapshot-count", Text("10000")),
    flag("trusted-ca-file", Certificate("etcd/ca.crt")),
    flag("watch-progress-notify-interval", Optional(|spec, _| since_3_6(spec, "5s"))).since(34).until(35),
    flag("watch-progress-notify-interval", Text("5s")).since(36),
];

/// etcd 3.6 gave two experimental flags other names; 1.34 and 1.35 go by the version in the image's tag.
fn since_3_6(spec: Spec<'_>, value: &str) -> Option<String> {
    is_from_3_6_on(spec.cluster.etcd_tag()).then(|| value.to_owned())
}

fn before_3_6(spec: Spec<'_>, value: &str) -> Option<String> {
    (!is_from_3_6_on(spec.cluster.etcd_tag())).then(|| value.to_owned())
}

/// etcd's tags are written as Kubernetes' versions are; a digest may stand behind. One that is no version counts as old.
fn is_from_3_6_on(tag: &str) -> bool {
    let tag = tag.split('@').next().unwrap_or_default();
    tag.parse::<KubernetesVersion>().is_ok_and(|version| (version.major(), version.minor()) >= (3, 6))
}

fn data_dir(spec: Spec<'_>, _: &PodNode) -> Option<String> {
    match &spec.cluster.etcd {
        Etcd::Local(local) => Some(local.data_dir.to_string_lossy().into_owned()),
        Etcd::External(_) => None,
    }
}

/// All members where this one joins others, and this one alone otherwise.
fn initial_cluster(spec: Spec<'_>, node: &PodNode) -> String {
    let alone = || format!("{}={}", spec.node.name, peer_url(node.address()));
    node.inputs.etcd_cluster.as_ref().map_or_else(alone, InitialCluster::text)
}

fn listen_client_urls(_: Spec<'_>, node: &PodNode) -> String {
    format!("{},{}", local_client_url(node.address()), client_url(node.address()))
}

fn listen_metrics_urls(_: Spec<'_>, node: &PodNode) -> String {
    format!("http://{}", SocketAddr::new(localhost(node.address()), ETCD_METRICS_PORT))
}

pub(super) fn fill(pod: &mut Pod, spec: Spec<'_>, node: &PodNode, local: &LocalEtcd) {
    let address = node.address();
    let directory = certificates_dir(spec);
    annotate(pod, CLIENT_URL_ANNOTATION, client_url(address));
    volumes::relocate(pod_spec(pod), "etcd-data", &local.data_dir.to_string_lossy());
    volumes::relocate(pod_spec(pod), "etcd-certs", &format!("{directory}/etcd"));

    let probe = probes::etcd_endpoint(&local.extra_args, address);
    let container = container(pod_spec(pod));
    container.image = Some(spec.cluster.etcd_image());
    add_arguments(container, command_line(FLAGS, spec, node, &local.extra_args));
    set_env(container, env::merged(&[], &local.extra_envs));
    match spec.cluster.minor.pods.etcd_health {
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
    use crate::config::fixture;
    use crate::manifests::flags;
    use crate::manifests::static_pod::PodInputs;
    use crate::versions::facts::{self, etcd_version};

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
    }

    #[test]
    fn the_flags_that_etcd_3_6_renamed_go_by_the_minor_and_in_two_by_the_image() {
        let renamed = |version: &str, tag: &str| -> Vec<String> {
            let mut config = fixture::config();
            config.of_version(version);
            if let Etcd::Local(local) = &mut config.cluster.etcd {
                local.image.tag = Some(tag.to_owned());
            }
            let node = PodNode { endpoint: config.control_plane().endpoint, inputs: PodInputs::default() };
            let words = command_line(FLAGS, config.spec(), &node, &[]);
            let is_one = |word: &String| word.ends_with("=true") || word.ends_with("=5s");
            words.into_iter().filter(is_one).filter(|word| !word.contains("client-cert-auth")).collect()
        };
        let old =
            ["--experimental-initial-corrupt-check=true", "--experimental-watch-progress-notify-interval=5s"];
        let new = ["--feature-gates=InitialCorruptCheck=true", "--watch-progress-notify-interval=5s"];
        for (version, tag, flags) in [
            ("v1.29.0", "3.5.10-0", old),
            ("v1.33.13", "3.6.8-0", old),
            ("v1.34.0", "3.5.24-0", old),
            ("v1.34.0", "3.6.4-0", new),
            ("v1.35.7", "latest", old),
            ("v1.35.7", "v3.6.6", new),
            ("v1.36.0", "3.5.24-0", new),
            ("v1.37.1", "3.7.0-0", new),
        ] {
            assert_eq!(renamed(version, tag), flags, "{version} {tag}");
        }
    }

    #[test]
    fn every_etcd_that_comes_with_a_version_has_its_flags() {
        for minor in crate::versions::MINORS {
            for row in minor.releases {
                let mut config = fixture::config();
                config.of_version(&format!("v1.{}.{}", minor.number, row.since));
                let node =
                    PodNode { endpoint: config.control_plane().endpoint, inputs: PodInputs::default() };
                let etcd = etcd_version(row.images.etcd).unwrap();
                for word in command_line(FLAGS, config.spec(), &node, &[]) {
                    let name = word.trim_start_matches('-').split('=').next().unwrap();
                    assert_eq!(
                        facts::etcd_flag(name, &etcd),
                        facts::Presence::Here,
                        "--{name} of etcd {etcd}"
                    );
                }
            }
        }
    }

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
