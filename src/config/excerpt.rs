//! An error's place in a configuration file → its line as it may be shown, and what in it is meant. Secrets, and comments, in which
//! there may be others, are left out.

use std::ops::Range;

use super::document::{Slice, split};
use super::error::Place;
use super::sensitive::{STRUCTS, is_secret, secrets};
use crate::text::{before_comment, shown};
use crate::yaml::{Node, Spot, Spotted, tree_behind};

/// A line that can be read as a whole.
const MOST_CHARACTERS: usize = 2_000;
/// How far up the names are looked for that a line is indented below.
const MOST_LINES: usize = 2_000;

/// In the place of what is not shown.
const BLANK: char = '…';

/// One line of a configuration file, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Counted from 1, in the whole file.
    pub line: u64,
    /// Counted from 1, in the file's own characters.
    pub column: u64,
    /// What the line says, without secrets and without its comment.
    pub text: String,
    /// The bytes of `text` that are meant; never none.
    pub mark: Range<usize>,
}

/// The lines of one file, and what in them is a secret.
pub struct Excerpts<'a> {
    lines: Vec<&'a str>,
    documents: Vec<Lines>,
}

/// What is known of a document's lines.
struct Lines {
    /// How many stand before it.
    above: u64,
    /// In the text's order; `None` where the document is no YAML.
    stretches: Option<Vec<Stretch>>,
}

/// From a key, or a value, to the next one.
struct Stretch {
    spot: Spot,
    /// The length of a key.
    key: Option<usize>,
    hides: Hides,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hides {
    Nothing,
    /// The key is shown.
    Value,
    Everything,
}

impl<'a> Excerpts<'a> {
    /// Of no text that breaks lines in other ways than by line feeds: its lines may be counted in another way.
    pub fn of(text: &'a str) -> Option<Self> {
        let odd = |c| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
        if text.contains(odd) || text.replace("\r\n", "\n").contains('\r') {
            return None;
        }
        let lines = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        Some(Self { lines, documents: split(text).iter().map(Lines::of).collect() })
    }

    /// Of what is in this place. Nothing where that is in no line that can be shown.
    pub fn at(&self, place: &Place) -> Option<Excerpt> {
        let Place::Document { line, column, .. } = place else { return None };
        self.at_spot(Spot { line: *line, column: *column })
    }

    /// The same, of what begins there.
    pub fn at_spot(&self, spot: Spot) -> Option<Excerpt> {
        let line: Vec<char> = before_comment(self.line(spot.line)?).trim_end().chars().collect();
        let start = index(spot.column);
        if line.len() > MOST_CHARACTERS || start > line.len() {
            return None;
        }
        let document = self.documents.iter().rfind(|document| document.above < spot.line)?;
        let mut hidden = vec![false; line.len()];
        let named = match &document.stretches {
            Some(stretches) => of_tree(stretches, spot.line, &line),
            None => self.of_broken(spot.line, document.above, &line).into_iter().collect(),
        };
        for range in named.into_iter().map(|range| bare(&line, range)).chain(secrets(&line)) {
            hidden[range].fill(true);
        }
        let end = document.stretches.as_deref().and_then(|all| end_of(all, spot, &line));
        let end = end.unwrap_or_else(|| word_end(&line, start));
        Some(drawn(spot, &line, &hidden, start..end.max(start + 1)))
    }

    fn line(&self, number: u64) -> Option<&'a str> {
        self.lines.get(index(number)).copied()
    }

    /// By names alone: those of the line itself, and those of the lines that it is indented below.
    fn of_broken(&self, number: u64, above: u64, line: &[char]) -> Option<Range<usize>> {
        let text: String = line.iter().collect();
        if let Some((_, colon)) = keys(&text).find(|(name, colon)| hides_behind(name, &text[colon + 1..])) {
            return Some(text[..=colon].chars().count()..line.len());
        }
        let earlier = (above + 1..number).rev().filter_map(|number| self.line(number));
        let earlier = earlier.map(before_comment).filter(|line| !line.trim().is_empty()).take(MOST_LINES);
        is_below_a_secret(&text, earlier).then_some(0..line.len())
    }
}

