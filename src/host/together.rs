//! Files that belong together → in the place of the old ones, all at the same moment: no kill and no lost power leaves a
//! new key beside an old certificate.
//!
//! Two renames are two moments. So the old files become links first, to themselves, by way of one link that all share;
//! turning that one link is the moment; then the links become files again. Whatever is between two steps is whole: old
//! with old, or new with new. What a run leaves that was cut off is tidied by the next ([`settle`]).
#![expect(clippy::disallowed_methods, reason = "a part of the module that writes files")]

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use super::files::{BESIDE, absent, sync};
use super::kill_point;

/// Files of one folder, and beside them, for as long as it takes, one folder more.
#[derive(Debug)]
pub struct Group<'a> {
    folder: &'a Path,
    names: Vec<&'a Path>,
    hub: PathBuf,
}

/// Behind the name of the first file.
const HUB_ENDING: &str = ".d";
const OLD: &str = "old";
const NEW: &str = "new";
/// The link that all share.
const NOW: &str = "now";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    HardLink { of: PathBuf, at: PathBuf },
    Link { to: PathBuf, at: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Sync(PathBuf),
}

impl<'a> Group<'a> {
    /// Of the files at `places`, where they are in one folder.
    pub fn of(places: &'a [PathBuf]) -> Option<Self> {
        let folder = places.first()?.parent()?;
        let names =
            places.iter().map(|place| Some(Path::new(place.file_name()?))).collect::<Option<Vec<_>>>()?;
        let hub = hub(folder, names.first()?);
        places.iter().all(|place| place.parent() == Some(folder)).then_some(Self { folder, names, hub })
    }

    /// Puts what `write` writes to a path of its own, durably, in the place of each file; all of them have to be there.
    /// Where that fails, what it has left is taken away again, if that can be done: all are old then, or all are new.
    pub fn replace(&self, write: impl Fn(usize, &Path) -> io::Result<()>) -> io::Result<()> {
        self.settle()?;
        self.write_and_turn(write).and_then(|()| self.settle()).inspect_err(|_| drop(self.settle()))
    }

    fn write_and_turn(&self, write: impl Fn(usize, &Path) -> io::Result<()>) -> io::Result<()> {
        for part in [OLD, NEW] {
            fs::DirBuilder::new().recursive(true).mode(0o755).create(self.hub.join(part))?;
            kill_point::passed("folder", part);
        }
        for (index, name) in self.names.iter().enumerate() {
            write(index, &self.hub.join(NEW).join(name))?;
        }
        self.turn().iter().try_for_each(Step::carry_out)
    }

    /// Makes files of the links that a run has left behind, and takes its folder away. Nothing where there is none.
    pub fn settle(&self) -> io::Result<()> {
        if !self.hub.exists() {
            return Ok(());
        }
        self.solid().iter().try_for_each(Step::carry_out)?;
        fs::remove_dir_all(&self.hub)?;
        kill_point::passed("removed", self.hub.display());
        sync(self.folder)
    }

    fn turn(&self) -> Vec<Step> {
        let (old, new, now) = (self.hub.join(OLD), self.hub.join(NEW), self.hub.join(NOW));
        let own = |name: &Path| self.folder.join(name);
        let mut steps: Vec<Step> =
            self.names.iter().map(|name| Step::HardLink { of: own(name), at: old.join(name) }).collect();
        steps.push(Step::Link { to: OLD.into(), at: now.clone() });
        steps.extend([old, new, self.hub.clone(), self.folder.to_owned()].map(Step::Sync));
        for name in &self.names {
            let link = self.hub.join(name);
            steps.push(Step::Link { to: self.shared(name), at: link.clone() });
            steps.push(Step::Rename { from: link, to: own(name) });
        }
        let next = self.hub.join("next");
        steps.push(Step::Sync(self.folder.to_owned()));
        steps.push(Step::Link { to: NEW.into(), at: next.clone() });
        steps.push(Step::Rename { from: next, to: now });
        steps.push(Step::Sync(self.hub.clone()));
        steps
    }

