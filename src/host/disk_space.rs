//! Files that are to be written → whether they can be, as far as that is certain before the first of them is: a run that
//! stops at its start is easier to fix than one that stops in the middle.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

use super::file_error::{FaultKind, FileError, existing_part, obstacle, room};
use super::files::Tree;
use crate::plan::{Action, Effect, File, Subject};

/// What is needed at a place.
struct Need<'a> {
    verb: &'static str,
    place: PathBuf,
    /// That has to be a folder, or be made.
    folder: PathBuf,
    file: Option<&'a File>,
}

/// What is written to one file system.
#[derive(Default)]
struct Load {
    /// How long each file is, in bytes.
    lengths: Vec<u64>,
    /// Files and folders that are not there yet.
    new: BTreeSet<PathBuf>,
}

/// Fails for the first of `effects` that certainly cannot be carried out: its folder is a file or a broken link, its file
/// system is mounted read-only, may not be written to, or has less room than all of them need. Looks, and changes nothing.
pub fn check_disk_space<'a>(
    tree: &Tree,
    effects: impl IntoIterator<Item = &'a Effect>,
) -> Result<(), FileError> {
    let mut loads: BTreeMap<u64, Load> = BTreeMap::new();
    for need in effects.into_iter().flat_map(|effect| needs(tree, &effect.action)) {
        if is_there(tree, &need)? {
            continue;
        }
        let device = writable(&need)?;
        let load = loads.entry(device).or_default();
        load.lengths.push(need.file.map_or(1, |file| file.content.bytes().len() as u64));
        if need.file.is_none() {
            load.new.insert(need.place.join("member"));
        }
        load.new.extend(need.place.ancestors().take_while(|part| !part.exists()).map(Path::to_owned));
        fits(&need, load)?;
    }
    Ok(())
}

fn needs<'a>(tree: &Tree, action: &'a Action) -> Vec<Need<'a>> {
    let subject = action.describe().subject;
    if let Subject::Folder(wanted) = subject {
        let place = tree.locate(&wanted.path);
        return vec![Need { verb: "make the folder", folder: place.clone(), place, file: None }];
    }
    subject.written().iter().map(|file| Need::of(tree, file)).collect()
}

impl<'a> Need<'a> {
    fn of(tree: &Tree, file: &'a File) -> Self {
        let place = tree.locate(&file.path);
        let folder = place.parent().unwrap_or(Path::new("/")).to_owned();
        Self { verb: "write", place, folder, file: Some(file) }
    }

    fn failed(&self, number: Errno) -> FileError {
        let source = io::Error::from(number);
        match self.file {
            Some(_) => FileError::of_file(self.verb, &self.place, source),
            None => FileError::of_folder(self.verb, &self.place, source),
        }
    }
}

/// A file that is as it is to be is not written. A folder is filled by others: etcd needs room in it, for a folder at least.
fn is_there(tree: &Tree, need: &Need<'_>) -> Result<bool, FileError> {
    let Some(file) = need.file else { return Ok(false) };
    let found = tree.read_one(&file.path)?;
    Ok(found.is_some_and(|found| found.content == file.content && found.mode == file.kind.mode()))
}

/// The file system that is to be written to.
fn writable(need: &Need<'_>) -> Result<u64, FileError> {
    if obstacle(&need.folder).is_some() {
        return Err(need.failed(Errno::ENOTDIR));
    }
    let folder = existing_part(&need.folder);
    access(folder, AccessFlags::W_OK).map_err(|number| need.failed(number))?;
    device(folder).map_err(|source| FileError::of_folder("look at", folder, source))
}

#[expect(clippy::disallowed_methods, reason = "a part of the module that writes files")]
fn device(folder: &Path) -> io::Result<u64> {
    std::fs::metadata(folder).map(|found| found.dev())
}

fn fits(need: &Need<'_>, load: &Load) -> Result<(), FileError> {
    let Some(room) = room(&need.folder) else { return Ok(()) };
    if room.inodes > 0 && room.free_inodes < load.new.len() as u64 {
        return Err(need.failed(Errno::ENOSPC).for_want_of(FaultKind::NoInodes));
    }
    let taken = |length: &u64| length.div_ceil(room.unit).saturating_mul(room.unit);
    if room.free >= load.lengths.iter().map(taken).fold(0, u64::saturating_add) {
        Ok(())
    } else {
        Err(need.failed(Errno::ENOSPC))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki;
    use crate::plan::{Content, Expect, FileKind, Phase};

    fn written(path: &str) -> Effect {
        let kind = FileKind::Pki(pki::FileKind::Certificate);
        let file = File { path: path.into(), kind, content: Content::new("one"), expect: Expect::Absent };
        Effect { phase: Phase::CertsCa, action: Action::WriteFile(file) }
    }

    #[test]
    fn what_can_be_written_passes_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        check_disk_space(&Tree::new(folder.path()), &[written("/etc/kubernetes/pki/ca.crt")]).unwrap();
        assert!(!folder.path().join("etc").exists());
    }

    #[expect(clippy::disallowed_methods, reason = "the test makes what is in the way")]
    #[test]
    fn a_file_in_the_place_of_a_folder_is_found_before_the_first_write() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::new(folder.path());
        std::fs::write(folder.path().join("etc"), "").unwrap();
        let error =
            check_disk_space(&tree, &[written("/a"), written("/etc/kubernetes/pki/ca.crt")]).unwrap_err();
        assert_eq!(error.kind(), FaultKind::NotAFolder);
        let hint = error.hint().unwrap();
        assert!(hint.starts_with(&format!("{}/etc is a file", folder.path().display())), "{hint}");
    }

    #[test]
    fn more_than_a_file_system_holds_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let Effect { action, .. } = written("/a");
        let need = &needs(&Tree::new(folder.path()), &action)[0];
        assert!(fits(need, &Load { lengths: vec![3], ..Load::default() }).is_ok());
        let error = fits(need, &Load { lengths: vec![u64::MAX / 2; 2], ..Load::default() }).unwrap_err();
        assert_eq!(error.kind(), FaultKind::NoSpace);
    }
}