impl Lines {
    fn of(slice: &Slice<'_>) -> Self {
        let stretches = tree_behind(slice.lines, slice.text).ok().map(|root| {
            let mut all = Vec::new();
            collect(&root, "", Hides::Nothing, &mut all);
            // Of two in one place, which aliases lead to, the one that hides counts.
            all.sort_by_key(|stretch| (stretch.spot, stretch.hides != Hides::Nothing));
            all
        });
        Self { above: slice.lines, stretches }
    }
}

/// The keys and values of `node`, which the key `name` has.
fn collect(node: &Spotted<Node>, name: &str, hides: Hides, all: &mut Vec<Stretch>) {
    match &node.value {
        Node::Map(entries) => {
            let named =
                entries.iter().any(|(key, value)| key.value == "name" && is_named_secret(&value.value));
            for (key, value) in entries {
                let below = match hides {
                    Hides::Everything => Hides::Everything,
                    Hides::Nothing | Hides::Value if hides_value(name, &key.value, &value.value, named) => {
                        Hides::Value
                    }
                    Hides::Nothing | Hides::Value => Hides::Nothing,
                };
                all.push(Stretch { spot: key.spot, key: Some(key.value.chars().count()), hides: below });
                collect(value, &key.value, within(below), all);
            }
        }
        Node::List(items) => {
            for item in items {
                let is_struct = STRUCTS.contains(&name) && matches!(item.value, Node::Map(_));
                let hides = if is_struct { Hides::Nothing } else { hides };
                collect(item, name, hides, all);
            }
        }
        Node::Null | Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::Text(_) => {
            all.push(Stretch { spot: node.spot, key: None, hides });
        }
    }
}

fn within(key: Hides) -> Hides {
    match key {
        Hides::Nothing => Hides::Nothing,
        Hides::Value | Hides::Everything => Hides::Everything,
    }
}

/// Whether `key`, which stands below the key `above`, has a value that is not shown. `named` is one whose sibling says so.
fn hides_value(above: &str, key: &str, value: &Node, named: bool) -> bool {
    match key {
        "value" if above == "extraEnvs" || named => true,
        _ if above == "featureGates" => false,
        _ if STRUCTS.contains(&key) && matches!(value, Node::Map(_)) => false,
        _ => is_secret(key),
    }
}

fn is_named_secret(name: &Node) -> bool {
    matches!(name, Node::Text(name) if is_secret(name))
}

/// The parts of a line that belong to secrets.
fn of_tree(stretches: &[Stretch], number: u64, line: &[char]) -> Vec<Range<usize>> {
    let first = stretches.partition_point(|stretch| stretch.spot.line < number).saturating_sub(1);
    let all = stretches[first..].iter().take_while(|stretch| stretch.spot.line <= number);
    let ends = stretches[first..].iter().skip(1).map(Some).chain([None]);
    all.zip(ends)
        .filter_map(|(stretch, next)| {
            let end = next
                .filter(|next| next.spot.line == number)
                .map_or(line.len(), |next| index(next.spot.column));
            let start = match (stretch.hides, stretch.key) {
                (Hides::Nothing, _) => return None,
                _ if stretch.spot.line < number => 0,
                (Hides::Value, Some(key)) => behind_key(line, index(stretch.spot.column), key),
                (Hides::Value | Hides::Everything, _) => index(stretch.spot.column),
            };
            (start < end && end <= line.len()).then_some(start..end)
        })
        .collect()
}

/// Where the value of the key begins.
fn behind_key(line: &[char], start: usize, length: usize) -> usize {
    let quotes = if matches!(line.get(start), Some('"' | '\'')) { 2 } else { 0 };
    let end = start + length + quotes;
    let is_key = line.get(end..).is_some_and(|rest| rest.iter().find(|c| !c.is_whitespace()) == Some(&':'));
    if is_key { end + 1 } else { start }
}

/// Without what only divides values.
fn bare(line: &[char], Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    let divides = |at: usize| " \t-:,{}[]".contains(line[at]);
    while start < end && divides(start) {
        start += 1;
    }
    while start < end && divides(end - 1) {
        end -= 1;
    }
    start..end
}