    /// Each link, in its folder, takes this way.
    fn shared(&self, name: &Path) -> PathBuf {
        Path::new(self.hub.file_name().unwrap_or_default()).join(NOW).join(name)
    }

    /// Each link is replaced by the file that it leads to.
    fn solid(&self) -> Vec<Step> {
        let is_link =
            |name: &&&Path| fs::read_link(self.folder.join(name)).is_ok_and(|to| to == self.shared(name));
        let links = self.names.iter().filter(is_link);
        let mut steps: Vec<Step> = links
            .flat_map(|name| {
                let solid = self.hub.join(format!("solid-{}", name.display()));
                let of = self.hub.join(NOW).join(name);
                [
                    Step::HardLink { of, at: solid.clone() },
                    Step::Rename { from: solid, to: self.folder.join(name) },
                ]
            })
            .collect();
        steps.push(Step::Sync(self.folder.to_owned()));
        steps
    }
}

/// Whether there is nothing for [`settle_at`] to do.
pub fn is_settled(place: &Path) -> bool {
    hubs_of(place).is_empty()
}

/// Settles what a run has left that was cut off while it replaced the file at `place` and those that belong to it.
pub fn settle_at(place: &Path) -> io::Result<()> {
    for hub in hubs_of(place) {
        let places = places(&hub)?;
        Group::of(&places).iter().try_for_each(Group::settle)?;
    }
    Ok(())
}

/// That of which the file is the first, and that which it leads through.
fn hubs_of(place: &Path) -> Vec<PathBuf> {
    let folder = place.parent().unwrap_or(Path::new("/"));
    let own = place.file_name().map(|name| hub(folder, Path::new(name)));
    let linked = fs::read_link(place).ok().filter(|_| is_own_link(place));
    let linked = linked.and_then(|to| Some(folder.join(to.components().next()?)));
    let mut all: Vec<PathBuf> = own.into_iter().chain(linked).filter(|hub| hub.is_dir()).collect();
    all.dedup();
    all
}

fn hub(folder: &Path, first: &Path) -> PathBuf {
    folder.join(format!("{BESIDE}{}{HUB_ENDING}", first.display()))
}

/// The files that a folder of ours is about, that which it is named after first.
fn places(hub: &Path) -> io::Result<Vec<PathBuf>> {
    let name = hub.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = name.trim_start_matches(BESIDE).trim_end_matches(HUB_ENDING).to_owned();
    let folder = hub.parent().unwrap_or(Path::new("/"));
    let mut all = vec![folder.join(&first)];
    let new = match fs::read_dir(hub.join(NEW)) {
        Ok(new) => new,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error),
    };
    for entry in new {
        all.extend(Some(entry?.file_name()).filter(|name| *name != *first).map(|name| folder.join(name)));
    }
    Ok(all)
}

/// Whether what is at `place` is a link of ours, and no user's.
pub fn is_own_link(place: &Path) -> bool {
    fs::read_link(place).is_ok_and(|to| to.to_string_lossy().starts_with(BESIDE))
}

impl Step {
    /// What a run that was cut off has made already is made anew.
    fn carry_out(&self) -> io::Result<()> {
        match self {
            Self::HardLink { of, at } => {
                absent(at)?;
                fs::hard_link(of, at)?;
                kill_point::passed("hard link", at.display());
            }
            Self::Link { to, at } => {
                absent(at)?;
                symlink(to, at)?;
                kill_point::passed("link", at.display());
            }
            Self::Rename { from, to } => {
                fs::rename(from, to)?;
                kill_point::passed("turned", to.display());
            }
            Self::Sync(folder) => sync(folder)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key and a certificate with the same text fit.
    fn pair(text: &str) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let places = ["a.key", "a.crt"].map(|name| folder.path().join(name)).to_vec();
        for place in &places {
            fs::write(place, text).unwrap();
        }
        (folder, places)
    }

    fn texts(places: &[PathBuf]) -> Vec<String> {
        places.iter().map(|place| fs::read_to_string(place).unwrap()).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().display().to_string());
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    }

