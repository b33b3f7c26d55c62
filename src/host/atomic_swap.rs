//! Files that belong together → in the place of the old ones, all at the same moment: no kill and no lost power leaves a
//! new key beside an old certificate.
//!
//! Two renames are two moments. So the old files become links first, to themselves, by way of one link that all share;
//! turning that one link is the moment; then the links become files again. Whatever is between two steps is whole: old
//! with old, or new with new. What a run leaves that was cut off is tidied by the next ([`tidy_at`]).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use rustix::fs::OFlags;

use super::dir::{Dir, Place, is_folder};
use super::file_error::Held;
use super::files::{BESIDE, absent};
use super::kill_point;
use super::lock::holder_of;
use super::node::LockKind;

/// Files of one folder, and beside them, for as long as it takes, one folder more.
#[derive(Debug)]
pub struct FileSet<'a> {
    dir: &'a Dir,
    names: Vec<&'a OsStr>,
    hub: OsString,
}

/// Behind the name of the first file.
const HUB_ENDING: &str = ".d";
/// The links lead through it, for whoever may read the files; but only who may read a folder can lock it.
const HUB_MODE: u32 = 0o711;
const OLD: &str = "old";
const NEW: &str = "new";
/// The link that all share.
const NOW: &str = "now";
/// How long another run may take at the same files.
const LOCK_LIMIT: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(20);

/// The system's error about one of the files.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .name.display())]
pub struct OfFile {
    name: OsString,
    #[source]
    source: io::Error,
}

impl OfFile {
    /// Which of the files an error is about, where it is about one.
    pub fn name_in(error: &io::Error) -> Option<&OsStr> {
        Some(error.get_ref()?.downcast_ref::<Self>()?.name.as_os_str())
    }

    fn about(name: &OsStr, source: io::Error) -> io::Error {
        match source.raw_os_error() {
            Some(_) => io::Error::other(Self { name: name.to_owned(), source }),
            None => source,
        }
    }
}

/// Paths in the folder of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SwapStep {
    HardLink { of: PathBuf, at: PathBuf },
    Link { to: PathBuf, at: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Sync(PathBuf),
}

impl<'a> FileSet<'a> {
    /// Of the files at `places`, where they are in one folder.
    pub fn of(places: &'a [Place]) -> Option<Self> {
        let first = places.first()?;
        let names = places.iter().map(|place| place.name.as_os_str()).collect();
        let hub = hub(&first.name);
        places.iter().all(|place| place.dir.is_same(&first.dir)).then_some(Self {
            dir: &first.dir,
            names,
            hub,
        })
    }

    /// Does `work` while no other run is at these files, after what one has left that was cut off is tidied. Where that
    /// fails, what it has left is tidied too, if that can be done: all files are old then, or all are new.
    pub fn alone<T, E>(
        &self,
        failed: impl Fn(io::Error) -> E,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = self.lock(LOCK_LIMIT).map_err(&failed)?;
        let done = self.clear().map_err(&failed).and_then(|()| work());
        // A device that has failed once may not fail again.
        let ended = self.clear_all().inspect_err(|_| drop(self.clear_all()));
        done.and_then(|done| ended.map(|()| done).map_err(failed))
    }

