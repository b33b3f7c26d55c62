//! Unmounting, as umount2(2) does it.

use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2};
use nix::mount::{MntFlags, umount2};

use super::super::kill_point;
use super::super::node::Node;
use crate::config::UnmountFlag;
use crate::facts::{mounts_in, parse_mountinfo};
use crate::plan::UnmountRest;

/// A link for each open file of this process, which the kernel leads to that file and no other.
const OWN_FILES: &str = "/proc/self/fd";

/// A file system that stays mounted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot unmount {}: {}", .path.display(), .error.desc())]
pub struct NotUnmounted {
    /// Where it is mounted.
    pub path: PathBuf,
    /// umount2(2)'s error.
    pub error: Errno,
}

/// Unmounts what is mounted last on `path`. Where nothing is any more there is nothing to do: mounts that are shared
/// go together.
pub fn unmount(path: &Path, flags: &[UnmountFlag]) -> Result<(), NotUnmounted> {
    let flags: MntFlags = flags.iter().map(|flag| flag_of(*flag)).collect();
    let flags = flags | MntFlags::UMOUNT_NOFOLLOW;
    let result = match at(path, flags) {
        // MNT_EXPIRE only marks the mount; the second call unmounts what nobody used in between (umount2(2)).
        Err(Errno::EAGAIN) => at(path, flags),
        other => other,
    };
    match result {
        Ok(()) => {
            kill_point::passed("unmounted", path.display());
            Ok(())
        }
        Err(Errno::EINVAL | Errno::ENOENT) => Ok(()),
        Err(error) => Err(NotUnmounted { path: path.to_owned(), error }),
    }
}

/// By its name in the folder that it lies in, which is opened without a link on the way: a descriptor of the mount itself would keep
/// it in use, and a whole path could be led elsewhere between the look and the call.
fn at(path: &Path, flags: MntFlags) -> Result<(), Errno> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return umount2(path, flags) };
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    match openat2(AT_FDCWD, parent, how) {
        Ok(folder) => umount2(&Path::new(OWN_FILES).join(folder.as_raw_fd().to_string()).join(name), flags),
        // Linux before 5.6.
        Err(Errno::ENOSYS) => umount2(path, flags),
        Err(error) => Err(error),
    }
}

/// Goes on after a failure, and tells of the first. What cannot be seen stays, and its removal says so.
pub fn unmount_rest(node: &Node, wanted: &UnmountRest) -> Result<(), NotUnmounted> {
    let mounts = node.text("/proc/self/mountinfo").unwrap_or_default();
    let rest = mounts_in(&parse_mountinfo(&mounts), &wanted.folder);
    let rest = rest.iter().filter(|path| !wanted.known.contains(path));
    rest.map(|path| unmount(path, &wanted.flags)).fold(Ok(()), Result::and)
}

const fn flag_of(flag: UnmountFlag) -> MntFlags {
    match flag {
        UnmountFlag::Force => MntFlags::MNT_FORCE,
        UnmountFlag::Detach => MntFlags::MNT_DETACH,
        UnmountFlag::Expire => MntFlags::MNT_EXPIRE,
        UnmountFlag::NoFollow => MntFlags::UMOUNT_NOFOLLOW,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Root alone may unmount; whoever else looks is told so, or that there is a link, before anything happens.
    #[test]
    fn a_mount_is_unmounted_under_its_own_name_and_through_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let (real, link) = (folder.join("real"), folder.join("link"));
        std::fs::create_dir(&real).unwrap();
        std::fs::create_dir(real.join("mount")).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(unmount(&link.join("mount"), &[]).unwrap_err().error, Errno::ELOOP);
        let mount = real.join("mount");
        let flags = nix::mount::MsFlags::empty();
        if nix::mount::mount(Some("none"), &mount, Some("tmpfs"), flags, None::<&str>).is_err() {
            return;
        }
        let mounted = || {
            let all = Node::this().text("/proc/self/mountinfo").unwrap();
            parse_mountinfo(&all).contains(&mount)
        };
        std::os::unix::fs::symlink(&mount, folder.join("to-mount")).unwrap();
        assert!(unmount(&link.join("mount"), &[]).is_err() && mounted());
        assert!(unmount(&folder.join("to-mount"), &[]).is_ok() && mounted(), "a link is no mount");
        assert!(unmount(&mount, &[]).is_ok() && !mounted());
    }

    #[test]
    fn what_is_not_mounted_is_unmounted() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            // Who may not unmount at all is told so before the path is looked at.
            let result = unmount(&path, &[]);
            assert!(matches!(result, Ok(()) | Err(NotUnmounted { error: Errno::EPERM, .. })), "{result:?}");
        }
    }
}
