//! A configuration file → its documents, each known by its kind.

use std::collections::BTreeMap;

use super::given::Remarks;
use super::problem::Problem;
use super::suggest::nearest;
use super::walk::Origin;
use super::warning::Caution;
use crate::yaml::{self, BadTree, Node, Spot, Spotted};

/// A version of kubeadm's own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    V1beta3,
    V1beta4,
}

/// What a document of a known kind configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Init(Api),
    Cluster(Api),
    Join(Api),
    Reset,
    Upgrade,
    Kubelet,
    KubeProxy,
}

/// What a text is read for. Known kinds of no use to it are left out with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Init,
    Join,
    Reset,
    /// The cluster's own ClusterConfiguration.
    StoredCluster,
    /// The cluster's own KubeletConfiguration.
    StoredKubelet,
}

const V1BETA3: &str = "kubeadm.k8s.io/v1beta3";
const V1BETA4: &str = "kubeadm.k8s.io/v1beta4";
const KUBELET: &str = "kubelet.config.k8s.io/v1beta1";
const KUBE_PROXY: &str = "kubeproxy.config.k8s.io/v1alpha1";

/// Every known kind.
const KINDS: &[(&str, &str, Role)] = &[
    (V1BETA4, "InitConfiguration", Role::Init(Api::V1beta4)),
    (V1BETA4, "ClusterConfiguration", Role::Cluster(Api::V1beta4)),
    (V1BETA4, "JoinConfiguration", Role::Join(Api::V1beta4)),
    (V1BETA4, "ResetConfiguration", Role::Reset),
    (V1BETA4, "UpgradeConfiguration", Role::Upgrade),
    (V1BETA3, "InitConfiguration", Role::Init(Api::V1beta3)),
    (V1BETA3, "ClusterConfiguration", Role::Cluster(Api::V1beta3)),
    (V1BETA3, "JoinConfiguration", Role::Join(Api::V1beta3)),
    (KUBELET, "KubeletConfiguration", Role::Kubelet),
    (KUBE_PROXY, "KubeProxyConfiguration", Role::KubeProxy),
];

/// Versions that are known, but too old, and the last kubeadm that reads them.
const OLD: &[(&str, &str)] = &[
    ("kubeadm.k8s.io/v1alpha1", "v1.11"),
    ("kubeadm.k8s.io/v1alpha2", "v1.12"),
    ("kubeadm.k8s.io/v1alpha3", "v1.14"),
    ("kubeadm.k8s.io/v1beta1", "v1.15"),
    ("kubeadm.k8s.io/v1beta2", "v1.22"),
];

/// Of one file: more than anybody has, and few enough that each may be as large as it wants.
const MOST_DOCUMENTS: usize = 100;

/// The documents of one file, none more than once; none that its use has no meaning for.
#[derive(Default)]
pub struct Documents {
    pub init: Option<(Document, Api)>,
    pub cluster: Option<(Document, Api)>,
    pub join: Option<(Document, Api)>,
    pub kubelet: Option<Document>,
    pub kube_proxy: Option<Document>,
    pub reset: Option<Document>,
}

pub struct Document {
    pub origin: Origin,
    pub tree: Spotted<Node>,
}

/// Reads the stream `text`. A document that is not YAML does not keep the others from being read.
pub fn read(text: &str, wanted: Use, remarks: &mut Remarks) -> Documents {
    let mut reader = Reader { wanted, remarks, kinds: BTreeMap::new() };
    let mut documents = Documents::default();
    let mut number = 0;
    for part in split(text) {
        if number == MOST_DOCUMENTS {
            reader.too_many(number, part.lines);
            break;
        }
        match yaml::tree_behind(part.lines, part.text) {
            Ok(tree) if tree.value == Node::Null => {}
            Ok(tree) => {
                number += 1;
                reader.place(&mut documents, number, tree);
            }
            Err(error) => {
                number += 1;
                reader.not_yaml(number, error);
            }
        }
    }
    documents
}

/// A document's text, and how many lines of others stand before it.
struct Part<'a> {
    lines: u64,
    text: &'a str,
}

