//! An error of the file system → what is in the way, where, and what to do about it.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;

use super::dir::Foreign;
use super::lock::Holder;
use super::whole::NotWhole;

/// Why a file or folder could not be read, written or removed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot {verb} {path}")]
    Io {
        /// What was tried, to complete "cannot … PATH".
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What is in the way, as far as that can be told.
        fault: FileFault,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Somebody else has written it since this run has looked.
    #[error(
        "{path} has changed since it was looked at, so it was not overwritten; look at it and run this again"
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It is another user's, or another user could have put it there.
    #[error(transparent)]
    Foreign(Foreign),
    /// Another run holds the lock for too long.
    #[error("another run writes {path} at the moment: {holder}")]
    Busy {
        /// The file that both would write.
        path: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
}

/// A lock was waited for in vain.
#[derive(Debug, thiserror::Error)]
#[error("held by {0}")]
pub struct Held(pub Holder);

/// What is in the way of reading or writing a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// What kind of obstacle it is.
    pub kind: FaultKind,
    /// What is to be looked at: the file itself, or the part of its path that is not as it should be.
    pub at: PathBuf,
    /// Where there is too little of it.
    room: Option<Room>,
}

/// What can be in the way of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No room on its file system (ENOSPC).
    NoSpace,
    /// Room, but no inode for one more file (ENOSPC).
    NoInodes,
    /// The user's quota is used up (EDQUOT).
    Quota,
    /// Its file system is mounted read-only (EROFS).
    ReadOnly,
    /// A file where a folder has to be.
    NotAFolder,
    /// A folder where a file has to be.
    NotAFile,
    /// A pipe, a socket, a device, or more than any such file has.
    NotWhole,
    /// A link that leads nowhere, or in a circle.
    Link,
    /// The rights do not allow it (EACCES, EPERM).
    Denied,
    /// Something is mounted at it (EBUSY, EXDEV).
    Mounted,
    /// The device, or the server behind it.
    Device,
    /// Anything else.
    Other,
}

/// What the system's error numbers mean (errno(3)), as far as something can be said about them.
const KINDS: &[(Errno, FaultKind)] = &[
    (Errno::ENOSPC, FaultKind::NoSpace),
    (Errno::EDQUOT, FaultKind::Quota),
    (Errno::EROFS, FaultKind::ReadOnly),
    (Errno::ENOTDIR, FaultKind::NotAFolder),
    (Errno::EEXIST, FaultKind::NotAFolder),
    (Errno::EISDIR, FaultKind::NotAFile),
    (Errno::ELOOP, FaultKind::Link),
    (Errno::EACCES, FaultKind::Denied),
    (Errno::EPERM, FaultKind::Denied),
    (Errno::EBUSY, FaultKind::Mounted),
    (Errno::EXDEV, FaultKind::Mounted),
    (Errno::EIO, FaultKind::Device),
    (Errno::ESTALE, FaultKind::Device),
];

/// What a file system has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// For this user, in bytes.
    pub free: u64,
    /// Of the whole file system, in bytes.
    pub size: u64,
    /// Each file takes a multiple of it, in bytes.
    pub unit: u64,
    /// How many more files it can hold.
    pub free_inodes: u64,
    /// 0 where the file system has as many as it needs.
    pub inodes: u64,
}

impl FileError {
    /// Of a file at `path`.
    pub fn of_file(verb: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        let source = match complete(source, &path) {
            Ok(error) => return error,
            Err(source) => system_error(source),
        };
        let itself = path.is_symlink() && !path.exists();
        let obstacle = path.parent().and_then(obstacle).or(itself.then(|| (FaultKind::Link, path.clone())));
        Self::Io { verb, fault: fault(&source, &path, obstacle), path, source }
    }

    /// Of a folder at `path`.
    pub fn of_folder(verb: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        let source = match complete(source, &path) {
            Ok(error) => return error,
            Err(source) => system_error(source),
        };
        Self::Io { verb, fault: fault(&source, &path, obstacle(&path)), path, source }
    }

    /// Known to be for want of this.
    pub(super) fn for_want_of(mut self, kind: FaultKind) -> Self {
        if let Self::Io { fault, .. } = &mut self {
            fault.kind = kind;
        }
        self
    }

    /// What is in the way; `Other` where the system did not refuse.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Io { fault, .. } => fault.kind,
            Self::Changed { .. } | Self::Foreign(_) | Self::Busy { .. } => FaultKind::Other,
        }
    }

    /// What to do about it, before this is run again.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { fault, .. } => fault.hint(),
            Self::Foreign(foreign) => Some(foreign.hint()),
            Self::Busy { .. } => Some("wait for its end, and run this again".to_owned()),
            Self::Changed { .. } => None,
        }
    }
}

