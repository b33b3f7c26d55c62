//! Where a run's time went, by phase → a line a phase, with a bar of when it was; or the same for programs.

use std::io::stderr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::table::width;
use super::text::say;
use crate::host::Span;
use crate::plan::Phase;

/// In front of each line.
const NAME: &str = "[timeline] ";
/// Of a line, where nothing says how much there is room for.
const COLUMNS: usize = 80;
/// The widest bar; a finer one would say no more.
const MOST_BAR: usize = 36;
/// Less is none.
const LEAST_BAR: usize = 5;
/// What lies between phases: planning, and keys.
const BETWEEN: &str = "in between";
/// A join's search for its cluster, which is no phase.
const DISCOVERY: &str = "discovery";

/// The times of a run so far; clones are of the same run.
#[derive(Debug, Clone)]
pub struct Timeline {
    begun: Instant,
    spans: Arc<Mutex<Vec<(Of, Span)>>>,
}

/// What something that lasted belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Phase(Phase),
    Discovery,
}

impl Of {
    /// As people read it.
    fn group(self) -> &'static str {
        match self {
            Self::Phase(phase) => phase.entry().group(),
            Self::Discovery => DISCOVERY,
        }
    }

    /// As `--skip-phases` takes it.
    fn path(self) -> &'static str {
        match self {
            Self::Phase(phase) => phase.entry().path,
            Self::Discovery => DISCOVERY,
        }
    }
}

/// One phase's times, counted from the run's begin.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    /// In order, none that touches another.
    parts: Vec<(Duration, Duration)>,
}

impl Timeline {
    /// The run begins now.
    pub fn begin() -> Self {
        Self { begun: Instant::now(), spans: Arc::default() }
    }

    /// Notes that something of this phase was going on.
    pub fn note(&self, phase: Phase, span: Span) {
        self.push(Of::Phase(phase), span);
    }

    /// Notes that all from the run's begin until now was of this phase.
    pub fn note_until_now(&self, phase: Phase) {
        self.push(Of::Phase(phase), Span::since(self.begun));
    }

    /// Notes that the cluster was looked for since then.
    pub fn note_discovery(&self, begun: Instant) {
        self.push(Of::Discovery, Span::since(begun));
    }

    fn push(&self, of: Of, span: Span) {
        if let Ok(mut spans) = self.spans.lock() {
            spans.push((of, span));
        }
    }

    /// A line a group of phases, in the order in which they began; nothing of a run that has come to none.
    pub fn tell(&self) {
        let rows = self.rows(Of::group);
        if !rows.is_empty() {
            let columns = width(stderr()).map_or(COLUMNS, usize::from);
            let lines = lines(&rows, self.begun.elapsed(), columns.saturating_sub(NAME.len()));
            for line in lines {
                say(&format!("{NAME}{line}"));
            }
        }
    }

    /// The same in one line, of the command of this name.
    pub fn tell_in_a_line(&self, command: &str) {
        let rows = self.rows(Of::group);
        if !rows.is_empty() {
            let total = self.begun.elapsed();
            let parts = rows.into_iter().map(|row| format!("{} {}", row.name, seconds(row.length())));
            let parts = parts.collect::<Vec<_>>().join(", ");
            say(&format!("[{command}] took {}: {parts}", seconds(total)));
        }
    }

    /// For programs, by single phases. Seconds have three places.
    pub fn json(&self) -> Value {
        json(&self.rows(Of::path), self.begun.elapsed())
    }

    fn rows(&self, name: fn(Of) -> &'static str) -> Vec<Row> {
        let spans = self.spans.lock().map(|spans| spans.clone()).unwrap_or_default();
        let since = |at: Instant| at.saturating_duration_since(self.begun);
        rows(spans.into_iter().map(|(of, span)| (name(of), since(span.begun), since(span.ended))))
    }
}

fn rows(spans: impl Iterator<Item = (&'static str, Duration, Duration)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (name, begun, ended) in spans {
        match rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.parts.push((begun, ended)),
            None => rows.push(Row { name, parts: vec![(begun, ended)] }),
        }
    }
    for row in &mut rows {
        row.parts = joined(std::mem::take(&mut row.parts));
    }
    rows.sort_by_key(|row| row.parts.first().copied());
    rows
}

/// What overlaps becomes one.
fn joined(mut parts: Vec<(Duration, Duration)>) -> Vec<(Duration, Duration)> {
    parts.sort_unstable();
    let mut all: Vec<(Duration, Duration)> = Vec::new();
    for (begun, ended) in parts {
        match all.last_mut() {
            Some(last) if begun <= last.1 => last.1 = last.1.max(ended),
            Some(_) | None => all.push((begun, ended)),
        }
    }
    all
}

fn length(parts: &[(Duration, Duration)]) -> Duration {
    parts.iter().map(|(begun, ended)| ended.saturating_sub(*begun)).sum()
}

impl Row {
    fn begun(&self) -> Duration {
        self.parts.first().map_or(Duration::ZERO, |(begun, _)| *begun)
    }

