//! The comments of a file → the comments of the documents that it becomes, each at its field's new place.

use std::collections::BTreeMap;

use serde_json::Value;

use super::changes::{ARGUMENTS, MOVES};
use crate::config::document::{DocumentRole, Part};
use crate::config::format::MinorFormat;
use crate::config::kind::ConfigKind;
use crate::versions::ConfigFormat;
use crate::yaml::{self, Anchor, Comment, Path, PathSegment};

/// Comments by where they are written.
#[derive(Default)]
pub struct Notes {
    kinds: BTreeMap<ConfigKind, Vec<Comment>>,
    /// Those that stand by themselves between two `---` lines, before the part that begins with this line.
    between: BTreeMap<u64, String>,
    end: String,
}

impl Notes {
    /// Of the file's `parts`, for the `documents` that it becomes in the target's format.
    pub fn of(parts: &[Part], documents: &[(ConfigKind, Value)], target: MinorFormat) -> Self {
        let mut notes = Self::default();
        let mut alone = String::new();
        for part in parts {
            let own: Vec<Comment> = yaml::comments(&part.text);
            match part.role {
                None => alone.extend(own.into_iter().map(|comment| comment.text + "\n")),
                Some(DocumentRole::Kubelet | DocumentRole::KubeProxy) => {
                    notes.between.insert(part.above, std::mem::take(&mut alone));
                }
                Some(DocumentRole::Own(kind, format)) => {
                    let head = std::mem::take(&mut alone);
                    let head = head.lines().map(|text| Comment { at: Anchor::Head, text: text.to_owned() });
                    notes.kinds.entry(kind).or_default().extend(head);
                    let places =
                        Places { kind, from: format, to: target.written(kind), documents, text: &part.text };
                    for comment in own {
                        notes.place(&places, comment);
                    }
                }
            }
        }
        notes.end = alone;
        notes
    }

    fn place(&mut self, places: &Places<'_>, comment: Comment) {
        let Comment { at, text } = comment;
        let (kind, at) = match at {
            Anchor::Head | Anchor::Foot => (places.kind, at),
            Anchor::Above(path) => places.now(path, Anchor::Above),
            Anchor::Beside(path) => places.now(path, Anchor::Beside),
            Anchor::Below(path) => places.now(path, Anchor::Below),
        };
        self.kinds.entry(kind).or_default().push(Comment { at, text });
    }

    /// Those in the document of this kind, in the file's order.
    pub fn of_kind(&self, kind: ConfigKind) -> &[Comment] {
        self.kinds.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Those that stand by themselves in front of one of the components' own documents.
    pub fn before(&self, part: &Part) -> String {
        self.between.get(&part.above).cloned().unwrap_or_default()
    }

    /// The notes that belong behind the last document.
    pub fn at_the_end(&self) -> String {
        self.end.clone()
    }
}

/// Where the fields of one document stand now.
struct Places<'a> {
    kind: ConfigKind,
    from: ConfigFormat,
    to: ConfigFormat,
    documents: &'a [(ConfigKind, Value)],
    /// The document as it was.
    text: &'a str,
}

impl Places<'_> {
    fn now(&self, path: Path, anchor: impl FnOnce(Path) -> Anchor) -> (ConfigKind, Anchor) {
        if self.from == self.to {
            return (self.kind, anchor(path));
        }
        let (kind, path) = self.moved(&path).unwrap_or_else(|| (self.kind, self.argument(path)));
        (kind, anchor(path))
    }

    /// The new place of a field that moves, or of one below it.
    fn moved(&self, path: &[PathSegment]) -> Option<(ConfigKind, Path)> {
        MOVES.iter().find_map(|row| {
            let (from, to) = match self.from {
                ConfigFormat::V1Beta3 => (row.v1beta3, row.v1beta4),
                ConfigFormat::V1Beta4 => (row.v1beta4, row.v1beta3),
            };
            (from.0 == self.kind && path == keys(from.1)).then(|| (to.0, keys(to.1)))
        })
    }

    /// An argument of a map is an item of a list now, or the other way round.
    fn argument(&self, path: Path) -> Path {
        let of_path = |row: &&(ConfigKind, &[&str])| row.0 == self.kind && path.starts_with(&steps(row.1));
        let Some((_, section)) = ARGUMENTS.iter().find(of_path) else { return path };
        let Some(step) = path.get(section.len()) else { return path };
        let new = match step {
            PathSegment::Key(name) => self.item(section, name),
            PathSegment::Item(index) => self.name(section, *index),
        };
        new.map_or_else(|| steps(section), |step| steps(section).into_iter().chain([step]).collect())
    }

    /// The place of an argument in the list that is written.
    fn item(&self, section: &[&str], name: &str) -> Option<PathSegment> {
        let (_, document) = self.documents.iter().find(|(kind, _)| *kind == self.kind)?;
        let items = document.pointer(&format!("/{}", section.join("/")))?.as_array()?;
        items.iter().position(|item| item["name"] == *name).map(PathSegment::Item)
    }

    /// The name of an argument in the list that was given.
    fn name(&self, section: &[&str], index: usize) -> Option<PathSegment> {
        let given: Value = yaml::from_str(self.text).ok()?;
        let item = given.pointer(&format!("/{}/{index}/name", section.join("/")))?;
        item.as_str().map(|name| PathSegment::Key(name.to_owned()))
    }
}

fn keys(path: &str) -> Path {
    path.split('.').map(|name| PathSegment::Key(name.to_owned())).collect()
}

fn steps(path: &[&str]) -> Path {
    path.iter().map(|name| PathSegment::Key((*name).to_owned())).collect()
}
