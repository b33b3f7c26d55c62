//! Good files, and what they come to.

use serde_json::json;

use super::{cluster, configured, init};
use crate::config::{
    Arg, Caution, Etcd, Expiry, Flags, ImagePullPolicy, KeyAlgorithm, Requested, Unknown,
    cluster_configuration_document, validate,
};
use crate::duration::GoDuration;
use crate::versions;

fn arg(name: &str, value: &str) -> Arg {
    Arg { name: name.to_owned(), value: value.to_owned() }
}

fn warnings(text: &str) -> Vec<Caution> {
    let requested = Requested::parse(Some(text), &Flags::default()).unwrap();
    requested.warnings.into_iter().map(|warning| warning.caution).collect()
}

#[test]
fn an_empty_cluster_configuration_gets_kubeadm_s_defaults() {
    let config = configured(&cluster(""));
    let document = json!({
        "apiServer": {},
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "caCertificateValidityPeriod": "87600h0m0s",
        "certificateValidityPeriod": "8760h0m0s",
        "certificatesDir": "/etc/kubernetes/pki",
        "clusterName": "kubernetes",
        "controllerManager": {},
        "dns": {},
        "encryptionAlgorithm": "RSA-2048",
        "etcd": {"local": {"dataDir": "/var/lib/etcd"}},
        "imageRepository": "registry.k8s.io",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": "v1.37.2",
        "networking": {"dnsDomain": "cluster.local", "serviceSubnet": "10.96.0.0/12"},
        "proxy": {},
        "scheduler": {},
    });
    assert_eq!(cluster_configuration_document(&config.cluster), document);
}

#[test]
fn an_empty_init_configuration_gets_kubeadm_s_defaults() {
    let config = configured(&init(""));
    let node = &config.node;
    assert_eq!(node.name.as_str(), "host-1");
    assert_eq!(node.taints[0].key, "node-role.kubernetes.io/control-plane");
    assert_eq!((node.image_pull_policy, node.image_pull_serial), (ImagePullPolicy::IfNotPresent, true));
    assert_eq!(config.control_plane().endpoint.bind_port, 6443);
    let token = &config.bootstrap_tokens[0];
    assert_eq!(token.expiry, Expiry::After(GoDuration::from_hours(24)));
    assert_eq!(token.usages, ["signing", "authentication"]);
    assert_eq!(token.groups, ["system:bootstrappers:kubeadm:default-node-token"]);
    assert_eq!((token.description.as_deref(), config.run.dry_run), (None, false));
}

#[test]
fn null_and_empty_text_count_as_not_given() {
    let config =
        configured(&cluster("clusterName: \"\"\netcd: null\nnetworking:\n  podSubnet: \"\"\n  dnsDomain:\n"));
    assert_eq!(config.cluster.cluster_name, "kubernetes");
    assert!(config.cluster.networking.pod_subnets.is_empty());
    assert_eq!(config.cluster.networking.dns_domain, "cluster.local");
}

#[test]
fn json_is_yaml_too() {
    let text =
        r#"{"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "clusterName": "json"}"#;
    assert_eq!(configured(text).cluster.cluster_name, "json");
}

#[test]
fn documents_may_stand_in_any_order_among_empty_ones() {
    let text = format!(
        "# first\n---\n\n---\n{}---\n---\n{}...\n",
        init("dryRun: true\n"),
        cluster("clusterName: x\n")
    );
    let config = configured(&text);
    assert_eq!((config.run.dry_run, config.cluster.cluster_name.as_str()), (true, "x"));
}

#[test]
fn windows_line_ends_are_read() {
    assert_eq!(configured(&cluster("clusterName: x\n").replace('\n', "\r\n")).cluster.cluster_name, "x");
}

#[test]
fn go_s_booleans_and_octals_are_read() {
    let text = format!(
        "{}---\n{}",
        cluster("proxy:\n  disabled: yes\n"),
        init("localAPIEndpoint:\n  bindPort: 0644\n")
    );
    let config = configured(&text);
    assert!(config.cluster.proxy_disabled);
    assert_eq!(config.control_plane().endpoint.bind_port, 420);
}

#[test]
fn anchors_serve_more_than_one_component() {
    let body =
        "apiServer:\n  extraArgs: &args\n  - {name: v, value: \"4\"}\nscheduler:\n  extraArgs: *args\n";
    let cluster = configured(&cluster(body)).cluster;
    assert_eq!(cluster.scheduler.extra_args, [arg("v", "4")]);
    assert_eq!(cluster.api_server.component.extra_args, cluster.scheduler.extra_args);
}

