//! Where a run's time went, by phase → a line a phase, with a bar of when it was.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::host::Span;

/// As wide as fits beside the longest name on a terminal of 80 columns.
const BAR: usize = 36;
/// What lies between phases: planning, and keys.
const BETWEEN: &str = "in between";

/// The times of a run so far, by the groups of its phases; clones are of the same run.
#[derive(Debug, Clone)]
pub struct Timeline {
    begun: Instant,
    spans: Arc<Mutex<Vec<(&'static str, Span)>>>,
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
    pub fn note(&self, group: &'static str, span: Span) {
        if let Ok(mut spans) = self.spans.lock() {
            spans.push((group, span));
        }
    }

    /// Notes that all from the run's begin until now was of this phase.
    pub fn note_until_now(&self, group: &'static str) {
        self.note(group, Span::since(self.begun));
    }

    /// A line a phase, in the order in which they began.
    pub fn lines(&self) -> Vec<String> {
        lines(&self.rows(), self.begun.elapsed())
    }

    /// The same in one line.
    pub fn line(&self) -> String {
        let total = self.begun.elapsed();
        let parts = self.rows().into_iter().map(|row| format!("{} {}", row.name, seconds(row.length())));
        format!("took {}: {}", seconds(total), parts.collect::<Vec<_>>().join(", "))
    }

    fn rows(&self) -> Vec<Row> {
        let spans = self.spans.lock().map(|spans| spans.clone()).unwrap_or_default();
        let since = |at: Instant| at.saturating_duration_since(self.begun);
        rows(spans.into_iter().map(|(name, span)| (name, since(span.begun), since(span.ended))))
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

impl Row {
    fn length(&self) -> Duration {
        self.parts.iter().map(|(begun, ended)| ended.saturating_sub(*begun)).sum()
    }

    /// A sign where the phase was going on, for a run of this length.
    fn bar(&self, total: Duration) -> String {
        let column = |at: Duration| at.as_secs_f64() / total.as_secs_f64().max(f64::EPSILON) * to_f64(BAR);
        let is_in = |index: usize| {
            let (from, to) = (to_f64(index), to_f64(index + 1));
            self.parts.iter().any(|(begun, ended)| column(*begun) < to && column(*ended) >= from)
        };
        let bar: String = (0..BAR).map(|index| if is_in(index) { '#' } else { ' ' }).collect();
        bar.trim_end().to_owned()
    }
}

/// Of the small numbers here.
fn to_f64(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}

fn lines(rows: &[Row], total: Duration) -> Vec<String> {
    let busy = joined(rows.iter().flat_map(|row| row.parts.clone()).collect());
    let between = total.saturating_sub(busy.iter().map(|(begun, ended)| ended.saturating_sub(*begun)).sum());
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default().max(BETWEEN.len());
    let line = |name: &str, from: &str, length: Duration, bar: &str| {
        format!("{name:<width$}  {from:>8}  {:>8}  {bar}", seconds(length)).trim_end().to_owned()
    };
    let head = format!("{:<width$}  {:>8}  {:>8}", "PHASE", "FROM", "TOOK");
    let phases = rows.iter().map(|row| {
        let begun = row.parts.first().map_or(Duration::ZERO, |(begun, _)| *begun);
        line(row.name, &seconds(begun), row.length(), &row.bar(total))
    });
    let ends = [line(BETWEEN, "", between, ""), line("total", "", total, "")];
    std::iter::once(head).chain(phases).chain(ends).collect()
}

fn seconds(length: Duration) -> String {
    format!("{:.2} s", length.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn each_phase_has_its_line_and_what_goes_on_side_by_side_counts_once() {
        let spans = [
            ("certs", at(1000), at(2000)),
            ("etcd", at(1500), at(3000)),
            ("certs", at(1500), at(2500)),
            ("preflight", at(0), at(1000)),
            ("certs", at(3000), at(3500)),
        ];
        assert_eq!(
            lines(&rows(spans.into_iter()), at(4000)),
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
    fn nothing_takes_no_time() {
        assert_eq!(lines(&[], at(0)).len(), 3);
        let timeline = Timeline::begin();
        timeline.note_until_now("preflight");
        assert!(timeline.line().contains(": preflight 0.0"), "{}", timeline.line());
    }
}
