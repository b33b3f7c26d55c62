//! `join` against clusters that are not what they should be: what it believes, what it writes, and what it says.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kubewright::config::CertificateKey;
use kubewright::manifests::objects::jws;
use kubewright::pki;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "abcdef.0123456789abcdef";
const CRON: &str = "* * * * * root touch /pwned\n";
const CLUSTER_INFO: &str = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const SYSTEM: &str = "/api/v1/namespaces/kube-system";

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    key_pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "kubernetes");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, key_pem: key.serialize_pem(), issuer: Issuer::new(params, key) }
    }

    fn hash(&self) -> String {
        pki::ca_cert_hashes(self.pem.as_bytes()).unwrap().remove(0)
    }

    fn server(&self) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap()
    }
}

/// A server of `objects`, by path, that remembers the tokens it was shown.
struct Api {
    at: String,
    objects: Arc<Mutex<BTreeMap<String, String>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Api {
    fn serve(authority: &Authority) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let api = Self { at, objects: Arc::default(), tokens: Arc::default() };
        let (objects, tokens) = (Arc::clone(&api.objects), Arc::clone(&api.tokens));
        let config = Arc::new(authority.server());
        // It ends with the test program.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (objects, tokens) = (Arc::clone(&objects), Arc::clone(&tokens));
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                thread::spawn(move || answer(StreamOwned::new(tls, stream), &objects, &tokens));
            }
        });
        api
    }

    fn put(&self, path: &str, text: &impl ToString) {
        self.objects.lock().unwrap().insert(path.to_owned(), text.to_string());
    }

    fn map(&self, path: &str, data: &Value) {
        self.put(path, &json!({ "kind": "ConfigMap", "apiVersion": "v1", "data": data }));
    }

    /// cluster-info with these CAs, signed with the token.
    fn cluster_info(&self, server: &str, authorities: &[&Authority]) {
        let pem: String = authorities.iter().map(|authority| authority.pem.as_str()).collect();
        let kubeconfig = format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: {server}\n  name: \"\"\n\
             contexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n",
            BASE64.encode(pem)
        );
        let signature = jws::sign(&kubeconfig, &TOKEN.parse().unwrap());
        self.map(CLUSTER_INFO, &json!({ "kubeconfig": kubeconfig, "jws-kubeconfig-abcdef": signature }));
    }

    /// All that a joining node reads; `etcd` and what else is said of the cluster.
    fn cluster(&self, more: &str) {
        let cluster = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n\
             controlPlaneEndpoint: {}\nnetworking: {{serviceSubnet: 10.96.0.0/12}}\n{more}",
            self.at
        );
        let kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
        self.map(&format!("{SYSTEM}/configmaps/kubeadm-config"), &json!({ "ClusterConfiguration": cluster }));
        self.map(&format!("{SYSTEM}/configmaps/kubelet-config"), &json!({ "kubelet": kubelet }));
    }

    /// The kubeadm-certs Secret, each entry sealed.
    fn share(&self, entries: &[(&str, &str)]) {
        let seal = |content: &str| {
            let sealed = if content.is_empty() {
                Vec::new()
            } else {
                key().seal(content.as_bytes(), [7; 12]).unwrap()
            };
            json!(BASE64.encode(sealed))
        };
        let data: serde_json::Map<String, Value> =
            entries.iter().map(|(entry, content)| ((*entry).to_owned(), seal(content))).collect();
        let secret = json!({ "kind": "Secret", "apiVersion": "v1", "data": data });
        self.put(&format!("{SYSTEM}/secrets/kubeadm-certs"), &secret);
    }

    fn url(&self) -> String {
        format!("https://{}", self.at)
    }
}

const CERTIFICATE_KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn key() -> CertificateKey {
    CertificateKey::new([1; 32])
}

