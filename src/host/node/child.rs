//! Programs that this one calls: each within a limit, in a group of its own, with an output of bounded size and without the
//! secrets that the environment may hold.
#![expect(clippy::disallowed_methods, reason = "this is the module that starts processes")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{self, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::host::call_log;

/// Packet rules of a node with thousands of services are tens of MiB.
const MOST: usize = 64 << 20;
/// Of what a program says on stderr.
const MOST_WORDS: usize = 64 << 10;
/// How often it is looked whether a program has ended that keeps its output open, in nanoseconds.
const STEP: i64 = 10_000_000;
/// The same of one that has closed it.
const CLOSED: Duration = Duration::from_millis(1);
/// What is read at once, and how often: more than a pipe holds (1 MiB, unless its user may have more), so that of a program that has
/// ended all is heard, and one that writes without end is left in between.
const PIECE: usize = 16 << 10;
const PIECES: usize = 100;
/// The programs that were started and not waited for yet, by their ids, which are those of their groups.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
/// All that programs are given of the environment, beside the language. A proxy's password and a cloud's keys are not among it.
const ENVIRONMENT: [&str; 10] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    "DBUS_SYSTEM_BUS_ADDRESS",
    "SYSTEMD_IGNORE_CHROOT",
    "XTABLES_LIBDIR",
    "XTABLES_LOCKFILE",
    "IPTABLES_NFT_DEBUG",
];

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its path, or a name that is looked for by `PATH`.
    pub program: &'a Path,
    /// Never a secret: others see them.
    pub arguments: &'a [&'a str],
    /// Written to its stdin, which is empty otherwise.
    pub input: &'a str,
    /// How long it may take.
    pub limit: Duration,
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status, or the signal that ended it.
    pub status: ExitStatus,
    /// Its stdout.
    pub out: String,
    /// Its stderr, or the beginning of it.
    pub err: String,
}

/// Why a program has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It was not started.
    #[error("cannot run {program}")]
    Start {
        /// Its path, or its name.
        program: String,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Its time was up.
    #[error("`{command}` was not done within {} s, and was ended", .limit.as_secs_f32())]
    Late {
        /// The program's name and its arguments.
        command: String,
        /// How long it was given.
        limit: Duration,
    },
    /// It said more than is kept.
    #[error("`{command}` said more than {} MiB, and was ended", most >> 20)]
    TooMuch {
        /// The program's name and its arguments.
        command: String,
        /// What it may say, in bytes.
        most: usize,
    },
    /// It ended badly.
    #[error("`{command}` failed: {said}")]
    Failed {
        /// The program's name and its arguments.
        command: String,
        /// What it said on stderr, or its status.
        said: String,
    },
}

