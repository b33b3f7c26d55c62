//! Files → their new owner, by descriptors: where another user may already write in a tree, neither a link nor a second
//! name of a file that he puts there is followed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{PermissionsExt, fchown};

use super::dir::{Dir, is_folder};
use super::kill_point;
use crate::manifests::rootless::Identity;

/// So many folders deep nothing of etcd's lies; each holds a descriptor.
const DEPTH: usize = 100;

/// A file, which takes this mode too.
pub fn give_file(file: &File, owner: Identity, mode: u32) -> io::Result<()> {
    fchown(file, Some(owner.uid), Some(owner.gid))?;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// A folder with all that is in it, links as what they are.
pub fn give_tree(dir: &Dir, owner: Identity) -> io::Result<()> {
    give_below(dir, owner, DEPTH)
}

fn give_below(dir: &Dir, owner: Identity, depth: usize) -> io::Result<()> {
    dir.give(owner.uid, owner.gid)?;
    kill_point::passed("owner", dir.path().display());
    for name in dir.names()? {
        match give_entry(dir, &name, owner, depth) {
            // An etcd that runs writes beside and renames, too.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            given => given?,
        }
    }
    Ok(())
}

fn give_entry(dir: &Dir, name: &std::ffi::OsStr, owner: Identity, depth: usize) -> io::Result<()> {
    if !is_folder(&dir.stat_of(name)?) {
        dir.give_entry(name, owner.uid, owner.gid)?;
        kill_point::passed("owner", dir.shown(name).display());
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or_else(|| {
        io::Error::other(format!("{} lies {DEPTH} folders deep", dir.shown(name).display()))
    })?;
    give_below(&dir.child_itself(name)?, owner, depth)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make the files that they look at")]

    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::Path;

    use nix::unistd::geteuid;

    use super::*;

    /// Only root may give a file away; anybody may keep his own.
    fn somebody() -> Identity {
        if geteuid().is_root() {
            Identity { uid: 65532, gid: 65533 }
        } else {
            Identity { uid: geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() }
        }
    }

    fn owner(path: &Path) -> (u32, u32) {
        let found = fs::symlink_metadata(path).unwrap();
        (found.uid(), found.gid())
    }

    #[test]
    fn a_tree_is_given_and_what_its_links_lead_to_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, other) = (folder.path().join("etcd"), folder.path().join("other"));
        fs::create_dir_all(tree.join("member/wal")).unwrap();
        fs::create_dir(&other).unwrap();
        for path in [tree.join("member/wal/0.wal"), other.join("file")] {
            fs::write(path, "").unwrap();
        }
        symlink(&other, tree.join("folder")).unwrap();
        symlink(other.join("file"), tree.join("member/file")).unwrap();
        let before = [owner(&other), owner(&other.join("file"))];
        give_tree(&Dir::open(&tree).unwrap(), somebody()).unwrap();
        let wanted = (somebody().uid, somebody().gid);
        for path in ["", "member", "member/wal", "member/wal/0.wal", "folder", "member/file"] {
            assert_eq!(owner(&tree.join(path)), wanted, "{path}");
        }
        assert_eq!([owner(&other), owner(&other.join("file"))], before);
    }

    #[test]
    fn a_second_name_of_a_file_is_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, other) = (folder.path().join("etcd"), folder.path().join("shadow"));
        fs::create_dir(&tree).unwrap();
        fs::write(&other, "").unwrap();
        fs::hard_link(&other, tree.join("file")).unwrap();
        let before = owner(&other);
        let error = give_tree(&Dir::open(&tree).unwrap(), somebody()).unwrap_err();
        assert!(error.to_string().ends_with("etcd/file has 2 names"), "{error}");
        assert_eq!(owner(&other), before);
    }

    #[test]
    fn what_lies_too_deep_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let deep: std::path::PathBuf = std::iter::repeat_n("d", DEPTH + 2).collect();
        fs::create_dir_all(folder.path().join(deep)).unwrap();
        let error = give_tree(&Dir::open(folder.path()).unwrap(), somebody()).unwrap_err();
        assert!(error.to_string().ends_with("100 folders deep"), "{error}");
    }

    #[test]
    fn a_file_gets_owner_and_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "").unwrap();
        give_file(&File::open(&path).unwrap(), somebody(), 0o640).unwrap();
        assert_eq!(owner(&path), (somebody().uid, somebody().gid));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    }
}
