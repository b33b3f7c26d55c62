//! Files of a host: read whole, written beside and renamed, so that no reader and no crash ever meets half of one.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::accounts::{self, AccountsLock};
use super::atomic_swap::{self, FileSet, OfFile};
use super::attributes::Attributes;
use super::dir::{Dir, Keepers, Place};
pub use super::file_error::FileError;
use super::kill_point;
use super::new_file::NewFile;
use super::owners;
use super::whole;
use crate::manifests::rootless::{Ownership, Reach};
use crate::plan::{self, Content, Directory, Expect, File, FileKind};

/// Before the name of a file that is still being written. A dot in front: the kubelet leaves such names out while the
/// file is in its manifests folder.
pub(super) const BESIDE: &str = ".kubewright-";

/// The host's file tree below `root`: `/` for the host itself, a folder for a dry run.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
    keepers: Keepers,
    /// The folder of a dry run, which stays the one that was looked at first.
    own: Arc<OnceLock<Dir>>,
}

/// What was found at a path: the bytes, wiped on drop.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// Its bytes.
    pub content: Content,
    /// Its permission bits, as chmod(2) takes them.
    pub mode: u32,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// There was none.
    Created,
    /// Another content was there.
    Replaced,
    /// It was as it should be, or was not there and is not to be; nothing was written.
    Unchanged,
    /// It was there.
    Removed,
}

