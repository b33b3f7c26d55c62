//! Signals that end this program: the programs that it has called end first, and then it ends by the same signal, as whoever sent
//! it expects.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::fs;
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::node::end_all_programs;

/// Those by which terminals, supervisors and people end programs.
const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Has a thread of its own wait for these signals. Programs that are called have them as they are by default: nothing is held back in any
/// thread, as a program would inherit that.
///
/// A file that would become larger than a limit allows is an error then, and no end.
pub fn watch_signals() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let _ = flag::register(SIGXFSZ, Arc::<AtomicBool>::default());
    // Where that cannot be said, they end this program alone.
    let Ok(mut signals) = Signals::new(ENDING.into_iter().filter(|signal| !is_ignored(*signal, &status)))
    else {
        return;
    };
    let waits = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end_by(signal);
        }
    });
    drop(waits); // a host that gives no thread gives none to what else there is to do
}

fn end_by(signal: i32) -> ! {
    let _held = end_all_programs();
    // The first process of a container is not ended by a signal.
    if process::id() != 1 {
        let _ = emulate_default_handler(signal);
    }
    process::exit(128 + signal)
}

/// As `nohup` and shells have it for what they start in the background; it is to stay so.
fn is_ignored(signal: i32, status: &str) -> bool {
    ignored(status) >> (signal - 1) & 1 == 1
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
