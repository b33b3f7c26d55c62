//! The static pods of the plain cluster and of what users make of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{Arg, Config, ExternalEtcd, Spec, fixture};
use crate::manifests::etcd::InitialMember;

fn config_of(version: &str) -> Config {
    let mut config = fixture::config();
    config.of_version(version);
    config
}

fn rendered(kind: StaticPod, spec: Spec<'_>, inputs: &PodInputs) -> String {
    render(kind, spec, inputs, &Patches::default()).unwrap().unwrap()
}

fn command(kind: StaticPod, spec: Spec<'_>, inputs: &PodInputs) -> Vec<String> {
    let mut pod = static_pod(kind, spec, inputs).unwrap();
    container(pod_spec(&mut pod)).command.clone().unwrap()
}

fn host_ca_dirs() -> Vec<String> {
    vec!["/etc/ca-certificates".to_owned(), "/usr/share/ca-certificates".to_owned()]
}

#[test]
fn every_template_is_a_pod_with_one_container_of_its_name() {
    for kind in StaticPod::ALL {
        let mut pod = template(kind);
        assert_eq!(pod.metadata.name.as_deref(), Some(kind.name()));
        assert_eq!(pod_spec(&mut pod).containers.len(), 1);
        assert_eq!(container(pod_spec(&mut pod)).name, kind.name());
    }
}

#[test]
fn a_process_is_known_by_as_much_of_its_name_as_the_kernel_keeps() {
    for (process, pod) in [
        ("etcd", Some(StaticPod::Etcd)),
        ("kube-apiserver", Some(StaticPod::ApiServer)),
        ("kube-controller", Some(StaticPod::ControllerManager)),
        ("kube-controller-manager", None),
        ("kube-scheduler", Some(StaticPod::Scheduler)),
        ("kube", None),
    ] {
        assert_eq!(StaticPod::of_process(process), pod, "{process}");
    }
}

#[test]
fn the_default_pods_of_1_36() {
    let (config, inputs) = (config_of("v1.36.3"), PodInputs::default());
    for kind in StaticPod::ALL {
        insta::assert_snapshot!(format!("{}-1.36", kind.name()), rendered(kind, config.spec(), &inputs));
    }
}

#[test]
fn before_1_31_etcd_is_asked_at_health_and_never_whether_it_is_ready() {
    let paths = |version: &str| {
        let mut pod = static_pod(StaticPod::Etcd, config_of(version).spec(), &PodInputs::default()).unwrap();
        let etcd = container(pod_spec(&mut pod));
        let probes = [&etcd.liveness_probe, &etcd.readiness_probe, &etcd.startup_probe];
        probes.map(|probe| probe.as_ref()?.http_get.as_ref()?.path.clone())
    };
    let [live, ready] = ["/livez", "/readyz"].map(|path| Some(path.to_owned()));
    assert_eq!(paths("v1.31.0"), [live, ready.clone(), ready]);
    let before = ["/health?exclude=NOSPACE&serializable=true", "/health?serializable=false"];
    let [live, started] = before.map(|path| Some(path.to_owned()));
    assert_eq!(paths("v1.30.4"), [live, None, started]);
}

#[test]
fn where_the_user_s_arguments_stand_depends_on_the_patch() {
    let first = |version: &str| {
        let mut config = config_of(version);
        config.cluster.scheduler.extra_args = vec![Arg { name: "a".into(), value: "1".into() }];
        command(StaticPod::Scheduler, config.spec(), &PodInputs::default())[1] == "--a=1"
    };
    for (sorted, behind) in
        [("v1.32.11", "v1.32.12"), ("v1.33.7", "v1.33.8"), ("v1.34.3", "v1.34.4"), ("v1.35.0", "v1.35.1")]
    {
        assert!(first(sorted) && !first(behind), "{behind}");
    }
}

#[test]
fn etcd_s_image_is_that_of_the_patch() {
    let image = |version: &str| {
        let mut pod = static_pod(StaticPod::Etcd, config_of(version).spec(), &PodInputs::default()).unwrap();
        container(pod_spec(&mut pod)).image.clone().unwrap()
    };
    assert_eq!(image("v1.31.13"), "registry.k8s.io/etcd:3.5.15-0");
    assert_eq!(image("v1.31.14"), "registry.k8s.io/etcd:3.5.24-0");
}

#[test]
fn the_default_pods_of_1_37_differ_in_their_images_only() {
    let inputs = PodInputs::default();
    for kind in StaticPod::ALL {
        let texts = ["v1.36.3", "v1.37.1"].map(|version| rendered(kind, config_of(version).spec(), &inputs));
        let [old, new] = texts.each_ref().map(|text| text.lines().collect::<Vec<_>>());
        let changed: Vec<_> = old.iter().zip(&new).filter(|(old, new)| old != new).collect();
        assert_eq!(old.len(), new.len());
        assert!(matches!(changed[..], [(_, image)] if image.trim().starts_with("image: ")), "{changed:?}");
    }
}

