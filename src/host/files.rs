//! Files of a host: read whole, written beside and renamed, so that no reader and no crash ever meets half of one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use zeroize::Zeroizing;

pub use super::file_error::FileError;
use super::kill_point;
use super::together::{self, Group};
use crate::manifests::rootless::{Identity, Ownership, Reach};
use crate::plan::{Content, Directory, Expect, File};

/// Before the name of a file that is still being written. A dot in front: the kubelet passes over such names while the
/// file is in its manifests folder.
pub(super) const BESIDE: &str = ".kubewright-";

/// The host's file tree below `root`: `/` for the host itself, a folder for a dry run.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
}

/// What was found at a path: the bytes, wiped on drop.
#[derive(Debug, Clone)]
pub struct Found {
    pub content: Content,
    pub mode: u32,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Replaced,
    Unchanged,
    Removed,
}

impl Tree {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where an absolute path of the host lies in this tree.
    pub fn locate(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The files among `paths` that are there.
    pub fn read(&self, paths: &[PathBuf]) -> Result<BTreeMap<PathBuf, Found>, FileError> {
        let mut all = BTreeMap::new();
        for path in paths {
            if let Some(found) = self.read_one(path)? {
                all.insert(path.clone(), found);
            }
        }
        Ok(all)
    }

    /// One file, or nothing where there is none. An empty folder is none: a container runtime makes one where a pod mounts a file
    /// that is not there yet.
    pub fn read_one(&self, path: &Path) -> Result<Option<Found>, FileError> {
        let place = self.locate(path);
        match read_with_mode(&place) {
            Ok(found) => Ok(Some(found)),
            // Where a link leads nowhere, its file system may not be mounted: what it holds is not to be made anew.
            Err(error) if is_absent(&error) && !place.is_symlink() => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory && is_empty_folder(&place) => Ok(None),
            Err(source) => Err(FileError::of_file("read", place, source)),
        }
    }

    /// Makes a folder and those above it, each with `mode`; one that is there is left as it is.
    pub fn make_dir(&self, wanted: &Directory) -> Result<Change, FileError> {
        let place = self.locate(&wanted.path);
        if place.is_dir() {
            return Ok(Change::Unchanged);
        }
        make_dirs(&place, wanted.mode)
            .map_err(|source| FileError::of_folder("make the folder", place, source))?;
        Ok(Change::Created)
    }

    /// Removes a file; one that is not there is as good as removed.
    pub fn remove(&self, path: &Path) -> Result<Change, FileError> {
        let place = self.locate(path);
        match remove_durably(&place) {
            Err(error) if !is_absent(&error) => Err(FileError::of_file("remove", place, error)),
            Ok(()) => Ok(Change::Removed),
            Err(_) => Ok(Change::Unchanged),
        }
    }

    /// Gives a file, or a tree without following links out of it, to its new owner.
    pub fn give(&self, wanted: &Ownership) -> Result<(), FileError> {
        let place = self.locate(Path::new(&wanted.path));
        let given = match wanted.reach {
            Reach::File { mode } => give_one(&place, wanted.owner)
                .and_then(|()| fs::set_permissions(&place, fs::Permissions::from_mode(mode)))
                .map(|()| kill_point::passed("mode", place.display())),
            Reach::Tree => give_tree(&place, wanted.owner),
        };
        given.map_err(|source| FileError::of_file("change the owner of", place, source))
    }

    /// Puts the whole file in place, durably, unless what is there is not what was expected.
    pub fn write(&self, wanted: &File) -> Result<Change, FileError> {
        let place = self.locate(&wanted.path);
        // Of an empty file nothing is lost.
        let found = self
            .read_one(&wanted.path)?
            .filter(|found| wanted.expect != Expect::Absent || !found.content.bytes().is_empty());
        let mode = wanted.kind.mode();
        if found.as_ref().is_some_and(|found| found.content == wanted.content && found.mode == mode) {
            return Ok(Change::Unchanged);
        }
        if Expect::seen(found.as_ref().map(|found| found.content.bytes())) != wanted.expect {
            return Err(FileError::Changed { path: place });
        }
        make_folders(&place, wanted.kind.folder_mode())?;
        remove_empty_folder(&place).map_err(|source| unwritten(&place, source))?;
        put(&place, wanted.content.bytes(), mode)?;
        Ok(if found.is_some() { Change::Replaced } else { Change::Created })
    }

    /// Puts files that belong together in the place of those that are there, at the same moment, unless one of these is
    /// not what was expected. Each keeps the owner and mode of the file that it takes the place of, and a link stays one.
    pub fn replace(&self, wanted: &[File]) -> Result<Change, FileError> {
        let Some(first) = wanted.first() else { return Ok(Change::Unchanged) };
        make_folders(&self.locate(&first.path), first.kind.folder_mode())?;
        let places: Vec<PathBuf> = wanted.iter().map(|file| resolved(self.locate(&file.path))).collect();
        // Two runs at a time would tear each other's files apart.
        let _lock = lock(folder_of(&places[0]))?;
        let group = Group::of(&places);
        group.iter().try_for_each(Group::settle).map_err(|source| unwritten(&places[0], source))?;
        let change = self.expected(wanted)?;
        match group.filter(|_| places.len() > 1 && places.iter().all(|place| place.exists())) {
            Some(group) => {
                let write = |index: usize, at: &Path| write_after(&wanted[index], &places[index], at);
                group.replace(write).map_err(|source| unwritten(&places[0], source))?;
            }
            None => put_each(wanted, &places)?,
        }
        Ok(change)
    }

    /// Tidies what a run that was cut off has left beside a file which stays: half of a new one, or links in its place.
    pub fn settle(&self, path: &Path) -> Result<(), FileError> {
        let place = resolved(self.locate(path));
        if together::is_settled(&place) && fs::symlink_metadata(beside(&place)).is_err() {
            return Ok(());
        }
        let _lock = lock(folder_of(&place))?;
        let settled = together::settle_at(&place).and_then(|()| absent(&beside(&place)));
        settled.map_err(|source| unwritten(&place, source))
    }

    /// What replacing will come to, where all is as it was expected.
    fn expected(&self, wanted: &[File]) -> Result<Change, FileError> {
        let mut change = Change::Created;
        for file in wanted {
            let found = self.read_one(&file.path)?;
            if Expect::seen(found.as_ref().map(|found| found.content.bytes())) != file.expect {
                return Err(FileError::Changed { path: self.locate(&file.path) });
            }
            change = if found.is_some() { Change::Replaced } else { change };
        }
        Ok(change)
    }
}

/// Where a user's link leads.
fn resolved(place: PathBuf) -> PathBuf {
    if together::is_own_link(&place) { place } else { fs::canonicalize(&place).unwrap_or(place) }
}

/// One after the other, all of them durably beside their places before: there is nothing that they would have to fit.
fn put_each(wanted: &[File], places: &[PathBuf]) -> Result<(), FileError> {
    let written = wanted.iter().zip(places).try_for_each(|(file, place)| {
        write_after(file, place, &beside(place)).map_err(|source| unwritten(place, source))
    });
    let renamed = written.and_then(|()| {
        places.iter().try_for_each(|place| {
            rename_durably(&beside(place), place).map_err(|source| unwritten(place, source))
        })
    });
    renamed.inspect_err(|_| places.iter().for_each(|place| drop(absent(&beside(place)))))
}

/// Where a file is while it is being written. The name is always the same, so that the next run writes over what is left by
/// one that was cut off.
fn beside(place: &Path) -> PathBuf {
    folder_of(place).join(format!("{BESIDE}{}", place.file_name().unwrap_or_default().display()))
}

#[expect(clippy::disallowed_methods, reason = "this is the module that writes files")]
fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    kill_point::passed("file", to.display());
    sync(folder_of(to))
}

