//! The kubeadm-certs Secret → the files that control planes share.
//!
//! What is in it was opened with the operator's key, but may have been put there by anybody who may write Secrets, as may the
//! paths in kubeadm-config: nothing is taken but what each file is for, and nothing goes where other programs look for theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::{CertificateKey, ClusterSpec};
use crate::facts::{Sealed, SharedSeen};
use crate::pki::{self, Bundle, NotOfItsKind, SharedFile, SharedPath};

/// Why the uploaded certificates are not used: nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// There is no such Secret: it goes with its bootstrap token, two hours after the upload.
    #[error(
        "there are no certificates to fetch: the cluster has no Secret kubeadm-certs in kube-system, which lasts two \
         hours after they were uploaded"
    )]
    Absent,
    /// The configuration calls for a file that was not uploaded.
    #[error("the Secret kubeadm-certs has no entry {entry}")]
    NoEntry {
        /// The key in the Secret's `data`, such as `etcd-ca.key`.
        entry: &'static str,
    },
    /// AES-256-GCM does not verify the entry by `--certificate-key`.
    #[error("the certificate key does not open {entry} of the Secret kubeadm-certs")]
    WrongKey {
        /// The key in the Secret's `data`, such as `etcd-ca.key`.
        entry: &'static str,
    },
    /// The key opened the entry, and what is in it is no certificate, or no key, of the kind that belongs
    /// there.
    #[error("{entry} of the Secret kubeadm-certs is not what it should be")]
    OtherKind {
        /// The key in the Secret's `data`, such as `etcd-ca.key`.
        entry: &'static str,
        /// What it is instead.
        #[source]
        source: NotOfItsKind,
    },
    /// A joining node would take another CA than the one that discovery has vouched for.
    #[error("ca.crt of the Secret kubeadm-certs is not the CA of the cluster that was found")]
    OtherAuthority,
    /// A file of external etcd's, at a path that a cluster alone does not have this host write.
    #[error(
        "the cluster's configuration has {entry} at {}, which is neither below certificatesDir nor in a folder of its own \
         below /etc/kubernetes: it is not written there", .path.display()
    )]
    Elsewhere {
        /// The key in the Secret's `data`, such as `etcd-ca.key`.
        entry: &'static str,
        /// As ClusterConfiguration has it.
        path: PathBuf,
    },
    /// Two entries with different content would go into one file.
    #[error("the cluster's configuration has {entry} at {}, where another of the shared files is", .path.display())]
    Twice {
        /// The key in the Secret's `data`, such as `etcd-ca.key`.
        entry: &'static str,
        /// As ClusterConfiguration has it.
        path: PathBuf,
    },
}

impl NotOpened {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Absent
            | Self::NoEntry { .. }
            | Self::WrongKey { .. }
            | Self::OtherKind { .. }
            | Self::OtherAuthority => {
                "`kubewright token create --control-plane` on a control plane uploads them again, and prints the command to join with"
                    .to_owned()
            }
            Self::Elsewhere { path, .. } => format!(
                "where it is right there, copy {} from another control plane yourself: a file that is there is kept",
                path.display()
            ),
            Self::Twice { .. } => {
                "see etcd.external in the ConfigMap kubeadm-config (kube-system): each of its files has a place of its own"
                    .to_owned()
            }
        }
    }
}

/// With what the Secret is opened, and for which cluster.
#[derive(Debug)]
pub struct AskedFor<'a> {
    /// `--certificate-key`, or the configuration's certificateKey.
    pub key: &'a CertificateKey,
    /// The cluster's own configuration, from kubeadm-config: which files are shared, and where they are.
    pub cluster: &'a ClusterSpec,
    /// The CA by which the cluster was known, PEM.
    pub authority: &'a [u8],
    /// The files that this host has.
    pub here: &'a BTreeSet<&'a Path>,
}

/// A shared file and what is in it.
pub type Opened = (SharedFile, Zeroizing<Vec<u8>>);

