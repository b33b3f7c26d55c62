//! A plain cluster of the two newest minors as a picture, and what holds for all clusters.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{BootstrapToken, Config, Expiry, HostPort, TokenOrigin, TokenString, fixture};
use crate::duration::GoDuration;
use crate::pki::shared_files;
use crate::secret::Secret;
use crate::versions::{self, MINORS};
use crate::yaml;

const TOKEN_SECRET: &str = "0123456789abcdef";

fn now() -> Timestamp {
    "2026-11-21T07:50:38Z".parse().unwrap()
}

fn written(config: &Config) -> Vec<ReconciledToken> {
    let tokens = config.bootstrap_tokens.iter().cloned();
    tokens.map(|token| ReconciledToken { token, fate: TokenFate::Write }).collect()
}

/// Every object of an init with these settings, in the order of its phases.
fn all(wanted: &Config) -> Vec<Object> {
    let config = wanted.spec();
    let token = UploadToken::New(TokenString { id: "upload".to_owned(), secret: Secret::new(TOKEN_SECRET) });
    let sealed = shared_files(config.cluster)
        .into_iter()
        .map(|file| (file.entry.to_owned(), TOKEN_SECRET.as_bytes().to_vec()))
        .collect();
    let cluster =
        json!({ "certificate-authority-data": "Q0VSVElGSUNBVEU=", "server": "https://192.168.0.10:6443" });
    let dns = SeenDns::default();
    [
        vec![cluster_admins()],
        upload_kubeadm_config("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"),
        upload_kubelet_config(config).unwrap(),
        upload_certs(&token, &sealed, now()),
        vec![mark_control_plane(config, &[])],
        bootstrap_token(config, &written(wanted), &cluster, now()).unwrap(),
        addon_coredns(config, &dns, coredns_deployment(config, &dns)).unwrap(),
        addon_kube_proxy(wanted.control_plane(), &[], kube_proxy_daemon_set(config.cluster)).unwrap(),
    ]
    .concat()
}

#[test]
fn a_plain_cluster_of_the_newest_minors() {
    for minor in [36, 37].map(versions::numbered) {
        let mut config = fixture::config();
        config.of_version(minor.stable);
        let show = |object: &Object| {
            let body = yaml::to_string(&object.body.redacted()).unwrap();
            format!("# {:?} {} as {:?}\n{body}", object.write, object.api_path(), object.identity)
        };
        let shown: Vec<String> = all(&config).iter().map(show).collect();
        insta::assert_snapshot!(format!("plain_1_{}", minor.number), shown.join("---\n"));
    }
}

#[test]
fn the_api_server_has_a_grant_of_its_own_from_the_patch_on_whose_certificate_has_no_group() {
    let has_grant = |version: &str| {
        let mut config = fixture::config();
        config.of_version(version);
        let named = all(&config).iter().any(|object| object.name == "kubeadm:apiserver-kubelet-client");
        let items = crate::pki::catalogue(config.spec());
        let subject = items.iter().find(|item| item.stem == "apiserver-kubelet-client").unwrap();
        (named, format!("{:?}", subject.contents).contains("kubeadm:cluster-admins"))
    };
    for (before, after) in
        [("v1.33.11", "v1.33.12"), ("v1.34.7", "v1.34.8"), ("v1.35.4", "v1.35.5"), ("v1.36.0", "v1.36.1")]
    {
        assert_eq!((has_grant(before), has_grant(after)), ((false, true), (true, false)), "{after}");
    }
}

fn any_token() -> impl Strategy<Value = BootstrapToken> {
    let expiry = prop_oneof![
        Just(Expiry::Never),
        (1..1_000_000_i64).prop_map(|seconds| Expiry::After(GoDuration::from_secs(seconds))),
    ];
    let usages = prop::sample::subsequence(vec!["signing".to_owned(), "authentication".to_owned()], 0..=2);
    ("[a-z0-9]{6}", expiry, usages, prop::option::of("[ -~]{0,20}")).prop_map(
        |(id, expiry, usages, description)| BootstrapToken {
            token: TokenString { id, secret: Secret::new(TOKEN_SECRET) },
            origin: TokenOrigin::Given,
            description,
            expiry,
            usages,
            groups: vec!["system:bootstrappers:kubeadm:default-node-token".to_owned()],
        },
    )
}

