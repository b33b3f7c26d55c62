//! What is left of file systems.
#![allow(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

use super::super::root::Root;
use crate::causes::{Left, Space};

/// Folders that cannot be looked at are left out: what is wrong with those, others say.
pub fn look(root: &Root, folders: &[PathBuf]) -> Vec<Space> {
    folders.iter().filter_map(|folder| of(root, folder)).collect()
}

fn of(root: &Root, folder: &Path) -> Option<Space> {
    let existing = folder.ancestors().map(|path| root.path(path)).find(|path| path.exists())?;
    let found = statvfs(&existing).ok()?;
    let block = found.fragment_size();
    Some(Space {
        path: folder.to_owned(),
        bytes: Left { free: found.blocks_available() * block, total: found.blocks() * block },
        inodes: Left { free: found.files_available(), total: found.files() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_has_the_room_of_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::at(folder.path());
        let seen = look(&root, &["/var/lib/etcd".into()]);
        assert_eq!(seen[0].path, Path::new("/var/lib/etcd"));
        assert!(seen[0].bytes.total >= seen[0].bytes.free && seen[0].bytes.total > 0, "{seen:?}");
    }
}