/// The parts between the `---` lines.
fn split(text: &str) -> Vec<Part<'_>> {
    let mut starts = vec![(0, 0)];
    let mut offset = 0;
    for (line, lines) in text.split_inclusive('\n').zip(0..) {
        if line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        {
            starts.push((offset, lines));
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|((start, lines), end)| Part { lines: *lines, text: &text[*start..end] })
        .collect()
}

impl Use {
    const fn reads(self, role: Role) -> bool {
        match self {
            Self::Init => {
                matches!(role, Role::Init(_) | Role::Cluster(_) | Role::Kubelet | Role::KubeProxy)
            }
            Self::Join => matches!(role, Role::Join(_)),
            Self::Reset => matches!(role, Role::Reset),
            Self::StoredCluster => matches!(role, Role::Cluster(_)),
            Self::StoredKubelet => matches!(role, Role::Kubelet),
        }
    }
}

struct Reader<'a> {
    wanted: Use,
    remarks: &'a mut Remarks,
    /// Kinds seen so far and the number of their document.
    kinds: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn too_many(&mut self, number: usize, lines: u64) {
        let at = Origin { number, kind: String::new() }.at(Spot { line: lines + 1, column: 1 }, "");
        self.remarks.refuse(&at, Problem::TooManyDocuments { most: MOST_DOCUMENTS });
    }

    fn not_yaml(&mut self, number: usize, error: BadTree) {
        let spot = error.spot.unwrap_or(Spot { line: 1, column: 1 });
        let at = Origin { number, kind: String::new() }.at(spot, "");
        self.remarks.refuse(&at, Problem::NotYaml { said: error.said });
    }

    /// Puts the document where its kind belongs.
    fn place(&mut self, documents: &mut Documents, number: usize, tree: Spotted<Node>) {
        let Some((api_version, kind)) = self.named(number, &tree) else { return };
        let origin = Origin { number, kind: kind.value.clone() };
        if let Some(first) = self.kinds.get(&kind.value) {
            let problem = Problem::SecondDocument { kind: kind.value, first: *first };
            self.remarks.refuse(&origin.at(kind.spot, "kind"), problem);
            return;
        }
        self.kinds.insert(kind.value.clone(), number);
        let Some(role) = self.role(&origin, &api_version, &kind) else { return };
        if !self.wanted.reads(role) {
            self.remarks.warn(&origin.at(tree.spot, ""), Caution::IgnoredDocument);
            return;
        }
        self.warn(role, &origin, &tree);
        let document = Document { origin, tree };
        match role {
            Role::Init(api) => documents.init = Some((document, api)),
            Role::Cluster(api) => documents.cluster = Some((document, api)),
            Role::Join(api) => documents.join = Some((document, api)),
            Role::Kubelet => documents.kubelet = Some(document),
            Role::KubeProxy => documents.kube_proxy = Some(document),
            Role::Reset => documents.reset = Some(document),
            Role::Upgrade => {}
        }
    }

    /// apiVersion and kind.
    fn named(&mut self, number: usize, tree: &Spotted<Node>) -> Option<(Spotted<String>, Spotted<String>)> {
        let at = Origin { number, kind: String::new() }.at(tree.spot, "");
        let Node::Map(entries) = &tree.value else {
            let found = match &tree.value {
                Node::List(_) => "a list",
                Node::Null
                | Node::Bool(_)
                | Node::Integer(_)
                | Node::Float(_)
                | Node::Text(_)
                | Node::Map(_) => "a single value",
            };
            self.remarks.refuse(&at, Problem::NotADocument { found });
            return None;
        };
        let named = text(entries, "apiVersion").zip(text(entries, "kind"));
        if named.is_none() {
            self.remarks.refuse(&at, Problem::NoKind);
        }
        named
    }

    /// The role of a kind. Kinds of foreign groups are left out with a warning, as kubeadm leaves them out, unless
    /// their name is one of ours: then the group is misspelt.
    fn role(
        &mut self,
        origin: &Origin,
        api_version: &Spotted<String>,
        kind: &Spotted<String>,
    ) -> Option<Role> {
        let (version, name) = (api_version.value.as_str(), kind.value.as_str());
        if let Some((_, _, role)) = KINDS.iter().find(|(v, k, _)| (*v, *k) == (version, name)) {
            return Some(*role);
        }
        let at = origin.at(api_version.spot, "apiVersion");
        let api_version = version.to_owned();
        if let Some((_, last)) = OLD.iter().find(|(old, _)| *old == version) {
            self.remarks.refuse(&at, Problem::OldApiVersion { api_version, last });
        } else if KINDS.iter().any(|known| known.0 == version) {
            let suggestion =
                nearest(name, KINDS.iter().filter(|known| known.0 == version).map(|known| known.1));
            let problem = Problem::UnknownKind { api_version, kind: name.to_owned(), suggestion };
            self.remarks.refuse(&origin.at(kind.spot, "kind"), problem);
        } else if is_ours(version, name) {
            let suggestion =
                nearest(version, KINDS.iter().filter(|known| known.1 == name).map(|known| known.0));
            self.remarks.refuse(&at, Problem::UnknownApiVersion { api_version, suggestion });
        } else {
            let at = origin.at(kind.spot, "");
            self.remarks.warn(&at, Caution::ForeignDocument { api_version, kind: name.to_owned() });
        }
        None
    }

    fn warn(&mut self, role: Role, origin: &Origin, tree: &Spotted<Node>) {
        if let Role::Init(Api::V1beta3) | Role::Cluster(Api::V1beta3) | Role::Join(Api::V1beta3) = role {
            self.remarks.warn(&origin.at(tree.spot, "apiVersion"), Caution::OldApiVersion);
        }
        if let Node::Map(entries) = &tree.value
            && let Some((key, _)) = entries.iter().find(|(key, _)| key.value == "metadata")
        {
            self.remarks.warn(&origin.at(key.spot, "metadata"), Caution::IgnoredMetadata);
        }
    }
}