fn answer(
    mut stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    objects: &Mutex<BTreeMap<String, String>>,
    tokens: &Mutex<Vec<String>>,
) {
    loop {
        let mut lines = Vec::new();
        for line in BufReader::new(&mut stream).lines() {
            match line {
                Ok(line) if line.is_empty() => break,
                Ok(line) => lines.push(line),
                Err(_) => return,
            }
        }
        let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)) else { return };
        let bearer = lines
            .iter()
            .filter_map(|line| line.to_lowercase().strip_prefix("authorization: bearer ").map(str::to_owned));
        tokens.lock().unwrap().extend(bearer);
        let found = objects.lock().unwrap().get(path).cloned();
        let (code, body) = match found {
            Some(body) => ("200 OK", body),
            None => {
                ("404 Not Found", json!({ "kind": "Status", "apiVersion": "v1", "code": 404 }).to_string())
            }
        };
        let head = format!(
            "HTTP/1.1 {code}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// A dry run's folder, and what the program said.
struct Run {
    folder: TempDir,
    output: Output,
}

impl Run {
    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// A file of the host as it would be.
    fn file(&self, path: &str) -> String {
        let place = self.folder.path().join("host").join(path);
        fs::read_to_string(&place)
            .unwrap_or_else(|error| panic!("{}: {error}; {}", place.display(), self.said()))
    }

    fn refused(&self) -> String {
        let said = self.said();
        assert!(!self.output.status.success(), "{said}");
        assert!(!self.folder.path().join("host").exists(), "something was written; {said}");
        said
    }
}

fn join(arguments: &[&str]) -> Run {
    join_trusting(arguments, None)
}

fn join_trusting(arguments: &[&str], authority: Option<&Authority>) -> Run {
    let folder = TempDir::new().unwrap();
    let host = folder.path().join("host");
    let mut command = Command::cargo_bin("kubewright").unwrap();
    command.args(["join", "--dry-run", "--output-dir", host.to_str().unwrap(), "--node-name", "node-1"]);
    command.args(["--ignore-preflight-errors", "all"]);
    if !arguments.contains(&"--config") {
        command.args(["--cri-socket", "unix:///run/containerd/containerd.sock"]);
    }
    command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap());
    if let Some(authority) = authority {
        let file = folder.path().join("trusted.pem");
        fs::write(&file, &authority.pem).unwrap();
        command.env("SSL_CERT_FILE", file);
    }
    let output = command.output().unwrap();
    Run { folder, output }
}

fn by_token(api: &Api, pins: &[&Authority], more: &[&str]) -> Run {
    let pins: Vec<String> = pins.iter().map(|authority| authority.hash()).collect();
    let mut arguments = vec![api.at.as_str(), "--token", TOKEN];
    arguments.extend(pins.iter().flat_map(|pin| ["--discovery-token-ca-cert-hash", pin]));
    arguments.extend(more);
    join(&arguments)
}

fn authority_of(kubeconfig: &str) -> String {
    let line = kubeconfig.lines().find_map(|line| line.trim().strip_prefix("certificate-authority-data: "));
    String::from_utf8(BASE64.decode(line.unwrap()).unwrap()).unwrap()
}

#[test]
fn a_pinned_ca_beside_the_server_s_own_does_not_vouch_for_it() {
    let (ours, other) = (Authority::new(), Authority::new());
    let api = Api::serve(&other);
    api.cluster("");
    api.cluster_info(&api.url(), &[&ours, &other]);
    let said = by_token(&api, &[&ours], &[]).refused();
    assert!(said.contains("a CA that its cluster-info holds, but whose hash was not given"), "{said}");
    assert!(said.contains(&format!("add --discovery-token-ca-cert-hash {}", other.hash())), "{said}");
    assert!(api.tokens.lock().unwrap().is_empty(), "the token is shown to nobody");
}

#[test]
fn requests_are_told_with_their_answers_and_without_the_token() {
    let ca = Authority::new();
    let api = Api::serve(&ca);
    api.cluster("");
    api.cluster_info(&api.url(), &[&ca]);
    let said = by_token(&api, &[&ca], &["-v=6"]).said();
    for path in [CLUSTER_INFO, &format!("{SYSTEM}/configmaps/kubeadm-config")] {
        let wanted = format!(" s  GET {}{path}: 200, in ", api.url());
        assert!(said.contains(&wanted), "{wanted}: {said}");
    }
    assert!(
        api.tokens.lock().unwrap().iter().any(|token| token.contains(TOKEN)),
        "it was shown to the server"
    );
    for secret in ["0123456789abcdef", "Bearer", "authorization"] {
        assert!(!said.contains(secret), "{said}");
    }
    let calls = by_token(&api, &[&ca], &["-v=4"]).said();
    assert!(
        calls.contains(&format!(" s  calls {} (GET)", api.url())) && !calls.contains(CLUSTER_INFO),
        "{calls}"
    );
}