    fn length(&self) -> Duration {
        length(&self.parts)
    }

    /// A sign where the phase was going on, for a run of this length.
    fn bar(&self, total: Duration, columns: usize) -> String {
        let column =
            |at: Duration| at.as_secs_f64() / total.as_secs_f64().max(f64::EPSILON) * to_f64(columns);
        let is_in = |index: usize| {
            let (from, to) = (to_f64(index), to_f64(index + 1));
            self.parts.iter().any(|(begun, ended)| column(*begun) < to && column(*ended) >= from)
        };
        let bar: String = (0..columns).map(|index| if is_in(index) { '#' } else { ' ' }).collect();
        bar.trim_end().to_owned()
    }
}

/// Of the small numbers here.
fn to_f64(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}

/// What no phase has lasted of a run of this length.
fn between(rows: &[Row], total: Duration) -> Duration {
    total.saturating_sub(length(&joined(rows.iter().flat_map(|row| row.parts.clone()).collect())))
}

fn lines(rows: &[Row], total: Duration, columns: usize) -> Vec<String> {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default().max(BETWEEN.len());
    let line = |name: &str, from: &str, length: Duration, bar: &str| {
        format!("{name:<width$}  {from:>8}  {:>8}  {bar}", seconds(length)).trim_end().to_owned()
    };
    let head = format!("{:<width$}  {:>8}  {:>8}", "PHASE", "FROM", "TOOK");
    let room = columns.saturating_sub(head.len() + 2).min(MOST_BAR);
    let bar = |row: &Row| if room < LEAST_BAR { String::new() } else { row.bar(total, room) };
    let phases = rows.iter().map(|row| line(row.name, &seconds(row.begun()), row.length(), &bar(row)));
    let ends = [line(BETWEEN, "", between(rows, total), ""), line("total", "", total, "")];
    std::iter::once(head.clone()).chain(phases).chain(ends).collect()
}

fn seconds(length: Duration) -> String {
    format!("{:.2} s", length.as_secs_f64())
}

fn json(rows: &[Row], total: Duration) -> Value {
    let seconds = |length: Duration| json!((length.as_secs_f64() * 1000.0).round() / 1000.0);
    let phase = |row: &Row| json!({ "phase": row.name, "from": seconds(row.begun()), "seconds": seconds(row.length()) });
    json!({
        "seconds": seconds(total),
        "between": seconds(between(rows, total)),
        "phases": rows.iter().map(phase).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    const SPANS: [(&str, u64, u64); 5] = [
        ("certs", 1000, 2000),
        ("etcd", 1500, 3000),
        ("certs", 1500, 2500),
        ("preflight", 0, 1000),
        ("certs", 3000, 3500),
    ];

    fn some() -> Vec<Row> {
        rows(SPANS.into_iter().map(|(name, begun, ended)| (name, at(begun), at(ended))))
    }

    #[test]
    fn each_phase_has_its_line_and_what_goes_on_side_by_side_counts_once() {
        assert_eq!(
            lines(&some(), at(4000), 200),
            [
                "PHASE           FROM      TOOK",
                "preflight     0.00 s    1.00 s  ##########",
                "certs         1.00 s    2.00 s           ##############    #####",
                "etcd          1.50 s    1.50 s               ###############",
                "in between              0.50 s",
                "total                   4.00 s",
            ]
        );
    }

    #[test]
    fn bars_are_as_wide_as_there_is_room_for() {
        for columns in [30, 36, 37, 40, 50, 69] {
            let lines = lines(&some(), at(4000), columns);
            assert!(lines.iter().all(|line| line.len() <= columns), "{columns}: {lines:#?}");
            assert_eq!(lines.iter().any(|line| line.contains('#')), columns >= 37, "{columns}: {lines:#?}");
        }
    }

    #[test]
    fn programs_read_seconds_by_single_phases() {
        assert_eq!(
            json(&some(), at(4000)),
            json!({ "seconds": 4.0, "between": 0.5, "phases": [
                { "phase": "preflight", "from": 0.0, "seconds": 1.0 },
                { "phase": "certs", "from": 1.0, "seconds": 2.0 },
                { "phase": "etcd", "from": 1.5, "seconds": 1.5 },
            ] })
        );
        let timeline = Timeline::begin();
        timeline.note_until_now(Phase::CertsCa);
        timeline.note_until_now(Phase::CertsSa);
        timeline.note_discovery(Instant::now());
        let document = timeline.json();
        let names: Vec<&Value> =
            document["phases"].as_array().unwrap().iter().map(|row| &row["phase"]).collect();
        assert_eq!(names, ["certs/ca", "certs/sa", "discovery"]);
    }

    #[test]
    fn nothing_takes_no_time() {
        assert_eq!(lines(&[], at(0), 80).len(), 3);
        assert_eq!(json(&[], at(0)), json!({ "seconds": 0.0, "between": 0.0, "phases": [] }));
    }
}
