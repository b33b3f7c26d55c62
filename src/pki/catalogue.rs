//! What init issues: a table, and the table filled in for one configuration.

use crate::config::{ControlPlane, Etcd, KeyAlgorithm, Spec};
use crate::duration::GoDuration;
use crate::versions::{KubeletClient, LeafBegin};

use super::sans::{self, Sans};
use super::subject::Subject;

/// The three certificate authorities of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ca {
    /// `ca`: of the API server, of kubelets and of all their clients.
    Cluster,
    /// `front-proxy-ca`: of the API server as a client of extension API servers.
    FrontProxy,
    /// `etcd/ca`: of etcd's members and their clients.
    Etcd,
}

impl Ca {
    /// In the order in which kubeadm makes them.
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

    /// kubeadm's name for it, as in `init phase certs NAME`.
    pub const fn name(self) -> &'static str {
        name_in_group(self.phase())
    }

    const fn phase(self) -> &'static str {
        match self {
            Self::Cluster => "certs/ca",
            Self::FrontProxy => "certs/front-proxy-ca",
            Self::Etcd => "certs/etcd-ca",
        }
    }
}

/// The extended key usages of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// serverAuth.
    Server,
    /// clientAuth.
    Client,
    /// etcd asks for client authentication on its server certificate too (etcd issue 9785).
    Both,
}

/// Where a leaf's common name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonName {
    /// The same in every cluster.
    Fixed(&'static str),
    /// As the API server is known to kubelets, which may be by its group too.
    KubeletClient,
    /// The node's name.
    NodeName,
}

/// Which rule gives a leaf its subject alternative names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// It has none: a client.
    None,
    /// The names by which the API server is reached.
    ApiServer,
    /// The names by which etcd's clients reach it.
    EtcdServer,
    /// The names by which etcd's other members reach it.
    EtcdPeer,
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The phase of init that makes it, `certs/NAME`.
    pub phase: &'static str,
    /// The path below the certificates directory, without extension.
    pub stem: &'static str,
    /// What it is, and what it says.
    pub holds: Holds,
}

impl Entry {
    /// kubeadm's name for it, as in `init phase certs NAME`.
    pub const fn name(&self) -> &'static str {
        name_in_group(self.phase)
    }

    /// The certificate's path below the certificates directory.
    pub fn certificate_path(&self) -> String {
        format!("{}.crt", self.stem)
    }
}

/// `certs/NAME` → `NAME`
const fn name_in_group(phase: &'static str) -> &'static str {
    phase.split_at("certs/".len()).1
}

/// What is at a path below the certificates directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A CA that signs itself.
    Authority {
        /// The authority.
        ca: Ca,
        /// The common name of its subject.
        common_name: &'static str,
    },
    /// A certificate that a CA signs.
    Leaf {
        /// The CA that signs it.
        signer: Ca,
        /// The rule for the common name of its subject.
        common_name: CommonName,
        /// Its extended key usages.
        usage: Usage,
        /// The rule for its subject alternative names.
        names: Names,
    },
    /// The key pair that signs and checks service account tokens; no certificate.
    ServiceAccountKeys,
}

#[rustfmt::skip]
impl Entry {
    /// The cluster's CA.
    pub const CA: Self = authority(Ca::Cluster, "kubernetes");
    /// The certificate with which the API server serves.
    pub const APISERVER: Self = leaf("certs/apiserver", "apiserver", Ca::Cluster, CommonName::Fixed("kube-apiserver"), Usage::Server, Names::ApiServer);
    /// The certificate with which the API server calls kubelets.
    pub const APISERVER_KUBELET_CLIENT: Self = leaf("certs/apiserver-kubelet-client", "apiserver-kubelet-client", Ca::Cluster, CommonName::KubeletClient, Usage::Client, Names::None);
    /// The front proxy's CA.
    pub const FRONT_PROXY_CA: Self = authority(Ca::FrontProxy, "front-proxy-ca");
    /// The certificate with which the API server calls extension API servers.
    pub const FRONT_PROXY_CLIENT: Self = leaf("certs/front-proxy-client", "front-proxy-client", Ca::FrontProxy, CommonName::Fixed("front-proxy-client"), Usage::Client, Names::None);
    /// etcd's CA.
    pub const ETCD_CA: Self = authority(Ca::Etcd, "etcd-ca");
    /// The certificate with which etcd serves.
    pub const ETCD_SERVER: Self = leaf("certs/etcd-server", "etcd/server", Ca::Etcd, CommonName::NodeName, Usage::Both, Names::EtcdServer);
    /// The certificate with which etcd's members call each other.
    pub const ETCD_PEER: Self = leaf("certs/etcd-peer", "etcd/peer", Ca::Etcd, CommonName::NodeName, Usage::Both, Names::EtcdPeer);
    /// The certificate with which probes may call etcd.
    pub const ETCD_HEALTHCHECK_CLIENT: Self = leaf("certs/etcd-healthcheck-client", "etcd/healthcheck-client", Ca::Etcd, CommonName::Fixed("kube-etcd-healthcheck-client"), Usage::Client, Names::None);
    /// The certificate with which the API server calls etcd.
    pub const APISERVER_ETCD_CLIENT: Self = leaf("certs/apiserver-etcd-client", "apiserver-etcd-client", Ca::Etcd, CommonName::Fixed("kube-apiserver-etcd-client"), Usage::Client, Names::None);
    /// The key pair that signs and checks service account tokens.
    pub const SA: Self = Self { phase: "certs/sa", stem: "sa", holds: Holds::ServiceAccountKeys };
}

