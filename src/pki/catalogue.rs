//! What init issues: a table, and the table filled in for one configuration.

use crate::config::{Config, Etcd, KeyAlgorithm};
use crate::duration::GoDuration;
use crate::versions::{KubeletClient, LeafBegin};

use super::sans::{self, Sans};
use super::subject::Subject;

/// The three certificate authorities of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ca {
    Cluster,
    FrontProxy,
    Etcd,
}

impl Ca {
    pub const ALL: [Self; 3] = [Self::Cluster, Self::FrontProxy, Self::Etcd];

    /// The path of its files below the certificates directory, without extension.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::Cluster => "ca",
            Self::FrontProxy => "front-proxy-ca",
            Self::Etcd => "etcd/ca",
        }
    }

    /// Below the certificates directory.
    pub fn certificate_path(self) -> String {
        format!("{}.crt", self.stem())
    }

    /// Below the certificates directory.
    pub fn key_path(self) -> String {
        format!("{}.key", self.stem())
    }

    /// Its phase: `init phase certs NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "ca",
            Self::FrontProxy => "front-proxy-ca",
            Self::Etcd => "etcd-ca",
        }
    }
}

/// The extended key usages of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Server,
    Client,
    /// etcd asks for client authentication on its server certificate too (etcd issue 9785).
    Both,
}

/// Where a leaf's common name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonName {
    Fixed(&'static str),
    /// As the API server is known to kubelets, which may be by its group too.
    KubeletClient,
    NodeName,
}

/// Which rule gives a leaf its subject alternative names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    None,
    ApiServer,
    EtcdServer,
    EtcdPeer,
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// kubeadm's name, as in `init phase certs NAME`.
    pub name: &'static str,
    /// The path below the certificates directory, without extension.
    pub stem: &'static str,
    pub holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Authority {
        ca: Ca,
        common_name: &'static str,
    },
    Leaf {
        signer: Ca,
        common_name: CommonName,
        usage: Usage,
        names: Names,
    },
    /// The key pair that signs and checks service account tokens; no certificate.
    ServiceAccountKeys,
}

/// Everything below the certificates directory, in kubeadm's order: each CA stands before its leaves.
#[rustfmt::skip]
pub const ENTRIES: &[Entry] = &[
    authority("ca", "ca", Ca::Cluster, "kubernetes"),
    leaf("apiserver", "apiserver", Ca::Cluster, CommonName::Fixed("kube-apiserver"), Usage::Server, Names::ApiServer),
    leaf("apiserver-kubelet-client", "apiserver-kubelet-client", Ca::Cluster, CommonName::KubeletClient, Usage::Client, Names::None),
    authority("front-proxy-ca", "front-proxy-ca", Ca::FrontProxy, "front-proxy-ca"),
    leaf("front-proxy-client", "front-proxy-client", Ca::FrontProxy, CommonName::Fixed("front-proxy-client"), Usage::Client, Names::None),
    authority("etcd-ca", "etcd/ca", Ca::Etcd, "etcd-ca"),
    leaf("etcd-server", "etcd/server", Ca::Etcd, CommonName::NodeName, Usage::Both, Names::EtcdServer),
    leaf("etcd-peer", "etcd/peer", Ca::Etcd, CommonName::NodeName, Usage::Both, Names::EtcdPeer),
    leaf("etcd-healthcheck-client", "etcd/healthcheck-client", Ca::Etcd, CommonName::Fixed("kube-etcd-healthcheck-client"), Usage::Client, Names::None),
    leaf("apiserver-etcd-client", "apiserver-etcd-client", Ca::Etcd, CommonName::Fixed("kube-apiserver-etcd-client"), Usage::Client, Names::None),
    Entry { name: "sa", stem: "sa", holds: Holds::ServiceAccountKeys },
];

const fn authority(name: &'static str, stem: &'static str, ca: Ca, common_name: &'static str) -> Entry {
    Entry { name, stem, holds: Holds::Authority { ca, common_name } }
}

const fn leaf(
    name: &'static str,
    stem: &'static str,
    signer: Ca,
    common_name: CommonName,
    usage: Usage,
    names: Names,
) -> Entry {
    Entry { name, stem, holds: Holds::Leaf { signer, common_name, usage, names } }
}

