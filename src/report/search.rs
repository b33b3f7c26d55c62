//! A join that looks for its cluster → what it waits for and for how long yet: a line that changes on a terminal, and a line now and
//! then elsewhere.

use std::sync::Mutex;
use std::time::Duration;

use super::spinner::{Spinner, can_change};
use super::text::say;
use crate::duration::GoDuration;
use crate::host::{SearchWatcher, Waiting};

/// Where no line changes: after so long the first is told,
const FIRST: Duration = Duration::from_secs(5);
/// and the others so long after each other.
const STEP: Duration = Duration::from_secs(30);

/// A search for the cluster, as people see it.
#[derive(Debug, Default)]
pub struct SearchProgress(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    spinner: Option<Spinner>,
    /// Of the wait's time, when the last line was told.
    told: Option<Duration>,
}

impl SearchProgress {
    /// Nothing is shown yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Shown { spinner: None, told: None }))
    }
}

impl SearchWatcher for SearchProgress {
    fn waits(&self, wait: &Waiting) {
        let Ok(mut shown) = self.0.lock() else { return };
        if can_change() {
            let spinner = shown.spinner.get_or_insert_with(|| Spinner::begin("{spinner} {wide_msg}"));
            spinner.say(&short_line(wait));
        } else if is_due(shown.told, wait.waited) {
            shown.told = Some(wait.waited);
            say(&format!("[preflight] {}", line(wait)));
        }
    }

    fn ended(&self) {
        if let Ok(mut shown) = self.0.lock() {
            shown.told = None;
            shown.spinner = None;
        }
    }
}

fn is_due(told: Option<Duration>, waited: Duration) -> bool {
    told.map_or(FIRST, |told| told + STEP) <= waited
}

fn line(wait: &Waiting) -> String {
    format!("{}: waiting for {} by now, for {} more at most", wait.what, whole(wait.waited), whole(wait.left))
}

/// What a narrow terminal has no room for is cut off: the times are not to be.
fn short_line(wait: &Waiting) -> String {
    format!("waiting for {}, {} more at most: {}", whole(wait.waited), whole(wait.left), wait.what)
}

/// In whole seconds.
fn whole(length: Duration) -> GoDuration {
    GoDuration::from_secs(length.as_secs().try_into().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_waited_for_since_when_and_for_how_long_yet() {
        let wait = Waiting {
            what: "192.0.2.1:6443 has not answered yet".into(),
            waited: Duration::from_millis(12_345),
            left: Duration::from_millis(287_655),
        };
        assert_eq!(
            line(&wait),
            "192.0.2.1:6443 has not answered yet: waiting for 12s by now, for 4m47s more at most"
        );
        assert_eq!(
            short_line(&wait),
            "waiting for 12s, 4m47s more at most: 192.0.2.1:6443 has not answered yet"
        );
    }

    #[test]
    fn lines_come_now_and_then() {
        let seconds = Duration::from_secs;
        assert!(!is_due(None, seconds(4)) && is_due(None, seconds(5)));
        assert!(!is_due(Some(seconds(5)), seconds(34)) && is_due(Some(seconds(5)), seconds(35)));
    }
}
