//! Unmounting, as umount2(2) does it.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MntFlags, umount2};

use super::super::kill_point;
use super::super::observe::Root;
use crate::config::UnmountFlag;
use crate::facts::{mounts_in, parse_mountinfo};
use crate::plan::UnmountRest;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot unmount {}: {}", .path.display(), .error.desc())]
pub struct NotUnmounted {
    pub path: PathBuf,
    pub error: Errno,
}

/// Unmounts what is mounted last on `path`. Where nothing is any more there is nothing to do: mounts that are shared
/// go together.
pub fn unmount(path: &Path, flags: &[UnmountFlag]) -> Result<(), NotUnmounted> {
    let flags: MntFlags = flags.iter().map(|flag| flag_of(*flag)).collect();
    let result = match umount2(path, flags) {
        // MNT_EXPIRE only marks the mount; the second call unmounts what nobody used in between (umount2(2)).
        Err(Errno::EAGAIN) => umount2(path, flags),
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

/// Goes on after a failure, and tells of the first. What cannot be seen stays, and its removal says so.
pub fn unmount_rest(wanted: &UnmountRest) -> Result<(), NotUnmounted> {
    let mounts = Root::default().text("/proc/self/mountinfo").unwrap_or_default();
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