    /// The lock on the folder beside the files, which is there as long as a run is at them.
    fn lock(&self, limit: Duration) -> io::Result<Flock<File>> {
        let since = Instant::now();
        loop {
            match self.dir.make_dir(&self.hub, HUB_MODE) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => kill_point::passed("folder", self.dir.shown(&self.hub).display()),
            }
            let file = match self.dir.open_itself(&self.hub, OFlags::RDONLY | OFlags::DIRECTORY) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                other => other?,
            };
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) if self.is_hub(&file) => return Ok(file),
                // Whoever held it has removed it.
                Ok(_) => {}
                Err((file, Errno::EWOULDBLOCK)) if since.elapsed() >= limit => {
                    return Err(io::Error::other(Held(holder_of(&file, LockKind::Whole))));
                }
                Err((_, Errno::EWOULDBLOCK)) => sleep(AGAIN),
                Err((_, error)) => return Err(error.into()),
            }
        }
    }

    fn is_hub(&self, file: &File) -> bool {
        let id = |found: rustix::fs::Stat| (found.st_dev, found.st_ino);
        let (open, there) = (rustix::fs::fstat(file), self.dir.stat_of(&self.hub));
        open.is_ok_and(|open| there.is_ok_and(|there| id(open) == id(there)))
    }

    /// Puts what `write` writes to a path of its own, durably, in the place of each file; all of them have to be there.
    /// A part of the work that is done [`Self::alone`].
    pub fn replace(&self, write: impl Fn(usize, &Path) -> io::Result<()>) -> io::Result<()> {
        for part in [OLD, NEW] {
            self.dir.make_dir(Path::new(&self.hub).join(part), 0o755)?;
            kill_point::passed("folder", part);
        }
        for (index, name) in self.names.iter().enumerate() {
            write(index, &Path::new(&self.hub).join(NEW).join(name))
                .map_err(|error| OfFile::about(name, error))?;
        }
        self.turn().iter().try_for_each(|step| {
            step.carry_out(self.dir).map_err(|error| match step.file() {
                Some(name) => OfFile::about(name, error),
                None => error,
            })
        })
    }

    /// Makes files of the links that a run has left behind, and removes its folder. Nothing where there is none.
    pub fn tidy(&self) -> io::Result<()> {
        if self.dir.has(&self.hub) { self.alone(|error| error, || Ok(())) } else { Ok(()) }
    }

    /// The same but for the folder itself.
    fn clear(&self) -> io::Result<()> {
        self.solid().iter().try_for_each(|step| step.carry_out(self.dir))?;
        self.dir.empty(&self.hub)
    }

    /// Nothing is beside the files afterwards.
    fn clear_all(&self) -> io::Result<()> {
        self.clear().and_then(|()| self.remove_hub())
    }

    fn remove_hub(&self) -> io::Result<()> {
        self.dir.remove_dir(&self.hub)?;
        kill_point::passed("removed", self.dir.shown(&self.hub).display());
        self.dir.sync()
    }

    fn turn(&self) -> Vec<SwapStep> {
        let hub = Path::new(&self.hub);
        let (old, new, now) = (hub.join(OLD), hub.join(NEW), hub.join(NOW));
        let own = |name: &OsStr| PathBuf::from(name);
        let mut steps: Vec<SwapStep> =
            self.names.iter().map(|name| SwapStep::HardLink { of: own(name), at: old.join(name) }).collect();
        steps.push(SwapStep::Link { to: OLD.into(), at: now.clone() });
        steps.extend([old, new, hub.to_owned(), HERE.into()].map(SwapStep::Sync));
        for name in &self.names {
            let link = hub.join(name);
            steps.push(SwapStep::Link { to: self.shared(name), at: link.clone() });
            steps.push(SwapStep::Rename { from: link, to: own(name) });
        }
        let next = hub.join("next");
        steps.push(SwapStep::Sync(HERE.into()));
        steps.push(SwapStep::Link { to: NEW.into(), at: next.clone() });
        steps.push(SwapStep::Rename { from: next, to: now });
        steps.push(SwapStep::Sync(hub.to_owned()));
        steps
    }

    /// Each link, in its folder, takes this way.
    fn shared(&self, name: &OsStr) -> PathBuf {
        Path::new(&self.hub).join(NOW).join(name)
    }

    /// Each link is replaced by the file that it leads to.
    fn solid(&self) -> Vec<SwapStep> {
        let is_link = |name: &&&OsStr| self.dir.read_link(name).is_some_and(|to| to == self.shared(name));
        let links = self.names.iter().filter(is_link);
        let hub = Path::new(&self.hub);
        let mut steps: Vec<SwapStep> = links
            .flat_map(|name| {
                let solid = hub.join(format!("solid-{}", name.display()));
                let of = hub.join(NOW).join(name);
                [
                    SwapStep::HardLink { of, at: solid.clone() },
                    SwapStep::Rename { from: solid, to: name.into() },
                ]
            })
            .collect();
        steps.push(SwapStep::Sync(HERE.into()));
        steps
    }
}

