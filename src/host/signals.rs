//! Signals that end this program: the programs that it has called end first, and then it ends by the same signal, as whoever sent
//! it expects.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::fs;
use std::process;
use std::thread;

use nix::sys::signal::{SigSet, Signal, raise};

use super::node::end_all_programs;

/// Those by which terminals, supervisors and people end programs.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Has a thread of its own wait for these signals. To be called before any other thread begins.
///
/// A file that would become larger than a limit allows is an error then, and no end.
pub fn watch_signals() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ending: SigSet = ENDING.into_iter().filter(|signal| !is_ignored(*signal, &status)).collect();
    let mut held = ending;
    held.add(Signal::SIGXFSZ);
    // Where that cannot be said, they end this program alone.
    if held.thread_block().is_err() {
        return;
    }
    let waits = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Ok(signal) = ending.wait() {
            end_by(signal);
        }
    });
    if waits.is_err() {
        let _ = held.thread_unblock();
    }
}

/// What a program that is called holds back of what this one does: nothing.
pub fn held_here() -> SigSet {
    ENDING.into_iter().chain([Signal::SIGXFSZ]).collect()
}

fn end_by(signal: Signal) -> ! {
    let _held = end_all_programs();
    let own: SigSet = [signal].into_iter().collect();
    if own.thread_unblock().is_ok() {
        let _ = raise(signal);
    }
    // The first process of a container is not ended by a signal.
    process::exit(128 + signal as i32)
}

/// As `nohup` and shells have it for what they start in the background; it is to stay so.
fn is_ignored(signal: Signal, status: &str) -> bool {
    ignored(status) >> (signal as u32 - 1) & 1 == 1
}

fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_list_of_ignored_signals_is_read() {
        let status = "Name:\tkubewright\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\nSigCgt:\t0\n";
        assert_eq!(ignored(status), 0x1001);
        assert_eq!(ignored(""), 0);
    }
}
