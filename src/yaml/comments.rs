//! The comments of one document, each with the node that it belongs to; and a text with comments at its nodes.

use serde_yaml::granit_parser::{Event, Options, Parser, Placement};

use super::tree::{Node, Spot, Spotted, tree};

/// A comment and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The node that it belongs to, and on which side.
    pub at: Anchor,
    /// From its `#` on.
    pub text: String,
}

/// Where a comment is, told by a node of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// Before everything.
    Head,
    /// On a line of its own before the node.
    Above(Path),
    /// On the node's line.
    Beside(Path),
    /// On a line of its own behind all that is below the node, and indented as the node is.
    Below(Path),
    /// Behind everything.
    Foot,
}

/// From the document's root to a node.
pub type Path = Vec<PathSegment>;

/// From a node to one that is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSegment {
    /// The value of this key.
    Key(String),
    /// The item of this index, from 0.
    Item(usize),
}

/// The comments of a document, in its order. A text that is no YAML has none.
pub fn comments(text: &str) -> Vec<Comment> {
    let Ok(root) = tree(text) else { return Vec::new() };
    let places = places(&root);
    found(text).into_iter().map(|found| Comment { at: found.anchor(&places), text: found.text }).collect()
}

/// `text`, which has no comments, with them. One whose node is not there stands above the nearest node around it.
pub fn commented(text: &str, comments: &[Comment]) -> String {
    let Ok(root) = tree(text) else { return text.to_owned() };
    let mut page = Page::of(text, places(&root));
    for comment in comments {
        page.add(comment);
    }
    page.text()
}

/// A comment as the parser finds it.
struct FoundComment {
    spot: Spot,
    own_line: bool,
    text: String,
}

fn found(text: &str) -> Vec<FoundComment> {
    let mut options = Options::default();
    options.max_buffered_comment_events = usize::MAX;
    let events = Parser::new_from_str_with_options(text, options);
    let comment = |(event, span): (Event<'_>, serde_yaml::granit_parser::Span)| match event {
        Event::Comment(said, placement) => Some(FoundComment {
            spot: Spot { line: span.start.line() as u64, column: span.start.col() as u64 + 1 },
            own_line: placement != Placement::Right,
            text: format!("#{said}"),
        }),
        _ => None,
    };
    events.map_while(Result::ok).filter_map(comment).collect()
}

/// A node and where its key, or its item, begins.
struct NodePosition {
    path: Path,
    spot: Spot,
}

impl NodePosition {
    /// The index of its line.
    fn line(&self) -> usize {
        usize::try_from(self.spot.line).unwrap_or_default().saturating_sub(1)
    }
}

/// Every node but the root, in the text's order, outer ones before inner ones.
fn places(root: &Spotted<Node>) -> Vec<NodePosition> {
    let mut all = Vec::new();
    collect(root, &mut Vec::new(), &mut all);
    all.sort_by_key(|place| place.spot);
    all
}

fn collect(node: &Spotted<Node>, path: &mut Path, all: &mut Vec<NodePosition>) {
    let children: Vec<(PathSegment, Spot, &Spotted<Node>)> = match &node.value {
        Node::Map(entries) => entries
            .iter()
            .map(|(key, value)| (PathSegment::Key(key.value.clone()), key.spot, value))
            .collect(),
        Node::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (PathSegment::Item(index), item.spot, item))
            .collect(),
        Node::Null | Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::Text(_) => Vec::new(),
    };
    for (step, spot, child) in children {
        path.push(step);
        all.push(NodePosition { path: path.clone(), spot });
        collect(child, path, all);
        path.pop();
    }
}

impl FoundComment {
    fn anchor(&self, places: &[NodePosition]) -> Anchor {
        let before = places.iter().rfind(|place| place.spot < self.spot);
        let after = places.iter().find(|place| place.spot > self.spot);
        match (before, after) {
            (Some(before), _) if !self.own_line => Anchor::Beside(before.path.clone()),
            (None, _) => Anchor::Head,
            (Some(_), None) if self.spot.column == 1 => Anchor::Foot,
            (Some(before), Some(after)) if self.spot.column <= after.spot.column => {
                Anchor::Above(outermost(after, places, before))
            }
            (Some(_), _) => self.below(places),
        }
    }

    /// The last node before the comment that is not indented deeper than it.
    fn below(&self, places: &[NodePosition]) -> Anchor {
        let fits = |place: &&NodePosition| place.spot < self.spot && place.spot.column <= self.spot.column;
        places.iter().rfind(fits).map_or(Anchor::Foot, |place| Anchor::Below(place.path.clone()))
    }
}

/// Of the nodes that begin in the same place, an item and its first key, the outer one.
fn outermost(found: &NodePosition, places: &[NodePosition], before: &NodePosition) -> Path {
    let same = |place: &&NodePosition| place.spot == found.spot && place.path != before.path;
    places.iter().find(same).map_or_else(|| found.path.clone(), |place| place.path.clone())
}

