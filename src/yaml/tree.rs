//! One YAML document as a tree whose every key and value knows its line and column: for errors that name the place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;
use serde_yaml::options::DuplicateKeyPolicy;

/// Where a key or value begins, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line, from 1.
    pub line: u64,
    /// The character in the line, from 1.
    pub column: u64,
}

/// A key or value, and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Spotted<T> {
    /// The key or value itself.
    pub value: T,
    /// Its beginning in the text.
    pub spot: Spot,
}

/// A value by its YAML type; plain scalars are told apart as Go's reader does (`yes` and `on` are booleans, `0644`
/// is octal).
#[derive(Clone, PartialEq)]
pub enum Node {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction or an exponent, and infinities.
    Float(f64),
    /// A text.
    Text(String),
    /// A sequence.
    List(Vec<Spotted<Node>>),
    /// In the text's order; a key may stand twice.
    Map(Vec<(Spotted<String>, Spotted<Node>)>),
}

/// What the reader could not make a tree of. Never quotes the text, which may hold keys or tokens.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{said}")]
pub struct BadTree {
    /// What the parser says, in plain words.
    pub said: String,
    /// The place of the offence, where the parser knows it.
    pub spot: Option<Spot>,
}

/// Reads one document, anchors and merge keys resolved. A text without any content is [`Node::Null`].
///
/// # Errors
/// The text is no YAML; the first offence alone, since nothing behind it can be trusted.
pub fn tree(text: &str) -> Result<Spotted<Node>, BadTree> {
    let options = super::options(DuplicateKeyPolicy::LastWins);
    serde_yaml::from_str_with_options(text, options).map_err(|error| BadTree {
        said: super::words::plain(&said_without_place(&super::said(&error))),
        spot: error.location().map(spot_of),
    })
}

/// The same for a document that stands behind `lines` of others in its file.
///
/// # Errors
/// As [`tree`].
pub fn tree_behind(lines: u64, text: &str) -> Result<Spotted<Node>, BadTree> {
    tree(text).map(|tree| tree.moved(lines)).map_err(|error| {
        let spot = error.spot.map(|spot| spot.moved(lines));
        BadTree { spot, ..error }
    })
}

impl Spot {
    fn moved(self, lines: u64) -> Self {
        Self { line: self.line + lines, ..self }
    }
}

impl Spotted<Node> {
    fn moved(self, lines: u64) -> Self {
        Self { value: self.value.moved(lines), spot: self.spot.moved(lines) }
    }
}

impl Node {
    /// With everything that is in it.
    fn moved(self, lines: u64) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(|item| item.moved(lines)).collect()),
            Self::Map(entries) => {
                let key = |key: Spotted<String>| Spotted { spot: key.spot.moved(lines), ..key };
                Self::Map(entries.into_iter().map(|(name, value)| (key(name), value.moved(lines))).collect())
            }
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Float(_) | Self::Text(_) => self,
        }
    }
}

/// The reader ends its messages with the place, which [`BadTree`] carries on its own.
fn said_without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(said, _)| said).to_owned()
}

fn spot_of(location: serde_yaml::Location) -> Spot {
    Spot { line: location.line(), column: location.column() }
}

/// The type alone: the value may be a secret.
impl fmt::Debug for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool(…)",
            Self::Integer(_) => "Integer(…)",
            Self::Float(_) => "Float(…)",
            Self::Text(_) => "Text(…)",
            Self::List(_) => "List(…)",
            Self::Map(_) => "Map(…)",
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spotted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, spot: spot_of(spanned.referenced) })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(Spotted<String>, Spotted<Node>)> {
        match tree(text).unwrap().value {
            Node::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_and_values_know_where_they_stand() {
        let entries = entries("---\n# comment\none: 1\ntwo:\n  three: [x]\n");
        assert_eq!(entries[0].0.spot, Spot { line: 3, column: 1 });
        assert_eq!(entries[0].1, Spotted { value: Node::Integer(1), spot: Spot { line: 3, column: 6 } });
        assert_eq!(entries[1].1.spot, Spot { line: 5, column: 3 });
    }

    #[test]
    fn behind_other_lines_all_places_are_those_of_the_file() {
        let Node::Map(entries) = tree_behind(10, "one:\n- two: 3\n").unwrap().value else { panic!() };
        assert_eq!(entries[0].0.spot, Spot { line: 11, column: 1 });
        let Node::List(items) = &entries[0].1.value else { panic!() };
        let Node::Map(inner) = &items[0].value else { panic!() };
        assert_eq!((inner[0].0.spot.line, inner[0].1.spot.line), (12, 12));
        assert_eq!(tree_behind(10, "b: [1\nc: 2\n").unwrap_err().spot, Some(Spot { line: 12, column: 2 }));
    }

    #[test]
    fn plain_scalars_have_the_types_that_go_gives_them() {
        for (text, node) in [
            ("yes", Node::Bool(true)),
            ("off", Node::Bool(false)),
            ("0644", Node::Integer(420)),
            ("0x1F", Node::Integer(31)),
            ("1_000", Node::Integer(1000)),
            ("1.30", Node::Float(1.3)),
            ("\"1.30\"", Node::Text("1.30".to_owned())),
            ("2026-01-01", Node::Text("2026-01-01".to_owned())),
            ("~", Node::Null),
            ("", Node::Null),
        ] {
            assert!(tree(text).unwrap().value == node, "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_there_twice() {
        let keys: Vec<String> = entries("a: 1\nb: 2\na: 3\n").into_iter().map(|(key, _)| key.value).collect();
        assert_eq!(keys, ["a", "b", "a"]);
    }

    #[test]
    fn anchors_and_merge_keys_are_resolved() {
        let entries = entries("base: &b {p: 1}\nuse:\n  <<: *b\n  q: 2\n");
        let Node::Map(merged) = &entries[1].1.value else { panic!() };
        let keys: Vec<&str> = merged.iter().map(|(key, _)| key.value.as_str()).collect();
        assert_eq!(keys, ["q", "p"]);
    }

    #[test]
    fn an_offence_is_told_with_its_place_and_without_the_text() {
        let error = tree("token: abcdef.0123456789abcdef\nb: [1\nc: 2\n").unwrap_err();
        assert_eq!(error.spot, Some(Spot { line: 3, column: 2 }));
        assert!(!error.said.contains("abcdef") && !error.said.contains("line"), "{error}");
    }

    #[test]
    fn debug_shows_types_only() {
        let shown = format!("{:?}", tree("token: hunter2").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