impl Call<'_> {
    /// Runs the program to its end, or ends it and all that it has started when its time is up. Of the environment it is given what
    /// `variable` finds.
    pub(super) fn run(&self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Ended, ChildError> {
        let begun = Instant::now();
        let ended = self.within_limit(variable);
        let how = match &ended {
            Ok(ended) => ended.status.to_string(),
            Err(ChildError::Start { source, .. }) => format!("not started, {source}"),
            Err(ChildError::Late { .. } | ChildError::TooMuch { .. } | ChildError::Failed { .. }) => {
                "was ended".to_owned()
            }
        };
        call_log::program(&self.shown(), &how, begun);
        ended
    }

    fn within_limit(&self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Ended, ChildError> {
        let mut command = Command::new(self.program);
        command.args(self.arguments).env_clear().envs(environment(variable)).env("LC_ALL", "C");
        Within { limit: self.limit, most: MOST, shown: self.shown() }.run(command, self.input)
    }

    /// The call as a user would type it, for messages.
    pub fn shown(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy();
        [name.as_ref()].iter().chain(self.arguments).copied().collect::<Vec<_>>().join(" ")
    }
}

/// The bounds of a program's run.
#[derive(Debug, Clone)]
pub struct Within {
    /// How long it may take.
    pub limit: Duration,
    /// How many bytes it may say.
    pub most: usize,
    /// How messages call it.
    pub shown: String,
}

impl Within {
    /// Runs it to its end, or ends it and all that it has started.
    pub fn run(&self, mut command: Command, input: &str) -> Result<Ended, ChildError> {
        let until = Instant::now() + self.limit;
        let program = command.get_program().to_string_lossy().into_owned();
        let started = |source| ChildError::Start { program: program.clone(), source };
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = spawned(&mut command).map_err(started)?;
        feed(child.stdin.take(), input);
        let mut out = Output::of(child.stdout.take(), self.most);
        let mut err = Output::of(child.stderr.take(), MOST_WORDS);
        let status = loop {
            // In this order: what it said at last is there when it has ended.
            let status = ended(&mut child);
            out.take();
            err.take();
            if out.is_full() {
                end(&mut child);
                return Err(ChildError::TooMuch { command: self.shown.clone(), most: self.most });
            }
            match status {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < until => wait([out.fd(), err.fd()]),
                Ok(None) => {
                    end(&mut child);
                    return Err(ChildError::Late { command: self.shown.clone(), limit: self.limit });
                }
                Err(error) => return Err(started(error)),
            }
        };
        Ok(Ended { status, out: out.text(), err: err.text() })
    }
}

/// A signal that comes meanwhile ends this program once it is known what else it has to end.
fn spawned(command: &mut Command) -> io::Result<process::Child> {
    let mut running = running();
    let child = command.spawn()?;
    running.insert(child.id());
    Ok(child)
}

/// The program's own words, else how it ended.
pub fn complaint(ended: &Ended) -> String {
    match ended.err.trim() {
        "" => ended.status.to_string(),
        said => said.replace('\n', "; "),
    }
}

fn environment(
    variable: impl Fn(&str) -> Option<OsString>,
) -> impl Iterator<Item = (&'static str, OsString)> {
    ENVIRONMENT.into_iter().filter_map(move |name| Some((name, variable(name)?)))
}

/// A program that does not read says in the end why.
fn feed(stdin: Option<ChildStdin>, input: &str) {
    if let Some(mut stdin) = stdin {
        let input = input.to_owned();
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    }
}

/// Waits for news of the output, and no longer than a step: a program that has ended is mostly seen by its closed pipes.
fn wait(pipes: [Option<BorrowedFd<'_>>; 2]) {
    let open = pipes.into_iter().flatten().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN));
    let mut open: Vec<PollFd<'_>> = open.collect();
    let heard = poll(&mut open, Some(&Timespec { tv_sec: 0, tv_nsec: STEP }));
    if open.is_empty() || heard.is_err() {
        thread::sleep(CLOSED);
    }
}

/// Ends all programs that this one has called, with what they have started. While what it gives is held, no other thread learns that
/// they have ended, and goes on from it.
pub fn end_all_programs() -> MutexGuard<'static, BTreeSet<u32>> {
    let running = running();
    running.iter().for_each(|program| kill_group(*program));
    running
}

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Its status, once it has one. From then on its id may be another's.
fn ended(child: &mut process::Child) -> io::Result<Option<ExitStatus>> {
    let mut running = running();
    let status = child.try_wait();
    if !matches!(status, Ok(None)) {
        running.remove(&child.id());
    }
    status
}

/// It was not waited for yet, so that its id is still its own, and its group's.
fn end(child: &mut process::Child) {
    let mut running = running();
    kill_group(child.id());
    running.remove(&child.id());
    drop(running);
    drop(child.wait());
}

fn kill_group(leader: u32) {
    if let Ok(group) = i32::try_from(leader) {
        // They may have ended meanwhile, which is as good.
        killpg(Pid::from_raw(group), Signal::SIGKILL).unwrap_or_default();
    }
}

/// What comes out of a pipe, up to a size; the rest is read and dropped, so that nothing waits.
struct Output<P> {
    /// None once it is closed.
    pipe: Option<P>,
    bytes: Vec<u8>,
    most: usize,
}