#[test]
fn an_ipv6_node_s_addresses_stand_in_brackets_where_a_port_follows() {
    let mut config = fixture::config();
    config.advertise("2001:db8::10");
    let text = rendered(StaticPod::ApiServer, config.spec(), &PodInputs::default());
    let pod: Value = yaml::from_str(&text).unwrap();
    let annotation = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";
    assert_eq!(pod["metadata"]["annotations"][annotation], "[2001:db8::10]:6443");
    assert_eq!(pod["spec"]["containers"][0]["livenessProbe"]["httpGet"]["host"], "2001:db8::10");
    assert!(text.contains("--etcd-servers=https://[::1]:2379"));
    let etcd = command(StaticPod::Etcd, config.spec(), &PodInputs::default());
    for word in [
        "--listen-client-urls=https://[::1]:2379,https://[2001:db8::10]:2379",
        "--listen-metrics-urls=http://[::1]:2381",
        "--initial-cluster=node-1=https://[2001:db8::10]:2380",
    ] {
        assert!(etcd.contains(&word.to_owned()), "{word}");
    }
}

#[test]
fn an_etcd_that_joins_is_told_of_all_members_and_that_they_run_already() {
    let config = config_of("v1.36.3");
    let alone = command(StaticPod::Etcd, config.spec(), &PodInputs::default());
    let member = |name: &str, url: &str| InitialMember { name: name.into(), peer_urls: vec![url.into()] };
    let both = [member("other", "https://10.1.2.4:2380"), member("node-1", "https://10.1.2.3:2380")];
    let inputs = PodInputs { etcd_cluster: Some(InitialCluster(both.into())), ..PodInputs::default() };
    let joining = command(StaticPod::Etcd, config.spec(), &inputs);
    let new: Vec<_> = joining.iter().filter(|word| !alone.contains(word)).collect();
    assert_eq!(
        new,
        [
            "--initial-cluster=other=https://10.1.2.4:2380,node-1=https://10.1.2.3:2380",
            "--initial-cluster-state=existing"
        ]
    );
    assert_eq!(joining.len(), alone.len() + 1);
}

#[test]
fn with_an_external_etcd_there_is_no_pod_for_it_and_the_api_server_sees_its_certificates() {
    let mut config = fixture::config();
    config.cluster.etcd = Etcd::External(ExternalEtcd {
        endpoints: vec!["https://a:2379".to_owned(), "https://b:2379".to_owned()],
        http_endpoints: Vec::new(),
        ca_file: "/etcd/ca.crt".to_owned(),
        cert_file: "/etcd/client.crt".to_owned(),
        key_file: String::new(),
    });
    assert_eq!(static_pod(StaticPod::Etcd, config.spec(), &PodInputs::default()), None);
    assert!(!static_pods(config.spec()).contains(&StaticPod::Etcd));
    let words = command(StaticPod::ApiServer, config.spec(), &PodInputs::default());
    let etcd: Vec<_> = words.iter().filter(|word| word.starts_with("--etcd")).collect();
    assert_eq!(etcd, ["--etcd-cafile=/etcd/ca.crt", "--etcd-servers=https://a:2379,https://b:2379"]);
    let text = rendered(StaticPod::ApiServer, config.spec(), &PodInputs::default());
    assert!(text.contains("name: etcd-certs-0"));
}

#[test]
fn a_structured_authorization_file_takes_the_place_of_the_default_mode() {
    let mut config = fixture::config();
    let arg = Arg { name: "authorization-config".to_owned(), value: "/x".to_owned() };
    config.cluster.api_server.component.extra_args = vec![arg];
    let words = command(StaticPod::ApiServer, config.spec(), &PodInputs::default());
    assert!(words.iter().all(|word| !word.starts_with("--authorization-mode")));
}

#[test]
fn without_the_ca_s_key_the_controller_manager_is_told_not_to_sign() {
    let inputs = PodInputs { cluster_ca: CaKey::External, ..PodInputs::default() };
    let words = command(StaticPod::ControllerManager, fixture::config().spec(), &inputs);
    assert!(words.contains(&"--cluster-signing-cert-file=".to_owned()));
    assert!(words.contains(&"--cluster-signing-key-file=".to_owned()));
}

#[test]
fn the_host_s_proxies_reach_the_kubernetes_components_and_not_etcd() {
    let proxy_env = vec![("https_proxy".to_owned(), "http://proxy".to_owned())];
    let inputs = PodInputs { proxy_env, ..PodInputs::default() };
    for kind in StaticPod::ALL {
        let has_proxy = rendered(kind, fixture::config().spec(), &inputs).contains("https_proxy");
        assert_eq!(has_proxy, kind != StaticPod::Etcd, "{}", kind.name());
    }
}

