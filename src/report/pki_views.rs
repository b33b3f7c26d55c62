//! A PKI as others' programs read or draw it: Prometheus' text, Graphviz' and Mermaid's languages, a tree for a terminal, one line for
//! Nagios, and a picture by itself or in a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::pki_check::{PkiCheck, counted};
use crate::pki_graph::{Certificate, Hash, LineKind, Marks, Picture, PictureBox, Severity, days, mark};

/// What a gauge says of a certificate, at a second since 1970.
type Value = fn(&Certificate, i64) -> i64;

/// By x509-certificate-exporter's names, so that its dashboards and alerts work, and this program's own.
pub fn pki_prometheus(check: &PkiCheck<'_>) -> String {
    let mut text = String::new();
    let graph = check.graph;
    let gauges: [(&str, &str, Value); 3] = [
        ("x509_cert_not_before", "Certificates' begin, in seconds since 1970", |one, _| {
            one.found.not_before.as_second()
        }),
        ("x509_cert_not_after", "Certificates' end, in seconds since 1970", |one, _| {
            one.found.not_after.as_second()
        }),
        ("x509_cert_expired", "Whether certificates have ended", |one, now| {
            i64::from(now > one.found.not_after.as_second())
        }),
    ];
    let mut rows: BTreeSet<(String, Hash)> = BTreeSet::new();
    for place in graph.places() {
        for one in graph.certificates.values() {
            if place.certificates.contains(&one.hash.to_string()) {
                rows.insert((place.name.clone(), one.hash));
            }
        }
    }
    for (name, help, value) in gauges {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (place, hash) in &rows {
            let Some(one) = graph.certificates.get(hash) else { continue };
            let _ = writeln!(text, "{name}{{{}}} {}", labels(place, one), value(one, check.at.as_second()));
        }
    }
    text.push_str(
        "# HELP kubewright_pki_finding What certs check has found\n# TYPE kubewright_pki_finding gauge\n",
    );
    let mut told = BTreeSet::new();
    for finding in check.findings {
        let labels = [
            ("id", finding.id.as_str()),
            ("severity", finding.severity.as_str()),
            ("root", finding.root.as_str()),
            ("object", finding.object.as_str()),
        ];
        let line = format!("kubewright_pki_finding{{{}}} 1\n", quoted(&labels));
        if told.insert(line.clone()) {
            text.push_str(&line);
        }
    }
    let _ = write!(
        text,
        "# HELP kubewright_pki_check_time_seconds As of when it was judged\n# TYPE kubewright_pki_check_time_seconds gauge\n\
         kubewright_pki_check_time_seconds {}\n",
        check.at.as_second()
    );
    text
}

fn labels(place: &str, one: &Certificate) -> String {
    let (path, field) =
        place.strip_suffix(')').and_then(|place| place.split_once(" (")).unwrap_or((place, ""));
    let (subject, issuer) = (one.found.common_name.clone(), one.found.issuer_common_name.clone());
    let (subject, issuer) = (subject.unwrap_or_default(), issuer.unwrap_or_default());
    let kind = if field.is_empty() { "" } else { "kubeconfig" };
    quoted(&[
        ("embedded_key", field),
        ("embedded_kind", kind),
        ("filepath", path),
        ("issuer_CN", issuer.as_str()),
        ("serial_number", one.serial().as_str()),
        ("subject_CN", subject.as_str()),
    ])
}

/// By Prometheus' rules.
fn quoted(labels: &[(&str, &str)]) -> String {
    let value = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let all: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", value(text))).collect();
    all.join(",")
}

/// One line and its numbers, as Nagios' plug-ins print it; the exit code is the command's.
pub fn pki_nagios(check: &PkiCheck<'_>) -> String {
    let count = |severity| check.findings.iter().filter(|finding| finding.severity == severity).count();
    let (critical, warning) = (count(Severity::Critical), count(Severity::Warning));
    let word = match (critical, warning) {
        (0, 0) => "OK",
        (0, _) => "WARNING",
        (_, _) => "CRITICAL",
    };
    let worst = check.findings.first().map(|finding| format!(": {} {}", finding.id.as_str(), finding.object));
    let counted = counted(check.findings).unwrap_or_else(|| "nothing is wrong".to_owned());
    let next = check.graph.certificates.values().map(|one| one.found.not_after.as_second()).min();
    let days =
        next.map(|next| next.saturating_sub(check.at.as_second()).div_euclid(24 * 3600)).unwrap_or_default();
    let worst = worst.unwrap_or_default().replace('|', "/");
    format!("PKI {word} - {counted}{worst} | critical={critical} warning={warning} days={days}\n")
}

const WIDTH: usize = 80;

