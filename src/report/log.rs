//! What `-v` asks to be told → lines on standard error. This program's own events alone: those of libraries may have headers in them.

use std::fmt::{Debug, Write as _};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::text::say;

/// The crate, by which its modules' names begin.
const OWN: &str = env!("CARGO_CRATE_NAME");

/// From this `-v` on, what is told: each tells all that those above it do.
const LEVELS: &[(i32, LevelFilter)] =
    &[(1, LevelFilter::INFO), (4, LevelFilter::DEBUG), (6, LevelFilter::TRACE)];

/// Tells from now on what `-v` asks for. Once a process.
pub fn log(verbosity: i32) {
    let level = level(verbosity);
    if level != LevelFilter::OFF {
        // Tests that run commands in their own process may come here again.
        let _ = tracing::subscriber::set_global_default(Log { level, begun: Instant::now() });
    }
}

fn level(verbosity: i32) -> LevelFilter {
    let row = LEVELS.iter().rfind(|(from, _)| verbosity >= *from);
    row.map_or(LevelFilter::OFF, |(_, level)| *level)
}

struct Log {
    level: LevelFilter,
    begun: Instant,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_own(metadata.target()) && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    /// Nothing here has spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        // Of calls, when they were made is of interest.
        if *event.metadata().level() > Level::INFO {
            say(&format!("{:>8.3} s  {}", self.begun.elapsed().as_secs_f64(), line.0));
        } else {
            say(&line.0);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn is_own(target: &str) -> bool {
    target.strip_prefix(OWN).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// An event's message.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_name() {
        let levels = [-1, 0, 1, 3, 4, 5, 6, 10].map(level);
        let [off, info, debug, trace] =
            [LevelFilter::OFF, LevelFilter::INFO, LevelFilter::DEBUG, LevelFilter::TRACE];
        assert_eq!(levels, [off, off, info, info, debug, debug, trace, trace]);
    }

    #[test]
    fn libraries_are_not_heard() {
        assert!(is_own("kubewright") && is_own("kubewright::host::api"));
        assert!(!is_own("hyper::client") && !is_own("kubewright_x"));
    }
}
