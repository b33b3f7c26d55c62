//! Files that are read whole: none that has no end, none that nothing comes out of, and none that the memory is too small for.
#![expect(clippy::disallowed_methods, reason = "this is the module that reads files")]

use std::fs::{self, File, FileType, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// Far more than a certificate, a kubeconfig, a manifest, or the accounts of any host have.
pub const MOST: u64 = 16 << 20;
/// The kernel's tables of mounts and sockets may be long.
pub const MOST_OF_KERNEL: u64 = 256 << 20;

/// Why something is not read that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// Whoever opens it waits for somebody at its other end.
    #[error("it is a named pipe, and no file")]
    Pipe,
    /// Only connect(2) does something with it.
    #[error("it is a socket, and no file")]
    Socket,
    /// It may have no end, and reading it may do something.
    #[error("it is a device, and no file")]
    Device,
    /// Nobody has made it for this.
    #[error("it is larger than {} MiB", .most >> 20)]
    TooLarge {
        /// In bytes.
        most: u64,
    },
}

impl From<NotWhole> for io::Error {
    fn from(why: NotWhole) -> Self {
        Self::other(why)
    }
}

impl NotWhole {
    /// What an error is that came of this.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Opens a file of the host, and nothing else: no device, of which opening alone may do something, and no pipe. A link is followed.
pub fn open_file(path: &Path) -> io::Result<File> {
    check(&fs::metadata(path)?)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    check(&file.metadata()?)?;
    Ok(file)
}

fn check(found: &Metadata) -> Result<(), NotWhole> {
    match found.file_type() {
        kind if kind.is_fifo() => Err(NotWhole::Pipe),
        kind if kind.is_socket() => Err(NotWhole::Socket),
        kind if is_device(kind) => Err(NotWhole::Device),
        _ => Ok(()),
    }
}

fn is_device(kind: FileType) -> bool {
    kind.is_char_device() || kind.is_block_device()
}

/// All that is in a file of the host, up to [`MOST`].
pub fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read(open_file(path)?, MOST)
}

/// All that comes out of a file, a pipe or a device that a user has named, up to [`MOST`].
pub fn read_named(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read(File::open(path)?, MOST)
}

/// The same of what ends soon: a pipe that has a name may have no writer.
pub fn read_soon(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // One that a shell has made (`<(…)`) has none.
    if fs::canonicalize(path).and_then(fs::metadata).is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(NotWhole::Pipe.into());
    }
    read_named(path)
}

/// All that comes out of an open file. What it says of its size is not believed; but where it is true, no second copy of a key
/// is left in the memory.
pub fn read(file: File, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let expected = usize::try_from(file.metadata()?.len().min(most)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected.saturating_add(1)));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(NotWhole::TooLarge { most }.into());
    }
    Ok(bytes)
}

/// A table of the kernel's. Names in it are anybody's: what is no text is written as the kernel writes spaces, in three octal
/// digits (`\377`).
pub fn kernel_text(path: &Path) -> io::Result<String> {
    let bytes = read(open_file(path)?, MOST_OF_KERNEL)?;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    Ok(text)
}

/// The text of a file of the host.
pub fn text(path: &Path) -> io::Result<String> {
    let mut bytes = read_file(path)?;
    String::from_utf8(std::mem::take(&mut *bytes))
        .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode as Bits;

    use super::*;

    fn why(path: &Path) -> Option<NotWhole> {
        NotWhole::of(&open_file(path).unwrap_err())
    }

    #[test]
    fn what_is_no_file_is_not_opened_behind_a_link_either() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        nix::unistd::mkfifo(&at("pipe"), Bits::S_IRUSR).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (name, to) in [("to-pipe", "pipe"), ("to-device", "/dev/zero")] {
            symlink(to, at(name)).unwrap();
        }
        let found = ["pipe", "to-pipe", "socket", "to-device"].map(|name| why(&at(name)));
        let wanted = [NotWhole::Pipe, NotWhole::Pipe, NotWhole::Socket, NotWhole::Device];
        assert_eq!(found, wanted.map(Some));
    }

    #[test]
    fn nothing_larger_than_its_limit_is_read_whatever_its_size_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(NotWhole::of(&read_file(&path).unwrap_err()), Some(NotWhole::TooLarge { most: MOST }));
        assert!(matches!(read_named(Path::new("/dev/zero")), Err(error) if NotWhole::of(&error).is_some()));
        fs::write(folder.path().join("three"), "abc").unwrap();
        let three = |most| read(File::open(folder.path().join("three")).unwrap(), most);
        assert!(*three(3).unwrap() == b"abc" && three(2).is_err());
    }

    #[test]
    fn a_name_that_is_no_text_hides_nothing_of_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("mounts");
        fs::write(&table, b"none /mnt/\xff\xc3 tmpfs\nnone /\xc3\xa9 tmpfs\n").unwrap();
        assert_eq!(kernel_text(&table).unwrap(), "none /mnt/\\377\\303 tmpfs\nnone /é tmpfs\n");
        assert!(text(&table).is_err());
    }

    #[test]
    fn a_file_of_the_kernel_that_says_it_is_empty_is_read() {
        assert!(kernel_text(Path::new("/proc/self/mounts")).unwrap().contains('/'));
        assert!(read_named(Path::new("/dev/null")).unwrap().is_empty());
    }

    #[test]
    fn a_pipe_that_has_a_name_is_not_waited_for_and_a_shell_s_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("pipe");
        nix::unistd::mkfifo(&named, Bits::S_IRUSR).unwrap();
        assert_eq!(NotWhole::of(&read_soon(&named).unwrap_err()), Some(NotWhole::Pipe));
        let (reader, mut writer) = io::pipe().unwrap();
        io::Write::write_all(&mut writer, b"text").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        assert_eq!(**read_soon(Path::new(&path)).unwrap(), *b"text");
    }
}
