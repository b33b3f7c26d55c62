//! `certs reissue-ca` as its users meet it, on folders that stand for hosts: what a CA has signed before and after holds below the old
//! certificate and below the new one, by openssl and by rustls' verifier. No root is needed; openssl is.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

#[allow(dead_code, reason = "not every helper that tests share is called here")]
mod reissued;
#[allow(dead_code, reason = "not every helper that tests share is called here")]
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use assert_cmd::cargo::cargo_bin;
use kubewright::pki::{self, FoundCert};
use rustls_pki_types::{CertificateDer, UnixTime};
use serde_json::{Value, json};
use tempfile::TempDir;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use reissued::Made;
use tree::Files;

const LIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pki/lib.sh");

/// A control plane's files below a folder, and its configuration.
struct Host(TempDir);

impl Host {
    /// Openssl's own making, with manifests and what a kubelet has.
    fn of_openssl() -> Self {
        let host = Self(tree::configured());
        host.bash("control_plane");
        host
    }

    /// Runs a script with what tests/pki/lib.sh has.
    fn bash(&self, script: &str) {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("source {LIB}\n{script}")])
            .env("root", self.root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{}", text(&output.stderr));
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    fn pki(&self, name: &str) -> PathBuf {
        self.root().join("etc/kubernetes/pki").join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(cargo_bin("kubewright"));
        command.env_clear().args(words).args(["--dry-run", "--output-dir"]).arg(self.root());
        command.arg("--config").arg(self.0.path().join("config.yaml")).output().unwrap()
    }

    fn reissue(&self, words: &[&str]) -> Value {
        let output = self.run(&[&["certs", "reissue-ca"], words, &["-o", "json"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The exit code, and what is said of a run that is refused and changes nothing.
    fn refused(&self, words: &[&str]) -> String {
        let before = self.files();
        let output = self.run(&[&["certs", "reissue-ca"], words].concat());
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", text(&output.stdout));
        assert_eq!(self.files(), before, "{words:?} is refused, but something was written");
        text(&output.stderr)
    }

    fn files(&self) -> Files {
        tree::files(&self.root())
    }

    /// `AuthorityCopyOlder /etc/…`, of this host and of others with it.
    fn faults(&self, others: &[&Path]) -> Vec<String> {
        let mut command = Command::new(cargo_bin("kubewright"));
        command.env_clear().args(["certs", "check", "-o", "json", "--root"]).arg(self.root());
        for other in others {
            command.arg("--root").arg(other);
        }
        let document: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let said = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |one: &Value| format!("{} {}", said(&one["id"]), said(&one["object"]));
        document["findings"].as_array().unwrap().iter().map(line).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn own(path: &Path) -> FoundCert {
    pki::certificates(&fs::read(path).unwrap()).unwrap().own
}

/// What changes between two states of a folder.
fn changed(before: &Files, after: &Files) -> Vec<String> {
    assert!(before.keys().eq(after.keys()));
    let changed = before.iter().filter(|(path, (_, bytes))| after[*path].1 != *bytes);
    for (path, (mode, _)) in before {
        assert_eq!(after[path].0, *mode, "the mode of {}", path.display());
    }
    changed.map(|(path, _)| path.display().to_string()).collect()
}

/// Nothing where openssl takes the leaf below these roots.
fn openssl(roots: &Path, leaf: &Path) -> Option<String> {
    let run = Command::new("openssl").args(["verify", "-CAfile"]).args([roots, leaf]).output();
    let run = run.expect("openssl is needed by this test");
    (!run.status.success()).then(|| text(&run.stdout) + &text(&run.stderr))
}

fn rustls(root: &Path, leaf: &Path) -> Option<String> {
    let (root, leaf) = (CertificateDer::from(own(root).der), CertificateDer::from(own(leaf).der));
    let now = UnixTime::since_unix_epoch(SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    let anchor = anchor_from_trusted_cert(&root).unwrap();
    let leaf = EndEntityCert::try_from(&leaf).unwrap();
    let algorithms = ALL_VERIFICATION_ALGS;
    let usage = KeyUsage::server_auth();
    leaf.verify_for_usage(algorithms, &[anchor], &[], now, usage, None, None).err().map(|why| why.to_string())
}

fn copied(from: &Path, to: PathBuf) -> PathBuf {
    fs::copy(from, &to).unwrap();
    to
}

#[test]
fn old_and_new_leaves_hold_below_the_old_and_the_new_certificate() {
    let (mut wrong, mut kept) = (Vec::new(), BTreeSet::new());
    for made in Made::all() {
        let host = Host(tree::configured());
        fs::create_dir_all(host.pki("etcd")).unwrap();
        for name in ["ca.crt", "ca.key"] {
            copied(&made.path(name), host.pki(name));
        }
        copied(&made.path("leaf.crt"), host.pki("leaf.crt"));
        let before = host.files();
        let document = host.reissue(&["ca", "--again", "--validity", "20y"]);
        let told = &document["authorities"][0];
        assert_eq!((&told["outcome"], &told["verified"]), (&json!("reissued"), &json!(1)), "{}", made.name);
        assert_eq!(changed(&before, &host.files()), ["etc/kubernetes/pki/ca.crt"]);
        let (old, new) = (made.path("ca.crt"), copied(&host.pki("ca.crt"), made.path("new.crt")));
        assert!(own(&new).is_again(&own(&old)), "{}", made.name);
        // OpenSSL names it by itself where a CA has no key id.
        let keeps =
            [made.path("leaf.crt"), made.path("ca.crt")].iter().any(|path| own(path).names_authority_serial);
        kept.insert(keeps);
        assert_eq!(
            (own(&new).serial == own(&old).serial, &told["serialKept"]),
            (keeps, &json!(keeps)),
            "{}",
            made.name
        );
        made.sign("new.crt", "second.crt");
        for leaf in ["leaf.crt", "second.crt"].map(|name| made.path(name)) {
            for root in [&old, &new] {
                let said = [openssl(root, &leaf), rustls(root, &leaf)];
                wrong.extend(said.into_iter().flatten().map(|said| format!("{}: {said}", made.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(kept.len(), 2, "some serial numbers stay, and some do not");
}

/// Why a serial number stays where something names it.
#[test]
fn openssl_refuses_another_serial_number_where_a_leaf_names_the_old_one() {
    let made = Made::all().into_iter().find(|made| made.name == "leaf-names-serial").unwrap();
    let (old, leaf) = (made.path("ca.crt"), made.path("leaf.crt"));
    let key = pki::PrivateKey::from_pem(&fs::read(made.path("ca.key")).unwrap()).unwrap();
    let life = pki::NewLife {
        serial: pki::Serial::new(7),
        now: jiff::Timestamp::now(),
        validity: "87600h".parse().unwrap(),
    };
    let new = made.path("new.crt");
    fs::write(&new, pki::reissue(&own(&old), &key, life).unwrap().to_pem()).unwrap();
    assert!(openssl(&new, &leaf).is_some());
    assert_eq!(rustls(&new, &leaf), None);
    fs::write(made.path("both.crt"), [fs::read(&old).unwrap(), fs::read(&new).unwrap()].concat()).unwrap();
    assert_eq!(openssl(&made.path("both.crt"), &leaf), None);
}

#[test]
fn a_whole_control_plane_goes_on_with_new_cas_and_nothing_is_wrong_with_it() {
    let host = Host::of_openssl();
    let worker = Host(tree::configured());
    let copy = Command::new("cp").arg("-a").arg(host.root()).arg(worker.root()).status();
    assert!(copy.unwrap().success());
    worker.bash("kubelet_conf \"$pki/ca.crt\" /O=system:nodes/CN=system:node:w1; worker; echo w1 >\"$root/etc/hostname\"");
    assert_eq!(host.faults(&[&worker.root()]), Vec::<String>::new());
    assert_eq!(host.faults(&[]), Vec::<String>::new());
    let before = host.files();
    let document = host.reissue(&["all", "--validity", "20y"]);
    assert_eq!((&document["kind"], &document["status"]), (&json!("ReissuedAuthorities"), &json!("done")));
    let kubernetes = |name: &str| format!("etc/kubernetes/{name}");
    let wanted = [
        "admin.conf",
        "controller-manager.conf",
        "kubelet.conf",
        "pki/ca.crt",
        "pki/etcd/ca.crt",
        "pki/front-proxy-ca.crt",
        "scheduler.conf",
    ];
    assert_eq!(changed(&before, &host.files()), wanted.map(kubernetes));
    let rows = document["authorities"].as_array().unwrap();
    let readers = rows.iter().map(|row| row["readAtStart"].clone()).collect::<Vec<_>>();
    let started =
        json!([["kube-controller-manager", "kube-scheduler", "kubelet"], [], ["etcd", "kube-apiserver"]]);
    assert_eq!(json!(readers), started);
    let verified: Vec<&Value> = rows.iter().map(|row| &row["verified"]).collect();
    // The kubelet's is behind a link, too.
    assert_eq!(verified, [&json!(7), &json!(1), &json!(4)]);
    assert_eq!(host.faults(&[]), Vec::<String>::new());
    let elsewhere = host.faults(&[&worker.root()]);
    assert!(
        !elsewhere.is_empty() && elsewhere.iter().all(|line| line.starts_with("AuthorityCopyOlder ")),
        "{elsewhere:?}"
    );

    let again = host.reissue(&["all", "--validity", "20y"]);
    assert_eq!(again["status"], "nothing");
    assert!(again["authorities"].as_array().unwrap().iter().all(|row| row["outcome"] == "kept"));
}

#[test]
fn what_stays_with_an_older_copy_is_named() {
    let host = Host::of_openssl();
    host.bash("mkdir -p \"$root/root/.kube\"; cp \"$conf/admin.conf\" \"$root/root/.kube/config\"");
    let output = host.run(&["certs", "reissue-ca", "ca", "--validity", "20y"]);
    let said = text(&output.stderr);
    assert!(
        said.contains(
            "ca has older copies in /root/.kube/config (certificate-authority-data): replace them before"
        ),
        "{said}"
    );
    assert!(
        said.contains(
            "ca is read only at their start by kube-controller-manager, kube-scheduler, kubelet: start them"
        ),
        "{said}"
    );
    assert!(text(&output.stdout).starts_with("ca   issued again until "), "{}", text(&output.stdout));
}

#[test]
fn a_dry_run_shows_and_changes_nothing() {
    let host = Host::of_openssl();
    let before = host.files();
    let mut command = Command::new(cargo_bin("kubewright"));
    let config = host.0.path().join("config.yaml");
    command
        .env_clear()
        .args(["certs", "reissue-ca", "ca", "--validity=20y", "--dry-run", "--config"])
        .arg(config);
    command.arg("--cert-dir").arg(host.pki(""));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("pki/ca.crt"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("this was a dry run"), "{}", text(&output.stderr));
    assert_eq!(host.files(), before);
}

#[test]
fn what_only_others_can_issue_again_is_refused_with_who_can() {
    let host = Host::of_openssl();
    fs::remove_file(host.pki("ca.key")).unwrap();
    let said = host.refused(&["ca"]);
    assert!(
        said.contains("error: no CA was issued again: /etc/kubernetes/pki/ca.key is not here to sign"),
        "{said}"
    );
    assert!(
        said.contains(
            "hint: this is an external CA: where its key is, `kubewright certs reissue-ca all --cert-dir DIR`"
        ),
        "{said}"
    );
    let all = host.reissue(&["all", "--validity", "20y"]);
    let outcomes: Vec<&Value> =
        all["authorities"].as_array().unwrap().iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["external", "reissued", "reissued"]);

    let host = Host::of_openssl();
    host.bash(
        "ca \"$work/root\" '/CN=A company'\n\
         issue \"$pki/ca.key\" \"$pki/ca.crt\" /CN=kubernetes \"$CA_EXTENSIONS\" \"$work/root.crt\" \"$work/root.key\"",
    );
    let said = host.refused(&["ca"]);
    assert!(said.contains("/etc/kubernetes/pki/ca.crt is signed by \"A company\": it is no root"), "{said}");

    let host = Host::of_openssl();
    copied(&host.pki("apiserver.key"), host.pki("ca.key"));
    let said = host.refused(&["all"]);
    assert!(said.contains("/etc/kubernetes/pki/ca.crt has another key than the one beside it"), "{said}");
    fs::remove_dir_all(host.pki("etcd")).unwrap();
    let said = host.refused(&["etcd-ca"]);
    assert!(said.contains("there is no /etc/kubernetes/pki/etcd/ca.crt"), "{said}");
}

#[test]
fn a_leaf_in_use_that_the_ca_has_not_signed_is_refused_by_name() {
    let host = Host::of_openssl();
    host.bash("rm \"$pki/ca.key\"; ca \"$pki/ca\" /CN=kubernetes; apiserver");
    let said = host.refused(&["all", "--validity", "20y"]);
    assert!(
        said.contains(
            "/etc/kubernetes/pki/apiserver-kubelet-client.crt names /etc/kubernetes/pki/ca.crt as its CA"
        ),
        "{said}"
    );
    assert!(!said.contains("/apiserver.crt names"), "{said}");
}
