//! A static pod's manifest that is here, less what its configuration makes of it → what somebody has changed since; and the same changes made to
//! another rendering.

mod base;
mod carry;
mod difference;
mod live;
mod place;

use std::fmt;

use serde_json::Value;

pub use base::edits;
pub use carry::{Carried, Conflict, Fate, carry, fate};
pub use live::{LiveEdit, of_live};
pub use place::Place;

use super::go_form;
use super::static_pod::HANDED_OVER;
use crate::yaml;

/// What may hold a password or a token: that it was changed is said, and no more.
const CLOSED: &[&str] = &["env", "httpHeaders"];
/// As many characters of a value are shown.
const SHOWN: usize = 160;

/// One thing that somebody has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where.
    pub place: Place,
    /// What is there; none where it was taken away.
    pub found: Option<Value>,
    /// What would be there; none where it was added.
    pub base: Option<Value>,
}

impl Edit {
    /// What is there, for people.
    pub fn found_text(&self) -> Option<String> {
        self.found.as_ref().and_then(|value| self.shown(value))
    }

    /// What would be there, for people.
    pub fn base_text(&self) -> Option<String> {
        self.base.as_ref().and_then(|value| self.shown(value))
    }

    /// None where it may be a secret.
    fn shown(&self, value: &Value) -> Option<String> {
        if CLOSED.iter().any(|name| self.place.passes(name)) {
            return None;
        }
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let short: String = text.chars().take(SHOWN).collect();
        Some(if short.len() < text.len() { short + "…" } else { short })
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, found, base } = self;
        match (found, self.found_text(), base, self.base_text()) {
            (Some(_), Some(is), Some(_), Some(would)) => write!(out, "{place} is {is} and would be {would}"),
            (Some(_), Some(is), None, _) => write!(out, "{place} is {is} and would not be there"),
            (None, _, Some(_), Some(would)) => write!(out, "{place} is not there and would be {would}"),
            (Some(_), None, None, _) => write!(out, "{place} is there and would not be"),
            (None, _, Some(_), None) => write!(out, "{place} is not there and would be"),
            (Some(_), _, Some(_), _) | (None, _, None, _) => write!(out, "{place} is another"),
        }
    }
}

/// A manifest's text as a pod in Go's form; none where it is no pod. The mark that a run has left is nobody's edit.
fn pod(text: &str) -> Option<Value> {
    let mut pod: Value = yaml::from_str(text).ok()?;
    if let Some(annotations) = pod.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        && annotations.remove(HANDED_OVER).is_some()
        && annotations.is_empty()
    {
        pod["metadata"].as_object_mut()?.remove("annotations");
    }
    go_form::pod(pod).ok()
}

/// Whether a manifest has the form in which kubeadm writes one, patches and all: no comment, all keys sorted. Hardly anybody keeps to that by hand.
pub fn is_as_written(text: &str) -> bool {
    let Ok(mut value) = yaml::from_str::<Value>(text) else { return false };
    value.sort_all_objects();
    yaml::to_string(&value).is_ok_and(|written| written == text)
}
