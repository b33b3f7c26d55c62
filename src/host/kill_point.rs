//! Behind each effect, a place where a test may kill this program. Only the feature `kill-points` makes anything of it.
//!
//! - `KUBEWRIGHT_KILL_AFTER=N` in the environment: SIGKILL behind the N-th effect, counted from 1.
//! - `KUBEWRIGHT_KILL_AFTER='WHAT SUBJECT'`: SIGKILL behind that effect, whichever it is.
//! - `KUBEWRIGHT_KILL_LOG=FILE`: a line is added for each effect, `NUMBER WHAT SUBJECT`.

use std::fmt::Display;

/// An effect has happened: `what` was done, to `subject`, which is no secret. A try that came to nothing is none.
#[cfg(not(feature = "kill-points"))]
pub fn passed(_what: &'static str, _subject: impl Display) {}

/// The same, counted: the process may end here.
#[cfg(feature = "kill-points")]
pub fn passed(what: &'static str, subject: impl Display) {
    counted::passed(what, &subject);
}

#[cfg(feature = "kill-points")]
mod counted {
    use std::env::var_os;
    use std::fmt::Display;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    static PASSED: AtomicUsize = AtomicUsize::new(0);

    pub fn passed(what: &'static str, subject: &dyn Display) {
        let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(log) = var_os("KUBEWRIGHT_KILL_LOG") {
            let log = OpenOptions::new().create(true).append(true).open(log);
            // One write, so that a line is whole whoever else writes.
            log.and_then(|mut log| log.write_all(format!("{number} {what} {subject}\n").as_bytes()))
                .expect("the test has named a file that can be written to");
        }
        let by_any_name = [number.to_string(), format!("{what} {subject}")];
        if var_os("KUBEWRIGHT_KILL_AFTER").is_some_and(|after| by_any_name.iter().any(|name| after == **name))
        {
            kill(Pid::this(), Signal::SIGKILL).expect("a process may kill itself");
        }
    }
}
