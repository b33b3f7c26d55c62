//! What the program reads of others' making: a function a fuzz target, each of which takes any bytes and holds what it
//! can to its own word. tests/readers.rs runs them over their seeds.

mod machine;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str;
use std::sync::LazyLock;
use std::time::Instant;

use http::Uri;
use jiff::Timestamp;
use kubewright::causes::{
    Activity, ContainerSeen, ContainerState, KubeletSeen, KubeletUnit, ManifestsSeen, Symptoms, Wanted,
    explain,
};
use kubewright::config::{
    Assumed, CertificateKey, Config, ConfigErrors, Flags, HostAddresses, HostDefaults, JoinFlags, Migration,
    Need, Requested, RequestedJoin, RequestedReset, ResetDefaults, ResetFlags, SourceFile, Stored,
    TokenString, cluster_configuration_document, resolve, resolve_join,
};
use kubewright::duration::GoDuration;
use kubewright::facts::{
    CniRecord, EnvPair, KernelConfig, LocalEtcd, PodNetwork, RuntimeSettings, certificates_dir,
    listening_inodes, mounts_in, orphans, packet_rules, parse_ipv4, parse_ipv6, parse_mountinfo,
    parse_services, parse_sets, parse_tables, parse_v1_controllers, parse_v2_controllers, unified_mount,
};
use kubewright::host::etcd::members_in;
use kubewright::host::{brief, date, seconds};
use kubewright::join::discovery::{Answered, token_state};
use kubewright::join::{Trace, TraceKind};
use kubewright::kubeconfig::{self, ClusterCa, Document, FoundKubeconfig};
use kubewright::manifests::accounts::{self, AccountFiles};
use kubewright::manifests::component;
use kubewright::manifests::objects::found_token;
use kubewright::manifests::patches::{self, Patches};
use kubewright::manifests::static_pod::{self, PodInputs, StaticPod};
use kubewright::pki::go::{Certificate, Pool, Purpose, may_sign, signed_by, verify};
use kubewright::pki::{self, Existing, FileKind, FoundCert, PrivateKey};
use kubewright::plan::{self, Content, Paths, observed_paths};
use kubewright::proxy::{Proxy, Settings};
use kubewright::report::{GoTemplate, JsonPath, MissingKeys};
use kubewright::secret::Secret;
use kubewright::{join, json, versions, yaml};
use serde_json::{Value, json};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 14] = [
    ("accounts", accounts),
    ("causes", causes),
    ("config", config),
    ("migrate", migrate),
    ("patches", patched),
    ("pki", pki),
    ("kubeconfig", kubeconfig),
    ("answers", answers),
    ("network", network),
    ("host", host),
    ("runtime", runtime),
    ("records", records),
    ("leftovers", leftovers),
    ("templates", templates),
];

/// Configuration files for `init`, `join` and `reset`, and the cluster's own copy of them.
pub fn config(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let source = SourceFile::new("kubeadm.yaml".to_owned(), text.to_owned());
    let requested = Requested::parse(Some(text), &Flags::default());
    if let Some(requested) = said(requested.map_err(|errors| errors.in_file(Some(&source))))
        && let Some(config) = said(resolve(requested, &a_host(), Need::Node))
    {
        reads_back(&config);
        pki::catalogue(config.spec());
        kubeconfig::catalogue(config.spec());
    }
    if text.contains("JoinConfiguration")
        && let Some(requested) = said(RequestedJoin::parse(Some(text), &JoinFlags::default()))
    {
        said(resolve_join(requested, &a_host(), Need::Node));
    }
    if text.contains("ResetConfiguration")
        && let Some(requested) = said(RequestedReset::parse(Some(text), &ResetFlags::default()))
    {
        said(requested.resolve(ResetDefaults::default()));
    }
    said(Stored::parse(text, text));
    flags(text);
}

