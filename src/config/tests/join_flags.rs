//! Flags of join alone, and beside a file.

use super::host;
use crate::config::{
    CaPin, DiscoverySource, Join, JoinFlags, Need, RequestedJoin, TokenDiscovery, resolve_join,
};
use crate::secret::Secret;

const TOKEN: &str = "abcdef.0123456789abcdef";
const FILE: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  file:\n    \
                    kubeConfigPath: https://192.0.2.10/x\n";

/// The flags that `token create --print-join-command` prints.
fn usual() -> JoinFlags {
    JoinFlags {
        api_server_endpoint: Some("192.0.2.10:6443".to_owned()),
        token: Some(Secret::new(TOKEN)),
        discovery_token_ca_cert_hash: vec![pin('a')],
        ..JoinFlags::default()
    }
}

fn pin(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn flagged(flags: &JoinFlags) -> Join {
    let requested = RequestedJoin::parse(None, flags).unwrap_or_else(|errors| panic!("{errors}"));
    resolve_join(requested, &host(), Need::Node).unwrap()
}

fn by_token(join: &Join) -> &TokenDiscovery {
    match &join.discovery.as_ref().unwrap().source {
        DiscoverySource::Token(token) => token,
        DiscoverySource::File(file) => panic!("{file}"),
    }
}

fn tls_token(join: &Join) -> Option<&str> {
    Some(&join.discovery.as_ref()?.tls_bootstrap_token.as_ref()?.id)
}

fn errors(file: Option<&str>, flags: &JoinFlags) -> Vec<String> {
    let errors = RequestedJoin::parse(file, flags).unwrap_err();
    errors.to_string().lines().map(str::to_owned).collect()
}

fn warnings(file: Option<&str>, flags: &JoinFlags) -> Vec<String> {
    RequestedJoin::parse(file, flags).unwrap().warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_printed_join_command_is_read() {
    let join = flagged(&usual());
    let TokenDiscovery { token, endpoint, pins } = by_token(&join);
    assert_eq!((token.id.as_str(), endpoint.to_string().as_str()), ("abcdef", "192.0.2.10:6443"));
    assert_eq!(pins.iter().map(CaPin::as_str).collect::<Vec<_>>(), [pin('a')]);
    assert_eq!(tls_token(&join), Some("abcdef"));
    assert!(!join.node.is_control_plane() && join.node.taints.is_empty());
}

#[test]
fn every_flag_finds_its_field() {
    let join = flagged(&JoinFlags {
        apiserver_advertise_address: Some("192.0.2.1".to_owned()),
        apiserver_bind_port: Some(7443),
        certificate_key: Some(Secret::new("ab".repeat(32))),
        control_plane: Some(true),
        cri_socket: Some("unix:///run/x.sock".to_owned()),
        discovery_token: Some(Secret::new("distok.0123456789abcdef")),
        discovery_token_ca_cert_hash: vec![format!("{},{}", pin('a'), pin('b')), pin('c')],
        discovery_token_unsafe_skip_ca_verification: Some(true),
        dry_run: Some(true),
        ignore_preflight_errors: vec!["Swap,NumCPU".to_owned()],
        node_name: Some("Node-1".to_owned()),
        patches: Some("patches".to_owned()),
        skip_phases: vec!["preflight".to_owned()],
        tls_bootstrap_token: Some(Secret::new("tlstok.0123456789abcdef")),
        ..usual()
    });
    assert_eq!(join.node.endpoint().unwrap().url(), "https://192.0.2.1:7443");
    assert!(join.certificate_key.is_some());
    assert_eq!(join.node.taints.len(), 1);
    assert_eq!(join.node.cri_socket, "unix:///run/x.sock");
    assert_eq!(by_token(&join).pins.len(), 3);
    // Each of the two tokens goes before the one for both.
    assert_eq!((by_token(&join).token.id.as_str(), tls_token(&join)), ("distok", Some("tlstok")));
    assert!(join.run.dry_run);
    assert_eq!(join.run.ignore_preflight_errors, ["numcpu", "swap"]);
    assert_eq!(join.node.name.as_str(), "node-1");
    assert_eq!(join.run.patches.unwrap().to_str(), Some("patches"));
    assert_eq!(join.run.skip_phases, ["preflight"]);
}

#[test]
fn a_file_is_found_by_its_flag_and_the_token_is_the_kubelet_s() {
    let flags = JoinFlags {
        discovery_file: Some("cluster.conf".to_owned()),
        token: Some(Secret::new(TOKEN)),
        ..JoinFlags::default()
    };
    let join = flagged(&flags);
    let source = &join.discovery.as_ref().unwrap().source;
    assert!(matches!(source, DiscoverySource::File(file) if file == "cluster.conf"));
    assert_eq!(tls_token(&join), Some("abcdef"));
}

#[test]
fn what_is_missing_is_asked_for_by_flag() {
    let no_pins = "--discovery-token-ca-cert-hash: without a hash of the cluster's CA anyone on the way can pose as the \
                   cluster; give one, or accept that with unsafeSkipCAVerification \
                   (--discovery-token-unsafe-skip-ca-verification)";
    for (flags, said) in [
        (
            JoinFlags::default(),
            vec![
                "api-server-endpoint: must be given, as in 192.0.2.10:6443, or else --discovery-file: how the cluster is \
                 found",
            ],
        ),
        (JoinFlags { token: None, ..usual() }, vec!["--token: must be given"]),
        (JoinFlags { discovery_token_ca_cert_hash: Vec::new(), ..usual() }, vec![no_pins]),
        (
            JoinFlags { api_server_endpoint: usual().api_server_endpoint, ..JoinFlags::default() },
            vec!["--token: must be given", no_pins],
        ),
    ] {
        assert_eq!(errors(None, &flags), said);
    }
}

#[test]
fn an_error_of_a_flag_names_the_flag() {
    for (flags, said) in [
        (
            JoinFlags { api_server_endpoint: Some("192.0.2.10".to_owned()), ..usual() },
            "api-server-endpoint: \"192.0.2.10\" is not HOST:PORT, as 192.0.2.10:6443, api.example.org:6443 and \
             [2001:db8::10]:6443 are",
        ),
        (
            JoinFlags { api_server_endpoint: Some(TOKEN.to_owned()), ..usual() },
            "api-server-endpoint: a bootstrap token, which --token takes, where HOST:PORT is wanted",
        ),
        (
            JoinFlags { token: Some(Secret::new("hunter2")), ..usual() },
            "--token: not a bootstrap token: it is six characters, a '.' and sixteen, all of a-z and 0-9",
        ),
        (
            JoinFlags { discovery_token_ca_cert_hash: vec!["hunter2".to_owned()], ..usual() },
            "--discovery-token-ca-cert-hash: not the hash of a CA's public key: sha256: and 64 hexadecimal digits",
        ),
        (
            JoinFlags { discovery_file: Some("x".to_owned()), ..usual() },
            "--discovery-file: the cluster is found by a token and its API server or by a file, not by both; leave one out",
        ),
        (
            JoinFlags {
                discovery_file: Some("http://x/y".to_owned()),
                api_server_endpoint: None,
                token: None,
                discovery_token_ca_cert_hash: Vec::new(),
                ..usual()
            },
            "--discovery-file: neither a path nor an https:// URL",
        ),
        (
            JoinFlags { control_plane: Some(true), certificate_key: Some(Secret::new("hunter2")), ..usual() },
            "--certificate-key: not a certificate key: 32 bytes in hexadecimal, 64 digits; `openssl rand -hex 32` makes \
             one",
        ),
        (
            JoinFlags { control_plane: Some(true), apiserver_bind_port: Some(-1), ..usual() },
            "--apiserver-bind-port: -1 is not a port; ports go from 1 to 65535",
        ),
    ] {
        let found = errors(None, &flags);
        assert_eq!(found, [said]);
    }
}

#[test]
fn flags_without_a_meaning_are_warned_of() {
    let control_plane = JoinFlags {
        apiserver_bind_port: Some(7443),
        certificate_key: Some(Secret::new("hunter2")),
        ..usual()
    };
    let said = "has no meaning for a worker and is left out; a control plane joins with --control-plane";
    let said = [format!("--apiserver-bind-port: {said}"), format!("--certificate-key: {said}")];
    assert_eq!(warnings(None, &control_plane), said);
    let file = JoinFlags { api_server_endpoint: None, discovery_file: Some("x".to_owned()), ..usual() };
    let said = "--discovery-token-ca-cert-hash: has no meaning without an API server and is left out";
    assert_eq!(warnings(None, &file), [said]);
    let server =
        JoinFlags { api_server_endpoint: Some("192.0.2.10:6443".to_owned()), ..JoinFlags::default() };
    let said =
        "api-server-endpoint: has no meaning together with --config, whose file says where the cluster is";
    assert_eq!(warnings(Some(FILE), &server), [said]);
}

#[test]
fn kubeadm_s_four_flags_may_stand_beside_a_file() {
    let flags = JoinFlags {
        dry_run: Some(true),
        ignore_preflight_errors: vec!["Swap".to_owned()],
        node_name: Some("b".to_owned()),
        skip_phases: vec!["preflight".to_owned()],
        ..JoinFlags::default()
    };
    let requested = RequestedJoin::parse(Some(FILE), &flags).unwrap();
    assert_eq!(requested.node.name.unwrap().as_str(), "b");
    assert_eq!(requested.node.ignore_preflight_errors, ["swap"]);
    assert_eq!(requested.run.skip_phases[0].value, "preflight");
    assert!(requested.run.dry_run);
}

#[test]
fn every_other_flag_beside_a_file_is_refused_with_its_field() {
    let flags = JoinFlags {
        control_plane: Some(true),
        cri_socket: Some("unix:///run/x.sock".to_owned()),
        tls_bootstrap_token: Some(Secret::new(TOKEN)),
        ..usual()
    };
    let refused = |flag: &str, field: &str| {
        format!("--{flag}: cannot be given together with --config; set {field} in the file instead")
    };
    let said = [
        refused("cri-socket", "nodeRegistration.criSocket"),
        refused("control-plane", "controlPlane"),
        refused("token", "discovery.bootstrapToken.token"),
        refused("tls-bootstrap-token", "discovery.tlsBootstrapToken"),
        refused("discovery-token-ca-cert-hash", "discovery.bootstrapToken.caCertHashes"),
    ];
    assert_eq!(errors(Some(FILE), &flags), said);
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_what_the_flags_have_wrong() {
    assert_eq!(errors(Some("a: [\n"), &JoinFlags { token: usual().token, ..JoinFlags::default() }).len(), 2);
}

#[test]
fn debug_of_flags_shows_no_secret() {
    assert!(!format!("{:?}", usual()).contains("0123456789abcdef"));
}
