//! A file that grows beside its place, and is there only once it is whole.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;

use super::dir::Place;
use super::file_error::FileError;
use super::files::{absent, beside, rename_durably, unwritten};
use super::kill_point;

/// Removed when it is dropped before it is [put](Self::put) in its place.
#[derive(Debug)]
pub struct NewFile {
    place: Place,
    file: fs::File,
    is_put: bool,
}

impl NewFile {
    /// Beside `place`, in the place of whatever a run that was cut off has left there.
    pub fn begin(place: Place, mode: u32) -> io::Result<Self> {
        absent(&place.dir, beside(&place))?;
        let file = place.dir.create(beside(&place))?;
        let new = Self { place, file, is_put: false };
        new.file.set_permissions(Permissions::from_mode(mode))?;
        Ok(new)
    }

    /// Puts it in its place, durably.
    ///
    /// # Errors
    /// It is not there then, nor beside its place.
    pub fn put(mut self) -> Result<(), FileError> {
        let put = self.file.sync_all().and_then(|()| {
            kill_point::passed("beside", self.place.shown().display());
            rename_durably(&self.place, beside(&self.place).as_ref())
        });
        self.is_put = put.is_ok();
        put.map_err(|source| unwritten(&self.place.shown(), source))
    }

    /// What failed when it was written to.
    pub fn failed(&self, source: io::Error) -> FileError {
        unwritten(&self.place.shown(), source)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_put {
            drop(absent(&self.place.dir, beside(&self.place)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::files::Tree;
    use super::*;

    #[test]
    fn it_is_there_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        let path = Path::new("/tmp/backup/snapshot.db");
        let found = || tree.read_one(path).unwrap().map(|found| (found.content.bytes().to_vec(), found.mode));
        let mut cut_off = tree.begin(path, 0o600).unwrap();
        cut_off.write_all(b"half").unwrap();
        assert_eq!(found(), None);
        drop(cut_off);
        assert_eq!(found(), None);
        let beside = tree.locate(path).with_file_name(".kubewright-snapshot.db");
        assert!(!beside.exists());

        let mut new = tree.begin(path, 0o600).unwrap();
        new.write_all(b"all of ").unwrap();
        new.write_all(b"it").unwrap();
        assert!(beside.exists());
        new.put().unwrap();
        assert_eq!(found(), Some((b"all of it".to_vec(), 0o600)));
        assert!(!beside.exists());
    }
}