#[test]
fn arguments_keep_their_order_and_may_repeat_and_be_empty() {
    let body = "controllerManager:\n  extraArgs:\n  - {name: v, value: \"1\"}\n  - {name: master, value: \"\"}\n  - {name: v, \
                value: \"2\"}\n";
    let cluster = configured(&cluster(body)).cluster;
    assert_eq!(cluster.controller_manager.extra_args, [arg("v", "1"), arg("master", ""), arg("v", "2")]);
}

#[test]
fn v1beta3_arguments_are_ordered_by_name() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs: {v: \"1\", bind-address: \
                \"2\"}\netcd:\n  local:\n    extraArgs: {name: \"3\"}\n---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: \
                InitConfiguration\nnodeRegistration:\n  kubeletExtraArgs: {v: \"4\"}\n";
    let config = configured(text);
    assert_eq!(config.cluster.api_server.component.extra_args, [arg("bind-address", "2"), arg("v", "1")]);
    assert_eq!(config.node.kubelet_extra_args, [arg("v", "4")]);
    let Etcd::Local(etcd) = config.cluster.etcd else { panic!() };
    assert_eq!(etcd.extra_args, [arg("name", "3")]);
}

#[test]
fn v1beta3_keeps_the_api_server_s_timeout_among_the_timeouts() {
    let text = |timeout: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  timeoutForControlPlane: \
             {timeout}\n---\n{}",
            init("timeouts:\n  controlPlaneComponentHealthCheck: 9m\n")
        )
    };
    // kubeadm's v1beta3 default, four minutes, cannot be told from a value that was not given.
    for (timeout, minutes) in [("7m", 7), ("4m0s", 9), ("0s", 9)] {
        let timeouts = configured(&text(timeout)).node.timeouts;
        assert_eq!(
            timeouts.control_plane_component_health_check,
            GoDuration::from_secs(minutes * 60),
            "{timeout}"
        );
    }
}

#[test]
fn v1beta3_is_read_for_every_minor_and_warned_of() {
    for version in ["v1.36.3", "v1.37.1"] {
        let text = format!(
            "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: {version}\n"
        );
        assert_eq!(configured(&text).cluster.version.to_string(), version);
        assert_eq!(warnings(&text), [Caution::OldApiVersion]);
    }
}

#[test]
fn a_patch_that_came_after_this_program_is_warned_of_and_taken() {
    let of = |version: &str| cluster(&format!("kubernetesVersion: {version}\n"));
    let unknown =
        |version: &str| Caution::UnknownPatch { version: version.to_owned(), known: "v1.31.14".to_owned() };
    assert_eq!(warnings(&of("v1.31.15")), [unknown("v1.31.15")]);
    assert_eq!(warnings(&of("v1.31.15-rc.0")), [unknown("v1.31.15-rc.0")]);
    for known in ["v1.31.14", "v1.31.14+build", "v1.31.1", "stable-1.31", "stable"] {
        assert!(warnings(&of(known)).is_empty(), "{known}");
    }
    let config = configured(&of("v1.31.15"));
    assert_eq!(config.cluster.etcd_image(), "registry.k8s.io/etcd:3.5.24-0");
    assert_eq!(config.cluster.kubernetes_image("kube-proxy"), "registry.k8s.io/kube-proxy:v1.31.15");
}

#[test]
fn an_unknown_patch_is_told_by_where_it_was_said() {
    let flags = Flags { kubernetes_version: Some("v1.36.99".to_owned()), ..Flags::default() };
    let said = |requested: Requested| requested.warnings.iter().map(ToString::to_string).collect::<String>();
    let rest = "v1.36.99 is newer than this kubewright knows: for the images of etcd, CoreDNS and pause it takes those of \
                v1.36.3; look for a newer kubewright";
    let by_flag = said(Requested::parse(None, &flags).unwrap());
    assert_eq!(by_flag, format!("--kubernetes-version: {rest}"));
    let assumed = || versions::resolve("v1.36.99").unwrap();
    let by_host = said(Requested::parse_for(None, &Flags::default(), &assumed).unwrap());
    assert_eq!(by_host, format!("this host: kubernetesVersion: {rest}"));
    let upgrade = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\napply: {kubernetesVersion: 1.36.99}\n";
    let [warning] = &validate(upgrade, None, Unknown::Refused).unwrap()[..] else { panic!() };
    assert_eq!((warning.caution.id(), warning.field.as_str()), ("UnknownPatch", "apply.kubernetesVersion"));
}