/// What this program itself has found out needs no number.
fn complete(source: io::Error, path: &Path) -> Result<FileError, io::Error> {
    let own = source.downcast::<Foreign>().map(FileError::Foreign);
    own.or_else(|source| {
        source.downcast::<Held>().map(|Held(holder)| FileError::Busy { path: path.to_owned(), holder })
    })
}

/// The innermost error that has a number: those around it name temporary files.
fn system_error(error: io::Error) -> io::Error {
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(cause) = next {
        if let Some(number) = cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return io::Error::from_raw_os_error(number);
        }
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    error
}

/// What an error says about the path is only believed where something is in the way there: the error may be about a
/// temporary file.
fn fault(source: &io::Error, path: &Path, obstacle: Option<(FaultKind, PathBuf)>) -> FileFault {
    if NotWhole::of(source).is_some() {
        return FileFault { kind: FaultKind::NotWhole, at: path.to_owned(), room: None };
    }
    let number = source.raw_os_error().map(Errno::from_raw);
    let kind = KINDS.iter().find(|row| Some(row.0) == number).map_or(FaultKind::Other, |row| row.1);
    let is_of_the_path = match kind {
        FaultKind::NotAFolder | FaultKind::NotAFile | FaultKind::Link => true,
        FaultKind::Other => number == Some(Errno::ENOENT),
        FaultKind::NoSpace
        | FaultKind::NoInodes
        | FaultKind::NotWhole
        | FaultKind::Quota
        | FaultKind::ReadOnly
        | FaultKind::Denied
        | FaultKind::Mounted
        | FaultKind::Device => false,
    };
    if !is_of_the_path {
        return FileFault::new(kind, path);
    }
    let itself = (kind == FaultKind::NotAFile && path.is_dir()).then(|| (kind, path.to_owned()));
    let (kind, at) = obstacle.or(itself).unwrap_or_else(|| (FaultKind::Other, path.to_owned()));
    FileFault { kind, at, room: None }
}

impl FileFault {
    /// Which of the two ways it is full, its file system tells.
    fn new(kind: FaultKind, path: &Path) -> Self {
        let room = if kind == FaultKind::NoSpace { room(path) } else { None };
        let lacks_inodes = room.is_some_and(|room| room.inodes > 0 && room.free_inodes == 0 && room.free > 0);
        let kind = if lacks_inodes { FaultKind::NoInodes } else { kind };
        Self { kind, at: path.to_owned(), room }
    }

    fn hint(&self) -> Option<String> {
        let at = self.at.display();
        let room = self.room.map(|room| format!(" ({room})")).unwrap_or_default();
        Some(match self.kind {
            FaultKind::NoSpace => {
                format!(
                    "the file system of {at} is full{room}; make room there: `df -h {}` shows it",
                    self.existing_part()
                )
            }
            FaultKind::NoInodes => format!(
                "the file system of {at} can hold too few files, however short they are{room}; remove some there: \
                 `df -i {}` shows it",
                self.existing_part()
            ),
            FaultKind::Quota => {
                format!("a quota for {at} is used up; raise it or make room: `quota -s` shows it")
            }
            FaultKind::ReadOnly => format!(
                "the file system of {at} is mounted read-only; mount it so that it can be written: `findmnt -T {}` shows \
                 it, and `dmesg`, if the kernel made it so after an error",
                self.existing_part()
            ),
            FaultKind::NotAFolder => {
                format!("{at} is a file, and a folder has to be there; look at it and move it away")
            }
            FaultKind::NotAFile => {
                format!("{at} is a folder, and a file has to be there; look at it and move it away")
            }
            FaultKind::Mounted => format!(
                "something is mounted at {at}, and what is mounted takes no other's place: `findmnt -T {at}` shows it; unmount it, or \
                 mount its folder instead"
            ),
            FaultKind::NotWhole => {
                format!("`ls -lL {at}` shows what it is; move it away, or name another file")
            }
            FaultKind::Link => format!(
                "{at} is a link that leads nowhere{}; mount or make what it leads to, or remove it",
                fs::read_link(&self.at).map(|to| format!(", to {}", to.display())).unwrap_or_default()
            ),
            FaultKind::Denied if geteuid().is_root() => format!(
                "root may not either: `lsattr -d {at}` shows whether it is immutable, `dmesg` what a security module \
                 denies, and a network file system may take root for nobody"
            ),
            FaultKind::Device => format!(
                "the device, or the server, of {at} failed; `dmesg` shows what at, and its disk is to be looked after first"
            ),
            FaultKind::Denied | FaultKind::Other => return None,
        })
    }

    /// The part of the path that is there, which tools can be asked about.
    fn existing_part(&self) -> std::path::Display<'_> {
        existing_part(&self.at).display()
    }
}

