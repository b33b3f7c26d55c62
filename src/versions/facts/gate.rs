//! A feature gate as the components of a minor have it, or what has become of it.

use super::Component;
use super::table::{Label, Presence, Row, Table};
use crate::versions::GateHistory;

/// What a component does with a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComponentGate {
    /// It has it.
    Has(GateState),
    /// It has it no more, or not yet.
    Lacks(GateHistory),
    /// No minor has it in this component.
    Never,
    /// Nothing is known of the minor.
    Unknown,
}

/// A gate in one minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateState {
    /// What holds where it is not given.
    pub default: bool,
    /// A locked gate may be given, but only with its default.
    pub locked: bool,
}

/// The columns: name, components, stage, default, lock.
fn is_of(row: &Row, component: Component) -> bool {
    let of = row.fields[1];
    of == "all" || of.split(',').any(|name| name == component.name())
}

fn state(row: &Row) -> GateState {
    GateState { default: row.fields[3] == "on", locked: row.fields[4] == "locked" }
}

pub fn find(table: &Table, component: Component, name: &str, at: Label) -> ComponentGate {
    let Some(known) = table.known_at(at) else { return ComponentGate::Unknown };
    let rows: Vec<Row> = table.rows().filter(|row| row.fields[0] == name && is_of(row, component)).collect();
    match table.presence_of(&rows, known) {
        Presence::Here => rows
            .iter()
            .find(|row| row.holds_at(known))
            .map_or(ComponentGate::Never, |row| ComponentGate::Has(state(row))),
        Presence::Gone { since } => ComponentGate::Lacks(gone(&rows, since)),
        Presence::Later { from } => ComponentGate::Lacks(GateHistory::Later { from: from.minor() }),
        Presence::Never => ComponentGate::Never,
        Presence::Unknown => ComponentGate::Unknown,
    }
}

/// By what the last minor had that had it.
fn gone(rows: &[Row], since: Label) -> GateHistory {
    let ends = |row: &&Row| row.spans().map(|(_, last)| last).filter(|last| *last < since).max();
    let last = rows.iter().filter(|row| ends(row).is_some()).max_by_key(ends).map(state);
    match last {
        Some(GateState { default, locked: true }) => GateHistory::Locked { on: default, gone: since.minor() },
        Some(GateState { locked: false, .. }) | None => {
            GateHistory::Removed { gone: since.minor(), advice: None }
        }
    }
}

pub fn names(
    table: &'static Table,
    component: Component,
    at: Label,
) -> impl Iterator<Item = &'static str> + Clone {
    table.rows().filter(move |row| is_of(row, component) && row.holds_at(at)).map(|row| row.fields[0])
}