/// Each shared file with its content, in the order of [`pki::shared_files`]; those that the configuration does not name
/// are left out, and so are a CA's key where the CA is external, and what this host has where it alone may say so.
///
/// # Errors
/// The first entry that is missing, is not opened by the key, is not what the file should be, or would go where it must not.
pub fn open_shared(seen: &SharedSeen, asked: &AskedFor<'_>) -> Result<Vec<Opened>, NotOpened> {
    let entries = match seen {
        SharedSeen::NotAsked => return Ok(Vec::new()),
        SharedSeen::Absent => return Err(NotOpened::Absent),
        SharedSeen::Sealed(entries) => entries,
    };
    let files = pki::shared_files(asked.cluster).into_iter();
    let opened = files.filter_map(|file| open_one(entries, asked, file).transpose());
    let opened: Vec<Opened> = opened.collect::<Result<_, _>>()?;
    opened.iter().try_for_each(|(file, content)| judge_authority(file, content, asked.authority))?;
    apart(&opened, asked.cluster)?;
    Ok(opened)
}

fn open_one(
    entries: &BTreeMap<String, Sealed>,
    asked: &AskedFor<'_>,
    file: SharedFile,
) -> Result<Option<Opened>, NotOpened> {
    let entry = file.entry;
    let sealed = entries.get(entry).ok_or(NotOpened::NoEntry { entry })?;
    if sealed.is_empty() {
        return Ok(None);
    }
    let content = asked.key.open(sealed).map_err(|_| NotOpened::WrongKey { entry })?;
    match place(&file, asked.cluster) {
        Destination::Own(_) => {}
        Destination::None => return Ok(None),
        Destination::Foreign(path) if asked.here.contains(path.as_path()) => return Ok(None),
        Destination::Foreign(path) => return Err(NotOpened::Elsewhere { entry, path }),
    }
    let content =
        pki::purified(file.kind(), &content).map_err(|source| NotOpened::OtherKind { entry, source })?;
    Ok(Some((file, content)))
}

/// Where a shared file goes.
enum Destination {
    /// In a folder that is Kubernetes' own.
    Own(PathBuf),
    /// Where a cluster alone does not have this host write.
    Foreign(PathBuf),
    None,
}

const KUBERNETES: &str = "/etc/kubernetes";
/// Whatever lies there is run by the kubelet.
const MANIFESTS: &str = "/etc/kubernetes/manifests";

fn place(file: &SharedFile, cluster: &ClusterSpec) -> Destination {
    let path = match &file.path {
        SharedPath::Certificates(below) => return Destination::Own(cluster.certificates_dir.join(below)),
        SharedPath::ExternalEtcd(path) if path.is_empty() => return Destination::None,
        SharedPath::ExternalEtcd(path) => PathBuf::from(path),
    };
    let is_below = |folder: &Path| path.strip_prefix(folder).is_ok_and(|rest| rest.file_name().is_some());
    let is_kubeconfig = path.extension().is_some_and(|ending| ending == "conf");
    let is_own = is_below(&cluster.certificates_dir)
        || is_below(Path::new(KUBERNETES)) && !path.starts_with(MANIFESTS) && !is_kubeconfig;
    if is_own { Destination::Own(path) } else { Destination::Foreign(path) }
}

/// The cluster's own CA is one of those by which it was found.
fn judge_authority(file: &SharedFile, content: &[u8], authority: &[u8]) -> Result<(), NotOpened> {
    if file.path != SharedPath::Certificates(CLUSTER_CA) {
        return Ok(());
    }
    let read = |text: &[u8]| pki::certificates(text).ok();
    let known = read(authority);
    let is_known = |bundle: &Bundle| {
        known.iter().flat_map(Bundle::iter).any(|known| bundle.iter().any(|cert| cert.der == known.der))
    };
    read(content).filter(is_known).map(|_| ()).ok_or(NotOpened::OtherAuthority)
}

const CLUSTER_CA: &str = "ca.crt";

/// No two files at one place, unless they are the same.
fn apart(opened: &[Opened], cluster: &ClusterSpec) -> Result<(), NotOpened> {
    let mut taken: BTreeMap<PathBuf, &[u8]> = BTreeMap::new();
    for (file, content) in opened {
        let Destination::Own(path) = place(file, cluster) else { continue };
        // `/a//b` is `/a/b`.
        let path: PathBuf = path.components().collect();
        match taken.insert(path.clone(), content) {
            Some(other) if other != content.as_slice() => {
                return Err(NotOpened::Twice { entry: file.entry, path });
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
