//! One run at a time on a host: the kernel's lock on a file that nobody but root may open, so that nobody else can hold
//! it. It goes with the process that holds it, however that ends. What stands in the file only says who it is.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::dir::{Dir, Foreign};
use super::file_error::FileError;
use super::node::{LockKind, lock_holder};

/// A file of this name in /run, which any user could open, was the lock of earlier versions.
const FOLDER: &str = "/run/kubewright";
const NAME: &str = "lock";
const AGAIN: Duration = Duration::from_millis(100);
/// How often it is said that this run still waits.
const NOTICE: Duration = Duration::from_secs(30);

/// Held until it is dropped. No child process inherits it.
#[derive(Debug)]
pub struct HostLock {
    _file: Flock<File>,
}

/// A run that holds the lock, by its own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// Its process id.
    pub process: u32,
    /// The subcommand alone: arguments may be secrets.
    pub command: String,
    /// When it got the lock, by the host's clock.
    pub since: Timestamp,
}

/// Who holds a lock, as far as that can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A run of this program, as it wrote itself into the lock's file.
    Run(LockHolder),
    /// By the kernel's list of locks.
    Process {
        /// Its process id.
        process: u32,
        /// Its name in /proc/PID/comm.
        name: String,
    },
    /// Nobody that is seen from here: a process of another PID namespace, or of another host.
    Unknown,
}

/// `kubewright init, process 7, since 2026-11-21 08:00:00 UTC`
impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(LockHolder { process, command, since }) => {
                let since = since.strftime("%Y-%m-%d %H:%M:%S UTC");
                write!(out, "kubewright {command}, process {process}, since {since}")
            }
            Self::Process { process, name } => write!(out, "process {process} ({name})"),
            Self::Unknown => out.write_str("a process that cannot be seen from here"),
        }
    }
}

impl HostLock {
    /// Waits for its turn; `waiting` is told whom for, at once and then every half minute. Where the file cannot be made,
    /// as without root's rights, there is no lock: what is to be written then will say so. `own` is asked for once it
    /// is this run's turn.
    ///
    /// # Errors
    /// The folder of the lock is another user's.
    pub fn take(
        own: impl FnOnce() -> LockHolder,
        waiting: impl FnMut(&Holder),
    ) -> Result<Option<Self>, FileError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let folder = Path::new(FOLDER);
        match private_folder(folder).and_then(|folder| take_in(&folder, own, waiting, NOTICE)) {
            Ok(held) => Ok(Some(held)),
            Err(error)
                if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Foreign>) =>
            {
                Err(FileError::of_folder("lock", folder, error))
            }
            Err(_) => Ok(None),
        }
    }
}

/// A folder of this user's that nobody else can look into.
fn private_folder(path: &Path) -> io::Result<Dir> {
    let above = Dir::open(path.parent().unwrap_or(Path::new("/")))?;
    let name = path.file_name().unwrap_or_default();
    match above.make_dir(name, 0o700) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let folder = Dir::open_own(path)?;
    if folder.stat()?.st_uid == geteuid().as_raw() {
        Ok(folder)
    } else {
        Err(ErrorKind::PermissionDenied.into())
    }
}

fn take_in(
    folder: &Dir,
    own: impl FnOnce() -> LockHolder,
    mut waiting: impl FnMut(&Holder),
    notice: Duration,
) -> io::Result<HostLock> {
    let mut told: Option<Instant> = None;
    loop {
        match Flock::lock(private_file(folder)?, FlockArg::LockExclusiveNonblock) {
            Ok(mut file) => {
                // It is for people: a full /run takes nothing from the lock.
                let _ = write(&mut file, &own());
                return Ok(HostLock { _file: file });
            }
            Err((mut file, Errno::EWOULDBLOCK)) => {
                if told.is_none_or(|told| told.elapsed() >= notice) {
                    waiting(&holder(&mut file));
                    told = Some(Instant::now());
                }
            }
            Err((_, error)) => return Err(error.into()),
        }
        sleep(AGAIN);
    }
}