fn any_config() -> impl Strategy<Value = Config> {
    let ranges =
        prop::sample::select(vec!["10.96.0.0/12", "192.168.100.0/24", "fd00::/112", "10.0.0.240/28"]);
    let tokens = prop::collection::btree_map("[a-z0-9]{6}", any_token(), 0..3);
    let endpoint = prop::option::of(("[a-z]{1,8}\\.example", 1..u16::MAX));
    (0..MINORS.len(), ranges, "[a-z]{1,5}(\\.[a-z]{1,5}){0,2}", tokens, endpoint).prop_map(
        |(minor, range, domain, tokens, endpoint)| {
            let mut config = fixture::config();
            (config.cluster.version, config.cluster.minor) = (MINORS[minor].stable_version(), MINORS[minor]);
            config.cluster.networking.service_subnets = vec![range.parse().unwrap()];
            config.cluster.networking.dns_domain = domain;
            config.cluster.control_plane_endpoint = endpoint.map(|(host, port)| HostPort { host, port });
            config.bootstrap_tokens = with_ids(tokens);
            config
        },
    )
}

/// The configuration lets no id stand twice.
fn with_ids(tokens: BTreeMap<String, BootstrapToken>) -> Vec<BootstrapToken> {
    let named = |(id, mut token): (String, BootstrapToken)| {
        token.token.id = id;
        token
    };
    tokens.into_iter().filter(|(id, _)| id != "upload").map(named).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_object_is_written_twice(config in any_config()) {
        let mut paths: Vec<String> = all(&config).iter().map(Object::api_path).collect();
        let written = paths.len();
        paths.sort();
        paths.dedup();
        prop_assert_eq!(paths.len(), written);
    }

    #[test]
    fn a_body_agrees_with_its_place(config in any_config()) {
        for object in all(&config) {
            let body = object.body.redacted();
            prop_assert_eq!(&body["apiVersion"], object.kind.api_version());
            prop_assert_eq!(&body["kind"], object.kind.as_str());
            prop_assert_eq!(body["metadata"]["name"].as_str(), Some(object.name.as_str()));
            prop_assert_eq!(body["metadata"]["namespace"].as_str(), object.namespace.as_deref());
        }
    }

    #[test]
    fn every_bound_role_is_made_before_or_the_api_server_s_own(config in any_config()) {
        let mut made: Vec<Value> = Vec::new();
        for object in all(&config) {
            let body = object.body.redacted();
            if let Some(role) = body["roleRef"]["name"].as_str() {
                let kind_and_name = json!([body["roleRef"]["kind"], role, role_namespace(&body)]);
                let built_in = role == "cluster-admin" || role.starts_with("system:") && role != "system:coredns";
                prop_assert!(built_in || made.contains(&kind_and_name), "{kind_and_name}");
            }
            made.push(json!([body["kind"], body["metadata"]["name"], body["metadata"]["namespace"]]));
        }
    }

    #[test]
    fn no_secret_shows_in_debug_or_in_what_is_shown(config in any_config()) {
        let base64 = "MDEyMzQ1Njc4OWFiY2RlZg==";
        for object in all(&config) {
            let shown = format!("{object:?} {}", object.body.redacted());
            prop_assert!(!shown.contains(TOKEN_SECRET) && !shown.contains(base64), "{shown}");
        }
    }
}

/// A ClusterRole has none, a Role its binding's.
fn role_namespace(binding: &Value) -> Value {
    match binding["roleRef"]["kind"].as_str() {
        Some("ClusterRole") => Value::Null,
        _ => binding["metadata"]["namespace"].clone(),
    }
}
