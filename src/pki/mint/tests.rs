#![expect(clippy::disallowed_methods, reason = "openssl, a process, judges files")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::super::fixtures::{self, KnownKeys};
use super::super::{ExtendedUsage, FileKind, Serial, SystemKeys, catalogue, certificates, decide, verify};
use super::*;
use crate::config::Spec;

const ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

/// Real keys of the wanted kind, but one for all CAs and one for all else: RSA-4096 keys take half a second each.
#[derive(Default)]
struct TwoKeys {
    authority: OnceLock<Zeroizing<Vec<u8>>>,
    leaf: OnceLock<Zeroizing<Vec<u8>>>,
}

impl KeySource for TwoKeys {
    fn key(&self, owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        let slot = if owner.ends_with("ca") { &self.authority } else { &self.leaf };
        PrivateKey::from_pem(slot.get_or_init(|| PrivateKey::generate(algorithm).unwrap().to_pem().unwrap()))
    }

    fn serial(&self, owner: &str) -> Result<Serial, BadKey> {
        SystemKeys.serial(owner)
    }
}

fn admin() -> ClientRequest {
    ClientRequest {
        name: "admin.conf",
        subject: Subject::in_group("kubernetes-admin", "kubeadm:cluster-admins"),
        algorithm: KeyAlgorithm::EcdsaP256,
        validity: GoDuration::from_hours(24 * 365),
    }
}

fn mint_all(spec: Spec<'_>, source: &dyn KeySource) -> Minted {
    let items = catalogue(spec);
    let decided = decide(&items, &Existing::default(), fixtures::now()).unwrap();
    let order = Order { items: &decided, clients: &[admin()], existing: &Existing::default() };
    mint(&order, fixtures::now(), source).unwrap()
}

#[test]
fn a_key_alone_stays_and_its_certificate_is_made_of_it() {
    let config = fixtures::config();
    let mut existing = fixtures::complete(config.spec());
    let before = existing.clone();
    existing = Existing::default();
    for path in ["ca.key", "apiserver.key"] {
        existing.insert(path, before.get(path).unwrap());
    }
    let items = catalogue(config.spec());
    let decided = decide(&items, &existing, fixtures::now()).unwrap();
    let order = Order { items: &decided, clients: &[], existing: &existing };
    let minted = mint(&order, fixtures::now(), &KnownKeys).unwrap();
    for file in minted.files {
        assert!(existing.get(&file.path).is_none(), "{} is made again", file.path);
        existing.insert(file.path, file.bytes.as_slice());
    }
    let decided = decide(&items, &existing, fixtures::now()).unwrap();
    assert!(decided.iter().all(|(_, decision)| matches!(decision, Decision::Keep(_))), "{decided:?}");
}

fn cert(existing: &Existing, stem: &str) -> FoundCert {
    certificates(existing.get(&format!("{stem}.crt")).unwrap()).unwrap().own
}

/// (leaf, CA), both as stems.
const CHAINS: [(&str, &str); 7] = [
    ("apiserver", "ca"),
    ("apiserver-kubelet-client", "ca"),
    ("front-proxy-client", "front-proxy-ca"),
    ("etcd/server", "etcd/ca"),
    ("etcd/peer", "etcd/ca"),
    ("etcd/healthcheck-client", "etcd/ca"),
    ("apiserver-etcd-client", "etcd/ca"),
];

#[test]
fn a_leaf_begins_with_its_ca_where_the_minor_has_it_so() {
    let begins = |version: &str| {
        let mut config = fixtures::config();
        config.of_version(version);
        let all = fixtures::complete(config.spec());
        let existing: Existing = ["ca.crt", "ca.key"]
            .map(|path| (path.to_owned(), all.get(path).unwrap().to_vec()))
            .into_iter()
            .collect();
        let items = catalogue(config.spec());
        let later = fixtures::now() + SignedDuration::from_hours(100);
        let decided = decide(&items, &existing, later).unwrap();
        let order = Order { items: &decided, clients: &[], existing: &existing };
        let minted = fixtures::files(mint(&order, later, &KnownKeys).unwrap());
        cert(&minted, "apiserver").not_before.duration_since(cert(&existing, "ca").not_before)
    };
    assert_eq!(begins("v1.30.4"), SignedDuration::ZERO);
    assert_eq!(begins("v1.31.0"), SignedDuration::from_hours(100));
}

#[test]
fn openssl_and_rustls_accept_every_chain_of_every_algorithm() {
    for algorithm in ALGORITHMS {
        let mut config = fixtures::config();
        config.cluster.key_algorithm = algorithm;
        let existing = fixtures::files(mint_all(config.spec(), &TwoKeys::default()));
        for (leaf, ca) in CHAINS {
            let bundle = certificates(existing.get(&format!("{leaf}.crt")).unwrap()).unwrap();
            verify::chain(&bundle, &cert(&existing, ca), fixtures::now(), &[]).unwrap();
            openssl_accepts(
                existing.get(&format!("{leaf}.crt")).unwrap(),
                existing.get(&format!("{ca}.crt")).unwrap(),
            );
        }
    }
}

fn openssl_accepts(leaf: &[u8], ca: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("leaf.crt"), leaf).unwrap();
    std::fs::write(dir.path().join("ca.crt"), ca).unwrap();
    let now = fixtures::now().as_second().to_string();
    openssl(dir.path(), &["verify", "-x509_strict", "-attime", &now, "-CAfile", "ca.crt", "leaf.crt"]);
}

