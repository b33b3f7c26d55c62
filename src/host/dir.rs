//! A folder by its descriptor, and what is in it by its name: nobody can put a link or another folder in its place
//! between a look and a change.
//!
//! Below the folder of a dry run ([`Keepers::Own`]) each folder on the way down is opened from the one above it,
//! never through a link, and its owner is looked at: so nothing there leads out of it, on kernels without openat2(2) too.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;

/// Whose files are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keepers {
    /// The host's, whose administrator may have put links there.
    Anyone,
    /// Those of this user and root alone, which nobody else may write, and no links.
    Own,
}

/// Why something is not used that others could have put there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// A symbolic link.
    #[error("{path} is not used: it is a link, which may lead anywhere")]
    Link {
        /// Where it is.
        path: PathBuf,
    },
    /// Another user than this one and root owns it.
    #[error(
        "{path} is not used: it belongs to the user with the number {user}, who may have put anything there"
    )]
    Owner {
        /// Where it is.
        path: PathBuf,
        /// The owner's number.
        user: u32,
    },
    /// Group or others may write it.
    #[error("{path} is not used: others than its owner may write it (mode {mode:04o})")]
    Writable {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A device, a socket or a pipe.
    #[error("{path} is not used: it is neither a file nor a folder")]
    Special {
        /// Where it is.
        path: PathBuf,
    },
    /// A path with `..` in it.
    #[error("{path} is not used: it leads upwards")]
    Upwards {
        /// The path, up to there.
        path: PathBuf,
    },
}

impl Foreign {
    /// What is not used.
    pub fn path(&self) -> &Path {
        match self {
            Self::Link { path }
            | Self::Owner { path, .. }
            | Self::Writable { path, .. }
            | Self::Special { path }
            | Self::Upwards { path } => path,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let path = self.path().display();
        match self {
            Self::Writable { .. } => format!(
                "look at what is in it; if that is yours, `chmod go-w {path}`, or else name a new folder, which is made"
            ),
            Self::Link { .. } | Self::Owner { .. } | Self::Special { .. } | Self::Upwards { .. } => {
                format!(
                    "look at {path}, and name a new folder, which is made, or one that nobody else may write"
                )
            }
        }
    }
}

impl From<Foreign> for io::Error {
    fn from(foreign: Foreign) -> Self {
        Self::other(foreign)
    }
}

/// A name in an open folder.
#[derive(Debug)]
pub struct Place {
    /// The folder, open.
    pub dir: Dir,
    /// The name in it, without a slash.
    pub name: OsString,
}

impl Place {
    /// Of a path of the host.
    pub fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        Ok(Self { dir: Dir::open(super::files::folder_of(path))?, name })
    }

    /// Where it is, for people.
    pub fn shown(&self) -> PathBuf {
        self.dir.shown(&self.name)
    }
}

/// An open folder: what is at its path may change, it stays the same one.
#[derive(Debug)]
pub struct Dir {
    fd: OwnedFd,
    path: PathBuf,
    keepers: Keepers,
}

