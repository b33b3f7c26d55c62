//! The lock that the tools for `/etc/passwd` and `/etc/group` take (lckpwdf(3)): a record lock on `/etc/.pwd.lock`, waited
//! for 15 seconds at most.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, fcntl_lock};
use rustix::io::Errno;

use super::dir::Dir;
use super::file_error::Held;
use super::lock::holder_of;
use super::node::LockKind;

const NAME: &str = ".pwd.lock";
/// As in glibc.
pub const LOCK_LIMIT: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(50);

/// Held until it is dropped.
#[derive(Debug)]
pub struct AccountsLock {
    _file: File,
}

/// Waits for the tool that is at the accounts in this folder.
pub fn lock(etc: &Dir, limit: Duration) -> io::Result<AccountsLock> {
    let file = match etc.create(NAME) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            etc.open_itself(Path::new(NAME).as_os_str(), OFlags::RDWR)?
        }
        other => other?,
    };
    let since = Instant::now();
    loop {
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(AccountsLock { _file: file }),
            Err(Errno::AGAIN | Errno::ACCESS) if since.elapsed() >= limit => {
                return Err(io::Error::other(Held(holder_of(&file, LockKind::Record))));
            }
            Err(Errno::AGAIN | Errno::ACCESS) => sleep(AGAIN),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the test has another process hold the lock")]

    use std::io::{BufRead, BufReader, Read as _};
    use std::process::{Command, Stdio};

    use super::*;

    const FOLDER: &str = "KUBEWRIGHT_TEST_HOLDS_ACCOUNTS_OF";

    /// The other process of the next test.
    #[test]
    fn a_process_that_holds_the_lock_where_it_is_told_to() {
        let Ok(folder) = std::env::var(FOLDER) else { return };
        let _held = lock(&Dir::open(Path::new(&folder)).unwrap(), Duration::ZERO).unwrap();
        println!("\nheld");
        let _ = io::stdin().read(&mut [0]);
    }

    #[test]
    fn the_lock_of_another_tool_is_waited_for_and_its_process_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let etc = Dir::open(folder.path()).unwrap();
        drop(lock(&etc, Duration::ZERO).unwrap());
        let mut tool = Command::new(std::env::current_exe().unwrap())
            .args([
                "host::accounts::tests::a_process_that_holds_the_lock_where_it_is_told_to",
                "--exact",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(tool.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "held"));
        let error = lock(&etc, Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains(&format!("process {} (", tool.id())), "{error}");
        drop(tool.stdin.take());
        lock(&etc, LOCK_LIMIT).unwrap();
        tool.wait().unwrap();
    }
}
