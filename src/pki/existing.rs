//! The files that were found below the certificates directory.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::catalogue::{Ca, Contents, Item};

/// Path below the certificates directory (`etcd/server.key`) → content. What is not here does not exist.
#[derive(Clone, Default)]
pub struct Existing {
    files: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl Existing {
    /// Every path that [`decide`](super::decide) and [`mint`](super::mint) may ask for when they work on `items`: their
    /// own files and those of their signers, each once.
    pub fn paths(items: &[Item]) -> Vec<String> {
        let mut paths: Vec<String> = items.iter().flat_map(paths_of).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Takes a file in, in the place of any of that path.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), Zeroizing::new(bytes.into()));
    }

    /// The content of a file; `None` where there is none.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|bytes| bytes.as_slice())
    }
}

/// Whether the service account keys may be made depends on the cluster's CA.
fn paths_of(item: &Item) -> Vec<String> {
    let own = match &item.contents {
        Contents::Authority(_) | Contents::Leaf(_) => [item.certificate_path(), item.key_path()],
        Contents::ServiceAccountKeys => [item.key_path(), item.public_key_path()],
    };
    let signer = item.signer().unwrap_or(Ca::Cluster);
    own.into_iter().chain([signer.certificate_path(), signer.key_path()]).collect()
}

impl FromIterator<(String, Vec<u8>)> for Existing {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Self {
        let mut existing = Self::default();
        for (path, bytes) in files {
            existing.insert(path, bytes);
        }
        existing
    }
}

impl fmt::Debug for Existing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.files.keys()).finish()
    }
}