/// CA by CA: what it has signed, when that ends, and who shows it.
pub fn pki_tree(check: &PkiCheck<'_>) -> String {
    let graph = check.graph;
    let held = graph.held_in();
    let marks = Marks::of(check.findings);
    let mut tree = Tree { check, held: &held, marks: &marks, text: String::new(), told: BTreeSet::new() };
    let is_top =
        |one: &&&Certificate| graph.signatures.of(one.hash).iter().all(|signer| signer.hash == one.hash);
    let mut tops: Vec<&Certificate> = graph
        .certificates
        .values()
        .filter(|one| held.contains_key(&one.hash))
        .filter(is_top)
        .copied()
        .collect();
    tops.sort_by_key(|one| (!one.is_authority(), one.told(), one.hash));
    for top in tops {
        tree.add(top, "", "");
    }
    tree.text
}

struct Tree<'a, 'c> {
    check: &'a PkiCheck<'c>,
    held: &'a BTreeMap<Hash, BTreeSet<String>>,
    marks: &'a Marks<'a>,
    text: String,
    told: BTreeSet<Hash>,
}

impl Tree<'_, '_> {
    fn add(&mut self, one: &Certificate, first: &str, rest: &str) {
        let places = self.held.get(&one.hash).cloned().unwrap_or_default();
        let wrong = self.marks.worst(places.iter().map(String::as_str));
        let name =
            if one.is_authority() { format!("CA {} {}", one.told(), one.key.short()) } else { one.told() };
        let right = format!("{:>10}  {}", days(one, self.check.at), mark(wrong));
        let room = WIDTH.saturating_sub(right.chars().count() + first.chars().count() + 1);
        let name: String = name.chars().take(room).collect();
        let _ = writeln!(self.text, "{first}{name:<room$} {right}");
        if !self.told.insert(one.hash) {
            return;
        }
        let graph = self.check.graph;
        let mut below: Vec<&Certificate> = graph
            .signatures
            .below(one.hash)
            .filter(|hash| self.held.contains_key(hash))
            .filter_map(|hash| graph.certificates.get(&hash).copied())
            .collect();
        below.sort_by_key(|one| (!one.is_authority(), one.told(), one.hash));
        let bar = if below.is_empty() { "  " } else { "│ " };
        for place in places {
            let line = format!("{rest}{bar}{place}");
            let _ = writeln!(self.text, "{}", line.chars().take(WIDTH).collect::<String>());
        }
        let last = below.len().saturating_sub(1);
        for (at, child) in below.into_iter().enumerate() {
            let (turn, further) = if at == last { ("└ ", "  ") } else { ("├ ", "│ ") };
            self.add(child, &format!("{rest}{turn}"), &format!("{rest}{further}"));
        }
    }
}

/// For Graphviz.
pub fn pki_dot(picture: &Picture) -> String {
    let mut text = "digraph pki {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    for (place, drawn) in picture.boxes.iter().enumerate() {
        let label: Vec<String> = drawn.text.iter().map(|line| escape(line)).collect();
        let style = if is_bad(drawn) { ", color=red, style=dashed" } else { "" };
        let _ = writeln!(text, "  n{place} [label=\"{}\"{style}];", label.join("\\n"));
    }
    for line in &picture.lines {
        let style = if line.wrong { ", color=red, style=dashed" } else { "" };
        let _ = writeln!(text, "  n{} -> n{} [label=\"{}\"{style}];", line.from, line.to, line.kind.told());
    }
    text + "}\n"
}

fn is_bad(drawn: &PictureBox) -> bool {
    drawn.wrong.is_some_and(|wrong| wrong != Severity::Notice)
}

/// For Mermaid, which GitHub shows.
pub fn pki_mermaid(picture: &Picture) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    for (place, drawn) in picture.boxes.iter().enumerate() {
        let label: Vec<String> = drawn.text.iter().map(|line| escape(line)).collect();
        let class = if is_bad(drawn) { ":::bad" } else { "" };
        let _ = writeln!(text, "  n{place}[\"{}\"]{class}", label.join("<br/>"));
    }
    let mut wrong = Vec::new();
    for (at, line) in picture.lines.iter().enumerate() {
        let arrow = if line.wrong { "-.->" } else { "-->" };
        let _ = writeln!(text, "  n{} {arrow}|{}| n{}", line.from, line.kind.told(), line.to);
        if line.wrong {
            wrong.push(at.to_string());
        }
    }
    if !wrong.is_empty() {
        let _ = writeln!(text, "  linkStyle {} stroke:#d00", wrong.join(","));
    }
    text + "  classDef bad stroke:#d00,stroke-dasharray:4\n"
}

const BOX_WIDTH: usize = 300;
const BOX_HEIGHT: usize = 40;
const GAP: usize = 12;
const COLUMN: usize = 420;
const MARGIN: usize = 20;
const HEADS: [&str; 5] = ["Roots", "CAs", "Certificates", "Shown or trusted by", "Dialled"];
/// As many letters as fit into a box.
const LETTERS: usize = 44;