/// `0 B of 1.0 MiB and 5 of 10 inodes free`
impl fmt::Display for Room {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {}", Bytes(self.free), Bytes(self.size))?;
        if self.inodes > 0 {
            write!(out, " and {} of {} inodes", self.free_inodes, self.inodes)?;
        }
        out.write_str(" free")
    }
}

struct Bytes(u64);

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "it is rounded to a digit in any case")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut unit) = (self.0 as f64, "B");
        for larger in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
            if rest < 1024.0 {
                break;
            }
            (rest, unit) = (rest / 1024.0, larger);
        }
        if unit == "B" { write!(out, "{rest} B") } else { write!(out, "{rest:.1} {unit}") }
    }
}

/// The first part of a folder's path that is there and is no folder.
pub(super) fn obstacle(folder: &Path) -> Option<(FaultKind, PathBuf)> {
    let parts: Vec<&Path> = folder.ancestors().collect();
    parts.into_iter().rev().find_map(|part| Some((no_folder(part)?, part.to_owned())))
}

#[expect(clippy::disallowed_methods, reason = "a part of the module that writes files")]
fn no_folder(part: &Path) -> Option<FaultKind> {
    match fs::metadata(part) {
        Ok(found) => (!found.is_dir()).then_some(FaultKind::NotAFolder),
        Err(_) => part.is_symlink().then_some(FaultKind::Link),
    }
}

/// The nearest part of `path` that is there.
pub(super) fn existing_part(path: &Path) -> &Path {
    path.ancestors().find(|part| part.exists()).unwrap_or(Path::new("/"))
}

/// What the file system has left that `path` is on, or would be; nothing where it does not tell.
pub(super) fn room(path: &Path) -> Option<Room> {
    let found = statvfs(existing_part(path)).ok()?;
    let blocks = if geteuid().is_root() { found.blocks_free() } else { found.blocks_available() };
    let unit = found.fragment_size();
    let size = found.blocks().saturating_mul(unit);
    let free = blocks.saturating_mul(unit);
    (size > 0).then_some(Room {
        free,
        size,
        unit: unit.max(1),
        free_inodes: found.files_free(),
        inodes: found.files(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn of(number: Errno) -> FileError {
        FileError::of_file("write", "/etc/kubernetes/admin.conf", io::Error::from(number))
    }

    #[test]
    fn every_number_that_tells_alone_what_is_wrong_says_what_to_do() {
        let alone = [Errno::ENOSPC, Errno::EDQUOT, Errno::EROFS, Errno::EIO, Errno::ESTALE];
        for (number, kind) in KINDS.iter().filter(|row| alone.contains(&row.0)) {
            let error = of(*number);
            assert_eq!(error.kind(), *kind);
            assert!(error.hint().is_some_and(|hint| hint.contains("/etc/kubernetes/admin.conf")), "{number}");
            assert_eq!(error.to_string(), "cannot write /etc/kubernetes/admin.conf");
        }
        assert_eq!((of(Errno::EBADF).kind(), of(Errno::EBADF).hint()), (FaultKind::Other, None));
    }

    #[test]
    fn the_number_is_found_inside_of_what_names_a_temporary_file() {
        let inner = io::Error::other(io::Error::from(Errno::EDQUOT));
        let error = FileError::of_file("write", "/x", io::Error::other(inner));
        assert_eq!(error.kind(), FaultKind::Quota);
        assert_eq!(error.source().unwrap().to_string(), "Disk quota exceeded (os error 122)");
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes the files that it looks at")]
    #[test]
    fn the_part_of_the_path_that_is_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, circle) =
            (folder.path().join("pki"), folder.path().join("link"), folder.path().join("circle"));
        fs::write(&file, "").unwrap();
        symlink("nowhere", &link).unwrap();
        symlink("circle", &circle).unwrap();
        for (at, kind) in
            [(&file, FaultKind::NotAFolder), (&link, FaultKind::Link), (&circle, FaultKind::Link)]
        {
            let source = fs::DirBuilder::new().recursive(true).create(at.join("etcd")).unwrap_err();
            let FileError::Io { fault, .. } =
                FileError::of_folder("make the folder", at.join("etcd"), source)
            else {
                panic!("it is no other error")
            };
            assert_eq!((fault.kind, fault.at), (kind, at.clone()));
        }
        assert_eq!(existing_part(&link.join("a")), folder.path());
        let error = FileError::of_file("write", folder.path(), Errno::EISDIR.into());
        assert_eq!(error.kind(), FaultKind::NotAFile);
    }

    #[test]
    fn a_full_file_system_says_how_full_it_is() {
        let room = Room { free: 0, size: 1 << 20, unit: 4096, free_inodes: 5, inodes: 10 };
        assert_eq!(room.to_string(), "0 B of 1.0 MiB and 5 of 10 inodes free");
        assert_eq!(Room { free: 1536, inodes: 0, ..room }.to_string(), "1.5 KiB of 1.0 MiB free");
    }
}
