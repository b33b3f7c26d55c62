//! The certificates of a control plane that can be renewed: kubeadm's names, and where each of them is.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::inputs::certificate_path;
use super::{Content, Files};
use crate::config::Spec;
use crate::kubeconfig::{self, Embedded, File, Kubeconfig};
use crate::manifests::static_pod::StaticPod;
use crate::pki::{self, Ca, Contents, Item, LeafRequest, Usage};

/// One row, by kubeadm's name, as in `certs renew NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewable {
    /// As in `certs renew NAME`.
    pub name: &'static str,
    /// In help: a sentence without its full stop.
    pub about: &'static str,
    /// The static pod that reads it, for the most part only when it starts.
    pub read_by: Option<StaticPod>,
}

const fn certificate(entry: &pki::Entry, about: &'static str, read_by: Option<StaticPod>) -> Renewable {
    Renewable { name: entry.name(), about, read_by }
}

const fn kubeconfig(file: &File, about: &'static str, read_by: Option<StaticPod>) -> Renewable {
    Renewable { name: file.name, about, read_by }
}

/// In the order of their names, as kubeadm lists them.
#[rustfmt::skip]
pub const RENEWABLE: &[Renewable] = &[
    kubeconfig(&File::ADMIN, "the administrator's client certificate, in admin.conf", None),
    certificate(&pki::Entry::APISERVER, "the certificate that the API server serves with", Some(StaticPod::ApiServer)),
    certificate(&pki::Entry::APISERVER_ETCD_CLIENT, "the API server's client certificate for etcd", Some(StaticPod::ApiServer)),
    certificate(&pki::Entry::APISERVER_KUBELET_CLIENT, "the API server's client certificate for kubelets", Some(StaticPod::ApiServer)),
    kubeconfig(&File::CONTROLLER_MANAGER, "the controller manager's client certificate, in controller-manager.conf", Some(StaticPod::ControllerManager)),
    certificate(&pki::Entry::ETCD_HEALTHCHECK_CLIENT, "the client certificate of etcd's probes", None),
    certificate(&pki::Entry::ETCD_PEER, "the certificate of etcd's members among each other", Some(StaticPod::Etcd)),
    certificate(&pki::Entry::ETCD_SERVER, "the certificate that etcd serves with", Some(StaticPod::Etcd)),
    certificate(&pki::Entry::FRONT_PROXY_CLIENT, "the API server's client certificate for extension API servers", Some(StaticPod::ApiServer)),
    kubeconfig(&File::SCHEDULER, "the scheduler's client certificate, in scheduler.conf", Some(StaticPod::Scheduler)),
    kubeconfig(&File::SUPER_ADMIN, "the client certificate in super-admin.conf, which no RBAC rule binds", None),
];

/// A row filled in for one configuration.
#[derive(Debug, Clone)]
pub(super) struct RenewalTarget {
    /// The certificate, signed by which CA and with which life.
    pub item: Item,
    /// What the configuration says now.
    pub request: LeafRequest,
    /// The files that it is in.
    pub place: CertificateFiles,
}

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CertificateFiles {
    Pair {
        certificate: PathBuf,
        key: PathBuf,
    },
    /// Both, in one kubeconfig.
    Kubeconfig(PathBuf),
}

/// Those of `spec`, in the order of their names; with an external etcd there are none of etcd's. A kubeconfig's
/// certificate stands as an item of its own, by the file's name.
pub(super) fn targets(spec: Spec<'_>, kubeconfig_dir: &Path) -> Vec<RenewalTarget> {
    let leaves = pki::catalogue(spec).into_iter().filter_map(|item| pair(item, spec));
    let kubeconfigs = kubeconfig::catalogue(spec);
    let kubeconfigs = kubeconfigs.iter().map(|file| of_kubeconfig(file, spec, kubeconfig_dir));
    let mut all: Vec<RenewalTarget> =
        leaves.chain(kubeconfigs).filter(|target| is_renewable(target.item.name)).collect();
    all.sort_by_key(|target| target.item.name);
    all
}

/// The kubelet renews its own.
fn is_renewable(name: &str) -> bool {
    RENEWABLE.iter().any(|row| row.name == name)
}

