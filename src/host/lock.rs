//! One run at a time on a host: the kernel's lock on a file in /run, which goes with the process that holds it, however
//! that ends. What stands in the file only says who it is.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use serde::{Deserialize, Serialize};

const PLACE: &str = "/run/kubewright.lock";

/// Held until it is dropped. No child process inherits it.
#[derive(Debug)]
pub struct HostLock {
    _file: Flock<File>,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    pub process: u32,
    /// The subcommand alone: arguments may be secrets.
    pub command: String,
    pub since: Timestamp,
}

impl HostLock {
    /// Waits for its turn; `waiting` is told whom for, where that can be read. Where the file cannot be made, as without
    /// root's rights, there is no lock: what is to be written then will say so. `own` is asked for once it is this run's turn.
    pub fn take(own: impl FnOnce() -> LockHolder, waiting: impl FnOnce(Option<LockHolder>)) -> Option<Self> {
        take_at(Path::new(PLACE), own, waiting).ok()
    }
}

fn take_at(
    place: &Path,
    own: impl FnOnce() -> LockHolder,
    waiting: impl FnOnce(Option<LockHolder>),
) -> io::Result<HostLock> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o644).custom_flags(OFlag::O_NOFOLLOW.bits());
    let file = options.open(place)?;
    let mut file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(file) => file,
        Err((mut file, Errno::EWOULDBLOCK)) => {
            waiting(read(&mut file));
            Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error)?
        }
        Err((_, error)) => return Err(error.into()),
    };
    // It is for people: a full /run takes nothing from the lock.
    let _ = write(&mut file, &own());
    Ok(HostLock { _file: file })
}

fn read(file: &mut File) -> Option<LockHolder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(file: &mut File, own: &LockHolder) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec(own)?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn holder(process: u32) -> LockHolder {
        LockHolder { process, command: "init".into(), since: "2026-11-21T08:00:00Z".parse().unwrap() }
    }

    #[test]
    fn the_second_waits_for_the_first_and_knows_who_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("lock");
        let first = take_at(&place, || holder(1), |_| panic!("nobody is here")).unwrap();
        let (told, heard) = mpsc::channel();
        let second = thread::spawn({
            let place = place.clone();
            move || take_at(&place, || holder(2), |found| told.send(found).unwrap()).unwrap()
        });
        assert_eq!(heard.recv().unwrap(), Some(holder(1)));
        drop(first);
        let second = second.join().unwrap();
        assert_eq!(read(&mut File::open(&place).unwrap()), Some(holder(2)));
        drop(second);
    }

    #[test]
    fn a_file_that_was_left_behind_locks_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("lock");
        for left in ["", "no JSON", "{\"process\":1,\"command\":\"a longer one than init\"}"] {
            File::create(&place).unwrap().write_all(left.as_bytes()).unwrap();
            take_at(&place, || holder(3), |_| panic!("nobody is here")).unwrap();
            assert_eq!(read(&mut File::open(&place).unwrap()), Some(holder(3)), "{left}");
        }
    }

    #[test]
    fn without_a_place_for_it_there_is_no_lock() {
        assert!(take_at(Path::new("/nowhere/lock"), || holder(1), |_| ()).is_err());
    }
}
