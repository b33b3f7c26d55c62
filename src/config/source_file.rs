//! A configuration file's name and text, which its errors and warnings quote.

use std::fmt;

use super::document::split;
use super::error::Place;
use super::excerpt::{Excerpt, Excerpts};
use crate::yaml::{Node, Spot, Spotted, tree_behind};

/// Of one file: more than anybody reads.
const MOST_EXCERPTS: usize = 100;

/// A configuration file as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
}

impl SourceFile {
    /// `name` is what errors call it.
    pub fn new(name: String, text: String) -> Self {
        Self { name, text }
    }

    /// As errors call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole of it; there may be secrets in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of these places, in their order; `None` for what is in none that can be shown.
    pub(super) fn excerpts<'a>(&self, places: impl Iterator<Item = &'a Place>) -> Vec<Option<Excerpt>> {
        let excerpts = Excerpts::of(&self.text);
        let excerpt = |(index, place)| excerpts.as_ref().filter(|_| index < MOST_EXCERPTS)?.at(place);
        places.enumerate().map(excerpt).collect()
    }

    /// The line of this place.
    pub fn excerpt_at(&self, place: &Place) -> Option<Excerpt> {
        Excerpts::of(&self.text)?.at(place)
    }

    /// The line of a field of the document of this kind. `field` is dotted: `authentication.x509.clientCAFile`.
    pub fn excerpt_of(&self, kind: &str, field: &str) -> Option<Excerpt> {
        let spot = split(&self.text).iter().find_map(|slice| {
            let root = tree_behind(slice.lines, slice.text).ok()?;
            let is_it = matches!(find(&root, "kind").map(|found| &found.value), Some(Node::Text(name)) if name == kind);
            is_it.then(|| spot_of(&root, field)).flatten()
        })?;
        Excerpts::of(&self.text)?.at_spot(spot)
    }
}

/// The name alone: the text may hold secrets.
impl fmt::Debug for SourceFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SourceFile({:?})", self.name)
    }
}

fn find<'a>(node: &'a Spotted<Node>, key: &str) -> Option<&'a Spotted<Node>> {
    match &node.value {
        Node::Map(entries) => entries.iter().find(|(name, _)| name.value == key).map(|(_, value)| value),
        Node::Null | Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::Text(_) | Node::List(_) => {
            None
        }
    }
}

/// Where the value of the field begins.
fn spot_of(root: &Spotted<Node>, field: &str) -> Option<Spot> {
    field.split('.').try_fold(root, |node, key| find(node, key)).map(|found| found.spot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_field_is_found_in_the_document_of_its_kind() {
        let text = "kind: A\nx: {y: 1}\n---\n[broken\n---\nkind: B\nx:\n  y: two # why\n";
        let source = SourceFile::new("f".to_owned(), text.to_owned());
        let of = |kind, field| {
            let found = source.excerpt_of(kind, field)?;
            Some((found.line, found.column, found.text[found.mark].to_owned()))
        };
        assert_eq!(of("B", "x.y"), Some((8, 6, "two".to_owned())));
        assert_eq!(of("A", "x.y"), Some((2, 8, "1".to_owned())));
        for (kind, field) in [("B", "x.z"), ("B", "x.y.z"), ("C", "x")] {
            assert_eq!(of(kind, field), None, "{kind} {field}");
        }
    }
}
