//! `certs` as its users meet it, on a folder that stands for a control plane's host; no root is needed.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod tree;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use kubewright::pki;
use serde_json::Value;
use tempfile::TempDir;

use tree::{CONFIG, Files};

/// A control plane's files below a folder, and its configuration.
struct Host(TempDir);

impl Host {
    fn new() -> Self {
        let host = Self(tree::configured());
        for phase in ["certs", "kubeconfig"] {
            let made = host.run(&["init", "phase", phase, "all"]);
            assert!(made.status.success(), "{}", text(&made.stderr));
        }
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("root/etc/kubernetes").join(name)
    }

    fn command(&self, words: &[&str]) -> std::process::Command {
        let at = |name: &str| self.0.path().join(name).display().to_string();
        let mut command = std::process::Command::new(cargo_bin("kubewright"));
        command.env_clear().args(words).args([
            "--dry-run",
            "--output-dir",
            &at("root"),
            "--config",
            &at("config.yaml"),
        ]);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn renew(&self, words: &[&str]) -> Output {
        self.run(&[&["certs", "renew"], words].concat())
    }

    /// (name, outcome, ids of what changed)
    fn renewed(&self, words: &[&str]) -> Vec<(String, String, Vec<String>)> {
        let output = self.renew(&[words, &["-o", "json"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let said = |value: &Value| value.as_str().unwrap().to_owned();
        let row = |row: &Value| {
            let changes = row["changes"].as_array().into_iter().flatten().map(|change| said(&change["id"]));
            (said(&row["name"]), said(&row["outcome"]), changes.collect())
        };
        document["certificates"].as_array().unwrap().iter().map(row).collect()
    }

    fn add_to_cluster(&self, line: &str) {
        fs::write(self.0.path().join("config.yaml"), format!("{CONFIG}{line}\n")).unwrap();
    }

    fn files(&self) -> Files {
        tree::files(&self.path(""))
    }

    /// Below the folder that stands for the host.
    fn torn(&self) -> Vec<PathBuf> {
        tree::torn(&tree::files(&self.0.path().join("root")))
    }
}

fn kubewright(words: &[&str]) -> Output {
    std::process::Command::new(cargo_bin("kubewright")).env_clear().args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exit code, and what is said on standard error, with the host's folder as ROOT.
fn refusal(host: &Host, words: &[&str]) -> (Option<i32>, String) {
    let before = host.files();
    let output = host.renew(words);
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert_eq!(before, host.files(), "{words:?} is refused, but something was written");
    let said = text(&output.stderr).replace(&host.0.path().display().to_string(), "ROOT");
    (output.status.code(), said)
}

#[test]
fn every_certificate_gets_a_new_key_and_nothing_else_changes() {
    let host = Host::new();
    let before = host.files();
    let output = host.renew(&["all"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count(), 11);
    let after = host.files();
    let kept: Vec<String> = before
        .iter()
        .filter(|(path, content)| after.get(*path) == Some(*content))
        .map(|(path, _)| path.display().to_string())
        .collect();
    let untouched = [
        "kubelet.conf",
        "pki/ca.crt",
        "pki/ca.key",
        "pki/etcd/ca.crt",
        "pki/etcd/ca.key",
        "pki/front-proxy-ca.crt",
        "pki/front-proxy-ca.key",
        "pki/sa.key",
        "pki/sa.pub",
    ];
    assert_eq!(kept, untouched);
    assert!(before.keys().eq(after.keys()));
    assert_eq!(host.torn(), Vec::<PathBuf>::new());
}

/// The kernel's form (acl(5)) of `user::rw-, user:65532:r--, group::---, mask::r--, other::---`.
fn access_list() -> Vec<u8> {
    let nobody = u32::MAX;
    let entries = [(1u16, 6u16, nobody), (2, 4, 65532), (4, 0, nobody), (16, 4, nobody), (32, 0, nobody)];
    let entry = |(tag, may, who): (u16, u16, u32)| {
        [&tag.to_le_bytes()[..], &may.to_le_bytes(), &who.to_le_bytes()].concat()
    };
    [2u32.to_le_bytes().to_vec(), entries.map(entry).concat()].concat()
}

#[test]
fn renewing_keeps_access_lists_attributes_and_modes() {
    let host = Host::new();
    let names = ["pki/apiserver-etcd-client.key", "pki/apiserver-etcd-client.crt", "admin.conf"];
    let attributes = [("system.posix_acl_access", access_list()), ("user.note", b"mine".to_vec())];
    for name in names {
        for (attribute, value) in &attributes {
            rustix::fs::setxattr(host.path(name), *attribute, value, rustix::fs::XattrFlags::empty())
                .unwrap();
        }
    }
    let before = host.files();
    host.renewed(&["all"]);
    for name in names {
        assert_ne!(host.files()[Path::new(name)], before[Path::new(name)], "{name} is renewed");
        assert_eq!(fs::metadata(host.path(name)).unwrap().permissions().mode() & 0o7777, 0o640, "{name}");
        for (attribute, value) in &attributes {
            let mut found = [0; 100];
            let length = rustix::fs::getxattr(host.path(name), *attribute, &mut found).unwrap();
            assert_eq!(&found[..length], value, "{name} {attribute}");
        }
    }
}

#[test]
fn a_key_that_everybody_may_read_does_not_stay_so() {
    let host = Host::new();
    let modes = [
        ("pki/apiserver.key", 0o644, 0o600),
        ("pki/apiserver.crt", 0o664 & !0o020, 0o644),
        ("pki/etcd/peer.key", 0o640, 0o640),
    ];
    for (name, mode, _) in modes {
        fs::set_permissions(host.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let kept = host.run(&["init", "phase", "certs", "all"]);
    let said = text(&kept.stderr);
    assert!(kept.status.success(), "{said}");
    assert!(
        said.contains(
            "pki/apiserver.key holds a private key, and every user of this host has a right to it (mode 0644)"
        ),
        "{said}"
    );
    assert_eq!(said.matches("holds a private key").count(), 1, "{said}");
    host.renewed(&["all"]);
    for (name, _, mode) in modes {
        assert_eq!(fs::metadata(host.path(name)).unwrap().permissions().mode() & 0o7777, mode, "{name}");
    }
}

/// What is said of a run that is refused, and leaves all as it was.
fn refused(host: &Host, words: &[&str]) -> String {
    let before = host.files();
    let output = host.run(words);
    assert!(!output.status.success(), "{words:?}: {}", text(&output.stdout));
    assert_eq!(host.files(), before);
    text(&output.stderr)
}

#[test]
fn a_dry_run_takes_nothing_that_others_may_have_put_into_its_folder() {
    let host = Host::new();
    let elsewhere = TempDir::new().unwrap();
    fs::create_dir(elsewhere.path().join("pki")).unwrap();
    for (name, what) in [("pki", "folder"), ("admin.conf", "file"), ("", "root")] {
        let path = host.path(name);
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let said = refused(&host, &["certs", "renew", "all"]);
        assert!(
            said.contains("others than its owner may write it (mode 0777)") && said.contains("chmod go-w"),
            "{what}: {said}"
        );
        fs::set_permissions(&path, mode).unwrap();
    }
    if nix::unistd::geteuid().is_root() {
        std::os::unix::fs::chown(host.path("pki/ca.crt"), Some(65532), None).unwrap();
        let said = refused(&host, &["init", "phase", "certs", "all"]);
        assert!(said.contains("ca.crt is not used: it belongs to the user with the number 65532"), "{said}");
        std::os::unix::fs::chown(host.path("pki/ca.crt"), Some(0), None).unwrap();
    }
    fs::rename(host.path("pki"), host.path("moved")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("pki"), host.path("pki")).unwrap();
    for words in [&["init", "phase", "certs", "all"][..], &["certs", "renew", "all"]] {
        let output = host.run(words);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains("pki is not used: it is a link"), "{said}");
    }
    assert_eq!(fs::read_dir(elsewhere.path().join("pki")).unwrap().count(), 0);
    fs::remove_file(host.path("pki")).unwrap();
    fs::rename(host.path("moved"), host.path("pki")).unwrap();
    fs::rename(host.path("admin.conf"), elsewhere.path().join("admin.conf")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("admin.conf"), host.path("admin.conf")).unwrap();
    let said = refused(&host, &["certs", "renew", "all"]);
    assert!(said.contains("admin.conf is not used: it is a link"), "{said}");
}

#[test]
fn the_folder_of_a_dry_run_is_made_for_its_owner_alone() {
    let host = Host::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let root = host.0.path().join("root");
    assert_eq!((mode(&root), mode(&root.join("etc/kubernetes"))), (0o700, 0o755));
}

#[test]
fn one_by_name_is_renewed_alone() {
    let host = Host::new();
    let before = host.files();
    assert_eq!(host.renewed(&["etcd-server"]), [("etcd-server".into(), "renewed".into(), Vec::new())]);
    let after = host.files();
    let changed: Vec<_> =
        before.iter().filter(|(path, content)| after[*path] != **content).map(|(path, _)| path).collect();
    assert_eq!(changed, [Path::new("pki/etcd/server.crt"), Path::new("pki/etcd/server.key")]);
}

#[test]
fn from_the_configuration_only_what_differs_is_renewed_and_the_second_time_nothing() {
    let host = Host::new();
    let before = host.files();
    assert!(host.renewed(&["all", "--from-config"]).iter().all(|(_, outcome, _)| outcome == "kept"));
    assert_eq!(host.files(), before);
    host.add_to_cluster("apiServer: {certSANs: [new.example.com]}");
    let changed = |rows: Vec<(String, String, Vec<String>)>| {
        rows.into_iter()
            .filter(|(_, outcome, _)| outcome == "renewed")
            .map(|(name, _, why)| (name, why))
            .collect::<Vec<_>>()
    };
    let first = changed(host.renewed(&["all", "--from-config"]));
    assert_eq!(first, [("apiserver".to_owned(), vec!["names-added".to_owned()])]);
    let after = host.files();
    assert_eq!(changed(host.renewed(&["all", "--from-config"])), []);
    assert_eq!(host.files(), after);
}

#[test]
fn a_renewal_of_each_as_it_is_keeps_names_that_the_configuration_does_not_have() {
    let host = Host::new();
    host.add_to_cluster("apiServer: {certSANs: [new.example.com]}");
    host.renewed(&["apiserver", "--from-config"]);
    fs::write(host.0.path().join("config.yaml"), CONFIG).unwrap();
    host.renewed(&["apiserver"]);
    let cert = pki::certificates(&fs::read(host.path("pki/apiserver.crt")).unwrap()).unwrap().own;
    assert!(cert.dns_names.contains(&"new.example.com".to_owned()));
}

#[test]
fn a_run_that_is_killed_leaves_every_key_with_its_certificate() {
    let host = Host::new();
    for step in 0..24 {
        let mut child = host
            .command(&["certs", "renew", "all"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(2 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(host.torn(), Vec::<PathBuf>::new(), "killed after {} ms", 2 * step);
    }
    host.renewed(&["all"]);
    assert_eq!(host.torn(), Vec::<PathBuf>::new());
    let left: Vec<PathBuf> = host.files().into_keys().filter(|path| tree::is_own(path)).collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

#[test]
fn a_torn_pair_is_told_and_made_whole() {
    let (host, other) = (Host::new(), Host::new());
    fs::copy(other.path("pki/apiserver.key"), host.path("pki/apiserver.key")).unwrap();
    assert_eq!(host.torn(), [Path::new("etc/kubernetes/pki/apiserver.crt")]);
    let rows = host.renewed(&["apiserver", "--from-config"]);
    assert_eq!(rows, [("apiserver".to_owned(), "renewed".to_owned(), vec!["key-mismatch".to_owned()])]);
    assert_eq!(host.torn(), Vec::<PathBuf>::new());
}

const EXTERNAL: &str = "hint: this is an external CA: `kubewright certs generate-csr --cert-dir DIR --kubeconfig-dir DIR` makes new \
    keys and requests in folders of their own; have the CA sign these, and put keys and certificates in the place of the old ones \
    together\n";

#[test]
fn without_the_ca_s_key_it_is_said_what_to_do() {
    let host = Host::new();
    fs::remove_file(host.path("pki/ca.key")).unwrap();
    let said = format!(
        "error: nothing was renewed: /etc/kubernetes/pki/ca.key is not here to sign apiserver\n{EXTERNAL}"
    );
    assert_eq!(refusal(&host, &["apiserver"]), (Some(1), said));
    let rows = host.renewed(&["all"]);
    let renewed: Vec<_> =
        rows.iter().filter(|(_, outcome, _)| outcome == "renewed").map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        renewed,
        [
            "apiserver-etcd-client",
            "etcd-healthcheck-client",
            "etcd-peer",
            "etcd-server",
            "front-proxy-client"
        ]
    );
}

#[test]
fn files_that_cannot_be_used_are_named_all_at_once() {
    let host = Host::new();
    fs::write(
        host.path("pki/apiserver.crt"),
        "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    fs::copy(host.path("pki/apiserver.key"), host.path("pki/etcd/ca.key")).unwrap();
    fs::write(host.path("scheduler.conf"), "apiVersion: v1\nkind: Config\n").unwrap();
    let said = "error: these files cannot be used, and are not overwritten:\n\
        \x20 /etc/kubernetes/pki/apiserver.crt cannot be used: its certificate number 1 is not an X.509 certificate\n\
        \x20 /etc/kubernetes/pki/etcd/ca.key is not the key of etcd/ca.crt\n\
        \x20 /etc/kubernetes/scheduler.conf has no current context with a cluster and a user\n";
    assert_eq!(refusal(&host, &["all"]), (Some(1), said.to_owned()));
}

#[test]
fn a_place_that_cannot_be_written_is_named_with_what_was_done_before() {
    let host = Host::new();
    fs::write(host.path("pki/.kubewright-apiserver.key.d"), "in the way").unwrap();
    let output = host.renew(&["all", "-o", "json"]);
    let said = text(&output.stderr).replace(&host.0.path().display().to_string(), "ROOT");
    assert_eq!(
        said,
        "error: cannot write apiserver\n\
         \x20 caused by: cannot write ROOT/root/etc/kubernetes/pki/apiserver.key\n\
         \x20 caused by: Not a directory (os error 20)\n\
         hint: already done: admin.conf; fix what is named, and run this again\n"
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&document["kind"], &document["status"]),
        (&"RenewedCertificates".into(), &"incomplete".into())
    );
    assert_eq!(document["certificates"][0]["name"], "admin.conf");
    assert_eq!(document["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(document["errors"][0]["id"], "FileFailed");
    assert_eq!(host.torn(), Vec::<PathBuf>::new());
}

#[test]
fn a_name_that_is_none_is_refused() {
    let output = kubewright(&["certs", "renew", "apiserver-client"]);
    let said = text(&output.stderr);
    assert!(said.starts_with("error: unrecognized subcommand 'apiserver-client'\n"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn from_config_wants_a_configuration() {
    let output = kubewright(&["certs", "renew", "all", "--from-config", "--kubeconfig=/nonexistent"]);
    assert_eq!(
        text(&output.stderr),
        "error: --from-config needs the configuration, and there is no /nonexistent\n\
         hint: give --config FILE with the cluster's configuration\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

/// `certs check-expiration` of the host's folder alone.
fn check(host: &Host, words: &[&str]) -> Output {
    let (folder, config) = (host.path("pki"), host.0.path().join("config.yaml"));
    let all = [
        "certs",
        "check-expiration",
        "--cert-dir",
        folder.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
    ];
    kubewright(&[&all, words].concat())
}

#[test]
fn the_ends_are_told_in_json_and_yaml_alike() {
    let host = Host::new();
    let read = |format: &str| check(&host, &["-o", format]).stdout;
    let json: Value = serde_json::from_slice(&read("json")).unwrap();
    let yaml: Value = kubewright::yaml::from_str(&text(&read("yaml"))).unwrap();
    for document in [&json, &yaml] {
        assert_eq!(document["kind"], "CertificateExpirationInfo");
        assert_eq!(document["certificates"][1]["name"], "apiserver");
        assert_eq!(document["certificates"][1]["missing"], false);
        assert_eq!(document["certificateAuthorities"][1]["name"], "etcd-ca");
    }
    assert!(text(&read("text")).starts_with("CERTIFICATE "));
}

#[test]
fn a_broken_certificate_is_named_where_its_end_is_asked_for() {
    let host = Host::new();
    fs::write(host.path("pki/etcd/peer.crt"), "broken").unwrap();
    let output = check(&host, &[]);
    assert_eq!(output.status.code(), Some(1));
    let path = host.path("pki/etcd/peer.crt");
    let said = format!(
        "error: the ends of these files cannot be told:\n  {} cannot be used: it holds no certificate in PEM\n",
        path.display()
    );
    assert_eq!(text(&output.stderr), said);
    let table = text(&output.stdout);
    assert!(table.contains("\n!UNREADABLE! etcd-peer  "), "{table}");
    assert!(table.lines().any(|line| line.starts_with("etcd-server ") && line.contains(" UTC ")), "{table}");
}

#[test]
fn a_folder_in_the_place_of_a_certificate_hides_no_other_and_programs_read_one_document() {
    let host = Host::new();
    fs::remove_file(host.path("pki/etcd/peer.crt")).unwrap();
    // An empty one counts as none: a container runtime makes those.
    fs::create_dir(host.path("pki/etcd/peer.crt")).unwrap();
    fs::write(host.path("pki/etcd/peer.crt/file"), "").unwrap();
    let output = check(&host, &["-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = document["certificates"].as_array().unwrap();
    let odd = rows.iter().find(|row| row["name"] == "etcd-peer").unwrap();
    assert_eq!((&odd["unreadable"], &odd["missing"]), (&true.into(), &false.into()));
    assert!(rows.iter().any(|row| row["name"] == "etcd-server" && row["expirationDate"].is_string()));
    assert!(text(&output.stderr).contains("pki/etcd/peer.crt"), "{}", text(&output.stderr));
}

#[test]
fn requests_are_made_once_and_never_over_a_key() {
    let scratch = TempDir::new().unwrap();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    fs::write(at("config.yaml"), CONFIG).unwrap();
    let (pki, conf, config) = (at("pki"), at("conf"), at("config.yaml"));
    let words = ["certs", "generate-csr", "--cert-dir", &pki, "--kubeconfig-dir", &conf, "--config", &config];
    let first = kubewright(&words);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout).lines().count(), 24);
    let key = fs::read(at("pki/apiserver.key")).unwrap();
    for name in ["scheduler.conf", "scheduler.conf.csr"] {
        fs::remove_file(Path::new(&conf).join(name)).unwrap();
    }
    let second = kubewright(&words);
    assert_eq!(second.status.code(), Some(1));
    let said = text(&second.stderr);
    assert!(said.contains(&format!("  {pki}/apiserver.key\n")), "{said}");
    assert_eq!(said.lines().count(), 23, "{said}");
    assert_eq!(fs::read(at("pki/apiserver.key")).unwrap(), key);
    assert!(!Path::new(&conf).join("scheduler.conf").exists());
}

#[test]
fn a_certificate_key_is_64_hexadecimal_digits_and_never_the_same() {
    let keys: Vec<String> = (0..2).map(|_| text(&kubewright(&["certs", "certificate-key"]).stdout)).collect();
    assert!(
        keys.iter().all(|key| key.len() == 65 && key.trim().bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
    assert_ne!(keys[0], keys[1]);
}

/// An API server that answers every question with the ConfigMap kubeadm-config; the kubeconfig that leads to it.
fn cluster(host: &Host, configuration: &str) -> PathBuf {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let body = serde_json::json!({ "kind": "ConfigMap", "apiVersion": "v1", "data": { "ClusterConfiguration": configuration } });
    let body = body.to_string();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let path = host.0.path().join("kubeconfig");
    let text = format!(
        "{{kind: Config, apiVersion: v1, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
         users: [{{name: u, user: {{}}}}], clusters: [{{name: k, cluster: {{server: '{url}'}}}}]}}"
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_cluster_s_own_configuration_counts_where_it_answers() {
    let host = Host::new();
    let configuration = CONFIG.split("---\n").nth(1).unwrap();
    let moved = format!("{configuration}certificatesDir: {}\n", host.path("pki").display());
    let kubeconfig = cluster(&host, &moved);
    let output = kubewright(&[
        "certs",
        "check-expiration",
        "-o",
        "json",
        "--kubeconfig",
        kubeconfig.to_str().unwrap(),
    ]);
    assert_eq!(text(&output.stderr), "");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["certificates"][1]["missing"], false, "{document:#}");

    let kubeconfig = cluster(&host, &format!("{configuration}apiServer: {{certSANs: [new.example.com]}}\n"));
    fs::create_dir_all(host.path("manifests")).unwrap();
    let manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    command: [a, --advertise-address=10.1.2.3]\n";
    fs::write(host.path("manifests/kube-apiserver.yaml"), manifest).unwrap();
    let root = host.0.path().join("root");
    let words =
        ["certs", "renew", "all", "--from-config", "--dry-run", "--output-dir", root.to_str().unwrap()];
    let output = kubewright(&[&words[..], &["--kubeconfig", kubeconfig.to_str().unwrap()]].concat());
    let said = text(&output.stdout);
    let renewed: Vec<_> = said.lines().filter(|line| line.contains("renewed")).collect();
    assert!(
        renewed.len() == 1 && renewed[0].ends_with(": new names new.example.com"),
        "{said}{}",
        text(&output.stderr)
    );
}

#[test]
fn a_cluster_that_does_not_answer_is_told_and_kubeadm_s_defaults_hold() {
    let host = Host::new();
    let kubeconfig = cluster(&host, "kind: Pod");
    let (folder, kubeconfig) = (host.path("pki"), kubeconfig.to_str().unwrap());
    let words = ["certs", "check-expiration", "--cert-dir", folder.to_str().unwrap(), "--kubeconfig"];
    for (path, why) in
        [("/nonexistent", "there is no /nonexistent"), (kubeconfig, "ConfigMap kube-system/kubeadm-config")]
    {
        let output = kubewright(&[&words[..], &[path]].concat());
        let said = text(&output.stderr);
        assert!(output.status.success() && said.contains(why), "{said}");
        assert!(said.ends_with("; going by kubeadm's defaults, or by --config FILE\n"), "{said}");
        assert!(text(&output.stdout).contains("\nfront-proxy-client "), "{}", text(&output.stdout));
    }
}