/// An entry filled in for one configuration: what shall exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub name: &'static str,
    /// The path below the certificates directory, without extension.
    pub stem: &'static str,
    pub algorithm: KeyAlgorithm,
    pub contents: Contents,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    Authority(AuthorityRequest),
    Leaf(LeafRequest),
    ServiceAccountKeys,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRequest {
    pub ca: Ca,
    pub subject: Subject,
    /// From the moment of issue; the certificate also holds five minutes before that.
    pub validity: GoDuration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRequest {
    pub signer: Ca,
    pub subject: Subject,
    pub usage: Usage,
    pub sans: Sans,
    pub begin: LeafBegin,
    /// From the moment of issue on.
    pub validity: GoDuration,
}

impl Item {
    pub fn certificate_path(&self) -> String {
        format!("{}.crt", self.stem)
    }

    pub fn key_path(&self) -> String {
        format!("{}.key", self.stem)
    }

    /// Of the service account keys alone.
    pub fn public_key_path(&self) -> String {
        format!("{}.pub", self.stem)
    }

    /// The CA that this one cannot be judged or made without.
    pub fn signer(&self) -> Option<Ca> {
        match &self.contents {
            Contents::Authority(_) | Contents::ServiceAccountKeys => None,
            Contents::Leaf(leaf) => Some(leaf.signer),
        }
    }
}

/// The stems of what `ca` signs.
pub(super) fn leaves_of(ca: Ca) -> impl Iterator<Item = &'static str> {
    let is_signed = move |entry: &&Entry| matches!(entry.holds, Holds::Leaf { signer, .. } if signer == ca);
    ENTRIES.iter().filter(is_signed).map(|entry| entry.stem)
}

/// All items of `config`, in kubeadm's order. With an external etcd there is neither its CA nor anything below it.
pub fn catalogue(config: &Config) -> Vec<Item> {
    ENTRIES
        .iter()
        .filter(|entry| is_wanted(entry, &config.cluster.etcd))
        .map(|entry| item(entry, config))
        .collect()
}

fn is_wanted(entry: &Entry, etcd: &Etcd) -> bool {
    match etcd {
        Etcd::Local(_) => true,
        Etcd::External(_) => match entry.holds {
            Holds::Authority { ca, .. } | Holds::Leaf { signer: ca, .. } => ca != Ca::Etcd,
            Holds::ServiceAccountKeys => true,
        },
    }
}

fn item(entry: &Entry, config: &Config) -> Item {
    Item {
        name: entry.name,
        stem: entry.stem,
        algorithm: config.cluster.key_algorithm,
        contents: contents(entry.holds, config),
    }
}

fn contents(holds: Holds, config: &Config) -> Contents {
    match holds {
        Holds::Authority { ca, common_name } => Contents::Authority(AuthorityRequest {
            ca,
            subject: Subject::named(common_name),
            validity: config.cluster.ca_certificate_validity,
        }),
        Holds::Leaf { signer, common_name, usage, names } => Contents::Leaf(LeafRequest {
            signer,
            subject: subject(common_name, config),
            usage,
            sans: sans::of(names, config),
            begin: config.minor.certificates.leaf_begin,
            validity: config.cluster.certificate_validity,
        }),
        Holds::ServiceAccountKeys => Contents::ServiceAccountKeys,
    }
}

const KUBELET_CLIENT: &str = "kube-apiserver-kubelet-client";
const ADMINISTRATORS: &str = "kubeadm:cluster-admins";

fn subject(common_name: CommonName, config: &Config) -> Subject {
    match (common_name, config.release().kubelet_client) {
        (CommonName::Fixed(name), _) => Subject::named(name),
        (CommonName::NodeName, _) => Subject::named(config.init.node.name.as_str()),
        (CommonName::KubeletClient, KubeletClient::Administrator) => {
            Subject::in_group(KUBELET_CLIENT, ADMINISTRATORS)
        }
        (CommonName::KubeletClient, KubeletClient::OwnGrant) => Subject::named(KUBELET_CLIENT),
    }
}