/// A text's lines, and what is to be written around them.
struct Page<'a> {
    lines: Vec<Line<'a>>,
    places: Vec<NodePosition>,
    head: Vec<&'a str>,
    foot: Vec<&'a str>,
}

#[derive(Default)]
struct Line<'a> {
    above: Vec<String>,
    text: &'a str,
    beside: Option<&'a str>,
    below: Vec<String>,
}

impl<'a> Page<'a> {
    fn of(text: &'a str, places: Vec<NodePosition>) -> Self {
        let lines = text.lines().map(|text| Line { text, ..Line::default() }).collect();
        Self { lines, places, head: Vec::new(), foot: Vec::new() }
    }

    fn add(&mut self, comment: &'a Comment) {
        match &comment.at {
            Anchor::Head => self.head.push(&comment.text),
            Anchor::Foot => self.foot.push(&comment.text),
            Anchor::Above(path) => self.above(path, &comment.text),
            Anchor::Beside(path) => self.beside(path, &comment.text),
            Anchor::Below(path) => self.below(path, &comment.text),
        }
    }

    fn above(&mut self, path: &[PathSegment], text: &'a str) {
        match self.nearest(path).and_then(|index| self.line(index)) {
            Some(line) => line.above.push(indented(line.text, text)),
            None => self.head.push(text),
        }
    }

    /// A line has room for one.
    fn beside(&mut self, path: &[PathSegment], text: &'a str) {
        match self.exactly(path).and_then(|index| self.line(index)) {
            Some(line) if line.beside.is_none() => line.beside = Some(text),
            Some(line) => line.above.push(indented(line.text, text)),
            None => self.above(path, text),
        }
    }

    fn below(&mut self, path: &[PathSegment], text: &'a str) {
        let Some(index) = self.exactly(path) else { return self.above(path, text) };
        let own = &self.places[index];
        let next = self.places[index..].iter().find(|place| !place.path.starts_with(&own.path));
        let last = next.map_or(self.lines.len(), NodePosition::line).saturating_sub(1).max(own.line());
        let indented = self.lines.get(own.line()).map(|line| indented(line.text, text));
        if let Some(line) = self.lines.get_mut(last) {
            line.below.extend(indented);
        }
    }

    /// Of the place with this index.
    fn line(&mut self, index: usize) -> Option<&mut Line<'a>> {
        let line = self.places.get(index)?.line();
        self.lines.get_mut(line)
    }

    fn exactly(&self, path: &[PathSegment]) -> Option<usize> {
        self.places.iter().position(|place| place.path == path)
    }

    /// The node, or the nearest around it.
    fn nearest(&self, path: &[PathSegment]) -> Option<usize> {
        (1..=path.len()).rev().find_map(|length| self.exactly(&path[..length]))
    }

    fn text(self) -> String {
        let body = self.lines.into_iter().flat_map(|line| {
            let own = match line.beside {
                None => line.text.to_owned(),
                Some(comment) => format!("{} {comment}", line.text),
            };
            line.above.into_iter().chain([own]).chain(line.below)
        });
        let head = self.head.into_iter().map(str::to_owned);
        let foot = self.foot.into_iter().map(str::to_owned);
        head.chain(body).chain(foot).map(|line| line + "\n").collect()
    }
}

fn indented(like: &str, text: &str) -> String {
    let indent = like.len() - like.trim_start().len();
    format!("{}{text}", " ".repeat(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# head
a: 1 # beside a
# above b
b:
  c: x#y # beside c
  # above d
  d:
  # above an item
  - name: e
    # above value
    value: \"# no comment\"
  # below d
# above f
f: |
  # no comment
g: {h: 1} # beside h
# foot
";

    #[test]
    fn comments_come_back_to_their_nodes() {
        let bare: String = TEXT
            .lines()
            .filter(|line| line.contains("no comment") || !line.trim_start().starts_with('#'))
            .map(|line| line.split(" # b").next().unwrap().to_owned() + "\n")
            .collect();
        assert_eq!(commented(&bare, &comments(TEXT)), TEXT);
    }

    #[test]
    fn they_follow_nodes_that_stand_elsewhere_and_those_of_missing_nodes_go_to_the_nearest() {
        let text = commented("f: 1\nb:\n  d:\n  - name: e\na: 1\n", &comments(TEXT));
        assert_eq!(
            text,
            "# head\n# beside h\n# above f\nf: 1\n# above b\n# beside c\nb:\n  # above d\n  d:\n  # above an item\n  \
             # above value\n  - name: e\n  # below d\na: 1 # beside a\n# foot\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fall_over(text in "(a|b: |- |  |# x|\\{|\\[|\\]|\\}|,|'|\"|\\||\r|\n|&a |\\*a)*") {
            let all = comments(&text);
            commented(&text, &all);
        }
    }

    #[test]
    fn a_text_without_comments_stays() {
        assert_eq!(commented("a: 1\n", &[]), "a: 1\n");
        assert_eq!(comments("a: [\n"), []);
    }
}
