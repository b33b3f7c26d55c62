//! What is left of file systems.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

use crate::causes::{Left, Space};
use crate::host::node::Node;

/// Folders that cannot be looked at are left out: what is wrong with those, others say.
pub fn look(node: &Node, folders: &[PathBuf]) -> Vec<Space> {
    folders.iter().filter_map(|folder| of(node, folder)).collect()
}

fn of(node: &Node, folder: &Path) -> Option<Space> {
    let existing = folder.ancestors().map(|path| node.path(path)).find(|path| path.exists())?;
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
    use crate::host::node::fake_node;

    #[test]
    fn a_folder_that_is_not_there_has_the_room_of_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        let seen = look(&node, &["/var/lib/etcd".into()]);
        assert_eq!(seen[0].path, Path::new("/var/lib/etcd"));
        assert!(seen[0].bytes.total >= seen[0].bytes.free && seen[0].bytes.total > 0, "{seen:?}");
    }
}