#[test]
fn patches_change_a_pod_and_leave_it_in_go_s_form() {
    let text = "spec:\n  containers:\n  - name: kube-scheduler\n    resources: {requests: {cpu: 0.5}}\n    \
                env: [{name: A, value: \"\"}]\n    stdin: false\n  hostNetwork: false\n  nothing: 1\n";
    let files = BTreeMap::from([("kube-scheduler.yaml".into(), text.to_owned())]);
    let patches = Patches::parse(&files, fixture::config().cluster.minor.patch_targets).unwrap();
    let (config, inputs) = (fixture::config(), PodInputs::default());
    let text = render(StaticPod::Scheduler, config.spec(), &inputs, &patches).unwrap().unwrap();
    let pod: Value = yaml::from_str(&text).unwrap();
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["resources"], json!({"requests": {"cpu": "500m"}}));
    assert_eq!(container["env"], json!([{"name": "A"}]));
    assert_eq!((container.get("stdin"), pod["spec"].get("hostNetwork")), (None, None));
    assert_eq!(pod["spec"].get("nothing"), None);
}

#[test]
fn a_patch_that_leaves_no_pod_is_refused_by_target() {
    let files = BTreeMap::from([("etcd+merge.json".into(), r#"{"kind": "Secret"}"#.to_owned())]);
    let patches = Patches::parse(&files, fixture::config().cluster.minor.patch_targets).unwrap();
    let error =
        render(StaticPod::Etcd, fixture::config().spec(), &PodInputs::default(), &patches).unwrap_err();
    assert_eq!(error.to_string(), "etcd is not a Pod any more after its patches");
}

fn settings() -> impl Strategy<Value = ComponentSettings> {
    let arg = ("[a-c]|bind-address|v", "[a-z0-9]{0,5}").prop_map(|(name, value)| Arg { name, value });
    let volume =
        ("[a-c]|ca-certs|k8s-certs", "/[a-z]{1,3}", any::<bool>()).prop_map(|(name, path, read_only)| {
            let (host_path, mount_path) = (path.clone(), path);
            HostPathMount { name, host_path, mount_path, read_only, path_type: String::new() }
        });
    let env = ("[A-C]", "[a-z]{0,3}").prop_map(|(name, value)| EnvVar {
        name,
        value: Some(value),
        ..EnvVar::default()
    });
    (prop::collection::vec(arg, 0..5), prop::collection::vec(volume, 0..5), prop::collection::vec(env, 0..5))
        .prop_map(|(extra_args, extra_volumes, extra_envs)| ComponentSettings {
            extra_args,
            extra_volumes,
            extra_envs,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_user_adds_is_there_and_names_stay_unique(user in settings(), present in any::<bool>()) {
        let mut config = fixture::config();
        config.cluster.api_server.component = user.clone();
        config.cluster.controller_manager = user.clone();
        config.cluster.scheduler = user.clone();
        let host_ca_dirs = if present { host_ca_dirs() } else { Vec::new() };
        let inputs = PodInputs { host_ca_dirs, ..PodInputs::default() };
        for kind in [StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler] {
            let mut pod = static_pod(kind, config.spec(), &inputs).unwrap();
            let spec = pod_spec(&mut pod);
            let volumes: Vec<_> = spec.volumes.iter().flatten().map(|volume| volume.name.clone()).collect();
            let container = container(spec);
            let mounts: Vec<_> =
                container.volume_mounts.iter().flatten().map(|mount| mount.name.clone()).collect();
            prop_assert_eq!(&volumes, &mounts);
            prop_assert_eq!(volumes.iter().collect::<BTreeSet<_>>().len(), volumes.len());
            for volume in &user.extra_volumes {
                prop_assert!(volumes.contains(&volume.name));
            }
            let env: Vec<_> = container.env.iter().flatten().map(|variable| &variable.name).collect();
            let given: BTreeSet<_> = user.extra_envs.iter().map(|variable| &variable.name).collect();
            prop_assert_eq!(env, given.into_iter().collect::<Vec<_>>());
            let words = container.command.as_deref().unwrap();
            for arg in &user.extra_args {
                let word = format!("--{}={}", arg.name, arg.value);
                prop_assert!(words.contains(&word));
            }
        }
    }

    #[test]
    fn certificates_follow_their_directory(directory in "/[a-z]{1,8}(/[a-z]{1,8})?") {
        let mut config = fixture::config();
        config.cluster.certificates_dir = directory.into();
        for kind in StaticPod::ALL {
            let text = rendered(kind, config.spec(), &PodInputs::default());
            prop_assert!(!text.contains("/etc/kubernetes/pki"));
        }
    }
}