#[test]
fn images_are_those_of_the_patch() {
    for (version, etcd, coredns, pause) in [
        ("v1.29.15", "3.5.16-0", "v1.11.1", "3.9"),
        ("v1.30.14", "3.5.15-0", "v1.11.3", "3.9"),
        ("v1.31.0", "3.5.15-0", "v1.11.1", "3.10"),
        ("v1.31.14", "3.5.24-0", "v1.11.3", "3.10"),
        ("v1.32.13", "3.5.24-0", "v1.11.3", "3.10"),
    ] {
        let images =
            configured(&cluster(&format!("kubernetesVersion: {version}\n"))).cluster.control_plane_images();
        let wanted = [
            format!("registry.k8s.io/coredns/coredns:{coredns}"),
            format!("registry.k8s.io/pause:{pause}"),
            format!("registry.k8s.io/etcd:{etcd}"),
        ];
        assert_eq!(images[images.len() - 3..], wanted, "{version}");
    }
}

#[test]
fn other_commands_documents_and_foreign_ones_are_left_out_with_a_warning() {
    let text = format!(
        "{}---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nwhat: ever\n---\napiVersion: v1\nkind: \
         ConfigMap\n",
        cluster("")
    );
    let foreign = Caution::ForeignDocument { api_version: "v1".to_owned(), kind: "ConfigMap".to_owned() };
    assert_eq!(warnings(&text), [Caution::IgnoredDocument, foreign]);
}

#[test]
fn metadata_which_tools_write_is_left_out_with_a_warning() {
    assert_eq!(warnings(&cluster("metadata:\n  name: config\n")), [Caution::IgnoredMetadata]);
}

#[test]
fn an_endpoint_without_a_port_takes_the_bind_port() {
    for (endpoint, written) in [
        ("api.example.org", "api.example.org:7443"),
        ("fd00::1", "[fd00::1]:7443"),
        ("\"[fd00::1]:8443\"", "[fd00::1]:8443"),
    ] {
        let text = format!(
            "{}---\n{}",
            cluster(&format!("controlPlaneEndpoint: {endpoint}\n")),
            init("localAPIEndpoint: {bindPort: 7443}\n")
        );
        assert_eq!(configured(&text).cluster.control_plane_endpoint.unwrap().to_string(), written);
    }
}

#[test]
fn the_api_server_s_names_are_lowered() {
    let config = configured(&cluster("apiServer:\n  certSANs: [API.Example.org, 10.0.0.1, \"*.x.org\"]\n"));
    assert_eq!(config.cluster.api_server.cert_sans, ["api.example.org", "10.0.0.1", "*.x.org"]);
}

#[test]
fn ranges_drop_their_host_bits_but_keep_their_text() {
    let networking =
        configured(&cluster("networking:\n  podSubnet: 10.244.1.7/16,fd00::1/56\n")).cluster.networking;
    let subnets: Vec<String> = networking.pod_subnets.iter().map(ToString::to_string).collect();
    assert_eq!(subnets, ["10.244.0.0/16", "fd00::/56"]);
    assert_eq!(networking.pod_subnet_text, "10.244.1.7/16,fd00::1/56");
}

#[test]
fn node_masks_follow_the_controller_manager_s_arguments() {
    for argument in
        ["{name: node-cidr-mask-size-ipv4, value: \"26\"}", "{name: allocate-node-cidrs, value: \"false\"}"]
    {
        let body = format!(
            "networking:\n  podSubnet: 10.0.0.0/25\ncontrollerManager:\n  extraArgs:\n  - {argument}\n"
        );
        assert_eq!(configured(&cluster(&body)).cluster.networking.pod_subnets.len(), 1, "{argument}");
    }
}

#[test]
fn external_etcd_takes_its_endpoints_for_http_too() {
    let body = "etcd:\n  external:\n    endpoints: [\"http://10.0.0.1:2379\"]\n";
    let Etcd::External(etcd) = configured(&cluster(body)).cluster.etcd else { panic!() };
    assert_eq!(etcd.http_endpoints, etcd.endpoints);
    assert!(etcd.ca_file.is_empty());
}

#[test]
fn the_old_gate_decides_over_the_algorithm_but_is_not_written_into_it() {
    let body = "kubernetesVersion: v1.36.3\nfeatureGates: {PublicKeysECDSA: true}\n";
    let cluster = configured(&cluster(body)).cluster;
    assert_eq!(cluster.key_algorithm, KeyAlgorithm::EcdsaP256);
    let document = cluster_configuration_document(&cluster);
    assert_eq!(document["encryptionAlgorithm"], "RSA-2048");
    assert_eq!(document["featureGates"]["PublicKeysECDSA"], true);
}

