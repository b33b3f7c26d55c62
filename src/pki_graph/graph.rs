//! All that was read → one graph: certificates and keys, the places that hold them, and who signs, reads, trusts, shows and dials.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::content::{Certificate, Content};
use super::hash::Hash;
use super::kubeconfigs::{Kubeconfig, Source};
use super::node::{ClientState, Node};
use super::seen::Tree;
use super::signatures::{Fit, Signatures};

/// The PKI of one host or of several.
#[derive(Debug)]
pub struct Graph<'s> {
    /// Each host.
    pub nodes: Vec<Node<'s>>,
    /// All certificates that were found, each once.
    pub certificates: BTreeMap<Hash, &'s Certificate>,
    /// Who has signed which.
    pub signatures: Signatures,
}

/// A file, or a field of a kubeconfig, that holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceNode {
    /// Of which tree.
    pub root: String,
    /// A path, with the field in brackets behind it where it stands in a kubeconfig.
    pub name: String,
    /// The file's permission bits, in octal digits.
    pub mode: String,
    /// By the SHA-256 of their DER.
    pub certificates: Vec<String>,
    /// Of a private key, by the SHA-256 of its public half.
    pub key: Option<String>,
}

/// What leads from one node of the graph to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// A certificate's hash, a place, or what reads places.
    pub from: String,
    /// How.
    pub kind: EdgeKind,
    /// A certificate's or a key's hash, a place, or an address.
    pub to: String,
}

/// How one thing leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// A CA, a certificate.
    Signs,
    /// A place, a certificate or a key.
    Holds,
    /// A flag or a kubeconfig, a place.
    Reads,
    /// A flag or a kubeconfig, a place with CAs.
    Trusts,
    /// A flag or a kubeconfig, a place with its certificate.
    Presents,
    /// A kubeconfig, an address.
    Dials,
}

impl<'s> Graph<'s> {
    /// Of all trees.
    pub fn of(trees: &'s [Tree]) -> Self {
        let certificates: BTreeMap<Hash, &Certificate> = trees
            .iter()
            .flat_map(|tree| tree.files.values())
            .flat_map(|file| certificates_in(&file.content))
            .map(|certificate| (certificate.hash, certificate))
            .collect();
        let signatures = Signatures::among(&certificates);
        Self { nodes: trees.iter().map(Node::of).collect(), certificates, signatures }
    }

    /// A way from a certificate, leaf first, to one of `roots`, by way of `between`; the worst fit on it. The best of all ways.
    pub fn way(&self, from: &Certificate, between: &BTreeSet<Hash>, roots: &BTreeSet<Hash>) -> Option<Fit> {
        let mut reached = BTreeSet::new();
        // First all ways on which everything fits, then those on which something does not.
        for allowed in [Fit::Whole, Fit::OtherKeyId, Fit::OtherName] {
            reached.insert(from.hash);
            loop {
                if reached.iter().any(|hash| roots.contains(hash)) {
                    return Some(allowed);
                }
                let above: Vec<Hash> = reached
                    .iter()
                    .flat_map(|hash| self.signatures.of(*hash))
                    .filter(|signer| rank(signer.fit) <= rank(allowed))
                    .map(|signer| signer.hash)
                    .filter(|hash| {
                        !reached.contains(hash) && (between.contains(hash) || roots.contains(hash))
                    })
                    .collect();
                if above.is_empty() {
                    break;
                }
                reached.extend(above);
            }
        }
        None
    }

    /// All places that hold something, in the order of their names.
    pub fn places(&self) -> Vec<PlaceNode> {
        self.nodes.iter().flat_map(|node| places_of(node.tree)).collect()
    }

    /// All edges, sorted.
    pub fn edges(&self) -> Vec<Edge> {
        let mut all: BTreeSet<Edge> = BTreeSet::new();
        for hash in self.certificates.keys() {
            for signer in self.signatures.of(*hash) {
                all.insert(edge(signer.hash.to_string(), EdgeKind::Signs, hash.to_string()));
            }
        }
        for place in self.places() {
            let held = place.certificates.iter().chain(&place.key);
            all.extend(held.map(|hash| edge(place.name.clone(), EdgeKind::Holds, hash.clone())));
        }
        for node in &self.nodes {
            for pair in &node.pairs {
                all.insert(edge(pair.source.clone(), EdgeKind::Presents, pair.certificate.name.clone()));
                all.insert(edge(pair.source.clone(), EdgeKind::Reads, pair.key.name.clone()));
            }
            for bundle in &node.bundles {
                all.insert(edge(bundle.source.clone(), EdgeKind::Trusts, bundle.held.name.clone()));
            }
            for key in node.token_checks.iter().chain(&node.token_signers) {
                all.insert(edge(key.source.clone(), EdgeKind::Reads, key.held.name.clone()));
            }
            for client in &node.clients {
                let path = client.path.display().to_string();
                all.insert(edge(client.source.clone(), EdgeKind::Reads, path.clone()));
                if let ClientState::Here(config) = client.config {
                    all.insert(edge(path, EdgeKind::Dials, config.place.clone()));
                }
            }
        }
        all.into_iter().collect()
    }
}

fn rank(fit: Fit) -> u8 {
    match fit {
        Fit::Whole => 0,
        Fit::OtherKeyId => 1,
        Fit::OtherName => 2,
    }
}

fn edge(from: String, kind: EdgeKind, to: String) -> Edge {
    Edge { from, kind, to }
}

/// Those of a file, and those that a kubeconfig carries.
fn certificates_in(content: &Content) -> Vec<&Certificate> {
    match content {
        Content::Pem(pem) => pem.certificates.iter().collect(),
        Content::Kubeconfig(read) => match &**read {
            Ok(config) => embedded(config).into_iter().flat_map(|(_, pem)| &pem.certificates).collect(),
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The fields of a kubeconfig that carry something.
fn embedded(config: &Kubeconfig) -> Vec<(&'static str, &super::content::Pem)> {
    let identity = config.identity.iter().flat_map(|identity| [&identity.certificate, &identity.key]);
    let sources = config.authority.iter().chain(identity);
    sources
        .filter_map(|source| match source {
            Source::Data(field, pem) => Some((*field, &**pem)),
            Source::File(_) => None,
        })
        .collect()
}

fn places_of(tree: &Tree) -> Vec<PlaceNode> {
    let mut all = Vec::new();
    for (path, file) in &tree.files {
        let mut add = |name: String, pem: &super::content::Pem| {
            if pem.certificates.is_empty() && pem.private().is_none() {
                return;
            }
            all.push(PlaceNode {
                root: tree.root.display().to_string(),
                name,
                mode: format!("{:04o}", file.mode),
                certificates: pem.certificates.iter().map(|one| one.hash.to_string()).collect(),
                key: pem.private().map(|key| key.to_string()),
            });
        };
        match &file.content {
            Content::Pem(pem) => add(path.display().to_string(), pem),
            Content::Kubeconfig(read) => {
                for (field, pem) in read.iter().flat_map(embedded) {
                    add(format!("{} ({field})", path.display()), pem);
                }
            }
            _ => {}
        }
    }
    all
}
