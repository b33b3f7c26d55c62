//! `certs check`: read this host's PKI, or copies of it; judge; show. Nothing is written, and nothing is asked of anybody.

use std::io;
use std::path::PathBuf;

use clap::{Arg, Command};
use jiff::Timestamp;

use super::failure::{CertsFailure, Codes};
use crate::cli::command::output;
use crate::cli::failure::Failure;
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind, FlagValues};
use crate::cli::identify;
use crate::host::{Node, observe};
use crate::moment::moment;
use crate::pki_graph::{BadThreshold, Finding, Graph, Limits, Severity, Threshold, Tree, judge};
use crate::report::{self, ErrorEntry, PkiCheck};

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { name: "root", group: FlagGroup::Node, kind: FlagKind::List("DIR"), help: "Root of a copy of a host's files; several are the nodes of one cluster [default: /]" },
    Flag { name: "at", group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "Judge as of another time, as in 2027-06-01 or 2027-06-01T12:00:00Z" },
    Flag { name: "warn", group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "A certificate that ends within this is a warning: 30d, 12h, or a part of its life, 10% [default: 30d]" },
    Flag { name: "crit", group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "A certificate that ends within this is critical [default: 7d]" },
    Flag { name: "ca-warn", group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "A CA that ends within this is a warning [default: 365d]" },
    Flag { name: "ca-crit", group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "A CA that ends within this is critical [default: 90d]" },
    Flag { name: "fail-on", group: FlagGroup::Run, kind: FlagKind::Value("SEVERITY"), help: "Least severity that ends with an error: critical, warning or never [default: warning]" },
];

/// A flag's value that is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BadCheck {
    /// `--warn` and its like.
    #[error("--{flag}: {source}")]
    Threshold {
        /// Without its dashes.
        flag: &'static str,
        /// What is wrong with it.
        source: BadThreshold,
    },
    /// `--at`.
    #[error("--at: {text:?} is no time, as in 2027-06-01 or 2027-06-01T12:00:00Z")]
    Time {
        /// As it was given.
        text: String,
    },
    /// `--fail-on`.
    #[error("--fail-on: {text:?} is none of critical, warning and never")]
    Severity {
        /// As it was given.
        text: String,
    },
}

/// The command and its flags.
pub fn command() -> Command {
    Command::new("check")
        .about("Tell what is wrong with the keys, certificates and kubeconfigs of this host, or of copies of hosts; changes nothing")
        .args(FLAGS.iter().map(flags::argument))
        .arg(formats())
}

/// This command's own: what draws and what watches reads others than people and programs.
fn formats() -> Arg {
    output()
        .value_parser(["text", "json", "tree", "prometheus", "nagios", "dot", "mermaid", "svg", "html"])
        .help("How the result is printed: text, json; tree, which is 80 columns wide; prometheus, nagios; dot, mermaid, svg or html, a picture")
}

/// By its own name the program ends with 2 where something is critical, and with 4 where there are warnings alone.
pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let limits = limits(given)?;
    let at = time(given)?.unwrap_or_else(|| node.now());
    let least = least(given)?;
    let trees = read(node, given)?;
    let graph = Graph::of(&trees);
    if let Some(empty) = graph.nodes.iter().find(|node| node.is_empty()) {
        let why = empty
            .tree
            .unread
            .first()
            .map(|one| io::Error::other(format!("{}: {}", one.path.display(), one.why)));
        return Err(CertsFailure::NothingToCheck { root: empty.tree.root.clone(), why }.into());
    }
    let findings = judge(&graph, at, &limits);
    let check = PkiCheck { graph: &graph, at, findings: &findings };
    let codes = if given.text("output").as_deref() == Some("nagios") { Codes::Nagios } else { Codes::Own };
    let failure = failure(&findings, least, codes);
    show(given, &check, failure.as_ref());
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

fn show(given: FlagValues<'_>, check: &PkiCheck<'_>, failure: Option<&CertsFailure>) {
    let picture = || check.graph.picture(check.findings, check.at);
    match given.text("output").as_deref() {
        Some("json") => {
            let error =
                failure.map(|failure| ErrorEntry::of_text(identify::certs(failure), failure.to_string()));
            report::json(&report::pki_document(check, error));
        }
        Some("tree") => report::out(&report::pki_tree(check)),
        Some("prometheus") => report::document(&report::pki_prometheus(check)),
        Some("nagios") => report::out(&report::pki_nagios(check)),
        Some("dot") => report::document(&report::pki_dot(&picture())),
        Some("mermaid") => report::document(&report::pki_mermaid(&picture())),
        Some("svg") => report::document(&report::pki_svg(&picture())),
        Some("html") => report::document(&report::pki_html(check, &picture())),
        _ => report::out(&report::pki_text(check)),
    }
}

fn read(node: &Node, given: FlagValues<'_>) -> Result<Vec<Tree>, CertsFailure> {
    let roots = given.list("root").unwrap_or_else(|| vec!["/".to_owned()]);
    let each = |root: String| {
        let root = PathBuf::from(root);
        match observe::pki(node, &root) {
            Ok(tree) => Ok(tree),
            Err(source) => Err(CertsFailure::NothingToCheck { root, why: Some(source) }),
        }
    };
    roots.into_iter().map(each).collect()
}

/// The worst that was found, where that is to end with an error.
fn failure(findings: &[Finding], least: Option<Severity>, codes: Codes) -> Option<CertsFailure> {
    let worst = findings.iter().map(|finding| finding.severity).min()?;
    let counted = report::counted(findings)?;
    (Some(worst) <= least && least.is_some()).then_some(CertsFailure::Faults { worst, codes, counted })
}

fn limits(given: FlagValues<'_>) -> Result<Limits, BadCheck> {
    let usual = Limits::default();
    let read = |flag: &'static str, usual: Threshold| match given.text(flag) {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|source| BadCheck::Threshold { flag, source }),
    };
    Ok(Limits {
        warn: read("warn", usual.warn)?,
        crit: read("crit", usual.crit)?,
        ca_warn: read("ca-warn", usual.ca_warn)?,
        ca_crit: read("ca-crit", usual.ca_crit)?,
    })
}

/// A date is its first moment, in UTC.
fn time(given: FlagValues<'_>) -> Result<Option<Timestamp>, BadCheck> {
    let Some(text) = given.text("at") else { return Ok(None) };
    let read = moment(&text).or_else(|| moment(&format!("{text}T00:00:00Z")));
    read.map(Some).ok_or(BadCheck::Time { text })
}

/// The mildest that counts as a failure.
fn least(given: FlagValues<'_>) -> Result<Option<Severity>, BadCheck> {
    match given.text("fail-on").as_deref() {
        None | Some("warning") => Ok(Some(Severity::Warning)),
        Some("critical") => Ok(Some(Severity::Critical)),
        Some("never") => Ok(None),
        Some(text) => Err(BadCheck::Severity { text: text.to_owned() }),
    }
}
