//! Who holds a lock on a file, as the kernel knows it that this program runs on.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

/// How a file is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// flock(2)
    Whole,
    /// fcntl(2)
    Record,
}

impl LockKind {
    fn name(self) -> &'static str {
        match self {
            Self::Whole => "FLOCK",
            Self::Record => "POSIX",
        }
    }
}

/// Which process the kernel's list of locks (proc_locks(5)) names for this file or folder, and what it is called.
pub fn lock_holder(file: &File, kind: LockKind) -> Option<(u32, String)> {
    let found = file.metadata().ok().zip(fs::read_to_string("/proc/locks").ok());
    let process = found.and_then(|(file, locks)| listed(&locks, kind, file.dev(), file.ino()));
    let name = fs::read_to_string(format!("/proc/{}/comm", process?)).unwrap_or_default();
    Some((process?, name.trim().to_owned()))
}

/// `3: FLOCK  ADVISORY  WRITE 4711 00:1a:2345 0 EOF`
fn listed(locks: &str, kind: LockKind, device: u64, inode: u64) -> Option<u32> {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let id = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [_, found, _, _, process, of, ..] if of == id && found == kind.name() => {
            process.parse().ok().filter(|process| *process > 0)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_list_names_holders_and_no_waiters() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 00:1a:7 0 EOF\n2: FLOCK  ADVISORY  WRITE 12 00:1a:7 0 EOF\n2: -> FLOCK  \
                     ADVISORY  WRITE 13 00:1a:7 0 EOF\n3: FLOCK ADVISORY READ 14 fd:00:7 0 EOF\n";
        let device = rustix::fs::makedev;
        assert_eq!(listed(locks, LockKind::Whole, device(0, 0x1a), 7), Some(12));
        assert_eq!(listed(locks, LockKind::Record, device(0, 0x1a), 7), Some(11));
        assert_eq!(listed(locks, LockKind::Whole, device(0xfd, 0), 7), Some(14));
        assert_eq!(listed(locks, LockKind::Whole, device(0, 0x1a), 8), None);
    }
}