/// A drawing of its own, without scripts or anything from elsewhere; it follows a dark theme.
pub fn pki_svg(picture: &Picture) -> String {
    let used: BTreeSet<usize> = picture.boxes.iter().map(|drawn| drawn.column).collect();
    let x = |column: usize| MARGIN + COLUMN * used.iter().position(|one| *one == column).unwrap_or_default();
    let mut rows = [0usize; 5];
    let mut places = Vec::new();
    for drawn in &picture.boxes {
        let row = &mut rows[drawn.column.min(4)];
        places.push((x(drawn.column), 2 * MARGIN + *row * (BOX_HEIGHT + GAP)));
        *row += 1;
    }
    let height = 3 * MARGIN + rows.iter().max().copied().unwrap_or_default() * (BOX_HEIGHT + GAP);
    let width = 2 * MARGIN + used.len().saturating_sub(1) * COLUMN + BOX_WIDTH;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"Who signs, shows, trusts and dials whom\">\n{STYLE}<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    for column in &used {
        let head = HEADS.get(*column).copied().unwrap_or_default();
        let _ =
            writeln!(text, "<text class=\"head\" x=\"{}\" y=\"{}\">{head}</text>", x(*column), MARGIN + 6);
    }
    for line in &picture.lines {
        let ((from_x, from_y), (to_x, to_y)) = (places[line.from], places[line.to]);
        let (start, from_y, to_y) = (from_x + BOX_WIDTH, from_y + BOX_HEIGHT / 2, to_y + BOX_HEIGHT / 2);
        let middle = usize::midpoint(start, to_x);
        let class = match (line.wrong, line.kind) {
            (true, _) => "line bad",
            (false, LineKind::Trusts) => "line trusts",
            (false, LineKind::Signs | LineKind::Shows | LineKind::Dials) => "line",
        };
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{start} {from_y} C{middle} {from_y} {middle} {to_y} {to_x} {to_y}\"><title>{}</title></path>",
            line.kind.told()
        );
    }
    for (drawn, (x, y)) in picture.boxes.iter().zip(&places) {
        let class = if is_bad(drawn) { "box bad" } else { "box" };
        let whole = escaped(&drawn.text.join(", "));
        let _ = writeln!(
            text,
            "<g><title>{whole}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"4\"/>"
        );
        let first = if drawn.text.len() > 1 { 16 } else { 25 };
        for (at, line) in drawn.text.iter().enumerate() {
            let _ = writeln!(
                text,
                "<text x=\"{}\" y=\"{}\">{}</text>",
                x + 8,
                y + first + at * 16,
                escaped(&short(line))
            );
        }
        text.push_str("</g>\n");
    }
    text + "</svg>\n"
}

/// The end of a path says more than its begin.
fn short(line: &str) -> String {
    let count = line.chars().count();
    if count <= LETTERS {
        return line.to_owned();
    }
    format!("…{}", line.chars().skip(count - LETTERS + 1).collect::<String>())
}

const STYLE: &str = "<style>\
    text{font:12px ui-monospace,monospace;fill:#1b1f24}.head{font-weight:bold}.paper{fill:#fff}.box{fill:#f3f5f7;stroke:#57606a}\
    .line{fill:none;stroke:#57606a}.trusts{stroke-width:.5}.bad{stroke:#c00;stroke-dasharray:5 3;stroke-width:2}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}.line{stroke:#8b949e}\
    .bad{stroke:#ff6b6b}}</style>\n";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The drawing and the table of findings in one file, without scripts.
pub fn pki_html(check: &PkiCheck<'_>, picture: &Picture) -> String {
    let mut rows = String::new();
    for finding in check.findings {
        let _ = writeln!(
            rows,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}<br><small>{}</small></td><td>{}</td></tr>",
            finding.severity.as_str(),
            finding.severity.as_str(),
            finding.id.as_str(),
            escaped(&finding.object),
            escaped(&finding.message),
            escaped(&finding.evidence),
            escaped(&finding.fix)
        );
    }
    let counted = counted(check.findings).unwrap_or_else(|| "nothing is wrong".to_owned());
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>PKI: {counted}</title>\n<style>{PAGE}</style></head><body>\n\
         <h1>PKI: {counted}</h1>\n<p>As of {}.</p>\n<table><tr><th>Severity</th><th>Id</th><th>Where</th><th>What</th><th>Fix</th></tr>\n\
         {rows}</table>\n{}</body></html>\n",
        check.at,
        pki_svg(picture)
    )
}

const PAGE: &str = "body{font:14px system-ui,sans-serif;margin:2em;background:#fff;color:#1b1f24}table{border-collapse:collapse}\
    td,th{border:1px solid #8b949e;padding:.3em .6em;text-align:left;vertical-align:top}tr.critical td:first-child{font-weight:bold;\
    border-left:6px dashed #c00}tr.warning td:first-child{border-left:6px dashed #b70}svg{max-width:100%;height:auto}\
    @media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}}";