impl<P: Read + AsFd> Output<P> {
    fn of(pipe: Option<P>, most: usize) -> Self {
        let unblocked = pipe.filter(|pipe| {
            fcntl_getfl(pipe).and_then(|flags| fcntl_setfl(pipe, flags | OFlags::NONBLOCK)).is_ok()
        });
        Self { pipe: unblocked, bytes: Vec::new(), most }
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// What is there by now.
    fn take(&mut self) {
        let mut piece = [0; PIECE];
        for _ in 0..PIECES {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut piece) {
                Ok(count @ 1..) => self.keep(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => self.pipe = None,
            }
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = self.most.saturating_sub(self.bytes.len()).min(piece.len());
        self.bytes.extend_from_slice(&piece[..room]);
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= self.most
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn shell(script: &str, input: &str, limit: Duration) -> Result<String, ChildError> {
        Node::this().output(&Call { program: Path::new("/bin/sh"), arguments: &["-c", script], input, limit })
    }

    #[test]
    fn a_program_reads_its_input_and_says_its_output_or_why_it_failed() {
        assert_eq!(shell("cat; echo end", "hello ", LIMIT).unwrap(), "hello end\n");
        assert_eq!(shell("cat", "", LIMIT).unwrap(), "", "stdin is empty, and not this program's");
        let long = "x".repeat(1 << 20);
        assert_eq!(shell("cat", &long, LIMIT).unwrap(), long);
        let error = shell("echo no bus >&2; echo at all >&2; exit 3", "", LIMIT).unwrap_err().to_string();
        assert!(error.starts_with("`sh -c ") && error.ends_with("failed: no bus; at all"), "{error}");
        assert!(shell("exit 3", "", LIMIT).unwrap_err().to_string().ends_with("exit status: 3"));
    }

    #[test]
    fn a_program_that_is_not_done_in_time_is_ended_with_all_that_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("late");
        let script = format!("(sleep 1; echo >{}) & sleep 600", note.display());
        let error = shell(&script, "", Duration::from_millis(100)).unwrap_err();
        assert!(matches!(error, ChildError::Late { .. }), "{error}");
        assert!(error.to_string().contains("not done within 0.1 s"), "{error}");
        thread::sleep(Duration::from_millis(1500));
        assert!(!note.exists(), "what it has started goes with it");
    }

    #[test]
    fn one_that_leaves_another_with_its_output_is_done_when_it_ends() {
        let begun = Instant::now();
        assert_eq!(shell("sleep 20 & echo done", "", LIMIT).unwrap(), "done\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    /// Where more threads want to run than there are processors, a thread may wait for longer than a program takes.
    #[test]
    fn what_a_program_said_before_its_end_is_heard_on_a_busy_machine() {
        let until = Instant::now() + Duration::from_secs(3);
        let busy: Vec<_> = (0..64).map(|_| thread::spawn(move || while Instant::now() < until {})).collect();
        let call = || shell("printf %100000d 1", "", LIMIT).unwrap().len();
        let heard: BTreeSet<usize> = (0..40).take_while(|_| Instant::now() < until).map(|_| call()).collect();
        assert_eq!(heard.into_iter().collect::<Vec<_>>(), [100_000]);
        for thread in busy {
            thread.join().unwrap();
        }
    }

    #[test]
    fn words_without_end_are_bounded() {
        let error = shell("exec cat /dev/zero", "", LIMIT).unwrap_err();
        assert!(matches!(error, ChildError::TooMuch { .. }), "{error}");
        let error = shell("head -c 1000000 /dev/zero >&2; exit 1", "", LIMIT).unwrap_err();
        assert!(error.to_string().len() < 2 * MOST_WORDS);
    }

    #[test]
    fn a_program_is_given_the_path_and_no_secrets() {
        let given = shell("env", "", LIMIT).unwrap();
        let names: Vec<&str> = given.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        let by_shell = ["PWD", "OLDPWD", "SHLVL", "_", "LC_ALL"];
        let known = |name: &&str| ENVIRONMENT.contains(name) || by_shell.contains(name);
        assert!(names.contains(&"PATH") && names.iter().all(known), "{names:?}");
    }

    #[test]
    fn a_program_that_is_not_there_is_said() {
        let program = Path::new("/no/such/program");
        let call = Call { program, arguments: &[], input: "", limit: LIMIT };
        assert!(matches!(Node::this().run(&call), Err(ChildError::Start { .. })));
    }
}