/// Behind the key or the value that begins in this place.
fn end_of(stretches: &[Stretch], spot: Spot, line: &[char]) -> Option<usize> {
    let at = stretches.partition_point(|stretch| stretch.spot < spot);
    let own = stretches.get(at).filter(|stretch| stretch.spot == spot)?;
    let start = index(spot.column);
    if let Some(key) = own.key {
        let quotes = if matches!(line.get(start), Some('"' | '\'')) { 2 } else { 0 };
        return Some((start + key + quotes).min(line.len()));
    }
    let next = stretches[at + 1..].first().filter(|next| next.spot.line == spot.line);
    let end = next.map_or(line.len(), |next| index(next.spot.column)).min(line.len());
    let before: String = line.get(start..end)?.iter().collect();
    let value = before.trim_end_matches([' ', '\t', ',', '}', ']']);
    Some(start + value.chars().count())
}

/// Behind the word, or the brackets, that begin in this place.
fn word_end(line: &[char], start: usize) -> usize {
    let rest = line.get(start..).unwrap_or_default();
    if matches!(rest.first(), Some('[' | '{')) {
        let mut depth = 0_usize;
        let closing = rest.iter().position(|c| {
            depth = match c {
                '[' | '{' => depth + 1,
                ']' | '}' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        return closing.map_or(line.len(), |at| start + at + 1);
    }
    start + rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// Each name before a colon, and where the colon is.
fn keys(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.match_indices(':').map(|(colon, _)| {
        let name = text[..colon].trim_end().trim_end_matches(['"', '\'']);
        let mut parts = name.rsplit(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
        (parts.next().unwrap_or_default(), colon)
    })
}

/// Whether `rest`, what stands behind the name and its colon, is not shown. A variable's value may be a secret too.
fn hides_behind(name: &str, rest: &str) -> bool {
    let is_struct =
        STRUCTS.contains(&name) && (rest.trim().is_empty() || rest.trim_start().starts_with(['{', '[']));
    name == "value" || (is_secret(name) && !is_struct)
}

/// Whether one of the lines before, from the nearest on, has a name of a secret and `text` in its value.
fn is_below_a_secret<'a>(text: &str, earlier: impl Iterator<Item = &'a str>) -> bool {
    let (mut least, mut is_item) = (indent(text), is_list_item(text));
    // A line without a name goes on with what the line before it says.
    let mut goes_on = keys(text).next().is_none();
    let mut is_next = true;
    for line in earlier {
        let is_above = indent(line) < least || (is_item && indent(line) == least && !is_list_item(line));
        for (name, colon) in keys(line) {
            let rest = &line[colon + 1..];
            // Where nothing but a value's begin stands behind a name, the value is in the next line.
            if is_next && hides_behind(name, rest) && rest.trim_matches([' ', '|', '>', '-', '+']).is_empty()
            {
                return true;
            }
            let holds = (is_above && hides_behind(name, rest)) || (goes_on && is_secret(name));
            if holds || (hides_behind(name, rest) && leaves_open(rest)) {
                return true;
            }
        }
        goes_on &= keys(line).next().is_none();
        is_next = false;
        if is_above {
            (least, is_item) = (indent(line), is_list_item(line));
        }
    }
    false
}

/// A quote that a later line has to close.
fn leaves_open(value: &str) -> bool {
    ['"', '\''].iter().any(|quote| value.matches(*quote).count() % 2 == 1)
}

fn is_list_item(line: &str) -> bool {
    line.trim_start().starts_with('-')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The line with one sign in the place of each hidden part.
fn drawn(spot: Spot, line: &[char], hidden: &[bool], mark: Range<usize>) -> Excerpt {
    let mut text = String::new();
    let mut offsets = Vec::with_capacity(line.len() + 1);
    for (at, character) in line.iter().enumerate() {
        let goes_on = at > 0 && hidden[at] && hidden[at - 1];
        if goes_on {
            offsets.push(text.len() - BLANK.len_utf8());
            continue;
        }
        offsets.push(text.len());
        if hidden[at] {
            text.push(BLANK);
        } else {
            text.push_str(&shown(character.encode_utf8(&mut [0; 4])));
        }
    }
    let behind = |at: usize| offsets.get(at).copied().unwrap_or(text.len());
    let start = behind(mark.start);
    let mut end = behind(mark.end).max(start);
    if end == start
        && let Some(character) = text[start..].chars().next()
    {
        end += character.len_utf8();
    }
    // Behind the line's end there is a place for one sign more.
    if end == start {
        text.push(' ');
        end += 1;
    }
    Excerpt { line: spot.line, column: spot.column, text, mark: start..end }
}

/// What is counted from 1, from 0.
fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1)
}
