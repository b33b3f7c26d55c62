//! Where the time of `init` and `join` goes, told at their end, whichever: most of it goes into waiting for what does not come.

use serde_json::Value;

use super::failure::Failure;
use super::flags::FlagValues;
use crate::report::{Detail, Document, Timeline};

/// The flag, and the field of documents.
pub const TIMELINE: &str = "timeline";

/// The times of one run, and who wants to know of them.
pub struct Times<'a> {
    /// The times so far.
    pub timeline: Timeline,
    given: FlagValues<'a>,
    command: &'static str,
    detail: Detail,
}

impl<'a> Times<'a> {
    /// The run begins now.
    pub fn begin(given: FlagValues<'a>, command: &'static str, detail: Detail) -> Self {
        Self { timeline: Timeline::begin(), given, command, detail }
    }

    /// For people: with `--timeline` line by line, with `-v` in one.
    pub fn tell(&self) {
        match (self.given.is_on(TIMELINE), self.detail) {
            (true, _) => self.timeline.tell(),
            (false, Detail::Everything) => self.timeline.tell_in_a_line(self.command),
            (false, Detail::Phases) => {}
        }
    }

    /// For programs, where they want to know.
    pub fn json(&self) -> Option<Value> {
        self.given.is_on(TIMELINE).then(|| self.timeline.json())
    }

    /// Tells of a run that has failed; what is to be said of the failure then.
    pub fn of(&self, failure: Failure) -> Failure {
        self.tell();
        match self.json() {
            Some(timeline) => Failure::Timed { failure: Box::new(failure), timeline },
            None => failure,
        }
    }
}

/// The field is there where programs want to know.
pub fn with_timeline(document: Document, timeline: Option<Value>) -> Document {
    match timeline {
        Some(timeline) => document.with_field(TIMELINE, timeline),
        None => document,
    }
}