#[test]
fn every_algorithm_has_its_name() {
    for algorithm in KeyAlgorithm::ALL {
        let config = configured(&cluster(&format!("encryptionAlgorithm: {}\n", algorithm.name())));
        assert_eq!(config.cluster.key_algorithm, algorithm);
    }
}

#[test]
fn tokens_end_after_a_time_at_a_moment_or_never() {
    let body = "bootstrapTokens:\n- ttl: 0s\n- ttl: 1h30m\n  description: two\n- token: abcdef.0123456789abcdef\n  \
                expires: \"2036-01-01T00:00:00Z\"\n";
    let tokens = configured(&init(body)).bootstrap_tokens;
    assert_eq!(tokens[0].expiry, Expiry::Never);
    assert_eq!(tokens[1].expiry, Expiry::After(GoDuration::from_secs(90 * 60)));
    assert_eq!(tokens[2].expiry, Expiry::At("2036-01-01T00:00:00Z".parse().unwrap()));
    let ids: Vec<&str> = tokens.iter().map(|token| token.token.id.as_str()).collect();
    assert_eq!(ids, ["fresh1", "fresh2", "abcdef"]);
}

#[test]
fn an_empty_list_of_taints_is_no_taint() {
    assert!(configured(&init("nodeRegistration: {taints: []}\n")).node.taints.is_empty());
    let taint =
        &configured(&init("nodeRegistration: {taints: [{key: a/b, effect: NoExecute}]}\n")).node.taints[0];
    assert_eq!((taint.key.as_str(), taint.effect.as_str(), &taint.value), ("a/b", "NoExecute", &None));
}

#[test]
fn node_names_are_trimmed_and_lowered_and_ignored_checks_ordered() {
    let body = "nodeRegistration:\n  name: \" Node.A \"\n  ignorePreflightErrors: [Swap, NumCPU, swap]\n";
    let config = configured(&init(body));
    assert_eq!(config.node.name.as_str(), "node.a");
    assert_eq!(config.run.ignore_preflight_errors, ["numcpu", "swap"]);
}

#[test]
fn a_socket_without_a_scheme_gets_one_and_a_warning() {
    let text = init("nodeRegistration:\n  criSocket: /run/x.sock\n");
    assert_eq!(configured(&text).node.cri_socket, "unix:///run/x.sock");
    assert_eq!(warnings(&text), [Caution::SocketWithoutScheme { socket: "/run/x.sock".to_owned() }]);
}

#[test]
fn variables_have_kubernetes_own_defaults() {
    let body = "apiServer:\n  extraEnvs:\n  - {name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}\n  - {name: B, \
                valueFrom: {resourceFieldRef: {resource: limits.cpu}}}\n  - {name: C, value: \"\"}\n";
    let document = cluster_configuration_document(&configured(&cluster(body)).cluster);
    let expected = json!([
        {"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
        {"name": "B", "valueFrom": {"resourceFieldRef": {"divisor": "0", "resource": "limits.cpu"}}},
        {"name": "C"},
    ]);
    assert_eq!(document["apiServer"]["extraEnvs"], expected);
}

#[test]
fn component_documents_keep_what_was_given_with_lengths_in_go_s_form() {
    let text = format!(
        "{}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nsyncFrequency: 90s\nmaxPods: \
         50\nevictionHard: {{memory.available: 100Mi}}\nreservedMemory: [{{numaNode: 0, limits: {{memory: 1024Mi}}}}]\n\
         ---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\nconntrack: \
         {{maxPerCore: 0}}\n",
        cluster("")
    );
    let config = configured(&text);
    let kubelet = json!({
        "evictionHard": {"memory.available": "100Mi"},
        "maxPods": 50,
        "reservedMemory": [{"limits": {"memory": "1Gi"}, "numaNode": 0}],
        "syncFrequency": "1m30s",
    });
    assert_eq!(serde_json::Value::Object(config.cluster.kubelet.fields), kubelet);
    let kube_proxy = json!({"conntrack": {"maxPerCore": 0}, "mode": "nftables"});
    assert_eq!(serde_json::Value::Object(config.cluster.kube_proxy.fields), kube_proxy);
}

#[test]
fn long_and_unbalanced_lives_are_warned_of() {
    let text = cluster("certificateValidityPeriod: 87601h\n");
    let [Caution::LongLife { .. }, Caution::OutlivesItsCa { .. }] = warnings(&text)[..] else { panic!() };
}