const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Dir {
    /// A folder of the host.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, FOLDER, Mode::empty())?;
        Ok(Self { fd, path: path.to_owned(), keepers: Keepers::Anyone })
    }

    /// A folder that, with all that is in it, has to be this user's own.
    pub fn open_own(path: &Path) -> io::Result<Self> {
        // A slash at its end would follow a link.
        let place: PathBuf = path.components().collect();
        let found = rustix::fs::statat(CWD, &place, AtFlags::SYMLINK_NOFOLLOW)?;
        if is_link(&found) {
            check_owner(&found, path)?;
        }
        let flags = if is_link(&found) { FOLDER } else { FOLDER | OFlags::NOFOLLOW };
        let fd = rustix::fs::open(&place, flags, Mode::empty())?;
        check(&rustix::fs::fstat(&fd)?, path)?;
        Ok(Self { fd, path: path.to_owned(), keepers: Keepers::Own })
    }

    /// One more descriptor of the same folder.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()?, path: self.path.clone(), keepers: self.keepers })
    }

    /// The path that it was opened by, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where `name` is, for people.
    pub fn shown(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// What fstat(2) tells of it.
    pub fn stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.fd)?)
    }

    /// Whether both are the same folder, by device and inode.
    pub fn is_same(&self, other: &Self) -> bool {
        let id = |dir: &Self| dir.stat().map(|found| (found.st_dev, found.st_ino));
        matches!((id(self), id(other)), (Ok(one), Ok(two)) if one == two)
    }

    /// The folder of this name in it.
    pub fn child(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.shown(name);
        let fd = match self.keepers {
            Keepers::Anyone => rustix::fs::openat(&self.fd, name, FOLDER, Mode::empty())?,
            Keepers::Own => self.own_child(name)?,
        };
        Ok(Self { fd, path, keepers: self.keepers })
    }

    fn own_child(&self, name: &OsStr) -> io::Result<OwnedFd> {
        let path = self.shown(name);
        if name == ".." {
            return Err(Foreign::Upwards { path }.into());
        }
        let fd = rustix::fs::openat(&self.fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
            .map_err(|error| self.unless_link(name, error))?;
        check(&rustix::fs::fstat(&fd)?, &path)?;
        Ok(fd)
    }

    /// The folder of this name in it, whoever owns it, unless it is a link.
    pub fn child_itself(&self, name: &OsStr) -> io::Result<Self> {
        let fd = rustix::fs::openat(&self.fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        Ok(Self { fd, path: self.shown(name), keepers: self.keepers })
    }

    /// `error`, or that `name` is a link, which is what the system means by it.
    fn unless_link(&self, name: &OsStr, error: Errno) -> io::Error {
        let about_links = matches!(error, Errno::LOOP | Errno::NOTDIR);
        match self.stat_of(name) {
            Ok(found) if about_links && is_link(&found) => Foreign::Link { path: self.shown(name) }.into(),
            Ok(_) | Err(_) => error.into(),
        }
    }

    /// A file to be read.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        // Nobody's FIFO is waited for.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
        let own = match self.keepers {
            Keepers::Anyone => return Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into()),
            Keepers::Own => flags | OFlags::NOFOLLOW,
        };
        let file = rustix::fs::openat(&self.fd, name, own, Mode::empty())
            .map_err(|error| self.unless_link(name, error))?;
        let found = rustix::fs::fstat(&file)?;
        check(&found, &self.shown(name))?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile | FileType::Directory => Ok(file.into()),
            FileType::Symlink
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => Err(Foreign::Special { path: self.shown(name) }.into()),
        }
    }

    /// A file of which this process is to have the only name, and nobody else may read it.
    pub fn create(&self, name: impl AsRef<Path>) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name.as_ref(), flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// A file to be written to or asked for its owner; neither a link nor another's end of a pipe.
    pub fn open_itself(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// What is at `name`, a link itself and not what it leads to.
    pub fn stat_of(&self, name: impl AsRef<Path>) -> io::Result<Stat> {
        Ok(rustix::fs::statat(&self.fd, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Whether anything of this name is in it, a link too.
    pub fn has(&self, name: impl AsRef<Path>) -> bool {
        self.stat_of(name).is_ok()
    }

    /// Where the link of this name leads; none where it is no link.
    pub fn read_link(&self, name: impl AsRef<Path>) -> Option<PathBuf> {
        let link = rustix::fs::readlinkat(&self.fd, name.as_ref(), Vec::new()).ok()?;
        Some(PathBuf::from(OsString::from_vec(link.into_bytes())))
    }

    /// Makes a folder; one that is there is an error (`AlreadyExists`). The umask counts.
    pub fn make_dir(&self, name: impl AsRef<Path>, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.fd, name.as_ref(), Mode::from_raw_mode(mode))?)
    }

    /// Moves an entry within this folder, in the place of what is at `to`.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, from.as_ref(), &self.fd, to.as_ref())?)
    }

    /// Gives what is at `of` a second name, `at`.
    pub fn hard_link(&self, of: impl AsRef<Path>, at: impl AsRef<Path>) -> io::Result<()> {
        let (of, at) = (of.as_ref(), at.as_ref());
        Ok(rustix::fs::linkat(&self.fd, of, &self.fd, at, AtFlags::empty())?)
    }

    /// Makes the link `at`, which leads to `to`.
    pub fn symlink(&self, to: impl AsRef<Path>, at: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(to.as_ref(), &self.fd, at.as_ref())?)
    }

    /// Removes anything but a folder; a link itself.
    pub fn remove_file(&self, name: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, name.as_ref(), AtFlags::empty())?)
    }

    /// An empty folder.
    pub fn remove_dir(&self, name: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, name.as_ref(), AtFlags::REMOVEDIR)?)
    }

    /// Removes what is in a folder of ours; no link is followed.
    pub fn empty(&self, name: &OsStr) -> io::Result<()> {
        let below = self.child_itself(name)?;
        for entry in below.names()? {
            match below.remove_file(&entry) {
                Err(error) if error.raw_os_error() == Some(Errno::ISDIR.raw_os_error()) => {
                    below.empty(&entry)?;
                    below.remove_dir(&entry)?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// What is in it.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::new(self.readable()?)? {
            let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
            names.extend(Some(name).filter(|name| name != "." && name != ".."));
        }
        Ok(names)
    }

    /// Makes what has happened to its names last.
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(self.readable()?)?)
    }

    /// The same for a folder in this one: what has happened to the names in it.
    pub fn sync_below(&self, name: impl AsRef<Path>) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let below = rustix::fs::openat(&self.fd, name.as_ref(), flags, Mode::empty())?;
        Ok(rustix::fs::fsync(below)?)
    }

    fn readable(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, ".", flags, Mode::empty())?)
    }

    /// Gives itself to this owner.
    pub fn give(&self, user: u32, group: u32) -> io::Result<()> {
        give(&self.fd, user, group)
    }

    /// Gives what has this name to this owner, a link itself. A file with a second name stays whose it is: that may be
    /// another's file.
    pub fn give_entry(&self, name: &OsStr, user: u32, group: u32) -> io::Result<()> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let entry = rustix::fs::openat(&self.fd, name, flags, Mode::empty())?;
        let found = rustix::fs::fstat(&entry)?;
        if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile && found.st_nlink > 1 {
            let several = format!("{} has {} names", self.shown(name).display(), found.st_nlink);
            return Err(io::Error::other(several));
        }
        give(&entry, user, group)
    }
}

fn give(at: impl AsFd, user: u32, group: u32) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    Ok(rustix::fs::chownat(at, "", Some(user), Some(group), AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Whether stat(2) is of a symbolic link.
pub fn is_link(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::Symlink
}

/// Whether stat(2) is of a folder.
pub fn is_folder(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::Directory
}

fn check(found: &Stat, path: &Path) -> io::Result<()> {
    check_owner(found, path)?;
    if found.st_mode & 0o022 != 0 {
        let mode = found.st_mode & 0o7777;
        return Err(Foreign::Writable { path: path.to_owned(), mode }.into());
    }
    Ok(())
}

fn check_owner(found: &Stat, path: &Path) -> io::Result<()> {
    if found.st_uid != 0 && found.st_uid != geteuid().as_raw() {
        return Err(Foreign::Owner { path: path.to_owned(), user: found.st_uid }.into());
    }
    Ok(())
}