fn unwritten(place: &Path, source: io::Error) -> FileError {
    FileError::of_file("write", place, source)
}

/// Waits for whoever else replaces files in `folder`.
fn lock(folder: &Path) -> Result<Flock<fs::File>, FileError> {
    let failed = |source| FileError::of_folder("lock", folder, source);
    let file = fs::File::open(folder).map_err(failed)?;
    Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| failed(error.into()))
}

/// Writes `file` to the path `at`, durably, with the owner and mode of what is at `place`.
fn write_after(file: &File, place: &Path, at: &Path) -> io::Result<()> {
    let mut new = create_alone(at)?;
    new.write_all(file.content.bytes())?;
    take_after(&new, place, file.kind.mode())?;
    new.sync_all()?;
    kill_point::passed("beside", place.display());
    Ok(())
}

/// Gives `new` the owner and mode of what is at `place`, or `mode` where nothing is.
#[expect(clippy::disallowed_methods, reason = "this is the module that writes files")]
fn take_after(new: &fs::File, place: &Path, mode: u32) -> io::Result<()> {
    let Ok(old) = fs::metadata(place) else {
        return new.set_permissions(fs::Permissions::from_mode(mode));
    };
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))
}

/// Makes what has happened to a folder's names last.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Makes the folders that `place` lies in.
pub fn make_folders(place: &Path, mode: u32) -> Result<(), FileError> {
    let folder = folder_of(place);
    make_dirs(folder, mode).map_err(|source| FileError::of_folder("make the folder", folder, source))
}

fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        None => Path::new("/"),
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
    }
}

/// Writes `bytes` beside `place`, syncs them, renames them there and syncs the folder.
pub fn put(place: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    put_in(place, bytes, mode).map_err(|source| unwritten(place, source))
}

fn put_in(place: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = beside(place);
    let written = write_beside(&beside, bytes, mode).and_then(|()| rename_durably(&beside, place));
    // What failed, a full disk for one, is what the caller is to know.
    written.inspect_err(|_| drop(absent(&beside)))
}

fn write_beside(at: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut new = create_alone(at)?;
    new.write_all(bytes)?;
    new.set_permissions(fs::Permissions::from_mode(mode))?;
    new.sync_all()?;
    kill_point::passed("beside", at.display());
    Ok(())
}

/// A new file in the place of whatever a run that was cut off has left there.
fn create_alone(at: &Path) -> io::Result<fs::File> {
    absent(at)?;
    // A key is nobody else's to read from its first byte on.
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(at)
}

#[expect(clippy::disallowed_methods, reason = "this is the module that reads files")]
fn is_empty_folder(place: &Path) -> bool {
    let is_folder = fs::symlink_metadata(place).is_ok_and(|found| found.is_dir());
    is_folder && fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none())
}

/// Makes way for a file. The kernel removes no folder in which there is anything.
fn remove_empty_folder(place: &Path) -> io::Result<()> {
    if !is_empty_folder(place) {
        return Ok(());
    }
    fs::remove_dir(place)?;
    kill_point::passed("removed", place.display());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the module that removes files")]
fn remove_durably(place: &Path) -> io::Result<()> {
    fs::remove_file(place)?;
    kill_point::passed("removed", place.display());
    sync(folder_of(place))
}

/// Removes what may be at `path`.
#[expect(clippy::disallowed_methods, reason = "this is the module that removes files")]
pub(super) fn absent(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_absent(&error) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Each folder durably, as the files in it are.
fn make_dirs(place: &Path, mode: u32) -> io::Result<()> {
    if place.is_dir() {
        return Ok(());
    }
    make_dirs(folder_of(place), mode)?;
    fs::DirBuilder::new().recursive(true).mode(mode).create(place)?;
    kill_point::passed("folder", place.display());
    sync(folder_of(place))
}

fn give_one(place: &Path, owner: Identity) -> io::Result<()> {
    lchown(place, Some(owner.uid), Some(owner.gid))?;
    kill_point::passed("owner", place.display());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the module that reads files")]
fn give_tree(place: &Path, owner: Identity) -> io::Result<()> {
    give_one(place, owner)?;
    if fs::symlink_metadata(place)?.is_dir() {
        for entry in fs::read_dir(place)? {
            match give_tree(&entry?.path(), owner) {
                // An etcd that runs writes beside and renames, too.
                Err(error) if is_absent(&error) => {}
                given => given?,
            }
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the module that reads files")]
fn read_with_mode(place: &Path) -> io::Result<Found> {
    let mode = fs::metadata(place)?.permissions().mode() & 0o7777;
    let bytes = Zeroizing::new(fs::read(place)?);
    Ok(Found { content: Content::new(bytes.as_slice()), mode })
}

/// A path below a file that should be a folder is as absent as one below a folder that is not there; writing it
/// will say so.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki;
    use crate::plan::FileKind;

    fn file(content: &str, expect: Expect) -> File {
        File {
            path: "/etc/kubernetes/pki/ca.key".into(),
            kind: FileKind::Pki(pki::FileKind::PrivateKey),
            content: Content::new(content),
            expect,
        }
    }

    #[test]
    fn a_written_file_has_its_bytes_and_its_kind_s_mode() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        assert_eq!(tree.write(&file("one", Expect::Absent)).unwrap(), Change::Created);
        let found = tree.read_one(Path::new("/etc/kubernetes/pki/ca.key")).unwrap().unwrap();
        assert_eq!((found.content.bytes(), found.mode), (&b"one"[..], 0o600));
    }

    #[test]
    fn writing_the_same_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        tree.write(&file("one", Expect::Absent)).unwrap();
        assert_eq!(tree.write(&file("one", Expect::Absent)).unwrap(), Change::Unchanged);
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes what is in the way")]
    #[test]
    fn what_a_runtime_has_made_to_mount_makes_way_and_a_folder_with_something_in_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        let wanted = file("one", Expect::Absent);
        let place = tree.locate(&wanted.path);
        fs::create_dir_all(&place).unwrap();
        assert!(tree.read_one(&wanted.path).unwrap().is_none());
        assert_eq!(tree.write(&wanted).unwrap(), Change::Created);
        fs::write(&place, "").unwrap();
        assert_eq!(tree.write(&wanted).unwrap(), Change::Created);
        fs::remove_file(&place).unwrap();
        fs::create_dir_all(place.join("somebody's")).unwrap();
        assert!(tree.read_one(&wanted.path).is_err() && tree.write(&wanted).is_err());
        assert!(place.join("somebody's").is_dir());
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        tree.write(&file("somebody else's", Expect::Absent)).unwrap();
        assert!(matches!(tree.write(&file("ours", Expect::Absent)), Err(FileError::Changed { .. })));
        assert!(matches!(
            tree.write(&file("ours", Expect::seen(Some(b"older")))),
            Err(FileError::Changed { .. })
        ));
        let seen = Expect::seen(Some(b"somebody else's"));
        assert_eq!(tree.write(&file("ours", seen)).unwrap(), Change::Replaced);
    }

    fn pair(key: &str, certificate: &str, expect: [Expect; 2]) -> [File; 2] {
        let [of_key, of_certificate] = expect;
        let path = "/etc/kubernetes/pki/ca.crt".into();
        let kind = FileKind::Pki(pki::FileKind::Certificate);
        let content = Content::new(certificate);
        [file(key, of_key), File { path, kind, content, expect: of_certificate }]
    }

    fn text(tree: &Tree, path: &str) -> String {
        let found = tree.read_one(Path::new(path)).unwrap().unwrap();
        String::from_utf8(found.content.bytes().to_vec()).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes the files that it looks at")]
    #[test]
    fn a_pair_is_replaced_and_keeps_its_modes_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        let absent = [Expect::Absent, Expect::Absent];
        assert_eq!(tree.replace(&pair("k1", "c1", absent)).unwrap(), Change::Created);
        let pki = folder.path().join("etc/kubernetes/pki");
        fs::set_permissions(pki.join("ca.key"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::rename(pki.join("ca.crt"), pki.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", pki.join("ca.crt")).unwrap();
        let seen = [Expect::seen(Some(b"k1")), Expect::seen(Some(b"c1"))];
        assert_eq!(tree.replace(&pair("k2", "c2", seen)).unwrap(), Change::Replaced);
        let found = tree.read_one(Path::new("/etc/kubernetes/pki/ca.key")).unwrap().unwrap();
        assert_eq!((found.content.bytes(), found.mode), (&b"k2"[..], 0o640));
        assert_eq!(text(&tree, "/etc/kubernetes/pki/elsewhere"), "c2");
        assert!(pki.join("ca.crt").is_symlink());
        let mut names: Vec<_> = pki.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["ca.crt", "ca.key", "elsewhere"]);
    }

    #[test]
    fn of_a_pair_nothing_is_replaced_where_one_has_changed_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        tree.replace(&pair("k1", "c1", [Expect::Absent, Expect::Absent])).unwrap();
        let seen = [Expect::seen(Some(b"k1")), Expect::seen(Some(b"older"))];
        assert!(matches!(tree.replace(&pair("k2", "c2", seen)), Err(FileError::Changed { .. })));
        assert_eq!(text(&tree, "/etc/kubernetes/pki/ca.key"), "k1");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_taken_for_a_file_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let pki = folder.path().join("etc/kubernetes/pki");
        make_dirs(&pki, 0o755).unwrap();
        std::os::unix::fs::symlink("/nowhere/ca.key", pki.join("ca.key")).unwrap();
        let error = Tree::new(folder.path()).write(&file("one", Expect::Absent)).unwrap_err();
        assert_eq!(error.kind(), crate::host::FaultKind::Link);
        assert!(error.hint().unwrap().contains("ca.key is a link that leads nowhere, to /nowhere/ca.key"));
        assert!(pki.join("ca.key").is_symlink());
    }

    #[test]
    fn a_name_alone_lies_in_the_working_folder() {
        let folders = ["a", "/a", "/", "a/b"].map(|place| folder_of(Path::new(place)).to_owned());
        assert_eq!(folders, [".", "/", "/", "a"].map(PathBuf::from));
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes what a run that was cut off leaves")]
    #[test]
    fn nothing_is_left_beside_a_written_file_of_an_earlier_run_neither() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        fs::create_dir_all(folder.path().join("etc/kubernetes/pki")).unwrap();
        fs::write(folder.path().join("etc/kubernetes/pki/.kubewright-ca.key"), "hal").unwrap();
        tree.write(&file("one", Expect::Absent)).unwrap();
        assert_eq!(text(&tree, "/etc/kubernetes/pki/ca.key"), "one");
        let names: Vec<_> = folder
            .path()
            .join("etc/kubernetes/pki")
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["ca.key"]);
    }
}
