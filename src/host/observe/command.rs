//! Programs that are asked something: a few lines out, within a limit.
#![allow(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::facts::{Seen, Unseen};

/// What the program said on stdout, if it ended well.
pub fn text(program: &Path, args: &[&str], limit: Duration) -> Seen<String> {
    let output = run(program, args, limit)?;
    if !output.status.success() {
        return Err(Unseen::new(shown(program, args), complaint(&output)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What the program said on stdout, however it ended.
pub fn text_of_any_end(program: &Path, args: &[&str], limit: Duration) -> Seen<String> {
    run(program, args, limit).map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program that is not done within the limit is killed.
fn run(program: &Path, args: &[&str], limit: Duration) -> Seen<Output> {
    let unseen = |why: &dyn ToString| Unseen::new(shown(program, args), why.to_string());
    let mut command = Command::new(program);
    let command = command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.env("LC_ALL", "C").spawn().map_err(|error| unseen(&error))?;
    let process = child.id();
    let (sender, receiver) = mpsc::channel();
    // The receiver may have given up by then; nobody needs the output any more.
    thread::spawn(move || drop(sender.send(child.wait_with_output())));
    if let Ok(output) = receiver.recv_timeout(limit) {
        return output.map_err(|error| unseen(&error));
    }
    end(process);
    Err(unseen(&format!("no answer within {} s", limit.as_secs_f32())))
}

/// The waiting thread has not reaped it yet, so the id is still its own.
fn end(process: u32) {
    if let Ok(process) = i32::try_from(process) {
        // It may have ended meanwhile, which is as good.
        kill(Pid::from_raw(process), Signal::SIGKILL).unwrap_or_default();
    }
}

fn shown(program: &Path, args: &[&str]) -> String {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    [name.as_ref()].iter().chain(args).copied().collect::<Vec<_>>().join(" ")
}

fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    match said.trim() {
        "" => output.status.to_string(),
        said => format!("{}: {said}", output.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn shell(script: &str, limit: Duration) -> Seen<String> {
        text(Path::new("/bin/sh"), &["-c", script], limit)
    }

    #[test]
    fn what_a_program_says_is_its_answer() {
        assert_eq!(shell("echo hello", LIMIT), Ok("hello\n".to_owned()));
    }

    #[test]
    fn a_failure_carries_the_program_s_own_words() {
        let unseen = shell("echo no bus >&2; exit 3", LIMIT).unwrap_err();
        assert!(unseen.what.starts_with("sh -c") && unseen.why.contains("no bus"), "{unseen}");
        let any_end = text_of_any_end(Path::new("/bin/sh"), &["-c", "echo inactive; exit 3"], LIMIT);
        assert_eq!(any_end, Ok("inactive\n".to_owned()));
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let unseen = shell("exec sleep 600", Duration::from_millis(50)).unwrap_err();
        assert!(unseen.why.contains("no answer"), "{unseen}");
    }

    #[test]
    fn a_program_that_is_not_there_is_said() {
        assert!(text(Path::new("/no/such/program"), &[], LIMIT).is_err());
    }
}