/// Everything below the certificates directory, in kubeadm's order: each CA comes before its leaves.
pub const ENTRIES: &[Entry] = &[
    Entry::CA,
    Entry::APISERVER,
    Entry::APISERVER_KUBELET_CLIENT,
    Entry::FRONT_PROXY_CA,
    Entry::FRONT_PROXY_CLIENT,
    Entry::ETCD_CA,
    Entry::ETCD_SERVER,
    Entry::ETCD_PEER,
    Entry::ETCD_HEALTHCHECK_CLIENT,
    Entry::APISERVER_ETCD_CLIENT,
    Entry::SA,
];

const fn authority(ca: Ca, common_name: &'static str) -> Entry {
    Entry { phase: ca.phase(), stem: ca.stem(), holds: Holds::Authority { ca, common_name } }
}

const fn leaf(
    phase: &'static str,
    stem: &'static str,
    signer: Ca,
    common_name: CommonName,
    usage: Usage,
    names: Names,
) -> Entry {
    Entry { phase, stem, holds: Holds::Leaf { signer, common_name, usage, names } }
}

/// An entry filled in for one configuration: what shall exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// kubeadm's name for it, as in `init phase certs NAME`.
    pub name: &'static str,
    /// The path below the certificates directory, without extension.
    pub stem: &'static str,
    /// The kind and size of its key.
    pub algorithm: KeyAlgorithm,
    /// What it says.
    pub contents: Contents,
}

/// What an item is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// A CA.
    Authority(AuthorityRequest),
    /// A certificate below a CA.
    Leaf(LeafRequest),
    /// A key and its public key, without a certificate.
    ServiceAccountKeys,
}

/// A CA that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRequest {
    /// The authority.
    pub ca: Ca,
    /// Its subject.
    pub subject: Subject,
    /// From the moment of issue; the certificate also holds five minutes before that.
    pub validity: GoDuration,
}

/// A certificate below a CA that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRequest {
    /// The CA that signs it.
    pub signer: Ca,
    /// Its subject: the user and the groups.
    pub subject: Subject,
    /// Its extended key usages.
    pub usage: Usage,
    /// Its subject alternative names.
    pub sans: Sans,
    /// From when on it holds.
    pub begin: LeafBegin,
    /// From the moment of issue on.
    pub validity: GoDuration,
}

impl Item {
    /// The certificate's path below the certificates directory.
    pub fn certificate_path(&self) -> String {
        format!("{}.crt", self.stem)
    }

    /// The key's path below the certificates directory.
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

/// All items of `spec`, in kubeadm's order; a worker has none. With an external etcd there is neither its CA nor anything below
/// it.
pub fn catalogue(spec: Spec<'_>) -> Vec<Item> {
    let Some(config) = spec.control_plane() else { return Vec::new() };
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

fn item(entry: &Entry, spec: ControlPlane<'_>) -> Item {
    Item {
        name: entry.name(),
        stem: entry.stem,
        algorithm: spec.cluster.key_algorithm,
        contents: contents(entry.holds, spec),
    }
}

fn contents(holds: Holds, spec: ControlPlane<'_>) -> Contents {
    match holds {
        Holds::Authority { ca, common_name } => Contents::Authority(AuthorityRequest {
            ca,
            subject: Subject::named(common_name),
            validity: spec.cluster.ca_certificate_validity,
        }),
        Holds::Leaf { signer, common_name, usage, names } => Contents::Leaf(LeafRequest {
            signer,
            subject: subject(common_name, spec),
            usage,
            sans: sans::of(names, spec),
            begin: spec.cluster.minor.certificates.leaf_begin,
            validity: spec.cluster.certificate_validity,
        }),
        Holds::ServiceAccountKeys => Contents::ServiceAccountKeys,
    }
}

const KUBELET_CLIENT: &str = "kube-apiserver-kubelet-client";
const ADMINISTRATORS: &str = "kubeadm:cluster-admins";

fn subject(common_name: CommonName, spec: ControlPlane<'_>) -> Subject {
    match (common_name, spec.cluster.release().kubelet_client) {
        (CommonName::Fixed(name), _) => Subject::named(name),
        (CommonName::NodeName, _) => Subject::named(spec.node.name.as_str()),
        (CommonName::KubeletClient, KubeletClient::Administrator) => {
            Subject::in_group(KUBELET_CLIENT, ADMINISTRATORS)
        }
        (CommonName::KubeletClient, KubeletClient::OwnGrant) => Subject::named(KUBELET_CLIENT),
    }
}
