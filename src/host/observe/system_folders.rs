//! The folders that a system lives in, by device and inode.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::OF_THE_SYSTEM;
use crate::host::node::Node;

/// What they are, whatever they are called: a bind mount, or a link on the way, gives a folder a second name.
#[derive(Debug)]
pub struct SystemFolders(BTreeSet<(u64, u64)>);

impl SystemFolders {
    /// Those of this node. Where one is a link, so are the one that it leads to, and all above that.
    pub fn of(node: &Node) -> Self {
        let real = OF_THE_SYSTEM.iter().filter_map(|path| fs::canonicalize(node.path(Path::new(path))).ok());
        let top = fs::canonicalize(node.path("/")).unwrap_or_default();
        let with_parents = |path: std::path::PathBuf| {
            let parents = path.ancestors().take_while(|parent| parent.starts_with(&top));
            parents
                .filter_map(|parent| fs::metadata(parent).ok())
                .map(|found| identity(&found))
                .collect::<Vec<_>>()
        };
        Self(real.flat_map(with_parents).collect())
    }

    /// Whether it is one of them that this path leads to.
    pub fn has(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| self.is(identity(&found)))
    }

    /// Whether the folder of that device and inode is one of them.
    pub fn is(&self, identity: (u64, u64)) -> bool {
        self.0.contains(&identity)
    }
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_for_a_folder_of_the_system_leads_to_the_same() {
        let system = SystemFolders::of(&Node::this());
        for path in ["/", "/etc", "/proc/self/root", "/proc/self/root/etc", "/etc/../var/lib"] {
            assert!(system.has(Path::new(path)), "{path}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(!system.has(folder.path()) && !system.has(&folder.path().join("none")));
        std::os::unix::fs::symlink("/", folder.path().join("top")).unwrap();
        assert!(system.has(&folder.path().join("top")) && system.has(&folder.path().join("top/var/lib")));
    }
}
