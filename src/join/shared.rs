//! The kubeadm-certs Secret → the files that control planes share.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::config::Cluster;
use crate::facts::{Sealed, SharedSeen};
use crate::pki::{self, BadSeal, CertificateKey, SharedFile};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    #[error(
        "there are no certificates to fetch: the cluster has no Secret kubeadm-certs in kube-system, which lasts two \
         hours after they were uploaded"
    )]
    Absent,
    #[error("the Secret kubeadm-certs has no entry {entry}")]
    NoEntry { entry: &'static str },
    #[error("the certificate key does not open {entry} of the Secret kubeadm-certs")]
    WrongKey { entry: &'static str },
    #[error(transparent)]
    Key(BadSeal),
}

impl NotOpened {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        "`kubewright token create --control-plane` on a control plane uploads them anew, and prints the command to join with"
    }
}

/// A shared file and what is in it.
pub type Opened = (SharedFile, Zeroizing<Vec<u8>>);

/// Each shared file with its content, in the order of [`pki::shared_files`]; those that the configuration does not name
/// are left out, and so is a CA's key where the CA is external.
pub fn open_shared(
    seen: &SharedSeen,
    key: &CertificateKey,
    cluster: &Cluster,
) -> Result<Vec<Opened>, NotOpened> {
    let entries = match seen {
        SharedSeen::NotAsked => return Ok(Vec::new()),
        SharedSeen::Absent => return Err(NotOpened::Absent),
        SharedSeen::Sealed(entries) => entries,
    };
    let files = pki::shared_files(cluster).into_iter();
    files.filter_map(|file| open_one(entries, key, file).transpose()).collect()
}

fn open_one(
    entries: &BTreeMap<String, Sealed>,
    key: &CertificateKey,
    file: SharedFile,
) -> Result<Option<Opened>, NotOpened> {
    let entry = file.entry;
    let sealed = entries.get(entry).ok_or(NotOpened::NoEntry { entry })?;
    if sealed.is_empty() {
        return Ok(None);
    }
    let content = key.open(sealed).map_err(|_| NotOpened::WrongKey { entry })?;
    Ok(Some((file, content)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    fn sealed(key: &CertificateKey) -> BTreeMap<String, Zeroizing<Vec<u8>>> {
        let files = pki::shared_files(&fixture::config().cluster).into_iter();
        let seal = |entry: &str| Zeroizing::new(key.seal(entry.as_bytes(), [7; 12]).unwrap());
        files.map(|file| (file.entry.to_owned(), seal(file.entry))).collect()
    }

    #[test]
    fn every_file_comes_out_with_its_own_content() {
        let key = CertificateKey::new([1; 32]);
        let seen = SharedSeen::Sealed(sealed(&key));
        let opened = open_shared(&seen, &key, &fixture::config().cluster).unwrap();
        assert_eq!(opened.len(), 8);
        assert!(opened.iter().all(|(file, content)| content.as_slice() == file.entry.as_bytes()));
    }

    #[test]
    fn a_wrong_key_an_absent_secret_and_a_missing_entry_are_told_apart() {
        let key = CertificateKey::new([1; 32]);
        let cluster = fixture::config().cluster;
        let seen = SharedSeen::Sealed(sealed(&key));
        let wrong = open_shared(&seen, &CertificateKey::new([2; 32]), &cluster);
        assert_eq!(wrong, Err(NotOpened::WrongKey { entry: "ca.crt" }));
        assert_eq!(open_shared(&SharedSeen::Absent, &key, &cluster), Err(NotOpened::Absent));
        let mut fewer = sealed(&key);
        fewer.remove("sa.key");
        let missing = open_shared(&SharedSeen::Sealed(fewer), &key, &cluster);
        assert_eq!(missing, Err(NotOpened::NoEntry { entry: "sa.key" }));
    }
}