impl Tree {
    /// The files below `root`, whoever they belong to; links are followed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), keepers: Keepers::Anyone, own: Arc::default() }
    }

    /// Below the folder of a dry run: nothing leads out of it, and what others own there or may write is refused. The
    /// folder is made with the first file in it.
    pub fn of_dry_run(folder: impl Into<PathBuf>) -> Self {
        Self { keepers: Keepers::Own, ..Self::new(folder) }
    }

    /// Where an absolute path of the host lies in this tree.
    pub fn locate(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The files among `paths` that are there.
    pub fn read(&self, paths: &[PathBuf]) -> Result<BTreeMap<PathBuf, FoundFile>, FileError> {
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
    pub fn read_one(&self, path: &Path) -> Result<Option<FoundFile>, FileError> {
        let place = self.locate(path);
        match self.open(path).and_then(read_whole) {
            Ok(found) => Ok(Some(found)),
            // Where a link leads nowhere, its file system may not be mounted: what it holds is not to be made again.
            Err(error) if is_absent(&error) && !place.is_symlink() => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory && is_empty_folder(&place) => Ok(None),
            Err(source) => Err(FileError::of_file("read", place, source)),
        }
    }

    /// One that a user has named, which may be a pipe, `--kubeconfig <(…)` or `/dev/stdin`, unless it is the host's own.
    pub fn read_named(&self, path: &Path) -> Result<Option<Content>, FileError> {
        if path.starts_with(plan::KUBERNETES) {
            return Ok(self.read_one(path)?.map(|found| found.content));
        }
        let place = self.locate(path);
        match whole::read_soon(&place) {
            Ok(bytes) => Ok(Some(Content::new(bytes.as_slice()))),
            Err(error) if is_absent(&error) && !place.is_symlink() => Ok(None),
            Err(source) => Err(FileError::of_file("read", place, source)),
        }
    }

    fn open(&self, path: &Path) -> io::Result<fs::File> {
        match self.keepers {
            Keepers::Anyone => whole::open_file(&self.locate(path)),
            Keepers::Own => {
                let place = self.place(path)?;
                let place = atomic_swap::behind(&place)?.unwrap_or(place);
                place.dir.open_file(&place.name)
            }
        }
    }

    /// Refuses a dry run's folder, and the way to `path` in it, where others own them or may write them.
    pub fn check_way_to(&self, path: &Path) -> Result<(), FileError> {
        match self.place(path) {
            Err(error) if !is_absent(&error) => Err(FileError::of_file("read", self.locate(path), error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Where a file is to be, in a folder that is there.
    fn place(&self, path: &Path) -> io::Result<Place> {
        match self.keepers {
            Keepers::Anyone => Place::of(&self.locate(path)),
            Keepers::Own => {
                let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
                Ok(Place { dir: self.folder(folder_of(path), None)?, name })
            }
        }
    }

    /// A folder of the host; with a mode for those that are not there, they are made.
    fn folder(&self, path: &Path, make: Option<u32>) -> io::Result<Dir> {
        let mut dir = self.top(make)?;
        for part in path.components() {
            let name = match part {
                Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
                Component::ParentDir => "..".as_ref(),
                Component::Normal(name) => name,
            };
            dir = match (dir.child(name), make) {
                (Err(error), Some(mode)) if error.kind() == io::ErrorKind::NotFound => {
                    made(&dir, name.as_ref(), mode)?;
                    dir.child(name)?
                }
                (found, _) => found?,
            };
        }
        Ok(dir)
    }

    fn top(&self, make: Option<u32>) -> io::Result<Dir> {
        match self.keepers {
            Keepers::Anyone => Dir::open(&self.root),
            Keepers::Own => {
                if self.own.get().is_none() {
                    if make.is_some() {
                        make_dirs(&self.root, 0o700)?;
                    }
                    let _ = self.own.set(Dir::open_own(&self.root)?);
                }
                self.own.get().ok_or(io::ErrorKind::NotFound)?.again()
            }
        }
    }

    /// Makes a folder and those above it, each with `mode`; one that is there is left as it is.
    pub fn make_dir(&self, wanted: &Directory) -> Result<FileChange, FileError> {
        let failed = |source| FileError::of_folder("make the folder", self.locate(&wanted.path), source);
        match self.keepers {
            Keepers::Anyone if self.locate(&wanted.path).is_dir() => return Ok(FileChange::Unchanged),
            Keepers::Anyone => make_dirs(&self.locate(&wanted.path), wanted.mode).map_err(failed)?,
            Keepers::Own => match self.folder(&wanted.path, None) {
                Ok(_) => return Ok(FileChange::Unchanged),
                Err(error) if !is_absent(&error) => return Err(failed(error)),
                Err(_) => drop(self.folder(&wanted.path, Some(wanted.mode)).map_err(failed)?),
            },
        }
        Ok(FileChange::Created)
    }

    /// The same for the folders that `path` lies in, which its place is told of then.
    fn make_way_to(&self, path: &Path, mode: u32) -> Result<Place, FileError> {
        let folder = folder_of(path);
        self.make_dir(&Directory { path: folder.to_owned(), mode })?;
        self.place(path).map_err(|source| FileError::of_folder("open", self.locate(folder), source))
    }

    /// Removes a file; one that is not there is as good as removed.
    pub fn remove(&self, path: &Path) -> Result<FileChange, FileError> {
        match self.place(path).and_then(|place| remove_durably(&place)) {
            Err(error) if !is_absent(&error) => Err(FileError::of_file("remove", self.locate(path), error)),
            Ok(()) => Ok(FileChange::Removed),
            Err(_) => Ok(FileChange::Unchanged),
        }
    }

    /// Gives a file, or a tree without following links out of it, to its new owner.
    pub fn give(&self, wanted: &Ownership) -> Result<(), FileError> {
        let path = Path::new(&wanted.path);
        let given = match wanted.reach {
            Reach::File { mode } => {
                self.open(path).and_then(|file| owners::give_file(&file, wanted.owner, mode)).map(|()| {
                    kill_point::passed("mode", self.locate(path).display());
                })
            }
            Reach::Tree => {
                Dir::open(&self.locate(path)).and_then(|dir| owners::give_tree(&dir, wanted.owner))
            }
        };
        given.map_err(|source| FileError::of_file("change the owner of", self.locate(path), source))
    }

    /// Puts the whole file in place, durably, unless what is there is not what was expected. Owner, mode and access list
    /// of what is there stay.
    pub fn write(&self, wanted: &File) -> Result<FileChange, FileError> {
        let _lock = self.lock_of(wanted)?;
        // Of an empty file nothing is lost.
        let found = self
            .read_one(&wanted.path)?
            .filter(|found| wanted.expect != Expect::Absent || !found.content.bytes().is_empty());
        let is_there = found.as_ref().is_some_and(|found| found.content == wanted.content);
        if !is_there && Expect::seen(found.as_ref().map(|found| found.content.bytes())) != wanted.expect {
            return Err(FileError::Changed { path: self.locate(&wanted.path) });
        }
        let place = self.make_way_to(&wanted.path, wanted.kind.folder_mode())?;
        let failed = |source| unwritten(&place.shown(), source);
        remove_empty_folder(&place).map_err(failed)?;
        let old = if found.is_some() { self.attributes(&place).map_err(failed)? } else { None };
        let mode = old.as_ref().map_or(wanted.kind.mode(), |old| old.mode_for(wanted.kind));
        if is_there && found.as_ref().is_some_and(|found| found.mode == mode) {
            return Ok(FileChange::Unchanged);
        }
        put_in(&place, wanted.content.bytes(), |new| take_over(new, old.as_ref(), mode)).map_err(failed)?;
        Ok(if found.is_some() { FileChange::Replaced } else { FileChange::Created })
    }

    /// Other tools write the accounts, too.
    fn lock_of(&self, wanted: &File) -> Result<Option<AccountsLock>, FileError> {
        if wanted.kind != FileKind::Accounts || self.keepers == Keepers::Own {
            return Ok(None);
        }
        let etc = self.folder(folder_of(&wanted.path), None);
        let lock = etc.and_then(|etc| accounts::lock(&etc, accounts::LOCK_LIMIT));
        lock.map(Some).map_err(|source| FileError::of_file("lock", self.locate(&wanted.path), source))
    }

    /// A file that is told to nobody beforehand, in the place of whatever is there.
    pub fn put(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        let place = self.make_way_to(path, 0o755)?;
        put_in(&place, bytes, |new| take_over(new, None, mode))
            .map_err(|source| unwritten(&place.shown(), source))
    }

    /// The same for what is too large to be held in memory: filled first, and put there then.
    pub fn begin(&self, path: &Path, mode: u32) -> Result<NewFile, FileError> {
        let place = self.make_way_to(path, 0o700)?;
        let shown = place.shown();
        NewFile::begin(place, mode).map_err(|source| unwritten(&shown, source))
    }

    /// Of what is at `place`, where anything is.
    fn attributes(&self, place: &Place) -> io::Result<Option<Attributes>> {
        let opened = match self.keepers {
            Keepers::Anyone => place.dir.open_file(&place.name),
            Keepers::Own => match atomic_swap::behind(place)? {
                Some(behind) => behind.dir.open_file(&behind.name),
                None => place.dir.open_file(&place.name),
            },
        };
        match opened {
            Ok(file) => Attributes::of(&file).map(Some),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts files that belong together in the place of those that are there, at the same moment, unless one of these is
    /// not what was expected. Each keeps owner, mode and access list of the file that it takes the place of, and a link
    /// stays one.
    pub fn replace(&self, wanted: &[File]) -> Result<FileChange, FileError> {
        let Some(first) = wanted.first() else { return Ok(FileChange::Unchanged) };
        self.make_way_to(&first.path, first.kind.folder_mode())?;
        let places = wanted.iter().map(|file| self.resolved(&file.path)).collect::<Result<Vec<_>, _>>()?;
        let failed = |source: io::Error| {
            let about = OfFile::name_in(&source);
            let place = places.iter().find(|place| about == Some(&place.name)).unwrap_or(&places[0]);
            unwritten(&place.shown(), source)
        };
        let (set, is_whole) = match FileSet::of(&places) {
            Some(set) => (Some(set), true),
            None => (FileSet::of(&places[..1]), false),
        };
        let Some(set) = set else { return Ok(FileChange::Unchanged) };
        // Two runs at a time would tear each other's files apart.
        set.alone(failed, || {
            let change = self.expected(wanted)?;
            if is_whole && places.len() > 1 && places.iter().all(|place| place.dir.has(&place.name)) {
                let write = |index: usize, at: &Path| self.write_after(&wanted[index], &places[index], at);
                set.replace(write).map_err(failed)?;
            } else {
                self.put_each(wanted, &places)?;
            }
            Ok(change)
        })
    }

    /// One after the other, all of them durably beside their places before: there is nothing that they would have to
    /// fit.
    fn put_each(&self, wanted: &[File], places: &[Place]) -> Result<(), FileError> {
        let failed = |place: &Place| {
            let shown = place.shown();
            move |source| unwritten(&shown, source)
        };
        let written = wanted.iter().zip(places).try_for_each(|(file, place)| {
            self.write_after(file, place, beside(place).as_ref()).map_err(failed(place))
        });
        let renamed = written.and_then(|()| {
            places
                .iter()
                .try_for_each(|place| rename_durably(place, beside(place).as_ref()).map_err(failed(place)))
        });
        renamed.inspect_err(|_| places.iter().for_each(|place| drop(absent(&place.dir, beside(place)))))
    }

    /// Writes `file` to the path `at` beside `place`, durably, with all that is to stay of what is at `place`.
    fn write_after(&self, file: &File, place: &Place, at: &Path) -> io::Result<()> {
        let old = self.attributes(place)?;
        let mode = old.as_ref().map_or(file.kind.mode(), |old| old.mode_for(file.kind));
        let take_over = |new: &fs::File| take_over(new, old.as_ref(), mode);
        write_beside(&place.dir, at, file.content.bytes(), take_over, &place.shown())
    }

    /// Tidies what a run that was cut off has left beside a file which stays: half of a new one, or links in its place.
    pub fn tidy(&self, path: &Path) -> Result<(), FileError> {
        let place = match self.place(path) {
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(unwritten(&self.locate(path), error)),
            Ok(_) => self.resolved(path)?,
        };
        if atomic_swap::is_tidy(&place) && !place.dir.has(beside(&place)) {
            return Ok(());
        }
        let tidied = atomic_swap::tidy_at(&place).and_then(|()| absent(&place.dir, beside(&place)));
        tidied.map_err(|source| unwritten(&place.shown(), source))
    }

    /// Where a user's link leads; there are none below the folder of a dry run.
    fn resolved(&self, path: &Path) -> Result<Place, FileError> {
        let at = self.locate(path);
        let failed = |source| unwritten(&at, source);
        let place = self.place(path).map_err(failed)?;
        if self.keepers == Keepers::Own || atomic_swap::is_own_link(&place) {
            return Ok(place);
        }
        let Ok(target) = fs::canonicalize(&at) else { return Ok(place) };
        Place::of(&target).map_err(failed)
    }

    /// What replacing will come to, where all is as it was expected.
    fn expected(&self, wanted: &[File]) -> Result<FileChange, FileError> {
        let mut change = FileChange::Created;
        for file in wanted {
            let found = self.read_one(&file.path)?;
            if Expect::seen(found.as_ref().map(|found| found.content.bytes())) != file.expect {
                return Err(FileError::Changed { path: self.locate(&file.path) });
            }
            change = if found.is_some() { FileChange::Replaced } else { change };
        }
        Ok(change)
    }
}

/// Where a file is while it is being written. The name is always the same, so that the next run writes over what is left by
/// one that was cut off.
pub(super) fn beside(place: &Place) -> OsString {
    beside_name(&place.name)
}

/// The same by its name alone.
pub(super) fn beside_name(file: &OsStr) -> OsString {
    let mut name = OsString::from(BESIDE);
    name.push(file);
    name
}

pub(super) fn rename_durably(to: &Place, from: &Path) -> io::Result<()> {
    to.dir.rename(from, &to.name)?;
    kill_point::passed("file", to.shown().display());
    to.dir.sync()
}

pub(super) fn unwritten(place: &Path, source: io::Error) -> FileError {
    FileError::of_file("write", place, source)
}

/// Gives a new file what is to stay of the old one, or else its mode.
fn take_over(new: &fs::File, old: Option<&Attributes>, mode: u32) -> io::Result<()> {
    match old {
        Some(old) => old.give(new, mode),
        None => new.set_permissions(fs::Permissions::from_mode(mode)),
    }
}

pub(super) fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        None => Path::new("/"),
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
    }
}

/// Writes `bytes` beside `place`, syncs them, renames them there and syncs the folder.
pub(super) fn put_in(
    place: &Place,
    bytes: &[u8],
    take_over: impl FnOnce(&fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let beside = beside(place);
    let written = write_beside(&place.dir, beside.as_ref(), bytes, take_over, &place.shown())
        .and_then(|()| rename_durably(place, beside.as_ref()));
    // What failed, a full disk for one, is what the caller is to know.
    written.inspect_err(|_| drop(absent(&place.dir, &beside)))
}

/// A new file in the place of whatever a run that was cut off has left there. A key is nobody else's to read from its
/// first byte on.
fn write_beside(
    dir: &Dir,
    at: &Path,
    bytes: &[u8],
    take_over: impl FnOnce(&fs::File) -> io::Result<()>,
    place: &Path,
) -> io::Result<()> {
    absent(dir, at)?;
    let mut new = dir.create(at)?;
    new.write_all(bytes)?;
    take_over(&new)?;
    new.sync_all()?;
    kill_point::passed("beside", place.display());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the module that reads files")]
fn is_empty_folder(place: &Path) -> bool {
    let is_folder = fs::symlink_metadata(place).is_ok_and(|found| found.is_dir());
    is_folder && fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none())
}

/// Makes way for a file. The kernel removes no folder in which there is anything.
fn remove_empty_folder(place: &Place) -> io::Result<()> {
    if !is_empty_folder(&place.shown()) {
        return Ok(());
    }
    place.dir.remove_dir(&place.name)?;
    kill_point::passed("removed", place.shown().display());
    Ok(())
}

fn remove_durably(place: &Place) -> io::Result<()> {
    place.dir.remove_file(&place.name)?;
    kill_point::passed("removed", place.shown().display());
    place.dir.sync()
}

/// Removes what may be at `path`.
pub(super) fn absent(dir: &Dir, path: impl AsRef<Path>) -> io::Result<()> {
    match dir.remove_file(path) {
        Err(error) if !is_absent(&error) => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Each folder durably, as the files in it are.
fn make_dirs(place: &Path, mode: u32) -> io::Result<()> {
    if place.is_dir() {
        return Ok(());
    }
    let above = folder_of(place);
    make_dirs(above, mode)?;
    // `new/..` is there once `new` is.
    if place.is_dir() {
        return Ok(());
    }
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    made(&Dir::open(above)?, name.as_ref(), mode)
}

/// One that another run makes at the same time is as good.
fn made(dir: &Dir, name: &Path, mode: u32) -> io::Result<()> {
    match dir.make_dir(name, mode) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.shown(name).is_dir() => {
            return Ok(());
        }
        other => other?,
    }
    kill_point::passed("folder", dir.shown(name).display());
    dir.sync()
}

fn read_whole(file: fs::File) -> io::Result<FoundFile> {
    let mode = file.metadata()?.mode() & 0o7777;
    Ok(FoundFile { content: Content::new(whole::read(file, whole::MOST)?.as_slice()), mode })
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
        assert_eq!(tree.write(&file("one", Expect::Absent)).unwrap(), FileChange::Created);
        let found = tree.read_one(Path::new("/etc/kubernetes/pki/ca.key")).unwrap().unwrap();
        assert_eq!((found.content.bytes(), found.mode), (&b"one"[..], 0o600));
    }

    #[test]
    fn writing_the_same_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        tree.write(&file("one", Expect::Absent)).unwrap();
        assert_eq!(tree.write(&file("one", Expect::Absent)).unwrap(), FileChange::Unchanged);
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
        assert_eq!(tree.write(&wanted).unwrap(), FileChange::Created);
        fs::write(&place, "").unwrap();
        assert_eq!(tree.write(&wanted).unwrap(), FileChange::Created);
        fs::remove_file(&place).unwrap();
        fs::create_dir_all(place.join("somebody's")).unwrap();
        assert!(tree.read_one(&wanted.path).is_err() && tree.write(&wanted).is_err());
        assert!(place.join("somebody's").is_dir());
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes the file that it looks at")]
    #[test]
    fn accounts_keep_mode_and_bytes_and_are_written_under_their_lock() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("etc")).unwrap();
        let passwd = folder.path().join("etc/passwd");
        fs::write(&passwd, b"jos\xe9:x:1000:1000::/:/bin/sh\n").unwrap();
        fs::set_permissions(&passwd, fs::Permissions::from_mode(0o604)).unwrap();
        let expect = Expect::seen(Some(&fs::read(&passwd).unwrap()));
        let content = Content::new(&b"jos\xe9:x:1000:1000::/:/bin/sh\nmore\n"[..]);
        let wanted = File { path: "/etc/passwd".into(), kind: FileKind::Accounts, content, expect };
        assert_eq!(Tree::new(folder.path()).write(&wanted).unwrap(), FileChange::Replaced);
        assert_eq!(fs::read(&passwd).unwrap(), wanted.content.bytes());
        assert_eq!(fs::metadata(&passwd).unwrap().mode() & 0o7777, 0o604);
        assert!(folder.path().join("etc/.pwd.lock").exists());
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
        assert_eq!(tree.write(&file("ours", seen)).unwrap(), FileChange::Replaced);
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
        assert_eq!(tree.replace(&pair("k1", "c1", absent)).unwrap(), FileChange::Created);
        let pki = folder.path().join("etc/kubernetes/pki");
        fs::set_permissions(pki.join("ca.key"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::rename(pki.join("ca.crt"), pki.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", pki.join("ca.crt")).unwrap();
        let seen = [Expect::seen(Some(b"k1")), Expect::seen(Some(b"c1"))];
        assert_eq!(tree.replace(&pair("k2", "c2", seen)).unwrap(), FileChange::Replaced);
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