/// A configuration file → one in another format, with its comments: what was written can be read, means the same, and has
/// every comment.
pub fn migrate(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for asked in [None, versions::resolve("1.30.4").ok(), versions::resolve("1.37.1").ok()] {
        let Some(once) = migrated(text, asked.clone()) else { continue };
        for comment in yaml::comments(text) {
            assert!(once.contains(comment.text.trim_end()), "a comment is lost");
        }
        let again = migrated(&once, asked).expect("what was written can be read");
        assert_eq!(meaning(&again), meaning(&once), "what was written is complete");
    }
}

/// The documents of what was written, which ends each but the last with a line of its own.
fn meaning(text: &str) -> Vec<Value> {
    text.split("---\n").map(|document| yaml::from_str(document).unwrap_or_default()).collect()
}

fn migrated(text: &str, asked: Option<Assumed>) -> Option<String> {
    let newest = || (versions::newest().stable_version(), versions::newest());
    let migration = said(Migration::read(text, asked, &newest))?;
    // Each token of a file gets one, and there may be many.
    let fresh_tokens = vec![a_token(); migration.fresh_tokens()];
    said(migration.resolve(&HostDefaults { fresh_tokens, ..a_host() })).map(|resolved| resolved.write().text)
}

/// A patch of every type, of a static pod and of the kubelet's settings as init makes them: what comes out is a manifest that
/// can be read, or a refusal that can be told.
pub fn patched(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let config = a_config().spec();
    for kind in ["json", "merge", "strategic"] {
        let files = ["kube-apiserver", "etcd", "kubeletconfiguration"]
            .map(|target| (PathBuf::from(format!("{target}+{kind}.yaml")), text.to_owned()));
        let Ok(patches) = Patches::parse(&BTreeMap::from(files), config.cluster.minor.patch_targets) else {
            continue;
        };
        for pod in [StaticPod::ApiServer, StaticPod::Etcd] {
            match static_pod::render(pod, config, &PodInputs::default(), &patches) {
                Ok(manifest) => {
                    let manifest: Value =
                        yaml::from_str(&manifest.unwrap_or_default()).expect("it can be read");
                    assert_eq!(manifest["kind"], "Pod");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            let _ = static_pod::cautions(pod, config, &PodInputs::default(), &patches);
        }
        let plain = component::kubelet(config).document;
        if let Ok(patched) = component::patched_kubelet(config, plain, &patches) {
            assert_eq!(patched.document["kind"], "KubeletConfiguration");
        }
    }
}

/// Each line is what was given to one flag.
fn flags(text: &str) {
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next();
    let flags = Flags {
        apiserver_advertise_address: next(),
        apiserver_cert_extra_sans: next().into_iter().collect(),
        apiserver_extra_args: next().into_iter().collect(),
        control_plane_endpoint: next(),
        feature_gates: next(),
        kubernetes_version: next(),
        node_name: next(),
        pod_network_cidr: next(),
        service_cidr: next(),
        token: next().map(Secret::new),
        token_ttl: next(),
        ..Flags::default()
    };
    said(Requested::parse(None, &flags));
    let flags = JoinFlags {
        api_server_endpoint: flags.control_plane_endpoint,
        cri_socket: flags.apiserver_advertise_address,
        discovery_token: flags.token.clone(),
        discovery_token_ca_cert_hash: flags.apiserver_extra_args,
        tls_bootstrap_token: flags.token,
        ..JoinFlags::default()
    };
    said(RequestedJoin::parse(None, &flags));
}

/// What was read; a refusal names an offence, and can be told.
fn said<T>(read: Result<T, ConfigErrors>) -> Option<T> {
    let errors = match read {
        Ok(value) => return Some(value),
        Err(errors) => errors,
    };
    assert!(!errors.0.is_empty() && !errors.to_string().is_empty());
    None
}

/// What init stores in the cluster is what a node that joins reads there.
fn reads_back(config: &Config) {
    let document = cluster_configuration_document(&config.cluster);
    let text = yaml::to_string(&document).expect("a document can be written");
    let cluster = Stored::parse_cluster(&text).expect("what was written can be read");
    assert_eq!(cluster_configuration_document(&cluster), document, "{text}");
}

/// Keys and certificates, in PEM or as the DER in it, and pairs of them that are there already.
pub fn pki(data: &[u8]) {
    pem(data);
    if let Some(found) = FoundCert::from_der(data) {
        let bundle = pki::certificates(&found.to_pem()).expect("what was written can be read");
        assert_eq!(bundle.own, found);
        pem(&found.to_pem());
        trusted(data);
    }
    for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "PUBLIC KEY"] {
        pem(&in_pem(label, data));
    }
    let key = CertificateKey::new([7; 32]);
    let _ = key.open(data);
}

/// Held against itself, as a root and below one.
fn trusted(der: &[u8]) {
    let cert = Certificate::parse(der).expect("what was read is read again");
    let itself = std::slice::from_ref(&cert);
    let purposes = [Purpose::Server, Purpose::Client];
    let _ = verify(&cert, Pool { roots: itself, intermediates: &[] }, cert.not_after, &purposes);
    let _ = verify(&cert, Pool { roots: &[], intermediates: itself }, cert.not_after, &[]);
    let _ = (may_sign(&cert), signed_by(&cert, &cert));
}

fn pem(text: &[u8]) {
    let _ = pki::trusted(text);
    let certificates = pki::certificates(text);
    let hashes = pki::ca_cert_hashes(text);
    assert_eq!(certificates.is_ok(), hashes.is_ok());
    let _ = pki::public_keys(text);
    if let Ok(key) = PrivateKey::from_pem(text) {
        let written = key.to_pem().expect("a key that was read can be written");
        let again = PrivateKey::from_pem(&written).expect("what was written can be read");
        assert_eq!(again.public_key(), key.public_key());
    }
    if certificates.is_ok() {
        let items = pki::catalogue(a_config().spec());
        let everywhere = Existing::paths(&items).into_iter().map(|path| (path, text.to_vec()));
        let _ = pki::decide(&items, &everywhere.collect(), now());
    }
}

fn in_pem(label: &str, der: &[u8]) -> Vec<u8> {
    // A kubeconfig writes base64, which is what stands in PEM.
    let mut cluster = kubeconfig::Cluster::default();
    cluster.set_authority(der);
    let body = cluster.certificate_authority_data.unwrap_or_default();
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
}

/// Kubeconfigs: the five files of init, discovery files, a kubelet's own.
pub fn kubeconfig(data: &[u8]) {
    let _ = kubeconfig::named_files(data, Path::new("/etc/kubernetes/admin.conf"));
    let _ = kubeconfig::client_certificate(data, Path::new("/etc/kubernetes/admin.conf"));
    let _ = kubeconfig::point_at_certificate(data, Path::new("/a.pem"));
    let Ok(document) = Document::parse(data) else { return };
    let text = document.to_yaml().expect("a kubeconfig can be written");
    let again = Document::parse(text.expose_secret().as_bytes()).expect("what was written can be read");
    assert!(again == document, "it reads back as it was");
    let leading = document.distilled();
    for document in [&document, &leading] {
        let _ = document.connection();
    }
    let _ = (document.reach(None), leading.reach(Some(b"")), leading.leading_cluster().is_some());
    let mut changed = document;
    changed.name_cluster("kubernetes");
    let _ = changed.embed(Path::new("/k/d.conf"), |_| Ok(data.to_vec()));
    for ca in [ClusterCa::ToBeMade, a_ca()] {
        let found = FoundKubeconfig { text: data.to_vec().into(), authority_file: Some(CA.to_vec()) };
        let found = kubeconfig::FILES.iter().map(|file| (file.name.to_owned(), found.clone())).collect();
        let _ = kubeconfig::decide(&kubeconfig::catalogue(a_config().spec()), &found, &ca, now());
    }
}

/// What servers answer: cluster-info with its signatures, tokens, sealed certificates.
pub fn answers(data: &[u8]) {
    let Ok(body) = str::from_utf8(data) else { return };
    for code in [200, 401, 404] {
        let _ = token_state("h:1", code, body);
        if let Ok(Answered::ClusterInfo(info)) = Answered::read("h:1", code, body) {
            info.signed(&a_token());
            if let Ok(found) = info.cluster() {
                assert_eq!(found.hashes().len(), found.authorities.len());
            }
        }
    }
    let Ok(value) = serde_json::from_str::<Value>(body) else { return };
    assert!(json::object(body.as_bytes()).is_ok() == value.is_object(), "within bounds both read the same");
    let _ = found_token(&value);
    let _ = join::etcd::pod_endpoints(value.as_array().map(Vec::as_slice).unwrap_or_default());
}

/// A proxy, what it is not for, and a server, a line each; and each as a header and as a server's words.
pub fn network(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.lines().collect();
    let [proxy, exceptions, server] = [0, 1, 2].map(|line| lines.get(line).copied().unwrap_or_default());
    let pair = |name: &str, value: &str| EnvPair { name: name.to_owned(), value: value.to_owned() };
    let settings = Settings::of(&[pair("HTTPS_PROXY", proxy), pair("no_proxy", exceptions)]);
    if let Ok(server) = server.parse::<Uri>()
        && let Some(found) = settings.proxy_for(&server)
    {
        assert!(!exceptions.split(',').any(|rule| rule.trim() == "*") && server.host() != Some("localhost"));
        let shown = format!("{found} {found:?}");
        assert!(!shown.contains('@') && found.uri.host().is_some(), "{shown}");
    }
    let _ = Proxy::of_kubeconfig(proxy);
    for line in lines {
        assert!(seconds(line).is_none_or(|pause| Instant::now().checked_add(pause).is_some()));
        let _ = date(line);
        assert!(brief(line).chars().count() < 1100);
    }
}

/// What is found on a host: packet rules, the plug-ins' records, static pods, mounts, routes, and patches.
pub fn host(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let recorded = CniRecord::parse("/r".into(), &text).map(|record| record.chains());
    let of_pods = recorded.into_iter().flatten().chain(orphans(&text, "bridge", &[].into())).collect();
    let chains = packet_rules::chains(&text, &of_pods);
    let without = packet_rules::without(&text, &of_pods);
    assert_eq!(chains.is_empty(), without.is_none());
    let _ = (PodNetwork::parse(&text), LocalEtcd::parse(&text), certificates_dir(&text));
    let _ = mounts_in(&parse_mountinfo(&text), Path::new("/var/lib/kubelet"));
    let _ = (parse_ipv4(&text), parse_ipv6(&text), KernelConfig::parse(&text), unified_mount(&text));
    let _ =
        (parse_v1_controllers(&text), parse_v2_controllers(&text), parse_tables(&text), parse_sets(&text));
    let _ = parse_services(&text, &["10.96.0.1".to_owned()]);
    if let Ok(duration) = text.parse::<GoDuration>() {
        assert_eq!(duration.to_string().parse(), Ok(duration));
    }
    patches(&text);
}

/// What a container runtime tells of its settings, and the kernel of its sockets.
pub fn runtime(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(settings) = RuntimeSettings::parse(&text) {
        assert_ne!(settings.sandbox_image.as_deref(), Some(""));
    }
    for port in [0, 80, 6443, u16::MAX] {
        let inodes = listening_inodes(&text, port);
        assert!(inodes.len() < text.lines().count().max(1), "the heading is no socket");
        assert!(inodes.iter().all(|inode| !inode.is_empty() && !inode.contains(char::is_whitespace)));
    }
}

/// What network plug-ins leave: no name of theirs leads out of a folder, or is a program's flag.
pub fn records(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut names = Vec::new();
    if let Some(record) = CniRecord::parse("/r".into(), &text) {
        assert!(record.chains().iter().all(|chain| chain.starts_with("CNI-") && chain.len() == 28));
        names.extend([record.network, record.container]);
        names.extend(record.interfaces);
    }
    if let Some(network) = PodNetwork::parse(&text) {
        names.push(network.name);
        names.extend(network.bridges);
    }
    for name in names {
        assert_eq!(Path::new("/folder").join(&name).parent(), Some(Path::new("/folder")), "{name:?}");
        assert!(!name.starts_with('-') && name != ".." && name != "." && !name.contains('\0'), "{name:?}");
    }
}

/// What a kubelet, systemd and containers have said, a line each: a cause that is found can be told.
pub fn causes(data: &[u8]) {
    static WANTED: LazyLock<Wanted> = LazyLock::new(|| Wanted::of_control_plane(a_config().control_plane()));
    let text = String::from_utf8_lossy(data);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let message = lines.first().cloned().unwrap_or_default();
    let ended = ContainerState::Ended { code: 1, reason: "Error".to_owned(), message };
    let container = |component: &str, state: &ContainerState| ContainerSeen {
        component: component.to_owned(),
        attempt: 1,
        state: state.clone(),
        log: lines.clone(),
    };
    let unit = KubeletUnit::Loaded { activity: Activity::Restarting, restarts: 3, status: 1 };
    for journal in [lines.clone(), Vec::new()] {
        let symptoms = Symptoms {
            kubelet: Ok(KubeletSeen { unit, journal }),
            containers: Ok(vec![
                container("etcd", &ContainerState::Running),
                container("kube-apiserver", &ended),
                container("kube-scheduler", &ended),
            ]),
            listeners: Vec::new(),
            space: Vec::new(),
            addresses: Ok(Vec::new()),
            own: None,
            endpoint: None,
            manifests: Ok(ManifestsSeen { told_by: "its configuration".to_owned(), read: Some("/m".into()) }),
            now: now(),
        };
        if let Some(found) = explain(&symptoms, &WANTED) {
            assert!(!found.summary.is_empty() && !found.remedy.is_empty(), "{found:?}");
        }
    }
}

/// What an earlier run of anybody's may have left: static pods, the kubelet's settings, kubeconfigs, etcd's database, and files that
/// control planes share.
pub fn leftovers(data: &[u8]) {
    let observed = observed_paths(a_config().spec(), &Paths::default());
    let files = observed.into_iter().map(|path| (path, Content::new(data))).collect();
    let _ = machine::with(a_config(), &files, now(), plan::previous_init);
    let path = Path::new("/etc/kubernetes/kubelet.conf");
    for kind in [TraceKind::Kubeconfig, TraceKind::Authority] {
        let _ = join::previous_join(&[Trace { path, kind, content: data }], CA);
    }
    for member in members_in(data).expect("memory can be read") {
        assert!(members_in(data).is_ok_and(|again| again.contains(&member)));
    }
    for kind in [FileKind::Certificate, FileKind::PrivateKey, FileKind::PublicKey] {
        if let Ok(purified) = pki::purified(kind, data) {
            let again = pki::purified(kind, &purified).expect("what was written can be read");
            assert_eq!(*again, *purified, "nothing else is left in it");
        }
    }
}

/// `/etc/passwd`, `/etc/group` and `/etc/login.defs`, with an empty byte between them: whatever is in them, nobody's lines
/// but the control plane's change.
pub fn accounts(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let found = AccountFiles { passwd: next(), group: next(), login_defs: next() };
    if let Some(left) = accounts::without(found.passwd, found.group) {
        assert_eq!(accounts::without(&left.0, &left.1), None, "what is removed is gone");
    }
    let (passwd, group) = accounts::without(found.passwd, found.group)
        .unwrap_or_else(|| (found.passwd.to_vec(), found.group.to_vec()));
    let others = AccountFiles { passwd: &passwd, group: &group, ..found };
    let Ok(added) = accounts::ensure(others) else { return };
    let again = AccountFiles { passwd: &added.passwd, group: &added.group, ..found };
    assert_eq!(accounts::ensure(again).as_ref(), Ok(&added), "a second time changes nothing");
    let (old, new) = accounts::without(&added.passwd, &added.group).expect("accounts were added");
    for (left, before) in [(old, passwd), (new, group)] {
        let lines = |text: &[u8]| -> Vec<Vec<u8>> {
            text.split_inclusive(|byte| *byte == b'\n')
                .map(|line| line.strip_suffix(b"\n").unwrap_or(line).to_vec())
                .collect()
        };
        assert_eq!(lines(&left), lines(&before), "others' lines stay");
    }
}

fn patches(text: &str) {
    for kind in ["json", "merge", "strategic"] {
        let files = BTreeMap::from([(PathBuf::from(format!("etcd+{kind}.yaml")), text.to_owned())]);
        if let Ok(patches) = Patches::parse(&files, versions::newest().patch_targets) {
            let pod =
                json!({ "metadata": { "name": "etcd" }, "spec": { "containers": [{ "name": "etcd" }] } });
            let _ = patches.apply(patches::PatchTarget::Etcd, pod);
        }
    }
}

const CA: &[u8] = include_bytes!("../tests/golden/pki/p256-ca.crt");

fn a_ca() -> ClusterCa {
    ClusterCa::Signing(pki::certificates(CA).expect("the golden CA can be read").own)
}

fn a_token() -> TokenString {
    "abcdef.0123456789abcdef".parse().expect("that is a token")
}

fn a_host() -> HostDefaults {
    HostDefaults {
        node_name: Some("host-1".to_owned()),
        addresses: HostAddresses {
            default_route: Some([192, 0, 2, 10].into()),
            default_route_v6: Some([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10].into()),
            loopback: Some([203, 0, 113, 7].into()),
        },
        cri_sockets: Vec::new(),
        fresh_tokens: vec![a_token()],
    }
}

fn a_config() -> &'static Config {
    static CONFIG: LazyLock<Config> = LazyLock::new(|| {
        let requested = Requested::parse(None, &Flags::default()).expect("nothing is wrong without flags");
        resolve(requested, &a_host(), Need::Node).expect("the host answers everything")
    });
    &CONFIG
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("that is a moment")
}

