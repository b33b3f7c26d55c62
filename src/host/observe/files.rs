//! Which files and folders there are.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::facts::{FolderState, Seen};
use crate::host::node::{Node, unseen};
use crate::versions::MINORS;

/// Sockets that container runtimes are known to listen on, in kubeadm's order.
const CRI_SOCKETS: &[&str] =
    &["/var/run/containerd/containerd.sock", "/var/run/crio/crio.sock", "/var/run/cri-dockerd.sock"];

/// Whether anything is at `path`, links followed.
pub fn exists(node: &Node, path: &Path) -> Seen<bool> {
    node.path(path).try_exists().map_err(|error| unseen(path, &error))
}

/// Whether the folder is there, and whether anything is in it.
pub fn folder(node: &Node, path: &Path) -> Seen<FolderState> {
    match std::fs::read_dir(node.path(path)) {
        Ok(mut entries) => Ok(entries.next().map_or(FolderState::Empty, |_| FolderState::Filled)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(FolderState::Missing),
        Err(error) => Err(unseen(path, &error)),
    }
}

/// The sockets of known runtimes that are there, as `unix:///path`, in kubeadm's order.
pub fn cri_sockets(node: &Node) -> Vec<String> {
    let is_socket = |path: &&&str| {
        let kind = std::fs::metadata(node.path(Path::new(path))).map(|metadata| metadata.file_type());
        kind.is_ok_and(|kind| kind.is_socket())
    };
    CRI_SOCKETS.iter().filter(is_socket).map(|path| format!("unix://{path}")).collect()
}

/// Folders of certificates that the static pods of some minor mount.
pub fn ca_directories(node: &Node) -> Vec<PathBuf> {
    let folders: BTreeSet<&str> = MINORS.iter().flat_map(|minor| minor.pods.ca_folders).copied().collect();
    folders.into_iter().map(PathBuf::from).filter(|path| node.path(path).exists()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::host::node::fake_node;

    fn tree() -> (tempfile::TempDir, Node) {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        (folder, node)
    }

    #[test]
    fn a_folder_is_missing_empty_or_filled() {
        let (_tree, node) = tree();
        let etcd = Path::new("/var/lib/etcd");
        assert_eq!(folder(&node, etcd), Ok(FolderState::Missing));
        std::fs::create_dir_all(node.path(etcd)).unwrap();
        assert_eq!(folder(&node, etcd), Ok(FolderState::Empty));
        std::fs::write(node.path(etcd.join("member")), "").unwrap();
        assert_eq!(folder(&node, etcd), Ok(FolderState::Filled));
        assert!(folder(&node, &etcd.join("member")).is_err());
        assert_eq!(exists(&node, &etcd.join("member")), Ok(true));
        assert_eq!(exists(&node, &etcd.join("wal")), Ok(false));
    }

    #[test]
    fn only_sockets_are_cri_sockets() {
        let (_tree, node) = tree();
        for path in CRI_SOCKETS {
            std::fs::create_dir_all(node.path(Path::new(path)).parent().unwrap()).unwrap();
        }
        std::fs::write(node.path(Path::new(CRI_SOCKETS[0])), "").unwrap();
        let _crio = UnixListener::bind(node.path(Path::new(CRI_SOCKETS[1]))).unwrap();
        assert_eq!(cri_sockets(&node), ["unix:///var/run/crio/crio.sock"]);
    }

    #[test]
    fn ca_folders_are_those_that_are_there() {
        let (_tree, node) = tree();
        assert!(ca_directories(&node).is_empty());
        std::fs::create_dir_all(node.path("/usr/share/ca-certificates")).unwrap();
        assert_eq!(ca_directories(&node), [PathBuf::from("/usr/share/ca-certificates")]);
    }
}
