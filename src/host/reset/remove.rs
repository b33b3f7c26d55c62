//! Removing a tree: never through a link, never across a mount, whatever happens to the tree meanwhile.
//!
//! Each folder is opened from the one above it by its name alone, and what is opened is what is looked at: nobody can
//! put a link or another file system in its place between the look and the removal.
#![expect(clippy::disallowed_methods, reason = "this is the module that removes files")]

use std::ffi::{CStr, CString, OsStr};
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat, openat2};
use nix::sys::stat::{Mode, fstat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::super::kill_point;
use super::super::node::Node;
use super::super::observe::SystemFolders;
use crate::plan::What;

/// Something that should have been removed and is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Where it is, on this host.
    pub path: PathBuf,
    /// What was in the way.
    pub why: KeptReason,
}

/// Why something was not removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptReason {
    /// Another file system begins there, or the same one shows once more.
    Mount,
    /// It is a folder that a system lives in.
    OfTheSystem,
    /// A link stands where the tree should be.
    Link,
    /// So deep that it was not followed further down.
    TooDeep,
    /// The system refused.
    Failed(Errno),
}

/// All that a removal left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct NotRemoved(pub Vec<Left>);

impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            KeptReason::Mount => write!(out, "{path} stays: something is mounted there"),
            KeptReason::Link => {
                write!(out, "{path} stays: it is a link, and what it leads to is not this program's")
            }
            KeptReason::OfTheSystem => write!(out, "{path} stays: it is a folder of the system"),
            KeptReason::TooDeep => write!(out, "{path} stays: it lies {DEPTH} folders deep"),
            KeptReason::Failed(error) => write!(out, "{path} stays: {}", error.desc()),
        }
    }
}

/// Every folder on the way down holds a file descriptor, of which a process may have 1024.
const DEPTH: usize = 500;

/// Removes what is at `place`, or only what is in it; goes on after whatever cannot be removed. What is not there is
/// removed. What stays are the folders of the system that `node` is.
pub fn remove(node: &Node, place: &Path, what: &What) -> Result<(), NotRemoved> {
    let mut left = Vec::new();
    let failure = |why| vec![Left { path: place.to_owned(), why }];
    match what {
        What::Contents(_) | What::These(_) => match open_checked(place, &SystemFolders::of(node)) {
            Ok(Some(folder)) => match what {
                What::These(names) => remove_these(&folder, names, place, &mut left),
                What::Contents(_) | What::Whole => empty(folder, place, 0, &mut left),
            },
            Ok(None) => {}
            Err(why) => left = failure(why),
        },
        What::Whole => match (place.parent().map(open_above), place.file_name()) {
            (Some(Ok(above)), Some(name)) => remove_entry(&above, &c_string(name), place, 0, &mut left),
            (Some(Err(Errno::ENOENT | Errno::ENOTDIR)), _) => {}
            (Some(Err(error)), _) => left = failure(KeptReason::Failed(error)),
            (None, _) | (_, None) => left = failure(KeptReason::Failed(Errno::EINVAL)),
        },
    }
    if left.is_empty() { Ok(()) } else { Err(NotRemoved(left)) }
}

const FOLDER: OFlag =
    OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// Opens the folder that is to be emptied, unless it is one of the system's: what is opened is what is compared.
fn open_checked(place: &Path, system: &SystemFolders) -> Result<Option<OwnedFd>, KeptReason> {
    let folder = match open(place, FOLDER, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno::ENOTDIR | Errno::ELOOP) if is_link(place) => return Err(KeptReason::Link),
        Err(error) => return Err(KeptReason::Failed(error)),
    };
    let found = fstat(&folder).map_err(KeptReason::Failed)?;
    if system.is((found.st_dev, found.st_ino)) { Err(KeptReason::OfTheSystem) } else { Ok(Some(folder)) }
}

/// A name is that of something in the folder itself.
fn remove_these(folder: &OwnedFd, names: &[String], place: &Path, left: &mut Vec<Left>) {
    for name in names {
        let path = place.join(name);
        match path.file_name() {
            Some(only) if only == OsStr::new(name) => {
                remove_entry(folder, &c_string(only), &path, 0, left);
            }
            _ => left.push(Left { path, why: KeptReason::Failed(Errno::EINVAL) }),
        }
    }
}