fn pair(item: Item, spec: Spec<'_>) -> Option<RenewalTarget> {
    let request = match &item.contents {
        Contents::Leaf(request) => request.clone(),
        Contents::Authority(_) | Contents::ServiceAccountKeys => return None,
    };
    let place = CertificateFiles::Pair {
        certificate: certificate_path(spec.cluster, &item.certificate_path()),
        key: certificate_path(spec.cluster, &item.key_path()),
    };
    Some(RenewalTarget { item, request, place })
}

/// A kubeconfig's certificate as an item of its own, by the file's name.
pub(super) fn client_item(file: &Kubeconfig, spec: Spec<'_>) -> (Item, LeafRequest) {
    let request = LeafRequest {
        signer: Ca::Cluster,
        subject: file.request.subject.clone(),
        usage: Usage::Client,
        sans: pki::Sans::default(),
        begin: spec.cluster.minor.certificates.leaf_begin,
        validity: file.request.validity,
    };
    let contents = Contents::Leaf(request.clone());
    (Item { name: file.name, stem: file.name, algorithm: file.request.algorithm, contents }, request)
}

fn of_kubeconfig(file: &Kubeconfig, spec: Spec<'_>, folder: &Path) -> RenewalTarget {
    let (item, request) = client_item(file, spec);
    // kubeadm's renewals heed the gate for ECDSA in every minor, whatever init does with it.
    let item = Item { algorithm: spec.cluster.key_algorithm, ..item };
    RenewalTarget { item, request, place: CertificateFiles::Kubeconfig(folder.join(file.name)) }
}

/// The CAs that exist for `spec`, as items, in kubeadm's order.
pub(super) fn authorities(spec: Spec<'_>) -> Vec<(Ca, Item)> {
    let ca = |item: &Item| match &item.contents {
        Contents::Authority(request) => Some(request.ca),
        Contents::Leaf(_) | Contents::ServiceAccountKeys => None,
    };
    pki::catalogue(spec).into_iter().filter_map(|item| Some((ca(&item)?, item))).collect()
}

/// Every file that a renewal may read or replace.
pub fn renewal_paths(spec: Spec<'_>, kubeconfig_dir: &Path) -> Vec<PathBuf> {
    let authorities =
        authorities(spec).into_iter().flat_map(|(_, item)| [item.certificate_path(), item.key_path()]);
    let authorities = authorities.map(|below| certificate_path(spec.cluster, &below));
    let targets = targets(spec, kubeconfig_dir).into_iter().flat_map(|target| match target.place {
        CertificateFiles::Pair { certificate, key } => vec![certificate, key],
        CertificateFiles::Kubeconfig(path) => vec![path],
    });
    authorities.chain(targets).collect()
}

/// The files that the kubeconfigs among `files` name, which are read behind them.
pub fn named_files(files: &Files) -> Vec<PathBuf> {
    let kubeconfigs = files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "conf"));
    let mut named: Vec<PathBuf> =
        kubeconfigs.flat_map(|(path, text)| kubeconfig::named_files(text.bytes(), path)).collect();
    named.sort();
    named.dedup();
    named
}

/// A kubeconfig with its client's certificate and key; the error is a whole sentence, with its path.
pub(super) fn embedded(path: &Path, text: &Content, files: &Files) -> Result<Embedded, String> {
    let read = |path: &Path| files.get(path).map(|content| Zeroizing::new(content.bytes().to_vec()));
    Embedded::parse_with(text.bytes(), path, read).map_err(|why| format!("{} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Etcd, ExternalEtcd};
    use crate::pki::fixtures;

    #[test]
    fn every_row_is_a_certificate_of_a_usual_cluster_and_the_other_way_round() {
        let targets = targets(fixtures::config().spec(), Path::new("/etc/kubernetes"));
        let names: Vec<_> = targets.iter().map(|target| target.item.name).collect();
        assert_eq!(names, RENEWABLE.iter().map(|row| row.name).collect::<Vec<_>>());
    }

    #[test]
    fn an_external_etcd_s_certificates_are_not_the_cluster_s() {
        let mut config = fixtures::config();
        config.cluster.etcd = Etcd::External(ExternalEtcd {
            endpoints: Vec::new(),
            http_endpoints: Vec::new(),
            ca_file: String::new(),
            cert_file: String::new(),
            key_file: String::new(),
        });
        let targets = targets(config.spec(), Path::new("/etc/kubernetes"));
        assert_eq!(targets.len(), 7);
        assert!(
            renewal_paths(config.spec(), Path::new("/k"))
                .iter()
                .all(|path| !path.to_string_lossy().contains("etcd/"))
        );
    }
}