/// What `-o jsonpath` and `-o go-template` are given, over a document of `certs check-expiration`.
pub fn templates(data: &[u8]) {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let text = include_str!("../tests/templates/document.json");
        serde_json::from_str(text).expect("the document is JSON")
    });
    let Ok(text) = str::from_utf8(data) else { return };
    go_template(text, &DOCUMENT);
    match JsonPath::parse(text) {
        Err(error) => assert!((1..=text.chars().count() + 1).contains(&error.at), "{error}"),
        Ok(path) => {
            for missing in [MissingKeys::Allowed, MissingKeys::Refused] {
                let plain = path.render(&DOCUMENT, missing);
                let as_json = path.render_json(&DOCUMENT, missing);
                // Which of the two is longer than allowed may differ.
                if let (Err(plain), Err(as_json)) = (plain, as_json) {
                    assert_eq!(plain.to_string(), as_json.to_string());
                }
            }
        }
    }
}

/// What needs no key that is missing gives the same, whether such are allowed or not.
fn go_template(text: &str, document: &Value) {
    match GoTemplate::parse(text) {
        Err(error) => assert!((1..=text.lines().count() + 1).contains(&error.line), "{error}"),
        Ok(template) => {
            let [allowed, refused] = [MissingKeys::Allowed, MissingKeys::Refused]
                .map(|missing| template.render(document, missing).map_err(|failed| failed.to_string()));
            if refused.is_ok() {
                assert_eq!(allowed, refused);
            }
        }
    }
}