/// The file, made again where what is there could have been opened by others.
fn private_file(folder: &Dir) -> io::Result<File> {
    for _ in 0..100 {
        match folder.create(NAME) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other,
        }
        match folder.open_itself(NAME.as_ref(), OFlags::RDWR) {
            Ok(file) if is_private(&file)? => return Ok(file),
            Ok(_) => absent(folder)?,
            Err(error) if error.raw_os_error() == Some(Errno::ELOOP as i32) => absent(folder)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(Errno::EBUSY.into())
}

fn is_private(file: &File) -> io::Result<bool> {
    let found = file.metadata()?;
    let own = found.uid() == geteuid().as_raw() && found.nlink() == 1;
    Ok(own && found.is_file() && found.mode() & 0o7777 == 0o600)
}

fn absent(folder: &Dir) -> io::Result<()> {
    match folder.remove_file(NAME) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// By the file's word, or else by the kernel's.
fn holder(file: &mut File) -> Holder {
    read(file).map_or_else(|| holder_of(file, LockKind::Whole), Holder::Run)
}

/// By the kernel's word.
pub fn holder_of(file: &File, kind: LockKind) -> Holder {
    lock_holder(file, kind).map_or(Holder::Unknown, |(process, name)| Holder::Process { process, name })
}

fn read(file: &mut File) -> Option<LockHolder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(file: &mut File, own: &LockHolder) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec(own)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make the files that they look at")]

    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn run(process: u32) -> LockHolder {
        LockHolder { process, command: "init".into(), since: "2026-11-21T08:00:00Z".parse().unwrap() }
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("kubewright");
        (folder, place)
    }

    fn take_at(
        place: &Path,
        own: impl FnOnce() -> LockHolder,
        waiting: impl FnMut(&Holder),
    ) -> io::Result<HostLock> {
        take_in(&private_folder(place)?, own, waiting, Duration::from_millis(200))
    }

    fn nobody(_: &Holder) {
        panic!("nobody is here")
    }

    fn said(place: &Path) -> Option<LockHolder> {
        read(&mut File::open(place.join(NAME)).unwrap())
    }

    fn modes(place: &Path) -> [u32; 2] {
        [place, &place.join(NAME)].map(|path| fs::metadata(path).unwrap().mode() & 0o7777)
    }

    #[test]
    fn the_second_waits_for_the_first_and_knows_who_it_is() {
        let (_folder, place) = place();
        let first = take_at(&place, || run(1), nobody).unwrap();
        assert_eq!(modes(&place), [0o700, 0o600]);
        let (told, heard) = mpsc::channel();
        let second = thread::spawn({
            let place = place.clone();
            move || take_at(&place, || run(2), |found| told.send(found.clone()).unwrap()).unwrap()
        });
        for _ in 0..2 {
            assert_eq!(heard.recv().unwrap(), Holder::Run(run(1)), "it is told again");
        }
        drop(first);
        let second = second.join().unwrap();
        assert_eq!(said(&place), Some(run(2)));
        drop(second);
    }

    #[test]
    fn a_holder_that_says_nothing_is_found_in_the_kernel_s_list() {
        let (_folder, place) = place();
        let first = take_at(&place, || run(1), nobody).unwrap();
        fs::write(place.join(NAME), "").unwrap();
        let (told, heard) = mpsc::channel();
        let second = thread::spawn(move || {
            take_at(&place, || run(2), |found| told.send(found.clone()).unwrap()).unwrap()
        });
        let Holder::Process { process, name } = heard.recv().unwrap() else { panic!("it is not found") };
        assert_eq!((process, name.is_empty()), (std::process::id(), false));
        drop(first);
        second.join().unwrap();
    }

    #[test]
    fn a_file_that_was_left_behind_locks_nobody_out() {
        let (_folder, place) = place();
        fs::create_dir(&place).unwrap();
        for left in ["", "no JSON", "{\"process\":1,\"command\":\"a longer one than init\"}"] {
            File::create(place.join(NAME)).unwrap().write_all(left.as_bytes()).unwrap();
            take_at(&place, || run(3), nobody).unwrap();
            assert_eq!(said(&place), Some(run(3)), "{left}");
        }
    }

    #[test]
    fn a_lock_on_a_file_that_others_could_open_holds_nobody() {
        let (_folder, place) = place();
        fs::create_dir(&place).unwrap();
        let file = File::create(place.join(NAME)).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o644)).unwrap();
        let held = Flock::lock(file, FlockArg::LockExclusive).unwrap();
        let taken = take_at(&place, || run(3), nobody).unwrap();
        assert_eq!(modes(&place)[1], 0o600);
        drop((held, taken));
    }

    #[test]
    fn neither_a_link_nor_a_second_name_of_a_file_is_locked() {
        let (folder, place) = place();
        fs::create_dir(&place).unwrap();
        let other = folder.path().join("precious");
        fs::write(&other, "precious").unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&other, place.join(NAME)).unwrap();
        take_at(&place, || run(3), nobody).unwrap();
        fs::remove_file(place.join(NAME)).unwrap();
        fs::hard_link(&other, place.join(NAME)).unwrap();
        take_at(&place, || run(3), nobody).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
    }

    #[test]
    fn a_folder_that_others_may_write_or_that_is_a_link_to_one_is_refused() {
        let (folder, place) = place();
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
        let error = take_at(&place, || run(1), nobody).unwrap_err();
        assert!(error.to_string().contains("others than its owner may write it (mode 0777)"), "{error}");
        let link = folder.path().join("link");
        symlink(&place, &link).unwrap();
        assert!(take_at(&link, || run(1), nobody).is_err());
    }

    #[test]
    fn without_a_place_for_it_there_is_no_lock() {
        assert!(take_at(Path::new("/nowhere/kubewright"), || run(1), |_| ()).is_err());
    }
}
