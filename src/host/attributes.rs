//! What a new file takes over of the one that it takes the place of: owner, mode, access list, and all other extended
//! attributes. All of it by descriptors.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;

use crate::plan::FileKind;

/// The access list, in the kernel's form (acl(5)).
const ACCESS_LIST: &[u8] = b"system.posix_acl_access";
/// Hashes and signatures of the old content.
const OF_THE_CONTENT: [&[u8]; 2] = [b"security.ima", b"security.evm"];

type Attribute = (Vec<u8>, Vec<u8>);

/// Of a file that was there.
#[derive(Debug, Clone)]
pub struct Attributes {
    user: u32,
    group: u32,
    mode: u32,
    extended: Vec<Attribute>,
}

impl Attributes {
    /// Owner, mode and access list of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        let extended = extended(file)?;
        Ok(Self { user: found.uid(), group: found.gid(), mode: found.mode() & 0o7777, extended })
    }

    /// The mode of what takes its place. A key that everybody may read does not stay so; groups and access lists are
    /// somebody's intention. With an access list, the bits of the group say how much of it counts.
    pub fn mode_for(&self, kind: FileKind) -> u32 {
        let is_open = kind.is_secret() && self.mode & 0o007 != 0;
        match (is_open, self.has_list()) {
            (false, _) => self.mode,
            (true, false) => kind.mode(),
            (true, true) => kind.mode() | self.mode & 0o070,
        }
    }

    fn has_list(&self) -> bool {
        self.extended.iter().any(|(name, _)| name == ACCESS_LIST)
    }

    /// Gives all of it to `new`, which takes the place of the one that it is of.
    pub fn give(&self, new: &File, mode: u32) -> io::Result<()> {
        let own = new.metadata()?;
        if (own.uid(), own.gid()) != (self.user, self.group) {
            fchown(new, Some(self.user), Some(self.group))?;
        }
        if !self.has_list() {
            // One that its folder gives to all that is new in it.
            let _ = fremovexattr(new, ACCESS_LIST);
        }
        self.extended.iter().try_for_each(|attribute| set(new, attribute))?;
        new.set_permissions(fs::Permissions::from_mode(mode))
    }
}

/// Labels of security modules and attributes of the system's own are not always a process's to set, and where the file
/// system has none there is nothing to keep.
fn set(new: &File, (name, value): &Attribute) -> io::Result<()> {
    match fsetxattr(new, name.as_slice(), value, XattrFlags::empty()) {
        Err(Errno::OPNOTSUPP) => Ok(()),
        Err(Errno::PERM | Errno::ACCESS | Errno::INVAL)
            if name != ACCESS_LIST && !name.starts_with(b"user.") =>
        {
            Ok(())
        }
        other => Ok(other?),
    }
}

fn extended(file: &File) -> io::Result<Vec<Attribute>> {
    let Some(names) = whole(|buffer| flistxattr(file, buffer))? else { return Ok(Vec::new()) };
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let kept = names.filter(|name| !OF_THE_CONTENT.contains(name));
    let mut all = Vec::new();
    for name in kept {
        let name = std::ffi::OsStr::from_bytes(name);
        let value = whole(|buffer| fgetxattr(file, name, buffer))?;
        all.extend(value.map(|value| (name.as_bytes().to_vec(), value)));
    }
    Ok(all)
}

/// What `read` fills a buffer with, in one that is large enough; nothing where the file system has no such thing.
fn whole(read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 256];
    loop {
        match read(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(Some(buffer));
            }
            // The kernel's limit of each is 64 KiB.
            Err(Errno::RANGE) if buffer.len() < 1 << 17 => buffer = vec![0; buffer.len() * 2],
            Err(Errno::OPNOTSUPP | Errno::NODATA) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pki;

    const KEY: FileKind = FileKind::Pki(pki::FileKind::PrivateKey);

    /// `user::rw-, user:65532:r--, group::---, mask::r--, other::NONE`
    pub fn access_list(other: u16) -> Vec<u8> {
        let nobody = u32::MAX;
        let entries =
            [(1u16, 6u16, nobody), (2, 4, 65532), (4, 0, nobody), (16, 4, nobody), (32, other, nobody)];
        let entry = |(tag, may, who): (u16, u16, u32)| {
            [&tag.to_le_bytes()[..], &may.to_le_bytes(), &who.to_le_bytes()].concat()
        };
        [2u32.to_le_bytes().to_vec(), entries.map(entry).concat()].concat()
    }

    pub fn set_list(file: &File, other: u16) {
        fsetxattr(file, ACCESS_LIST, &access_list(other), XattrFlags::empty()).unwrap();
    }

    pub fn list_of(file: &File) -> Option<Vec<u8>> {
        whole(|buffer| fgetxattr(file, ACCESS_LIST, buffer)).unwrap()
    }

    /// Two files in a folder on a file system that has extended attributes: where this test's program was built.
    fn files() -> (tempfile::TempDir, File, File) {
        let program = std::env::current_exe().unwrap();
        let folder = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
        let [old, new] = ["old", "new"].map(|name| File::create(folder.path().join(name)).unwrap());
        (folder, old, new)
    }

    #[test]
    fn everything_is_taken_over_and_the_list_counts() {
        let (_folder, old, new) = files();
        old.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
        fsetxattr(&old, "user.note", &[7; 1000], XattrFlags::empty()).unwrap();
        set_list(&old, 0);
        let taken = Attributes::of(&old).unwrap();
        taken.give(&new, taken.mode_for(KEY)).unwrap();
        assert_eq!(extended(&new).unwrap().len(), 2);
        assert_eq!(whole(|buffer| fgetxattr(&new, "user.note", buffer)).unwrap(), Some(vec![7; 1000]));
        assert_eq!(list_of(&new), Some(access_list(0)));
        assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o640, "the group's bits are the list's mask");
    }

    #[test]
    fn a_list_stays_where_a_key_is_closed_to_everybody_else() {
        let (_folder, old, new) = files();
        set_list(&old, 4);
        let taken = Attributes::of(&old).unwrap();
        taken.give(&new, taken.mode_for(KEY)).unwrap();
        assert_eq!(list_of(&new), Some(access_list(0)));
    }

    #[test]
    fn a_list_that_the_old_one_did_not_have_goes() {
        let (_folder, old, new) = files();
        old.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
        set_list(&new, 4);
        let taken = Attributes::of(&old).unwrap();
        taken.give(&new, taken.mode_for(KEY)).unwrap();
        assert_eq!((list_of(&new), new.metadata().unwrap().mode() & 0o7777), (None, 0o600));
    }

    #[test]
    fn modes_are_kept_but_that_of_a_key_that_everybody_may_read() {
        let (_folder, old, _) = files();
        for (mode, key, certificate) in
            [(0o600, 0o600, 0o600), (0o640, 0o640, 0o640), (0o644, 0o600, 0o644), (0o602, 0o600, 0o602)]
        {
            old.set_permissions(fs::Permissions::from_mode(mode)).unwrap();
            let found = Attributes::of(&old).unwrap();
            assert_eq!(found.mode_for(KEY), key);
            assert_eq!(found.mode_for(FileKind::Kubeconfig), key);
            assert_eq!(found.mode_for(FileKind::Pki(pki::FileKind::Certificate)), certificate);
        }
    }
}
