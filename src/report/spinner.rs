//! What turns below all lines while something is waited for: there is one standard error, so there is one place for it.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::visible::visible;

/// Between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(100);

static LAST_LINE: LastLine = LastLine(Mutex::new(Below::Nothing));

/// Where it is shown.
#[derive(Debug)]
struct LastLine(Mutex<Below>);

/// What is below the lines at this moment.
#[derive(Debug, Clone)]
enum Below {
    Nothing,
    One(ProgressBar),
    Many(MultiProgress),
    /// The program ends: what still waits has nothing to show any more.
    Closed,
}

/// Whether a line that was written can be changed: on a terminal, and no dumb one.
pub fn can_change() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// Writes lines above what turns.
pub fn above<T>(write: impl FnOnce() -> T) -> T {
    LAST_LINE.above(write)
}

/// Nothing turns any more, whatever is still waited for: the last line is to be one that was written.
pub fn close() {
    LAST_LINE.close();
}

/// Something that turns until this is dropped.
#[derive(Debug)]
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Shown from now on, by this template of indicatif's, and hidden where no line can be changed.
    pub fn begin(template: &str) -> Self {
        let bar = ProgressBar::hidden().with_style(style(template));
        if LAST_LINE.show(Below::One(bar.clone())) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
        Self(bar)
    }

    /// What stands beside it.
    pub fn say(&self, message: &str) {
        self.0.set_message(one_line(message));
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        LAST_LINE.hide();
    }
}

/// Several that turn below each other until this is dropped.
#[derive(Debug)]
pub struct Spinners {
    all: MultiProgress,
    template: &'static str,
}

impl Spinners {
    /// None yet. Each will be shown by this template of indicatif's.
    pub fn begin(template: &'static str) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        if LAST_LINE.show(Below::Many(all.clone())) {
            all.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self { all, template }
    }

    /// One more, below the others, which is not shown yet.
    pub fn add(&self, message: &str) -> ProgressBar {
        let bar = ProgressBar::new_spinner().with_style(style(self.template));
        self.all.add(bar).with_message(message.to_owned())
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        let _ = self.all.clear();
        LAST_LINE.hide();
    }
}

/// From now on it is shown, and turns.
pub fn turn(bar: &ProgressBar) {
    bar.enable_steady_tick(TICK);
}

/// Of others' texts, what would move the cursor is seen, and a line's end is none.
pub fn one_line(message: &str) -> String {
    visible(message).replace(['\n', '\t'], " ")
}

impl LastLine {
    /// Whether it may be shown.
    fn show(&self, wanted: Below) -> bool {
        let Ok(mut below) = self.0.lock() else { return false };
        let is_open = !matches!(*below, Below::Closed);
        if is_open {
            *below = wanted;
        }
        is_open
    }

    fn hide(&self) {
        self.show(Below::Nothing);
    }

    fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        let below = self.0.lock().map_or(Below::Nothing, |below| below.clone());
        match below {
            Below::Nothing | Below::Closed => write(),
            Below::One(bar) => bar.suspend(write),
            Below::Many(all) => all.suspend(write),
        }
    }

    fn close(&self) {
        let below = self.0.lock().map(|mut below| std::mem::replace(&mut *below, Below::Closed));
        match below {
            Ok(Below::One(bar)) => bar.finish_and_clear(),
            Ok(Below::Many(all)) => {
                let _ = all.clear();
                all.set_draw_target(ProgressDrawTarget::hidden());
            }
            Ok(Below::Nothing | Below::Closed) | Err(_) => {}
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_stays_in_its_line() {
        assert_eq!(one_line("a\nb\tc\r\u{1b}[2J"), "a b c\\u{d}\\u{1b}[2J");
    }

    #[test]
    fn when_the_program_ends_what_turns_is_cleared_and_nothing_begins_to_turn() {
        let last_line = LastLine(Mutex::new(Below::Nothing));
        let bar = ProgressBar::hidden();
        assert!(last_line.show(Below::One(bar.clone())) && !bar.is_finished());
        last_line.close();
        assert!(bar.is_finished());
        last_line.hide();
        assert!(!last_line.show(Below::One(ProgressBar::hidden())));
        assert_eq!(last_line.above(|| 7), 7);
    }

    #[test]
    fn what_is_written_is_written_once_whatever_turns() {
        for below in [
            Below::Nothing,
            Below::One(ProgressBar::hidden()),
            Below::Many(MultiProgress::with_draw_target(ProgressDrawTarget::hidden())),
        ] {
            let mut count = 0;
            LastLine(Mutex::new(below)).above(|| count += 1);
            assert_eq!(count, 1);
        }
    }
}
