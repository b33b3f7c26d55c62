//! Which files all control planes of a cluster share, and so are uploaded.

use super::FileKind;
use crate::config::{ClusterSpec, Etcd};

/// One entry of the kubeadm-certs Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFile {
    /// The key in the Secret's data.
    pub entry: &'static str,
    /// Where the file is on a host.
    pub path: SharedPath,
}

/// Where a shared file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedPath {
    /// Below the certificates directory.
    Certificates(&'static str),
    /// As the configuration's external etcd names it; empty where it names none, and then the entry is empty too.
    ExternalEtcd(String),
}

impl SharedFile {
    /// By the ending of its entry.
    pub fn kind(&self) -> FileKind {
        match self.entry.rsplit_once('.') {
            Some((_, "crt")) => FileKind::Certificate,
            Some((_, "pub")) => FileKind::SharedPublicKey,
            Some(_) | None => FileKind::PrivateKey,
        }
    }
}

const ALWAYS: &[(&str, &str)] = &[
    ("ca.crt", "ca.crt"),
    ("ca.key", "ca.key"),
    ("front-proxy-ca.crt", "front-proxy-ca.crt"),
    ("front-proxy-ca.key", "front-proxy-ca.key"),
    ("sa.pub", "sa.pub"),
    ("sa.key", "sa.key"),
];

const LOCAL_ETCD: &[(&str, &str)] = &[("etcd-ca.crt", "etcd/ca.crt"), ("etcd-ca.key", "etcd/ca.key")];

/// The Secret's entries for `cluster`: the CAs and the service account keys, and what reaches an external etcd.
pub fn shared_files(cluster: &ClusterSpec) -> Vec<SharedFile> {
    let mut files = below_certificates(ALWAYS);
    match &cluster.etcd {
        Etcd::Local(_) => files.extend(below_certificates(LOCAL_ETCD)),
        Etcd::External(etcd) => files.extend([
            external("external-etcd-ca.crt", &etcd.ca_file),
            external("external-etcd.crt", &etcd.cert_file),
            external("external-etcd.key", &etcd.key_file),
        ]),
    }
    files
}

fn below_certificates(table: &[(&'static str, &'static str)]) -> Vec<SharedFile> {
    table.iter().map(|(entry, path)| SharedFile { entry, path: SharedPath::Certificates(path) }).collect()
}

fn external(entry: &'static str, path: &str) -> SharedFile {
    SharedFile { entry, path: SharedPath::ExternalEtcd(path.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use crate::config::ExternalEtcd;

    fn entries(cluster: &ClusterSpec) -> Vec<&'static str> {
        shared_files(cluster).iter().map(|file| file.entry).collect()
    }

    #[test]
    fn only_private_keys_are_for_their_owner_alone() {
        let cluster = fixtures::config().cluster;
        let files = shared_files(&cluster);
        let closed: Vec<_> =
            files.iter().filter(|file| file.kind().mode() != 0o644).map(|file| file.entry).collect();
        assert_eq!(closed, ["ca.key", "front-proxy-ca.key", "sa.key", "etcd-ca.key"]);
        assert!(files.iter().all(|file| [0o600, 0o644].contains(&file.kind().mode())));
    }

    #[test]
    fn a_local_etcd_s_ca_is_shared_and_an_external_one_s_client_files_are() {
        let mut cluster = fixtures::config().cluster;
        assert_eq!(entries(&cluster)[6..], ["etcd-ca.crt", "etcd-ca.key"]);
        cluster.etcd = Etcd::External(ExternalEtcd {
            endpoints: Vec::new(),
            http_endpoints: Vec::new(),
            ca_file: "/etcd/ca.pem".into(),
            cert_file: String::new(),
            key_file: String::new(),
        });
        assert_eq!(
            entries(&cluster)[6..],
            ["external-etcd-ca.crt", "external-etcd.crt", "external-etcd.key"]
        );
        assert_eq!(shared_files(&cluster)[6].path, SharedPath::ExternalEtcd("/etcd/ca.pem".into()));
    }
}
