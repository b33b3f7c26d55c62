//! What holds of every configuration.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::EnvVar;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::configured;
use crate::config::{
    ApiServer, Arg, ClusterSpec, ComponentDocument, ComponentSettings, Dns, Etcd, ExternalEtcd, Flags,
    HostPathMount, HostPort, ImageMeta, KeyAlgorithm, LocalEtcd, Networking, Requested,
    cluster_configuration_document,
};
use crate::duration::GoDuration;
use crate::versions;
use crate::yaml;

fn name() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9-]{0,8}[a-z0-9])?"
}

/// Texts that YAML readers like to take for something else.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,20}",
        select(vec![
            "on", "no", "~", "null", "1.30", "0644", "1_000", "- a", "a: b", "#", "\n", " x ", "'\""
        ])
        .prop_map(str::to_owned),
    ]
}

fn path() -> impl Strategy<Value = String> {
    vec(name(), 1..4).prop_map(|parts| format!("/{}", parts.join("/")))
}

/// Only flags that there are: others are refused.
fn args(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Arg>> {
    vec((select(names), value()), 0..4).prop_map(|pairs| {
        pairs.into_iter().map(|(name, value)| Arg { name: name.to_owned(), value }).collect()
    })
}

/// Of the API server, the controller manager and the scheduler.
const FLAGS: &[&str] = &["bind-address", "permit-port-sharing", "tls_cipher_suites", "v", "vmodule"];
const FLAGS_OF_ETCD: &[&str] = &["name", "quota-backend-bytes", "snapshot-count"];

fn mount() -> impl Strategy<Value = HostPathMount> {
    let path_type = select(vec!["", "File", "DirectoryOrCreate", "Socket"]).prop_map(str::to_owned);
    (name(), path(), path(), any::<bool>(), path_type).prop_map(
        |(name, host_path, mount_path, read_only, path_type)| HostPathMount {
            name,
            host_path,
            mount_path,
            read_only,
            path_type,
        },
    )
}

fn env() -> impl Strategy<Value = EnvVar> {
    (name(), value()).prop_map(|(name, value)| EnvVar {
        name,
        value: (!value.is_empty()).then_some(value),
        value_from: None,
    })
}

/// No two at one place or of one name: the kubelet takes no such pod, and so no configuration has them.
fn mounts() -> impl Strategy<Value = Vec<HostPathMount>> {
    vec(mount(), 0..3).prop_map(|mut all| {
        let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
        all.retain(|mount| {
            let name = mount.name.clone();
            !names.contains(&name) && places.insert(mount.mount_path.clone()) && names.insert(name)
        });
        all
    })
}

fn component() -> impl Strategy<Value = ComponentSettings> {
    (args(FLAGS), mounts(), vec(env(), 0..3)).prop_map(|(extra_args, extra_volumes, extra_envs)| {
        ComponentSettings { extra_args, extra_volumes, extra_envs }
    })
}

fn sans() -> impl Strategy<Value = Vec<String>> {
    vec(
        prop_oneof![name(), name().prop_map(|name| format!("*.{name}.org")), Just("fd00::1".to_owned())],
        0..3,
    )
}

fn image() -> impl Strategy<Value = ImageMeta> {
    let repository = proptest::option::of(name().prop_map(|name| format!("{name}.example:5000/k8s")));
    let tag = proptest::option::of("v[0-9]\\.[0-9]{1,2}");
    (repository, tag).prop_map(|(repository, tag)| ImageMeta { repository, tag })
}

fn etcd() -> impl Strategy<Value = Etcd> {
    let local = (image(), path(), args(FLAGS_OF_ETCD), vec(env(), 0..2), sans(), sans()).prop_map(
        |(image, data_dir, extra_args, extra_envs, server_cert_sans, peer_cert_sans)| {
            Etcd::Local(LocalEtcd {
                image,
                data_dir: data_dir.into(),
                extra_args,
                extra_envs,
                server_cert_sans,
                peer_cert_sans,
            })
        },
    );
    let endpoints = vec(name().prop_map(|name| format!("https://{name}:2379")), 1..3);
    let external = (endpoints, path()).prop_map(|(endpoints, file)| {
        Etcd::External(ExternalEtcd {
            http_endpoints: endpoints.iter().map(|url| url.replace("https", "http")).collect(),
            endpoints,
            ca_file: file.clone(),
            cert_file: file.clone(),
            key_file: file,
        })
    });
    prop_oneof![local, external]
}

fn networking() -> impl Strategy<Value = Networking> {
    let service = select(vec!["10.96.0.0/12", "fd00:20::/112", "10.97.0.0/16,fd00:20::/112"]);
    let pod = select(vec!["", "10.244.0.0/16", "fd00:10::/56", "fd00:10::/56,10.244.0.0/16"]);
    (service, pod, name()).prop_map(|(service, pod, dns_domain)| {
        let subnets = |text: &str| {
            text.split(',').filter(|part| !part.is_empty()).map(|part| part.parse().unwrap()).collect()
        };
        Networking {
            service_subnets: subnets(service),
            pod_subnets: subnets(pod),
            service_subnet_text: service.to_owned(),
            pod_subnet_text: pod.to_owned(),
            dns_domain,
        }
    })
}

fn endpoint() -> impl Strategy<Value = Option<HostPort>> {
    let host = prop_oneof![name(), Just("fd00::7".to_owned()), Just("192.0.2.7".to_owned())];
    proptest::option::of((host, 1..=u16::MAX).prop_map(|(host, port)| HostPort { host, port }))
}

prop_compose! {
    pub fn clusters()(
        version in select(vec!["v1.36.0", "v1.36.3", "v1.37.1-rc.1+build"]),
        (etcd, networking, control_plane_endpoint) in (etcd(), networking(), endpoint()),
        (api_server, cert_sans, controller_manager, scheduler) in (component(), sans(), component(), component()),
        (image, dns_disabled, proxy_disabled, rootless) in (image(), any::<bool>(), any::<bool>(), any::<bool>()),
        (certificates_dir, repository, cluster_name) in (path(), name(), "[ -~]{0,10}[a-z]"),
        (key_algorithm, leaf, ca) in (select(KeyAlgorithm::ALL.to_vec()), 1..=8760_i64, 1..=87_600_i64),
    ) -> ClusterSpec {
        let (version, minor) = versions::resolve(version).unwrap();
        ClusterSpec {
            minor,
            version,
            control_plane_endpoint,
            etcd,
            networking,
            api_server: ApiServer { component: api_server, cert_sans },
            controller_manager,
            scheduler,
            dns: Dns { image, disabled: dns_disabled },
            proxy_disabled,
            certificates_dir: certificates_dir.into(),
            image_repository: repository,
            feature_gates: BTreeMap::from([("RootlessControlPlane".to_owned(), rootless)]),
            cluster_name,
            key_algorithm,
            certificate_validity: GoDuration::from_hours(leaf),
            ca_certificate_validity: GoDuration::from_hours(ca),
            kubelet: ComponentDocument::default(),
            kube_proxy: ComponentDocument::default(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_cluster(cluster in clusters()) {
        let document = cluster_configuration_document(&cluster);
        let text = yaml::to_string(&document).unwrap();
        let read = configured(&text).cluster;
        prop_assert_eq!(format!("{read:?}"), format!("{cluster:?}"), "{}", text);
        prop_assert_eq!(cluster_configuration_document(&read), document);
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,60}|(kind|apiVersion|etcd|: |\n|- |\\{|\\[|kubeadm.k8s.io/v1beta4|InitConfiguration| )*") {
        if let Err(errors) = Requested::parse(Some(&text), &Flags::default()) {
            prop_assert!(!errors.0.is_empty());
        }
    }
}
