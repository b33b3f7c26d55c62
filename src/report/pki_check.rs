//! What `certs check` has found → text for people, or a document for programs.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::document::{Document, DocumentKind, ErrorEntry, Status};
use super::program::all_by_name;
use crate::pki_graph::{Certificate, Finding, Graph, Severity};

/// All that a check came to.
#[derive(Debug)]
pub struct PkiCheck<'a> {
    /// What was looked at.
    pub graph: &'a Graph<'a>,
    /// As of when it was judged.
    pub at: Timestamp,
    /// The worst first.
    pub findings: &'a [Finding],
}

/// For people: a paragraph a finding, what was not looked at, and a line that sums up.
pub fn pki_text(check: &PkiCheck<'_>) -> String {
    let mut text: String = check.findings.iter().map(|finding| paragraph(check, finding)).collect();
    for node in &check.graph.nodes {
        for skipped in &node.tree.unread {
            let _ = writeln!(text, "not looked at: {}: {}", skipped.path.display(), skipped.why);
        }
    }
    text + &sum(check) + "\n"
}

fn paragraph(check: &PkiCheck<'_>, finding: &Finding) -> String {
    let object = if check.graph.nodes.len() > 1 {
        format!("{}: {}", finding.root, finding.object)
    } else {
        finding.object.clone()
    };
    format!(
        "{} {}: {object}\n  {}\n  seen: {}\n  fix: {}\n",
        finding.severity.as_str(),
        finding.id.as_str(),
        finding.message,
        finding.evidence,
        finding.fix
    )
}

/// `28 certificates below 3 CAs: 1 critical, 2 warnings`
fn sum(check: &PkiCheck<'_>) -> String {
    let authorities = check.graph.certificates.values().filter(|one| one.is_authority()).count();
    let leaves = check.graph.certificates.len().saturating_sub(authorities);
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} below {}: {}",
        plural(leaves, "certificate"),
        plural(authorities, "CA"),
        counted(check.findings).unwrap_or_else(|| "nothing is wrong".to_owned())
    )
}

/// `1 critical, 2 warnings`; nothing where nothing was found.
pub fn counted(findings: &[Finding]) -> Option<String> {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let parts = [
        (count(Severity::Critical), "critical", "critical"),
        (count(Severity::Warning), "warning", "warnings"),
        (count(Severity::Notice), "notice", "notices"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// For programs; `error` where the command does not end with 0.
pub fn pki_document(check: &PkiCheck<'_>, error: Option<ErrorEntry>) -> Value {
    let graph = check.graph;
    let layouts: Vec<&str> = graph.nodes.iter().map(|node| node.layout.as_str()).collect();
    let roots: Vec<String> = graph.nodes.iter().map(|node| node.tree.root.display().to_string()).collect();
    let skipped = graph.nodes.iter().flat_map(|node| {
        let root = node.tree.root.display().to_string();
        node.tree.unread.iter().map(move |one| json!({ "root": root, "path": one.path, "why": one.why }))
    });
    let fields = json!({
        "roots": roots,
        "layouts": layouts,
        "at": check.at,
        "certificates": graph.certificates.values().map(|one| certificate(one)).collect::<Vec<_>>(),
        "places": graph.places(),
        "edges": graph.edges(),
        "notLookedAt": skipped.collect::<Vec<_>>(),
    });
    let status = if error.is_some() { Status::Failed } else { Status::Done };
    let mut findings = json!(check.findings);
    all_by_name(&mut findings);
    Document::new(DocumentKind::PkiCheck, status, fields)
        .with_found(findings)
        .with_errors(error.into_iter().collect())
        .to_value()
}

fn certificate(one: &Certificate) -> Value {
    let addresses = one.found.ip_addresses.iter().map(ToString::to_string);
    json!({
        "sha256": one.hash.to_string(),
        "subject": one.found.common_name,
        "organizations": one.found.organizations,
        "issuer": one.found.issuer_common_name,
        "serial": one.serial(),
        "notBefore": one.found.not_before,
        "notAfter": one.found.not_after,
        "authority": one.is_authority(),
        "names": one.found.dns_names.iter().cloned().chain(addresses).collect::<Vec<_>>(),
        "key": { "kind": one.found.key.to_string(), "sha256": one.key.to_string() },
    })
}