fn openssl(dir: &Path, args: &[&str]) {
    let run =
        Command::new("openssl").args(args).current_dir(dir).output().expect("openssl is needed by this test");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn openssl_reads_every_key() {
    for algorithm in ALGORITHMS {
        let key = TwoKeys::default().key("apiserver", algorithm).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.key"), key.to_pem().unwrap()).unwrap();
        std::fs::write(dir.path().join("a.pub"), key.public_key().to_pem()).unwrap();
        openssl(dir.path(), &["pkey", "-in", "a.key", "-check", "-noout"]);
        openssl(dir.path(), &["pkey", "-pubin", "-in", "a.pub", "-noout"]);
    }
}

#[test]
fn names_subjects_and_usages_are_those_of_the_reference() {
    let existing = fixtures::complete(fixtures::config().spec());
    // As `kubeadm init phase certs all` of v1.36.3 and v1.37.1 issued them for the same configuration.
    let apiserver = cert(&existing, "apiserver");
    let names = [
        "*.wild.example",
        "cp.example.com",
        "foo.example.com",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "node-1",
    ];
    assert_eq!(apiserver.dns_names, names);
    assert_eq!(texts(&apiserver.ip_addresses), ["10.96.0.1", "10.1.2.3", "fd00::1"]);
    assert_eq!(apiserver.common_name.as_deref(), Some("kube-apiserver"));
    assert_eq!(apiserver.extended_usages, Some(vec![ExtendedUsage::ServerAuth]));

    let server = cert(&existing, "etcd/server");
    assert_eq!(server.dns_names, ["a.b", "bar.example.com", "localhost", "node-1"]);
    assert_eq!(texts(&server.ip_addresses), ["10.1.2.3", "127.0.0.1", "::1", "1.2.3.4"]);
    assert_eq!(server.common_name.as_deref(), Some("node-1"));
    assert_eq!(server.extended_usages, Some(vec![ExtendedUsage::ServerAuth, ExtendedUsage::ClientAuth]));

    let peer = cert(&existing, "etcd/peer");
    assert_eq!(peer.dns_names, ["localhost", "node-1"]);
    assert_eq!(texts(&peer.ip_addresses), ["10.1.2.3", "127.0.0.1", "::1"]);

    let client = cert(&existing, "etcd/healthcheck-client");
    assert_eq!(client.common_name.as_deref(), Some("kube-etcd-healthcheck-client"));
    assert_eq!(client.extended_usages, Some(vec![ExtendedUsage::ClientAuth]));
    assert!(client.dns_names.is_empty() && client.organizations.is_empty());
}

fn texts(ips: &[std::net::IpAddr]) -> Vec<String> {
    ips.iter().map(ToString::to_string).collect()
}

#[test]
fn lives_begin_five_minutes_early_and_end_from_now() {
    let minted = mint_all(fixtures::config().spec(), &KnownKeys);
    let admin = certificates(&minted.clients[0].certificate).unwrap().own;
    let existing = fixtures::files(minted);
    for (cert, until) in [
        (cert(&existing, "ca"), "2036-11-18T08:00:00Z"),
        (cert(&existing, "apiserver"), "2027-11-21T08:00:00Z"),
        (admin, "2027-11-21T08:00:00Z"),
    ] {
        assert_eq!(cert.not_before.to_string(), "2026-11-21T07:55:00Z");
        assert_eq!(cert.not_after.to_string(), until);
    }
}

#[test]
fn a_client_certificate_begins_with_its_ca_and_is_signed_by_the_first_of_its_file() {
    let existing = fixtures::complete(fixtures::config().spec());
    let mut other = fixtures::config();
    other.cluster.key_algorithm = KeyAlgorithm::EcdsaP384;
    let second = fixtures::complete(other.spec());
    let mut both = existing.clone();
    both.insert("ca.crt", [existing.get("ca.crt").unwrap(), second.get("ca.crt").unwrap()].concat());

    let order = Order { items: &[], clients: &[admin()], existing: &both };
    let later = "2027-01-01T00:00:00Z".parse().unwrap();
    let minted = mint(&order, later, &KnownKeys).unwrap();
    let client = &minted.clients[0];
    let bundle = certificates(&client.certificate).unwrap();
    assert_eq!(bundle.own.not_before, cert(&existing, "ca").not_before);
    assert_eq!(bundle.own.organizations, ["kubeadm:cluster-admins"]);
    assert_eq!(client.authority, existing.get("ca.crt").unwrap(), "the file's other certificates stay out");
    verify::chain(&bundle, &cert(&existing, "ca"), later, &[]).unwrap();
    let key = PrivateKey::from_pem(client.key.expose_secret().as_bytes()).unwrap();
    assert!(bundle.own.belongs_to(&key));
}

#[test]
fn each_file_has_its_kind_and_no_path_stands_twice() {
    let minted = mint_all(fixtures::config().spec(), &KnownKeys);
    for file in &minted.files {
        let (kind, mode) = match file.path.rsplit_once('.').unwrap().1 {
            "crt" => (FileKind::Certificate, 0o644),
            "key" => (FileKind::PrivateKey, 0o600),
            _ => (FileKind::PublicKey, 0o600),
        };
        assert_eq!((file.kind, file.kind.mode()), (kind, mode), "{}", file.path);
    }
    let paths: BTreeSet<_> = minted.files.iter().map(|file| &file.path).collect();
    assert_eq!((paths.len(), minted.files.len()), (22, 22));
    let shown = format!("{minted:?}");
    assert!(!shown.contains("PRIVATE") && !shown.contains("45, 45"), "{shown}");
}

#[test]
fn without_its_ca_nothing_is_issued() {
    let existing = Existing::default();
    let order = Order { items: &[], clients: &[admin()], existing: &existing };
    let error = mint(&order, fixtures::now(), &KnownKeys).unwrap_err();
    assert_eq!(error.to_string(), "ca.key does not exist; make the CA, or bring its key here, first");
}