const HERE: &str = ".";

/// Whether there is nothing for [`tidy_at`] to do.
pub fn is_tidy(place: &Place) -> bool {
    hubs_of(place).is_empty()
}

/// Tidies what a run has left that was cut off while it replaced the file at `place` and those that belong to it.
pub fn tidy_at(place: &Place) -> io::Result<()> {
    hubs_of(place).into_iter().try_for_each(|hub| {
        let names = names(&place.dir, &hub)?;
        let names = names.iter().map(OsString::as_os_str).collect();
        FileSet { dir: &place.dir, names, hub }.tidy()
    })
}

/// That of which the file is the first, and that which it leads through.
fn hubs_of(place: &Place) -> Vec<OsString> {
    let linked = place.dir.read_link(&place.name).filter(|to| is_own(to));
    let linked = linked.and_then(|to| Some(to.components().next()?.as_os_str().to_owned()));
    let is_there = |hub: &OsString| place.dir.stat_of(hub).is_ok_and(|found| is_folder(&found));
    let mut all: Vec<OsString> = [hub(&place.name)].into_iter().chain(linked).filter(is_there).collect();
    all.dedup();
    all
}

fn hub(first: &OsStr) -> OsString {
    let mut hub = OsString::from(BESIDE);
    hub.push(first);
    hub.push(HUB_ENDING);
    hub
}

/// The files that a folder of ours is about, that which it is named after first.
fn names(dir: &Dir, hub: &OsStr) -> io::Result<Vec<OsString>> {
    let name = hub.to_string_lossy().into_owned();
    let first = name.trim_start_matches(BESIDE).trim_end_matches(HUB_ENDING).to_owned();
    let mut all = vec![OsString::from(&first)];
    let new = match dir.child_itself(hub)?.child_itself(NEW.as_ref()) {
        Ok(new) => new,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error),
    };
    all.extend(new.names()?.into_iter().filter(|name| *name != *first));
    Ok(all)
}

/// Whether what is at `place` is a link of ours, and no user's.
pub fn is_own_link(place: &Place) -> bool {
    place.dir.read_link(&place.name).is_some_and(|to| is_own(&to))
}

fn is_own(link: &Path) -> bool {
    link.to_string_lossy().starts_with(BESIDE)
}

/// The file that a link of ours leads to, by way of folders alone.
pub fn behind(place: &Place) -> io::Result<Option<Place>> {
    let Some(link) = place.dir.read_link(&place.name).filter(|to| is_own(to)) else { return Ok(None) };
    let parts: Vec<&OsStr> = link.iter().collect();
    let [hub, _, name] = parts[..] else { return Ok(None) };
    let hub = place.dir.child(hub)?;
    let now = hub.read_link(NOW).filter(|now| [OLD, NEW].iter().any(|part| now == Path::new(part)));
    let Some(now) = now else { return Ok(None) };
    Ok(Some(Place { dir: hub.child(now.as_os_str())?, name: name.to_owned() }))
}

impl SwapStep {
    /// The file itself that it gives a second name, or takes the place of.
    fn file(&self) -> Option<&OsStr> {
        let path = match self {
            Self::HardLink { of: path, .. } | Self::Rename { to: path, .. } => path,
            Self::Link { .. } | Self::Sync(_) => return None,
        };
        Some(path.as_os_str()).filter(|_| path.components().count() == 1)
    }

