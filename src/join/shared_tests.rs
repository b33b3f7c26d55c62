//! The files that control planes share, out of Secrets that are right, and out of others.

use super::*;
use crate::config::{Etcd, ExternalEtcd, fixture};

const CA: &[u8] = include_bytes!("../../tests/golden/pki/p256-ca.crt");
const OTHER_CA: &[u8] = include_bytes!("../../tests/golden/pki/rsa-ca.crt");
const KEY: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.key");
const CRON: &[u8] = b"* * * * * root touch /pwned\n";

fn content(entry: &str) -> Vec<u8> {
    match entry.rsplit_once('.') {
        Some((_, "crt")) => CA.to_vec(),
        Some((_, "key")) => KEY.to_vec(),
        _ => pki::PrivateKey::from_pem(KEY).unwrap().public_key().to_pem().to_vec(),
    }
}

fn key() -> CertificateKey {
    CertificateKey::new([1; 32])
}

fn seal(content: &[u8]) -> Sealed {
    Zeroizing::new(key().seal(content, [7; 12]).unwrap())
}

/// Each entry with what belongs there, but for `others`.
fn secret(cluster: &ClusterSpec, others: &[(&str, &[u8])]) -> SharedSeen {
    let files = pki::shared_files(cluster).into_iter();
    let mut entries: BTreeMap<String, Sealed> =
        files.map(|file| (file.entry.to_owned(), seal(&content(file.entry)))).collect();
    entries.extend(others.iter().map(|(entry, content)| ((*entry).to_owned(), seal(content))));
    SharedSeen::Sealed(entries)
}

fn open(seen: &SharedSeen, cluster: &ClusterSpec) -> Result<Vec<Opened>, NotOpened> {
    open_where(seen, cluster, &[])
}

fn open_where(seen: &SharedSeen, cluster: &ClusterSpec, here: &[&str]) -> Result<Vec<Opened>, NotOpened> {
    let here = here.iter().map(Path::new).collect();
    open_shared(seen, &AskedFor { key: &key(), cluster, authority: CA, here: &here })
}

fn local() -> ClusterSpec {
    fixture::config().cluster
}

fn external(folder: &str) -> ClusterSpec {
    let file = |name: &str| format!("{folder}/{name}");
    let etcd = ExternalEtcd {
        endpoints: Vec::new(),
        http_endpoints: Vec::new(),
        ca_file: file("ca.crt"),
        cert_file: file("client.crt"),
        key_file: file("client.key"),
    };
    ClusterSpec { etcd: Etcd::External(etcd), ..local() }
}

#[test]
fn every_file_comes_out_with_its_own_content() {
    let opened = open(&secret(&local(), &[]), &local()).unwrap();
    assert_eq!(opened.len(), 8);
    assert!(opened.iter().all(|(file, found)| **found == content(file.entry)));
}

#[test]
fn a_wrong_key_an_absent_secret_and_a_missing_entry_are_told_apart() {
    let SharedSeen::Sealed(mut entries) = secret(&local(), &[]) else { panic!("it was sealed") };
    let other = CertificateKey::new([2; 32]);
    let cluster = local();
    let here = BTreeSet::new();
    let asked = AskedFor { key: &other, cluster: &cluster, authority: CA, here: &here };
    let wrong = open_shared(&SharedSeen::Sealed(entries.clone()), &asked);
    assert_eq!(wrong, Err(NotOpened::WrongKey { entry: "ca.crt" }));
    assert_eq!(open(&SharedSeen::Absent, &cluster), Err(NotOpened::Absent));
    entries.remove("sa.key");
    assert_eq!(open(&SharedSeen::Sealed(entries), &cluster), Err(NotOpened::NoEntry { entry: "sa.key" }));
}

#[test]
fn each_file_is_what_it_should_be_and_nothing_besides() {
    for entry in ["ca.crt", "front-proxy-ca.key", "sa.pub", "etcd-ca.crt"] {
        let around = [CRON, &content(entry), CRON].concat();
        let opened = open(&secret(&local(), &[(entry, &around)]), &local()).unwrap();
        let (_, found) = opened.iter().find(|(file, _)| file.entry == entry).unwrap();
        assert_eq!(**found, content(entry), "{entry}");
        let refused = open(&secret(&local(), &[(entry, CRON)]), &local()).unwrap_err();
        assert!(matches!(refused, NotOpened::OtherKind { entry: told, .. } if told == entry), "{refused}");
    }
    let swapped = open(&secret(&local(), &[("ca.key", CA)]), &local()).unwrap_err();
    assert_eq!(swapped.to_string(), "ca.key of the Secret kubeadm-certs is not what it should be");
}

#[test]
fn another_ca_than_the_cluster_s_is_not_taken() {
    let other = secret(&local(), &[("ca.crt", OTHER_CA)]);
    assert_eq!(open(&other, &local()), Err(NotOpened::OtherAuthority));
    let both = secret(&local(), &[("ca.crt", &[OTHER_CA, CA].concat())]);
    assert_eq!(open(&both, &local()).unwrap().len(), 8, "while it is changed, a cluster has two");
}

#[test]
fn an_external_etcd_s_files_go_to_kubernetes_folders_only() {
    for folder in
        ["/etc/kubernetes/pki", "/etc/kubernetes", "/etc/kubernetes/etcd", "/etc/kubernetes/pki/etcd/"]
    {
        let cluster = external(folder);
        // One of them lies where the cluster's CA does, and is the same.
        assert_eq!(open(&secret(&cluster, &[]), &cluster).unwrap().len(), 9, "{folder}");
    }
    for folder in ["/etc/cron.d", "/root/.ssh", "/etc/kubernetes/manifests", "/etc/kubernetes2", "/", ""] {
        let cluster = external(folder);
        let path = PathBuf::from(format!("{folder}/ca.crt"));
        let refused = open(&secret(&cluster, &[]), &cluster);
        assert_eq!(refused, Err(NotOpened::Elsewhere { entry: "external-etcd-ca.crt", path }), "{folder}");
    }
    let mut cluster = external("/etc/kubernetes/pki");
    let Etcd::External(etcd) = &mut cluster.etcd else { panic!("it is external") };
    etcd.key_file = "/etc/kubernetes/admin.conf".to_owned();
    assert!(matches!(open(&secret(&cluster, &[]), &cluster), Err(NotOpened::Elsewhere { .. })));
}

#[test]
fn what_the_host_has_elsewhere_is_its_own_and_kept() {
    let cluster = external("/srv/etcd");
    let here = ["/srv/etcd/ca.crt", "/srv/etcd/client.crt", "/srv/etcd/client.key"];
    let opened = open_where(&secret(&cluster, &[]), &cluster, &here).unwrap();
    assert!(opened.len() == 6 && opened.iter().all(|(file, _)| !file.entry.starts_with("external")));
}

#[test]
fn no_file_takes_another_s_place() {
    let mut cluster = external("/etc/kubernetes/pki/etcd");
    let Etcd::External(etcd) = &mut cluster.etcd else { panic!("it is external") };
    etcd.ca_file = "/etc/kubernetes//pki/ca.crt".to_owned();
    assert!(open(&secret(&cluster, &[]), &cluster).is_ok());
    let refused = open(&secret(&cluster, &[("external-etcd-ca.crt", OTHER_CA)]), &cluster);
    let path = PathBuf::from("/etc/kubernetes/pki/ca.crt");
    assert_eq!(refused, Err(NotOpened::Twice { entry: "external-etcd-ca.crt", path }));
}