    /// As `replace` does it, but killed behind so many steps of the turn and then so many of what follows.
    fn cut_off(group: &Group<'_>, turned: usize, settled: usize) {
        for part in [OLD, NEW] {
            fs::create_dir_all(group.hub.join(part)).unwrap();
        }
        for name in &group.names {
            fs::write(group.hub.join(NEW).join(name), "new").unwrap();
        }
        group.turn()[..turned].iter().for_each(|step| step.carry_out().unwrap());
        group.solid().iter().take(settled).for_each(|step| step.carry_out().unwrap());
    }

    #[test]
    fn both_are_new_and_nothing_is_left() {
        let (folder, places) = pair("old");
        Group::of(&places).unwrap().replace(|_, path| fs::write(path, "new")).unwrap();
        assert_eq!(texts(&places), ["new", "new"]);
        assert_eq!(names(folder.path()), ["a.crt", "a.key"]);
        assert!(places.iter().all(|place| !place.is_symlink()));
    }

    #[test]
    fn wherever_a_run_is_killed_the_two_fit_and_the_next_run_goes_on() {
        let steps = Group::of(&pair("old").1).unwrap().turn().len();
        let mut seen = std::collections::BTreeSet::new();
        for turned in 0..=steps {
            for settled in 0..=5 {
                let (folder, places) = pair("old");
                let group = Group::of(&places).unwrap();
                cut_off(&group, turned, settled);
                let found = texts(&places);
                assert_eq!(found[0], found[1], "killed behind step {turned} and {settled}");
                seen.insert(found[0].clone());
                group.settle().unwrap();
                assert_eq!(texts(&places), found);
                group.replace(|_, path| fs::write(path, "newest")).unwrap();
                assert_eq!(texts(&places), ["newest", "newest"]);
                assert_eq!(names(folder.path()), ["a.crt", "a.key"]);
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["new", "old"]);
    }

    #[test]
    fn where_a_new_file_cannot_be_written_the_old_ones_stay_and_nothing_else() {
        let (folder, places) = pair("old");
        let full = |index: usize, path: &Path| {
            if index == 1 { Err(io::ErrorKind::StorageFull.into()) } else { fs::write(path, "new") }
        };
        let error = Group::of(&places).unwrap().replace(full).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(
            (texts(&places), names(folder.path())),
            (vec!["old".to_owned(); 2], vec!["a.crt".into(), "a.key".into()])
        );
    }

    #[test]
    fn what_was_cut_off_is_settled_from_either_file_by_whoever_keeps_it() {
        let steps = Group::of(&pair("old").1).unwrap().turn().len();
        for turned in 0..=steps {
            for settled in 0..=5 {
                for from in 0..2 {
                    let (folder, places) = pair("old");
                    cut_off(&Group::of(&places).unwrap(), turned, settled);
                    let found = texts(&places);
                    settle_at(&places[from]).unwrap();
                    settle_at(&places[0]).unwrap();
                    assert!(places.iter().all(|place| is_settled(place)));
                    assert_eq!(texts(&places), found);
                    assert_eq!(names(folder.path()), ["a.crt", "a.key"], "{turned} {settled} {from}");
                    assert!(places.iter().all(|place| !place.is_symlink()));
                }
            }
        }
    }

    #[test]
    fn a_user_s_link_is_nobody_s_to_settle() {
        let (folder, places) = pair("old");
        fs::rename(&places[0], folder.path().join("elsewhere")).unwrap();
        symlink("elsewhere", &places[0]).unwrap();
        settle_at(&places[0]).unwrap();
        assert!(places[0].is_symlink());
    }

    #[test]
    fn files_of_several_folders_have_no_moment_in_common() {
        assert!(Group::of(&["/a/k".into(), "/b/c".into()]).is_none());
        assert!(Group::of(&[]).is_none());
    }
}