    /// What a run that was cut off has made already is made again.
    fn carry_out(&self, dir: &Dir) -> io::Result<()> {
        match self {
            Self::HardLink { of, at } => {
                absent(dir, at)?;
                dir.hard_link(of, at)?;
                kill_point::passed("hard link", dir.shown(at).display());
            }
            Self::Link { to, at } => {
                absent(dir, at)?;
                dir.symlink(to, at)?;
                kill_point::passed("link", dir.shown(at).display());
            }
            Self::Rename { from, to } => {
                dir.rename(from, to)?;
                kill_point::passed("turned", dir.shown(to).display());
            }
            Self::Sync(folder) => dir.sync_below(folder)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make the files that they look at")]

    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    /// A key and a certificate with the same text fit.
    fn pair(text: &str) -> (tempfile::TempDir, Vec<Place>) {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.key", "a.crt"].map(|name| folder.path().join(name));
        for path in &paths {
            fs::write(path, text).unwrap();
        }
        let places = paths.iter().map(|path| Place::of(path).unwrap()).collect();
        (folder, places)
    }

    #[test]
    fn an_error_names_the_file_that_it_is_about() {
        let (_folder, places) = pair("old");
        let set = FileSet::of(&places).unwrap();
        let full = |index: usize, _: &Path| if index == 1 { Err(Errno::ENOSPC.into()) } else { Ok(()) };
        let error = set.alone(|error| error, || set.replace(full)).unwrap_err();
        assert_eq!(OfFile::name_in(&error), Some(OsStr::new("a.crt")));
        let step = SwapStep::Rename { from: ".hub/x".into(), to: "a.key".into() };
        assert_eq!(step.file(), Some(OsStr::new("a.key")));
        assert_eq!(SwapStep::Sync(HERE.into()).file(), None);
    }

    fn texts(places: &[Place]) -> Vec<String> {
        places.iter().map(|place| fs::read_to_string(place.shown()).unwrap()).collect()
    }

    fn is_link(place: &Place) -> bool {
        place.shown().is_symlink()
    }

    /// Writes the text to a path in the folder.
    fn written(set: &FileSet<'_>, path: &Path, text: &str) -> io::Result<()> {
        fs::write(set.dir.shown(path), text)
    }

    fn replaced(set: &FileSet<'_>, text: &str) -> io::Result<()> {
        set.alone(|error| error, || set.replace(|_, path| written(set, path, text)))
    }

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().display().to_string());
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    }

    /// As `replace` does it, but killed behind so many steps of the turn and then so many of what follows.
    fn cut_off(set: &FileSet<'_>, turned: usize, tidied: usize) {
        for part in [OLD, NEW] {
            fs::create_dir_all(set.dir.shown(&set.hub).join(part)).unwrap();
        }
        for name in &set.names {
            fs::write(set.dir.shown(&set.hub).join(NEW).join(name), "new").unwrap();
        }
        let carry_out = |step: &SwapStep| step.carry_out(set.dir).unwrap();
        set.turn()[..turned].iter().for_each(carry_out);
        set.solid().iter().take(tidied).for_each(carry_out);
    }

    #[test]
    fn both_are_new_and_nothing_is_left() {
        let (folder, places) = pair("old");
        replaced(&FileSet::of(&places).unwrap(), "new").unwrap();
        assert_eq!(texts(&places), ["new", "new"]);
        assert_eq!(names(folder.path()), ["a.crt", "a.key"]);
        assert!(!places.iter().any(is_link));
    }