fn open_above(folder: &Path) -> Result<OwnedFd, Errno> {
    open(folder, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

fn is_link(place: &Path) -> bool {
    fs::symlink_metadata(place).is_ok_and(|metadata| metadata.file_type().is_symlink())
}

fn c_string(name: &OsStr) -> CString {
    CString::new(name.as_bytes()).unwrap_or_default()
}

/// Backwards by name, so that of etcd's data the log `wal` is gone before the database in `snap`: where a removal was cut off,
/// there is no log, or whoever looks at it can still tell the members from the database.
fn empty(folder: OwnedFd, path: &Path, depth: usize, left: &mut Vec<Left>) {
    let mut note = |error| left.push(Left { path: path.to_owned(), why: KeptReason::Failed(error) });
    let mut folder = match Dir::from_fd(folder) {
        Ok(folder) => folder,
        Err(error) => return note(error),
    };
    let mut names: Vec<CString> = match folder.iter().map(|entry| Ok(entry?.file_name().to_owned())).collect()
    {
        Ok(names) => names,
        Err(error) => return note(error),
    };
    names.sort_by(|a, b| b.cmp(a));
    for name in names.iter().filter(|name| !matches!(name.to_bytes(), b"." | b"..")) {
        let path = path.join(OsStr::from_bytes(name.to_bytes()));
        remove_entry(&folder, name, &path, depth, left);
    }
}

/// Everything but a folder goes at once, a link as what it is; a mount point is busy.
fn remove_entry(above: impl AsFd, name: &CStr, path: &Path, depth: usize, left: &mut Vec<Left>) {
    let removed = match unlinkat(&above, name, UnlinkatFlags::NoRemoveDir) {
        Err(Errno::EISDIR) => remove_folder(&above, name, path, depth, left),
        Err(Errno::ENOENT) => Ok(()),
        other => other.map(|()| kill_point::passed("removed", path.display())).map_err(why),
    };
    if let Err(why) = removed {
        left.push(Left { path: path.to_owned(), why });
    }
}

fn remove_folder(
    above: impl AsFd,
    name: &CStr,
    path: &Path,
    depth: usize,
    left: &mut Vec<Left>,
) -> Result<(), KeptReason> {
    if depth >= DEPTH {
        return Err(KeptReason::TooDeep);
    }
    let before = left.len();
    empty(enter(&above, name).map_err(why)?, path, depth + 1, left);
    // What is left below says enough.
    if left.len() > before {
        return Ok(());
    }
    unlinkat(&above, name, UnlinkatFlags::RemoveDir).map_err(why)?;
    kill_point::passed("removed", path.display());
    Ok(())
}

fn why(error: Errno) -> KeptReason {
    match error {
        Errno::EBUSY | Errno::EXDEV => KeptReason::Mount,
        other => KeptReason::Failed(other),
    }
}

/// Opens a folder that lies in `above` and on the same mount; `EXDEV` where it is another.
fn enter(above: impl AsFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let how =
        OpenHow::new().flags(FOLDER).resolve(ResolveFlag::RESOLVE_NO_XDEV | ResolveFlag::RESOLVE_NO_SYMLINKS);
    match openat2(&above, name, how) {
        // Linux before 5.6.
        Err(Errno::ENOSYS) => enter_by_mount_id(above, name),
        other => other,
    }
}

fn enter_by_mount_id(above: impl AsFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let folder = openat(&above, name, FOLDER, Mode::empty())?;
    if mount_id(&folder)? == mount_id(&above)? { Ok(folder) } else { Err(Errno::EXDEV) }
}

/// Which mount an open file is on (`mnt_id` in proc_pid_fdinfo(5)).
fn mount_id(file: impl AsFd) -> Result<String, Errno> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_fd().as_raw_fd()));
    let text = text.map_err(|error: io::Error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw))?;
    let id = text.lines().find_map(|line| line.strip_prefix("mnt_id:"));
    id.map(|id| id.trim().to_owned()).ok_or(Errno::EIO)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const CONTENTS: What = What::Contents(Vec::new());

    /// `tree` is to be removed, `keep/file` is not.
    fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (tree, keep) = (folder.path().join("tree"), folder.path().join("keep"));
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::create_dir(&keep).unwrap();
        fs::write(keep.join("file"), "precious").unwrap();
        (folder, tree, keep.join("file"))
    }

    fn remove(place: &Path, what: &What) -> Result<(), NotRemoved> {
        super::remove(&Node::this(), place, what)
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn everything_in_a_folder_goes_and_the_folder_stays() {
        let (_folder, tree, _) = folder();
        fs::write(tree.join("a/b/c/file"), "").unwrap();
        fs::write(tree.join("a/.hidden"), "").unwrap();
        remove(&tree, &CONTENTS).unwrap();
        assert_eq!(names(&tree), 0);
        remove(&tree, &CONTENTS).unwrap();
    }

    #[test]
    fn of_a_folder_only_what_is_named_goes_and_nothing_outside_of_it() {
        let (_folder, tree, precious) = folder();
        fs::write(tree.join("ca.key"), "").unwrap();
        fs::write(tree.join("theirs"), "").unwrap();
        let these = |names: &[&str]| What::These(names.iter().map(|name| (*name).to_owned()).collect());
        remove(&tree, &these(&["ca.key", "a", "none"])).unwrap();
        assert_eq!((names(&tree), tree.join("theirs").exists()), (1, true));
        for name in ["../keep", "..", ".", "theirs/", ""] {
            let left = remove(&tree, &these(&[name])).unwrap_err();
            assert_eq!(left.0[0].why, KeptReason::Failed(Errno::EINVAL), "{name:?}");
        }
        assert!(precious.exists() && tree.join("theirs").exists());
    }

    #[test]
    fn folders_of_the_system_are_opened_under_no_name() {
        let system = SystemFolders::of(&Node::this());
        for path in ["/", "/etc", "/proc/self/root/etc", "/proc/self/root/var/lib"] {
            assert_eq!(
                open_checked(Path::new(path), &system).unwrap_err(),
                KeptReason::OfTheSystem,
                "{path}"
            );
        }
        let (_folder, tree, _) = folder();
        assert!(open_checked(&tree, &system).unwrap().is_some());
    }

    #[test]
    fn links_go_and_what_they_lead_to_stays() {
        let (folder, tree, precious) = folder();
        symlink(precious.parent().unwrap(), tree.join("to-folder")).unwrap();
        symlink(&precious, tree.join("a/to-file")).unwrap();
        symlink("../keep", tree.join("a/up")).unwrap();
        symlink("nowhere", tree.join("a/b/dead")).unwrap();
        remove(&tree, &CONTENTS).unwrap();
        assert_eq!(names(&tree), 0);
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
        assert_eq!(names(folder.path()), 2);
    }

    #[test]
    fn a_link_in_place_of_the_tree_stays_and_is_named() {
        let (folder, _, precious) = folder();
        let link = folder.path().join("link");
        symlink(precious.parent().unwrap(), &link).unwrap();
        let left = remove(&link, &CONTENTS).unwrap_err();
        assert_eq!(left.0, [Left { path: link.clone(), why: KeptReason::Link }]);
        assert!(precious.exists() && is_link(&link));
    }

    #[test]
    fn as_a_whole_a_file_a_link_and_a_tree_go() {
        let (folder, tree, precious) = folder();
        let link = folder.path().join("link");
        symlink(&precious, &link).unwrap();
        for path in [
            &link,
            &tree,
            &folder.path().join("none"),
            &folder.path().join("none/below"),
            &precious.join("x"),
        ] {
            remove(path, &What::Whole).unwrap_or_else(|left| panic!("{left}"));
        }
        assert!(precious.exists() && !tree.exists() && !is_link(&link));
    }

    #[test]
    fn what_is_too_deep_is_named_and_the_rest_goes() {
        let (_folder, tree, _) = folder();
        let deep: PathBuf = std::iter::repeat_n("d", DEPTH + 3).collect();
        fs::create_dir_all(tree.join(&deep)).unwrap();
        let left = remove(&tree, &CONTENTS).unwrap_err();
        assert_eq!((left.0.len(), &left.0[0].why), (1, &KeptReason::TooDeep));
        assert_eq!(names(&tree), 1, "a is gone");
    }

    #[test]
    fn folders_are_entered_on_their_own_mount_by_either_way() {
        let (_folder, tree, _) = folder();
        let above = open_above(&tree).unwrap();
        assert!(enter(&above, c"a").is_ok() && enter_by_mount_id(&above, c"a").is_ok());
        let top = open_above(Path::new("/")).unwrap();
        assert_eq!(enter(&top, c"proc").unwrap_err(), Errno::EXDEV);
        assert_eq!(enter_by_mount_id(&top, c"proc").unwrap_err(), Errno::EXDEV);
        symlink("a", tree.join("link")).unwrap();
        assert!(enter(&above, c"link").is_err() && enter_by_mount_id(&above, c"link").is_err());
    }
}