#[test]
fn only_pinned_cas_are_written() {
    let (ours, other) = (Authority::new(), Authority::new());
    let api = Api::serve(&ours);
    api.cluster("");
    api.cluster_info(&api.url(), &[&other, &ours]);
    let run = by_token(&api, &[&ours], &[]);
    assert!(run.said().contains(&other.hash()), "{}", run.said());
    assert_eq!(run.file("etc/kubernetes/pki/ca.crt"), ours.pem);
    assert_eq!(authority_of(&run.file("etc/kubernetes/bootstrap-kubelet.conf")), ours.pem);
    let both = by_token(&api, &[&ours, &other], &[]);
    assert_eq!(both.file("etc/kubernetes/pki/ca.crt"), format!("{}{}", other.pem, ours.pem));
}

#[test]
fn a_cluster_info_that_leads_elsewhere_is_told_with_both_addresses() {
    let ca = Authority::new();
    let api = Api::serve(&ca);
    api.cluster("");
    api.cluster_info("https://127.0.0.1:1", &[&ca]);
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("join.yaml");
    let text = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {{bootstrapToken: {{apiServerEndpoint: \
         '{}', token: {TOKEN}, caCertHashes: ['{}']}}}}\nnodeRegistration: {{criSocket: unix:///run/x.sock}}\ntimeouts: {{kubernetesAPICall: 1s}}\n",
        api.at,
        ca.hash()
    );
    fs::write(&config, text).unwrap();
    let said = join(&["--config", config.to_str().unwrap()]).refused();
    let (first, last) = said.split_once("; trying again").unwrap_or_else(|| panic!("{said}"));
    for said in [first, last] {
        assert!(
            said.contains(&format!("the cluster-info of {}, the address that was given, leads to", api.at)),
            "{said}"
        );
        assert!(said.contains("https://127.0.0.1:1") && said.contains("Connection refused"), "{said}");
    }
    assert!(last.contains("hint: see whether https://127.0.0.1:1 is right"), "{last}");
}

fn discovery_file(folder: &TempDir, cluster: &str, user: &str) -> String {
    let path = folder.path().join("discovery.conf");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    );
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_discovery_file_without_verification_is_refused() {
    let ca = Authority::new();
    let api = Api::serve(&ca);
    api.cluster("");
    api.cluster_info(&api.url(), &[&ca]);
    let folder = TempDir::new().unwrap();
    let cluster = format!("server: '{}', insecure-skip-tls-verify: true", api.url());
    let file = discovery_file(&folder, &cluster, &format!("token: {TOKEN}"));
    let said = join(&["--discovery-file", &file]).refused();
    assert!(
        said.contains("has insecure-skip-tls-verify") && said.contains("certificate-authority-data"),
        "{said}"
    );
    assert!(api.tokens.lock().unwrap().is_empty());
}

#[test]
fn a_ca_that_a_discovery_file_lacks_comes_out_of_cluster_info_over_verified_tls() {
    let (ca, other) = (Authority::new(), Authority::new());
    let api = Api::serve(&ca);
    api.cluster("");
    api.cluster_info(&api.url(), &[&ca]);
    let folder = TempDir::new().unwrap();
    let file = discovery_file(&folder, &format!("server: '{}'", api.url()), &format!("token: {TOKEN}"));
    let run = join_trusting(&["--discovery-file", &file], Some(&ca));
    assert_eq!(run.file("etc/kubernetes/pki/ca.crt"), ca.pem);
    let said = join_trusting(&["--discovery-file", &file], Some(&other)).refused();
    assert!(said.contains("no CA that this host trusts signed the certificate"), "{said}");
}

#[test]
fn a_document_from_a_url_has_nothing_run_or_read() {
    let ca = Authority::new();
    let api = Api::serve(&ca);
    let folder = TempDir::new().unwrap();
    let marker = folder.path().join("ran");
    for (user, field) in [
        (
            format!(
                "exec: {{apiVersion: client.authentication.k8s.io/v1, command: touch, args: ['{}'], interactiveMode: Never}}",
                marker.display()
            ),
            "exec",
        ),
        ("tokenFile: /etc/hostname".to_owned(), "tokenFile"),
        ("auth-provider: {name: oidc}".to_owned(), "auth-provider"),
    ] {
        let file = discovery_file(&folder, &format!("server: '{}'", api.url()), &user);
        api.put("/discovery", &fs::read_to_string(file).unwrap());
        let url = format!("{}/discovery", api.url());
        let said = join_trusting(&["--discovery-file", &url], Some(&ca)).refused();
        assert!(said.contains(field) && said.contains(&url), "{said}");
        assert!(!marker.exists() && api.tokens.lock().unwrap().is_empty());
    }
}

/// A control plane's join of a cluster with an external etcd whose files are in `etcd`; `content` of its CA.
fn with_external_etcd(etcd: &str, content: &str, certificates_dir: &str) -> Run {
    let ca = Authority::new();
    let api = Api::serve(&ca);
    let (crt, secret) = (ca.pem.as_str(), ca.key_pem.as_str());
    let file = |name: &str| format!("{etcd}/{name}");
    api.cluster(&format!(
        "{certificates_dir}etcd: {{external: {{endpoints: ['https://192.0.2.1:2379'], caFile: {}, certFile: {}, keyFile: {}}}}}\n",
        file("ca.crt"), file("client.crt"), file("client.key")
    ));
    api.cluster_info(&api.url(), &[&ca]);
    let public = pki::PrivateKey::from_pem(secret.as_bytes()).unwrap().public_key().to_pem();
    let public = String::from_utf8(public.to_vec()).unwrap();
    api.share(&[
        ("ca.crt", crt),
        ("ca.key", secret),
        ("front-proxy-ca.crt", crt),
        ("front-proxy-ca.key", secret),
        ("sa.pub", &public),
        ("sa.key", secret),
        ("external-etcd-ca.crt", content),
        ("external-etcd.crt", crt),
        ("external-etcd.key", secret),
    ]);
    let more = [
        "--control-plane",
        "--certificate-key",
        CERTIFICATE_KEY,
        "--apiserver-advertise-address",
        "192.0.2.7",
    ];
    by_token(&api, &[&ca], &more)
}

#[test]
fn what_a_cluster_sends_is_written_as_what_it_is_and_where_it_belongs() {
    let ca = Authority::new().pem;
    let run = with_external_etcd("/etc/kubernetes/pki/etcd", &format!("{CRON}{ca}{CRON}"), "");
    assert_eq!(run.file("etc/kubernetes/pki/etcd/ca.crt"), ca);
    assert!(run.file("etc/kubernetes/pki/etcd/client.key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let said = with_external_etcd("/etc/kubernetes/pki/etcd", CRON, "").refused();
    assert!(
        said.contains("external-etcd-ca.crt of the Secret kubeadm-certs is not what it should be"),
        "{said}"
    );
    for folder in ["/nowhere/cron.d", "/nowhere/.ssh", "/etc/kubernetes/manifests"] {
        let said = with_external_etcd(folder, &ca, "").refused();
        assert!(
            said.contains(&format!("has external-etcd-ca.crt at {folder}/ca.crt, which is neither")),
            "{said}"
        );
    }
    let said = with_external_etcd("/etc/kubernetes/pki", &ca, "").refused();
    assert!(said.contains("external-etcd-ca.crt at /etc/kubernetes/pki/ca.crt, where another"), "{said}");
    let said = with_external_etcd("/etc/cron.d", &ca, "certificatesDir: /etc/cron.d\n").refused();
    assert!(
        said.contains("certificatesDir: \"/etc/cron.d\" holds or is a part of this host's system"),
        "{said}"
    );
    let said = with_external_etcd("/etc/kubernetes/pki/../../cron.d", &ca, "").refused();
    assert!(said.contains("must not have '..' in it"), "{said}");
}

#[test]
fn phases_with_nothing_to_do_ask_no_cluster() {
    let token = ["127.0.0.1:1", "--token", TOKEN, "--discovery-token-unsafe-skip-ca-verification"];
    for phase in ["download-certs", "certs", "kubeconfig", "all"] {
        phase_is_left_out(&[&["control-plane-prepare", phase], &token[..]].concat());
    }
    phase_is_left_out(
        &[&["control-plane-prepare", "download-certs", "--control-plane"], &token[..]].concat(),
    );
    for phase in [&["etcd-join"][..], &["control-plane-join", "mark-control-plane"]] {
        phase_is_left_out(phase);
    }
}

fn phase_is_left_out(arguments: &[&str]) {
    let folder = TempDir::new().unwrap();
    let host = folder.path().join("host");
    let mut command = Command::cargo_bin("kubewright").unwrap();
    command.args(["join", "phase"]).args(arguments).args([
        "--dry-run",
        "--output-dir",
        host.to_str().unwrap(),
    ]);
    let output = command.env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("there is nothing to do"), "{arguments:?}: {said}");
    assert!(!Path::new(&host).exists());
}
