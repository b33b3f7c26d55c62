//! The certificates of an etcd cluster on loopback, made by kubewright's own code.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kubewright::config::KeyAlgorithm;
use kubewright::duration::GoDuration;
use kubewright::host::etcd::{EtcdTls, Identity};
use kubewright::pki::{
    AuthorityRequest, Ca, Contents, Decision, Existing, Item, LeafRequest, Order, Sans, Subject, SystemKeys,
    Usage, mint,
};
use kubewright::versions::LeafBegin;
use zeroize::Zeroizing;

/// One certificate for all members, since they all are on loopback, and one for the client.
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    pub fn make(folder: &Path, algorithm: KeyAlgorithm, addresses: &[std::net::IpAddr]) -> Self {
        let leaf = |name, stem, usage, sans| Item {
            name,
            stem,
            algorithm,
            contents: Contents::Leaf(LeafRequest {
                signer: Ca::Etcd,
                subject: Subject::named(name),
                usage,
                sans,
                begin: LeafBegin::Backdated,
                validity: GoDuration::from_hours(1),
            }),
        };
        let authority = AuthorityRequest {
            ca: Ca::Etcd,
            subject: Subject::named("etcd-ca"),
            validity: GoDuration::from_hours(1),
        };
        let items = [
            Item { name: "etcd-ca", stem: "etcd/ca", algorithm, contents: Contents::Authority(authority) },
            leaf("etcd-server", "etcd/server", Usage::Both, Sans::new([], addresses.iter().copied())),
            leaf("etcd-client", "etcd/client", Usage::Client, Sans::default()),
        ];
        let items: Vec<_> = items.into_iter().map(|item| (item, Decision::Create)).collect();
        let order = Order { items: &items, clients: &[], existing: &Existing::default() };
        std::fs::create_dir_all(folder.join("etcd")).unwrap();
        for file in mint(&order, Timestamp::now(), &SystemKeys).unwrap().files {
            std::fs::write(folder.join(file.path), &*file.bytes).unwrap();
        }
        Self { folder: folder.join("etcd") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn client(&self) -> EtcdTls {
        EtcdTls { ca: self.read("ca.crt"), identity: Some(self.identity()) }
    }

    pub fn identity(&self) -> Identity {
        Identity { certificate: self.read("client.crt"), key: Zeroizing::new(self.read("client.key")) }
    }
}