    #[test]
    fn wherever_a_run_is_killed_the_two_fit_and_the_next_run_goes_on() {
        let steps = FileSet::of(&pair("old").1).unwrap().turn().len();
        let mut seen = std::collections::BTreeSet::new();
        for turned in 0..=steps {
            for tidied in 0..=5 {
                let (folder, places) = pair("old");
                let set = FileSet::of(&places).unwrap();
                cut_off(&set, turned, tidied);
                let found = texts(&places);
                assert_eq!(found[0], found[1], "killed behind step {turned} and {tidied}");
                seen.insert(found[0].clone());
                set.tidy().unwrap();
                assert_eq!(texts(&places), found);
                replaced(&set, "newest").unwrap();
                assert_eq!(texts(&places), ["newest", "newest"]);
                assert_eq!(names(folder.path()), ["a.crt", "a.key"]);
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["new", "old"]);
    }

    #[test]
    fn where_a_new_file_cannot_be_written_the_old_ones_stay_and_nothing_else() {
        let (folder, places) = pair("old");
        let set = FileSet::of(&places).unwrap();
        let full = |index: usize, path: &Path| {
            if index == 1 { Err(ErrorKind::StorageFull.into()) } else { written(&set, path, "new") }
        };
        let error = set.alone(|error| error, || set.replace(full)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert_eq!(
            (texts(&places), names(folder.path())),
            (vec!["old".to_owned(); 2], vec!["a.crt".into(), "a.key".into()])
        );
    }

    #[test]
    fn what_was_cut_off_is_tidied_from_either_file_by_whoever_keeps_it() {
        let steps = FileSet::of(&pair("old").1).unwrap().turn().len();
        for turned in 0..=steps {
            for tidied in 0..=5 {
                for from in 0..2 {
                    let (folder, places) = pair("old");
                    cut_off(&FileSet::of(&places).unwrap(), turned, tidied);
                    let found = texts(&places);
                    tidy_at(&places[from]).unwrap();
                    tidy_at(&places[0]).unwrap();
                    assert!(places.iter().all(is_tidy));
                    assert_eq!(texts(&places), found);
                    assert_eq!(names(folder.path()), ["a.crt", "a.key"], "{turned} {tidied} {from}");
                    assert!(!places.iter().any(is_link));
                }
            }
        }
    }

    #[test]
    fn a_user_s_link_is_nobody_s_to_tidy() {
        let (folder, places) = pair("old");
        fs::rename(places[0].shown(), folder.path().join("elsewhere")).unwrap();
        symlink("elsewhere", places[0].shown()).unwrap();
        tidy_at(&places[0]).unwrap();
        assert!(is_link(&places[0]));
    }

    #[test]
    fn files_of_several_folders_have_no_moment_in_common() {
        let (one, other) = (pair("old"), pair("old"));
        let [key, certificate] = [&one.1[0], &other.1[1]].map(|place| Place::of(&place.shown()).unwrap());
        assert!(FileSet::of(&[key, certificate]).is_none());
        assert!(FileSet::of(&[]).is_none());
    }

    #[test]
    fn one_run_waits_for_the_other_and_says_whom_for_where_that_takes_too_long() {
        let (_folder, places) = pair("old");
        let set = FileSet::of(&places).unwrap();
        let first = set.lock(LOCK_LIMIT).unwrap();
        let hub = set.dir.shown(&set.hub);
        assert_eq!(fs::metadata(&hub).unwrap().mode() & 0o7777, HUB_MODE, "nobody else can lock it");
        let error = set.lock(Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| replaced(&set, "new"));
            sleep(Duration::from_millis(50));
            assert_eq!(texts(&places), ["old", "old"]);
            set.remove_hub().unwrap();
            drop(first);
            second.join().unwrap().unwrap();
        });
        assert_eq!(texts(&places), ["new", "new"]);
    }

    #[test]
    fn what_a_link_of_ours_leads_to_is_found_by_way_of_folders_alone() {
        let (folder, places) = pair("old");
        let set = FileSet::of(&places).unwrap();
        let steps = set.turn().len();
        cut_off(&set, steps, 0);
        let found = behind(&places[1]).unwrap().unwrap();
        assert_eq!(fs::read_to_string(found.shown()).unwrap(), "new");
        let now = folder.path().join(&set.hub).join(NOW);
        fs::remove_file(&now).unwrap();
        symlink("/etc", &now).unwrap();
        assert!(behind(&places[1]).unwrap().is_none());
    }
}
