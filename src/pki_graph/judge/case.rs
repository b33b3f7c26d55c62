//! What is judged, and what was found so far.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::content::Certificate;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::graph::Graph;
use super::super::hash::Hash;
use super::super::node::{Held, Node, Pair};
use super::super::role::Role;
use super::super::thresholds::Limits;

/// What every judge looks at.
pub struct Case<'g, 's> {
    pub graph: &'g Graph<'s>,
    pub now: Timestamp,
    pub limits: &'g Limits,
}

/// What was found so far, and what that explains.
#[derive(Default)]
pub struct Found {
    pub all: Vec<Finding>,
    explained: BTreeSet<String>,
}

/// A certificate with which something shows who it is.
pub struct Leaf<'g, 's> {
    pub certificate: &'s Certificate,
    pub node: &'g Node<'s>,
    /// The first that has it.
    pub pair: &'g Pair<'s>,
    /// All that have it.
    pub roles: Vec<Role>,
}

/// A CA that something trusts or signs with.
pub struct Authority<'g, 's> {
    pub certificate: &'s Certificate,
    /// Where it is; the CA's own file first.
    pub places: Vec<(&'g Node<'s>, String)>,
    /// Whether it stands in a bundle, or signs; else it is only on the way to one that does.
    pub is_anchor: bool,
}

impl Found {
    pub fn add(&mut self, finding: Finding) {
        self.all.push(finding);
    }

    /// What has a cause that was told: a place, or a certificate by its hash.
    #[expect(clippy::needless_pass_by_value, reason = "names are borrowed, hashes are not")]
    pub fn explain(&mut self, what: impl ToString) {
        self.explained.insert(what.to_string());
    }

    #[expect(clippy::needless_pass_by_value, reason = "names are borrowed, hashes are not")]
    pub fn explains(&self, what: impl ToString) -> bool {
        self.explained.contains(&what.to_string())
    }

    pub fn has(&self, id: Fault) -> bool {
        self.all.iter().any(|finding| finding.id == id)
    }
}

impl Finding {
    pub(super) fn new(
        id: Fault,
        severity: Severity,
        node: &Node<'_>,
        object: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id,
            severity,
            root: node.tree.root.display().to_string(),
            object: object.into(),
            message: message.into(),
            evidence: String::new(),
            fix: String::new(),
            command: None,
        }
    }

    pub(super) fn seen(self, evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), ..self }
    }

    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    /// What to do is to run this.
    pub(super) fn run(self, command: impl Into<String>, more: &str) -> Self {
        let command = command.into();
        let fix = if more.is_empty() { format!("`{command}`") } else { format!("`{command}`, {more}") };
        Self { fix, command: Some(command), ..self }
    }

    /// The pair is to be made again by its CA.
    pub(super) fn renew(self, role: Role) -> Self {
        match role.renew() {
            Some(name) => self.run(format!("kubewright certs renew {name}"), "and restart what reads it"),
            None => self.fix("have its CA issue it again, and restart what reads it"),
        }
    }

    /// The same, by what the configuration says now.
    pub(super) fn renew_from_config(self, role: Role) -> Self {
        match role.renew() {
            Some(name) => {
                self.run(format!("kubewright certs renew {name} --from-config"), "and restart what reads it")
            }
            None => self.fix("have its CA issue it again as it should be, and restart what reads it"),
        }
    }
}

impl<'g, 's> Case<'g, 's> {
    /// Each once, whoever shows it. The signer's certificate is a CA.
    pub fn leaves(&self) -> Vec<Leaf<'g, 's>> {
        let mut all: Vec<Leaf<'g, 's>> = Vec::new();
        for node in &self.graph.nodes {
            for pair in node.pairs.iter().filter(|pair| pair.role != Role::Signer) {
                let Some(certificate) = pair.own() else { continue };
                match all.iter_mut().find(|leaf| leaf.certificate.hash == certificate.hash) {
                    Some(leaf) => leaf.roles.push(pair.role),
                    None => all.push(Leaf { certificate, node, pair, roles: vec![pair.role] }),
                }
            }
        }
        all
    }

    /// Each once, wherever it is.
    pub fn authorities(&self) -> Vec<Authority<'g, 's>> {
        let mut all: BTreeMap<Hash, Authority<'g, 's>> = BTreeMap::new();
        let mut add = |node: &'g Node<'s>, held: &Held<'s>, is_anchor, but: Option<Hash>| {
            for certificate in held.certificates().iter().filter(|one| Some(one.hash) != but) {
                let entry = all.entry(certificate.hash).or_insert_with(|| Authority {
                    certificate,
                    places: Vec::new(),
                    is_anchor: false,
                });
                entry.is_anchor |= is_anchor;
                if !entry.places.iter().any(|(_, name)| *name == held.name) {
                    entry.places.push((node, held.name.clone()));
                }
            }
        };
        for node in &self.graph.nodes {
            for (certificate, _) in node.layout.authorities() {
                add(node, &node.held(certificate.as_ref()), true, None);
            }
            for pair in node.pairs.iter().filter(|pair| pair.role == Role::Signer) {
                add(node, &pair.certificate, true, None);
            }
            for bundle in &node.bundles {
                add(node, &bundle.held, true, None);
            }
            for pair in node.pairs.iter().filter(|pair| pair.role != Role::Signer) {
                let own = pair.own().map(|own| own.hash);
                add(node, &pair.certificate, false, own);
            }
        }
        all.into_values().collect()
    }
}

/// `2026-11-29`, and how many days that is from now.
pub fn ends(until: Timestamp, now: Timestamp) -> String {
    let days = until.as_second().saturating_sub(now.as_second()).div_euclid(24 * 3600);
    let date = until.to_string();
    match days {
        0.. => format!("it ends at {date}, in {days} days"),
        _ => format!("it ended at {date}, {} days ago", days.saturating_neg()),
    }
}

/// With the places in which it is.
pub fn in_places(places: &[(&Node<'_>, String)]) -> String {
    let names: Vec<&str> = places.iter().map(|(_, name)| name.as_str()).collect();
    names.join(", ")
}
