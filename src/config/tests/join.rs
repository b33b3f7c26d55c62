//! Good files for join, and what they come to on a host.

use super::cases::{Case, cases};
use super::host;
use crate::config::{
    Arg, ConfigErrors, Discovery, DiscoveryNeed, DiscoverySource, HostDefaults, Join, JoinFlags, Need,
    RequestedJoin, resolve_join,
};

const CASES: &str = include_str!("join_accepted.txt");

/// A worker of kubeadm's defaults.
const PLAIN: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  file:\n    \
                     kubeConfigPath: https://192.0.2.10/x\n";

fn requested(text: &str) -> RequestedJoin {
    RequestedJoin::parse(Some(text), &JoinFlags::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn joined(text: &str, host: &HostDefaults) -> Result<Join, ConfigErrors> {
    resolve_join(requested(text), host, Need::Node)
}

/// All that `join` holds, a line each.
fn lines(join: &Join) -> Vec<String> {
    let Join { node, run, .. } = join;
    let taints: Vec<String> = node
        .taints
        .iter()
        .map(|taint| format!("{}={}:{}", taint.key, taint.value.as_deref().unwrap_or_default(), taint.effect))
        .collect();
    let args: Vec<String> =
        node.kubelet_extra_args.iter().map(|Arg { name, value }| format!("{name}={value}")).collect();
    vec![
        format!("node: {} {}", node.name, node.cri_socket),
        format!("taints: {}", taints.join(" ")),
        format!("arguments: {}", args.join(" ")),
        format!("ignored: {}", run.ignore_preflight_errors.join(" ")),
        format!("ca: {}", join.ca_cert_path.display()),
        format!("discovery: {}", join.discovery.as_ref().map_or_else(String::new, discovery)),
        format!("control plane: {}", role(join)),
        format!("skipped: {}", run.skip_phases.join(" ")),
        format!("patches: {:?}", run.patches),
        format!("wait for discovery: {}", node.timeouts.discovery),
        format!("dry run: {}", run.dry_run),
    ]
}

fn discovery(discovery: &Discovery) -> String {
    let id = discovery.tls_bootstrap_token.as_ref().map_or("none", |token| &token.id);
    match &discovery.source {
        DiscoverySource::File(file) => format!("{file}, tls token {id}"),
        DiscoverySource::Token(token) => {
            let pins: Vec<String> = token.pins.iter().map(|pin| format!(" {}", pin.as_str())).collect();
            format!("{} of {}, tls token {id}{}", token.token.id, token.endpoint, pins.concat())
        }
    }
}

fn role(join: &Join) -> String {
    let Some(endpoint) = join.node.endpoint() else { return "no".to_owned() };
    let key = if join.certificate_key.is_some() { "a" } else { "no" };
    format!("{}, {key} certificate key", endpoint.url())
}

#[test]
fn every_good_file_differs_from_a_plain_worker_in_what_stands_beside_it() {
    let plain = lines(&joined(PLAIN, &host()).unwrap());
    for Case { title, text, said } in cases(CASES) {
        let requested = requested(&text);
        let warnings: Vec<String> =
            requested.warnings.iter().map(|warning| format!("warning: {warning}")).collect();
        let join = resolve_join(requested, &host(), Need::Node).unwrap();
        let found: Vec<String> =
            lines(&join).into_iter().filter(|line| !plain.contains(line)).chain(warnings).collect();
        assert_eq!(found, said, "{title}");
    }
}

#[test]
fn a_plain_worker_has_kubeadm_s_defaults() {
    let said = [
        "node: host-1 unix:///run/crio/crio.sock",
        "taints: ",
        "arguments: ",
        "ignored: ",
        "ca: /etc/kubernetes/pki/ca.crt",
        "discovery: https://192.0.2.10/x, tls token none",
        "control plane: no",
        "skipped: ",
        "patches: None",
        "wait for discovery: 5m0s",
        "dry run: false",
    ];
    assert_eq!(lines(&joined(PLAIN, &host()).unwrap()), said);
}

#[test]
fn only_a_control_plane_needs_an_address() {
    let bare = HostDefaults { node_name: Some("a".to_owned()), ..HostDefaults::default() };
    assert!(joined(PLAIN, &bare).is_ok());
    let errors = joined(&format!("{PLAIN}controlPlane: {{}}\n"), &bare).unwrap_err().to_string();
    let said = "this host: controlPlane.localAPIEndpoint.advertiseAddress: no default route, so no address to advertise; \
                give --apiserver-advertise-address or localAPIEndpoint.advertiseAddress";
    assert_eq!(errors, said);
}

#[test]
fn a_host_without_answers_is_told_all_that_must_be_given() {
    let bare = HostDefaults {
        cri_sockets: vec!["unix:///a".to_owned(), "unix:///b".to_owned()],
        ..HostDefaults::default()
    };
    let errors = joined(&format!("{PLAIN}controlPlane: {{}}\n"), &bare).unwrap_err();
    assert_eq!(errors.0.len(), 3, "{errors}");
}

#[test]
fn phases_behind_the_kubeconfigs_need_no_discovery_but_read_it() {
    let flags = JoinFlags { needs: DiscoveryNeed::ByAdminConf, ..JoinFlags::default() };
    let without = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n";
    for text in [Some(without), Some(PLAIN), None] {
        assert!(RequestedJoin::parse(text, &flags).unwrap().discovery.is_none());
    }
    let broken = PLAIN.replace("https", "http");
    assert!(RequestedJoin::parse(Some(&broken), &flags).is_err());
}
