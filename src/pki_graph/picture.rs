//! The graph as it is drawn: five columns from left to right (roots, CAs below them, certificates, what shows them, addresses), and
//! lines between them. What is wrong is marked on both.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::content::Certificate;
use super::finding::{Finding, Severity};
use super::graph::Graph;
use super::hash::Hash;
use super::node::{ClientState, Node};

/// A drawing, whatever it is drawn with.
#[derive(Debug, Default)]
pub struct Picture {
    /// From left to right, and from above.
    pub boxes: Vec<PictureBox>,
    /// Between two of them.
    pub lines: Vec<PictureLine>,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBox {
    /// 0 to 4.
    pub column: usize,
    /// What stands in it.
    pub text: Vec<String>,
    /// The worst that is wrong with it.
    pub wrong: Option<Severity>,
}

/// A line from one box to another, by their places in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PictureLine {
    /// On its left.
    pub from: usize,
    /// On its right.
    pub to: usize,
    /// What it says.
    pub kind: LineKind,
    /// Whether something at its end is wrong.
    pub wrong: bool,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// A CA has signed it.
    Signs,
    /// It is shown by it.
    Shows,
    /// A CA is trusted by it.
    Trusts,
    /// It dials there.
    Dials,
}

impl LineKind {
    /// For people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Signs => "signs",
            Self::Shows => "shown by",
            Self::Trusts => "trusted by",
            Self::Dials => "dials",
        }
    }
}

/// A mark that needs no colour.
pub fn mark(wrong: Option<Severity>) -> &'static str {
    match wrong {
        None => "ok",
        Some(Severity::Notice) => "..",
        Some(Severity::Warning) => "!!",
        Some(Severity::Critical) => "xx",
    }
}

/// By places, the worst that is wrong there.
#[derive(Debug)]
pub struct Marks<'a>(BTreeMap<&'a str, Severity>);

impl<'a> Marks<'a> {
    /// Of all findings.
    pub fn of(findings: &'a [Finding]) -> Self {
        let mut all = BTreeMap::new();
        for finding in findings {
            let worst = all.entry(finding.object.as_str()).or_insert(finding.severity);
            *worst = (*worst).min(finding.severity);
        }
        Self(all)
    }

    /// Of any of these places.
    pub fn worst<'p>(&self, places: impl IntoIterator<Item = &'p str>) -> Option<Severity> {
        places.into_iter().filter_map(|place| self.0.get(place)).min().copied()
    }
}

/// How many days are left, for people.
pub fn days(certificate: &Certificate, now: Timestamp) -> String {
    let left = certificate.found.not_after.as_second().saturating_sub(now.as_second()).div_euclid(24 * 3600);
    format!("{left} days")
}

impl Graph<'_> {
    /// The places of each certificate, by its hash.
    pub fn held_in(&self) -> BTreeMap<Hash, BTreeSet<String>> {
        let mut all: BTreeMap<Hash, BTreeSet<String>> = BTreeMap::new();
        for node in &self.nodes {
            let pairs = node.pairs.iter().map(|pair| &pair.certificate);
            for held in pairs.chain(node.bundles.iter().map(|bundle| &bundle.held)) {
                for certificate in held.certificates() {
                    all.entry(certificate.hash).or_default().insert(held.name.clone());
                }
            }
        }
        all
    }

    /// As it is drawn.
    pub fn picture(&self, findings: &[Finding], now: Timestamp) -> Picture {
        let marks = Marks::of(findings);
        let held = self.held_in();
        let mut drawing = Drawing::default();
        for (hash, places) in &held {
            let Some(certificate) = self.certificates.get(hash) else { continue };
            let wrong = marks.worst(places.iter().map(String::as_str));
            let text = vec![
                format!("{} {}", certificate.told(), certificate.key.short()),
                format!("{} {}", days(certificate, now), mark(wrong)),
            ];
            let column = self.column(certificate);
            drawing.add(hash.to_string(), PictureBox { column, text, wrong });
        }
        for child in held.keys() {
            for signer in self.signatures.of(*child).iter().filter(|signer| signer.hash != *child) {
                drawing.line(&signer.hash.to_string(), &child.to_string(), LineKind::Signs);
            }
        }
        for node in &self.nodes {
            draw_node(node, &marks, &mut drawing);
        }
        drawing.done()
    }

    fn column(&self, certificate: &Certificate) -> usize {
        let is_signed =
            self.signatures.of(certificate.hash).iter().any(|signer| signer.hash != certificate.hash);
        match (certificate.is_authority(), is_signed) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        }
    }
}

fn draw_node(node: &Node<'_>, marks: &Marks<'_>, drawing: &mut Drawing) {
    let own = |source: &str| format!("{} {source}", node.tree.root.display());
    for pair in &node.pairs {
        let wrong = marks.worst([pair.certificate.name.as_str(), &pair.key.name]);
        drawing.reader(own(&pair.source), &pair.source, wrong);
        if let Some(certificate) = pair.own() {
            drawing.line(&certificate.hash.to_string(), &own(&pair.source), LineKind::Shows);
        }
    }
    for bundle in &node.bundles {
        let wrong = marks.worst([bundle.held.name.as_str()]);
        drawing.reader(own(&bundle.source), &bundle.source, wrong);
        for certificate in bundle.held.certificates() {
            drawing.line(&certificate.hash.to_string(), &own(&bundle.source), LineKind::Trusts);
        }
    }
    for client in &node.clients {
        let ClientState::Here(config) = client.config else { continue };
        let path = client.path.display().to_string();
        drawing.reader(own(&path), &path, marks.worst([path.as_str()]));
        let place = PictureBox { column: 4, text: vec![config.place.clone()], wrong: None };
        drawing.add(config.place.clone(), place);
        drawing.line(&own(&path), &config.place, LineKind::Dials);
    }
}

#[derive(Default)]
struct Drawing {
    boxes: BTreeMap<String, PictureBox>,
    lines: BTreeSet<(String, String, LineKind)>,
}

impl Drawing {
    fn add(&mut self, id: String, drawn: PictureBox) {
        self.boxes.entry(id).or_insert(drawn);
    }

    fn reader(&mut self, id: String, source: &str, wrong: Option<Severity>) {
        let drawn = PictureBox { column: 3, text: vec![source.to_owned()], wrong };
        let known = self.boxes.entry(id).or_insert(drawn);
        known.wrong = [known.wrong, wrong].into_iter().flatten().min();
    }

    fn line(&mut self, from: &str, to: &str, kind: LineKind) {
        self.lines.insert((from.to_owned(), to.to_owned(), kind));
    }

    /// Sorted by column and text, so that one PKI is always one picture.
    fn done(self) -> Picture {
        let mut all: Vec<(String, PictureBox)> = self.boxes.into_iter().collect();
        all.sort_by(|(id, one), (other_id, other)| {
            (one.column, &one.text, id).cmp(&(other.column, &other.text, other_id))
        });
        let place: BTreeMap<&str, usize> =
            all.iter().enumerate().map(|(place, (id, _))| (id.as_str(), place)).collect();
        let is_bad = |place: usize| all[place].1.wrong.is_some_and(|wrong| wrong != Severity::Notice);
        let lines = self.lines.iter().filter_map(|(from, to, kind)| {
            let (from, to) = (*place.get(from.as_str())?, *place.get(to.as_str())?);
            Some(PictureLine { from, to, kind: *kind, wrong: is_bad(to) })
        });
        let lines = lines.collect();
        Picture { lines, boxes: all.into_iter().map(|(_, drawn)| drawn).collect() }
    }
}
