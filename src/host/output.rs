//! A file that a user names to be written to → the text in it. What is there stays what it is: a device and a pipe are written to,
//! of a link what it leads to, and a file keeps its owner, its mode and its other names.
#![expect(clippy::disallowed_methods, reason = "this is the module that writes what a user names")]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::errno::Errno;

use super::attributes::Attributes;
use super::dir::Place;
use super::file_error::FileError;
use super::files::put_in;

/// The ways in which people name standard output where a file is asked for.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Whether a path means standard output, which is not opened a second time.
pub fn is_stdout(path: &str) -> bool {
    STDOUT.contains(&path)
}

/// Puts `text` into the file at `path`, at once where that can be; a new one gets `mode`.
pub fn write_named(path: &Path, text: &[u8], mode: u32) -> Result<(), FileError> {
    write(path, text, mode).map_err(|source| FileError::of_file("write", path, source))
}

fn write(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(Errno::EISDIR.into());
    }
    match fs::metadata(path) {
        // Where a link leads nowhere, its file system may not be mounted.
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => make(path, text, mode),
        Err(error) => Err(error),
        Ok(found) if found.is_dir() => Err(Errno::EISDIR.into()),
        Ok(found) if found.is_file() => write_file(path, text, &found),
        Ok(_) => OpenOptions::new().write(true).custom_flags(nix::libc::O_NOCTTY).open(path)?.write_all(text),
    }
}

fn make(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    put_in(&Place::of(path)?, text, |new| {
        new.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
    })
}

/// Who may not write the file may not replace it either.
fn write_file(path: &Path, text: &[u8], found: &Metadata) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.or_else(|_| OpenOptions::new().write(true).open(path))?;
    match replace(path, text, &file, found) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(error),
        // A second name, a mount, or a folder that others write: it stays the same file then.
        Err(_) => write_into(file, text),
    }
}

/// In its place, with all that is its own, where it has no other names.
fn replace(path: &Path, text: &[u8], file: &File, found: &Metadata) -> io::Result<()> {
    let place = Place::of(&fs::canonicalize(path)?)?;
    let there = place.dir.stat_of(&place.name)?;
    if found.nlink() != 1 || (there.st_dev, there.st_ino) != (found.dev(), found.ino()) {
        return Err(Errno::EMLINK.into());
    }
    let old = Attributes::of(file)?;
    put_in(&place, text, |new| old.give(new, found.mode() & 0o7777))
}

fn write_into(mut file: File, text: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;
    use std::thread;

    use nix::sys::stat::Mode;

    use super::*;
    use crate::host::file_error::FaultKind;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str) -> Result<(), FileError> {
            write_named(&self.at(name), b"new", 0o600)
        }

        fn text(&self, name: &str) -> String {
            fs::read_to_string(self.at(name)).unwrap()
        }

        fn names(&self) -> usize {
            fs::read_dir(self.0.path()).unwrap().count()
        }
    }

    #[test]
    fn a_new_file_is_its_owner_s_alone() {
        let folder = Folder::new();
        folder.write("file").unwrap();
        assert_eq!(folder.text("file"), "new");
        assert_eq!(fs::metadata(folder.at("file")).unwrap().mode() & 0o7777, 0o600);
        assert!(folder.write("none/").is_err());
        assert_eq!(folder.names(), 1);
    }

    #[test]
    fn a_pipe_and_a_device_are_written_to_and_stay() {
        let folder = Folder::new();
        nix::unistd::mkfifo(&folder.at("pipe"), Mode::S_IRWXU).unwrap();
        let reader = thread::spawn({
            let path = folder.at("pipe");
            move || fs::read_to_string(path).unwrap()
        });
        folder.write("pipe").unwrap();
        assert_eq!(reader.join().unwrap(), "new");
        assert!(!fs::metadata(folder.at("pipe")).unwrap().is_file());
        symlink("/dev/full", folder.at("full")).unwrap();
        assert_eq!(folder.write("full").unwrap_err().kind(), FaultKind::NoSpace);
        assert!(folder.at("full").is_symlink());
    }

    #[test]
    fn a_link_stays_and_its_file_keeps_its_mode() {
        let folder = Folder::new();
        fs::create_dir(folder.at("below")).unwrap();
        fs::write(folder.at("below/real"), "a longer text").unwrap();
        fs::set_permissions(folder.at("below/real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("below/real", folder.at("link")).unwrap();
        folder.write("link").unwrap();
        assert!(folder.at("link").is_symlink());
        assert_eq!(folder.text("below/real"), "new");
        assert_eq!(fs::metadata(folder.at("below/real")).unwrap().mode() & 0o7777, 0o640);
        symlink("nowhere", folder.at("broken")).unwrap();
        assert_eq!(folder.write("broken").unwrap_err().kind(), FaultKind::Link);
    }

    #[test]
    fn a_file_of_several_names_has_the_same_text_under_each() {
        let folder = Folder::new();
        fs::write(folder.at("one"), "a longer text").unwrap();
        fs::hard_link(folder.at("one"), folder.at("two")).unwrap();
        folder.write("one").unwrap();
        assert_eq!((folder.text("one"), folder.text("two")), ("new".to_owned(), "new".to_owned()));
    }

    #[test]
    fn standard_output_has_several_names() {
        assert!(is_stdout("-") && is_stdout("/dev/stdout") && !is_stdout("stdout"));
    }
}