/// A group or a kind that only a cluster's configuration has.
fn is_ours(api_version: &str, kind: &str) -> bool {
    let group = |text: &str| text.split('/').next().unwrap_or(text).to_owned();
    KINDS.iter().any(|known| group(known.0) == group(api_version) || known.1 == kind)
}

fn text(entries: &[(Spotted<String>, Spotted<Node>)], name: &str) -> Option<Spotted<String>> {
    let (_, value) = entries.iter().find(|(key, _)| key.value == name)?;
    match &value.value {
        Node::Text(text) if !text.is_empty() => Some(Spotted { value: text.clone(), spot: value.spot }),
        Node::Text(_)
        | Node::Null
        | Node::Bool(_)
        | Node::Integer(_)
        | Node::Float(_)
        | Node::List(_)
        | Node::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_cut_at_their_separators_and_know_the_lines_before_them() {
        let parts = |text| split(text).into_iter().map(|part| (part.lines, part.text)).collect::<Vec<_>>();
        assert_eq!(parts("a\n---\nb\n--- # c\nd"), [(0, "a\n"), (1, "---\nb\n"), (3, "--- # c\nd")]);
        assert_eq!(parts("---\r\na"), [(0, ""), (0, "---\r\na")]);
        assert_eq!(parts("a\n---b\n ---\n"), [(0, "a\n---b\n ---\n")]);
    }

    #[test]
    fn many_separators_take_no_more_room_than_they_have() {
        let text = "---\n".repeat(100_000);
        let mut remarks = Remarks::default();
        read(&text, Use::Init, &mut remarks);
        assert!(remarks.errors.is_empty());
    }

    #[test]
    fn more_documents_than_anybody_has_are_refused_once() {
        let text = "---\n{apiVersion: v1, kind: A}\n".repeat(200);
        let mut remarks = Remarks::default();
        read(&text, Use::Init, &mut remarks);
        let last = remarks.errors.last().unwrap();
        assert_eq!(
            last.to_string(),
            "document 100, line 201, column 1: there are more than 100 documents in one file"
        );
    }
}
