//! A configuration file → its documents, each known by its kind.

use std::collections::BTreeMap;

use super::given::{At, Remarks};
use super::kind::ConfigKind;
use super::problem::Problem;
use super::suggest::nearest;
use super::walk::Origin;
use super::warning::Caution;
use crate::text::odd_characters;
use crate::versions::ConfigFormat;
use crate::yaml::{self, BadTree, Node, Spot, Spotted};

/// What a document of a known kind configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentRole {
    /// One of kubeadm's own, in this format.
    Own(ConfigKind, ConfigFormat),
    /// KubeletConfiguration, `kubelet.config.k8s.io/v1beta1`.
    Kubelet,
    /// KubeProxyConfiguration, `kubeproxy.config.k8s.io/v1alpha1`.
    KubeProxy,
}

/// What a text is read for. Known kinds of no use to it are left out with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// InitConfiguration, ClusterConfiguration and the components' own documents.
    Init,
    /// JoinConfiguration.
    Join,
    /// ResetConfiguration.
    Reset,
    /// UpgradeConfiguration.
    Upgrade,
    /// The cluster's own ClusterConfiguration.
    StoredCluster,
    /// The cluster's own KubeletConfiguration.
    StoredKubelet,
    /// The cluster's own KubeProxyConfiguration.
    StoredProxy,
    /// Every command: all known kinds count, and others are refused.
    Everything,
}

const KUBELET: &str = "kubelet.config.k8s.io/v1beta1";
const KUBE_PROXY: &str = "kubeproxy.config.k8s.io/v1alpha1";

/// Every known kind.
const KINDS: &[(&str, &str, DocumentRole)] = &[
    own(ConfigKind::Init, ConfigFormat::V1Beta4),
    own(ConfigKind::Cluster, ConfigFormat::V1Beta4),
    own(ConfigKind::Join, ConfigFormat::V1Beta4),
    own(ConfigKind::Reset, ConfigFormat::V1Beta4),
    own(ConfigKind::Upgrade, ConfigFormat::V1Beta4),
    own(ConfigKind::Init, ConfigFormat::V1Beta3),
    own(ConfigKind::Cluster, ConfigFormat::V1Beta3),
    own(ConfigKind::Join, ConfigFormat::V1Beta3),
    (KUBELET, "KubeletConfiguration", DocumentRole::Kubelet),
    (KUBE_PROXY, "KubeProxyConfiguration", DocumentRole::KubeProxy),
];

const fn own(kind: ConfigKind, format: ConfigFormat) -> (&'static str, &'static str, DocumentRole) {
    (format.api_version(), kind.name(), DocumentRole::Own(kind, format))
}

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
    /// InitConfiguration, and the format that it is in.
    pub init: Option<(Document, ConfigFormat)>,
    /// ClusterConfiguration, and the format that it is in.
    pub cluster: Option<(Document, ConfigFormat)>,
    /// JoinConfiguration, and the format that it is in.
    pub join: Option<(Document, ConfigFormat)>,
    /// KubeletConfiguration.
    pub kubelet: Option<Document>,
    /// KubeProxyConfiguration.
    pub kube_proxy: Option<Document>,
    /// ResetConfiguration, which there is in v1beta4 alone.
    pub reset: Option<Document>,
    /// UpgradeConfiguration, which there is in v1beta4 alone.
    pub upgrade: Option<Document>,
    /// The whole stream, in its order.
    pub parts: Vec<Part>,
}

/// What stands between two `---` lines.
pub struct Part {
    /// `None` where nothing but comments stands there, or where it has no meaning for the use.
    pub role: Option<DocumentRole>,
    /// Whole lines, the `---` before them not among them.
    pub text: String,
    /// The number of lines before it.
    pub above: u64,
}

/// A document of a known kind, whose fields are still to be checked.
pub struct Document {
    /// Its number and its kind, for errors.
    pub origin: Origin,
    /// Each value with its line and column.
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
        let mut role = None;
        match yaml::tree_behind(part.lines, part.text) {
            Ok(tree) if tree.value == Node::Null => {}
            Ok(tree) => {
                number += 1;
                role = reader.place(&mut documents, number, tree);
            }
            Err(error) => {
                number += 1;
                reader.not_yaml(number, error, &part);
            }
        }
        reader.keep_odd(number, role, &part);
        documents.parts.push(Part::of(&part, role));
    }
    documents
}

/// A part from its `---` line on.
pub(super) struct Slice<'a> {
    /// How many lines stand before it.
    pub lines: u64,
    /// With its `---` line.
    pub text: &'a str,
}

/// Cuts a stream of documents at their `---` lines.
pub(super) fn split(text: &str) -> Vec<Slice<'_>> {
    let mut starts = vec![(0, 0)];
    let mut offset = 0;
    for (line, lines) in text.split_inclusive('\n').zip(0..) {
        if is_separator(line) {
            starts.push((offset, lines));
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|((start, lines), end)| Slice { lines: *lines, text: &text[*start..end] })
        .collect()
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

impl Part {
    fn of(slice: &Slice<'_>, role: Option<DocumentRole>) -> Self {
        let text = slice.text.trim_start_matches('\n');
        let above = slice.lines + u64::try_from(slice.text.len() - text.len()).unwrap_or_default();
        let (text, above) = match text.split_once('\n') {
            Some((first, rest)) if is_separator(first) && first.trim_end() == "---" => (rest, above + 1),
            _ => (text, above),
        };
        Self { role, text: text.to_owned(), above }
    }
}

impl Use {
    const fn reads(self, role: DocumentRole) -> bool {
        match self {
            Self::Init => {
                matches!(
                    role,
                    DocumentRole::Own(ConfigKind::Init | ConfigKind::Cluster, _)
                        | DocumentRole::Kubelet
                        | DocumentRole::KubeProxy
                )
            }
            Self::Join => matches!(role, DocumentRole::Own(ConfigKind::Join, _)),
            Self::Reset => matches!(role, DocumentRole::Own(ConfigKind::Reset, _)),
            Self::Upgrade => matches!(role, DocumentRole::Own(ConfigKind::Upgrade, _)),
            Self::StoredCluster => matches!(role, DocumentRole::Own(ConfigKind::Cluster, _)),
            Self::StoredKubelet => matches!(role, DocumentRole::Kubelet),
            Self::StoredProxy => matches!(role, DocumentRole::KubeProxy),
            Self::Everything => true,
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

    fn not_yaml(&mut self, number: usize, error: BadTree, part: &Slice<'_>) {
        let origin = Origin { number, kind: String::new() };
        if let Some((_, line)) = part.text.lines().zip(part.lines + 1..).find(|(line, _)| is_conflict(line)) {
            return self.remarks.refuse(&origin.at(Spot { line, column: 1 }, ""), Problem::MergeConflict);
        }
        let spot = error.spot.unwrap_or(Spot { line: 1, column: 1 });
        self.remarks.refuse(&origin.at(spot, ""), Problem::NotYaml { said: error.said });
    }

    /// Whether they matter shows when all is read.
    fn keep_odd(&mut self, number: usize, role: Option<DocumentRole>, part: &Slice<'_>) {
        let kind = KINDS.iter().find(|(.., known)| Some(*known) == role).map_or("", |(_, kind, _)| kind);
        let origin = Origin { number, kind: kind.to_owned() };
        for mut odd in odd_characters(part.text) {
            odd.line += usize::try_from(part.lines).unwrap_or_default();
            let spot = Spot { line: odd.line as u64, column: odd.column as u64 };
            self.remarks.odd.push((origin.at(spot, ""), odd));
        }
    }

    /// Puts the document where its kind belongs.
    fn place(
        &mut self,
        documents: &mut Documents,
        number: usize,
        tree: Spotted<Node>,
    ) -> Option<DocumentRole> {
        let (api_version, kind) = self.named(number, &tree)?;
        let origin = Origin { number, kind: kind.value.clone() };
        if let Some((name, second, first)) = run_together(&tree) {
            let problem = Problem::MissingSeparator { name, first: first.line };
            self.remarks.refuse(&origin.at(second, ""), problem);
            return None;
        }
        if let Some(first) = self.kinds.get(&kind.value) {
            let problem = Problem::SecondDocument { kind: kind.value, first: *first };
            self.remarks.refuse(&origin.at(kind.spot, "kind"), problem);
            return None;
        }
        self.kinds.insert(kind.value.clone(), number);
        let role = self.role(&origin, &api_version, &kind)?;
        if !self.wanted.reads(role) {
            self.remarks.warn(&origin.at(tree.spot, ""), Caution::IgnoredDocument);
            return None;
        }
        self.warn(role, &origin, &tree);
        let document = Document { origin, tree };
        match role {
            DocumentRole::Own(ConfigKind::Init, format) => documents.init = Some((document, format)),
            DocumentRole::Own(ConfigKind::Cluster, format) => documents.cluster = Some((document, format)),
            DocumentRole::Own(ConfigKind::Join, format) => documents.join = Some((document, format)),
            DocumentRole::Kubelet => documents.kubelet = Some(document),
            DocumentRole::KubeProxy => documents.kube_proxy = Some(document),
            DocumentRole::Own(ConfigKind::Reset, _) => documents.reset = Some(document),
            DocumentRole::Own(ConfigKind::Upgrade, _) => documents.upgrade = Some(document),
        }
        Some(role)
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
    ) -> Option<DocumentRole> {
        let (version, name) = (api_version.value.as_str(), kind.value.as_str());
        if let Some((_, _, role)) = KINDS.iter().find(|(v, k, _)| (*v, *k) == (version, name)) {
            return Some(*role);
        }
        let at = origin.at(api_version.spot, "apiVersion");
        let api_version = version.to_owned();
        if let Some((_, last)) = OLD.iter().find(|(old, _)| *old == version) {
            self.remarks.refuse(&at, Problem::OldApiVersion { api_version, last });
        } else if KINDS.iter().any(|known| known.0 == version) {
            let problem = wrong_kind(version, name);
            self.remarks.refuse(&origin.at(kind.spot, "kind"), problem);
        } else if is_ours(version, name) {
            let suggestion =
                nearest(version, KINDS.iter().filter(|known| known.1 == name).map(|known| known.0));
            self.remarks.refuse(&at, Problem::UnknownApiVersion { api_version, suggestion });
        } else {
            self.foreign(&origin.at(kind.spot, ""), api_version, name.to_owned());
        }
        None
    }

    fn foreign(&mut self, at: &At, api_version: String, kind: String) {
        match self.wanted {
            Use::Everything => self.remarks.refuse(at, Problem::ForeignDocument { api_version, kind }),
            Use::Init
            | Use::Join
            | Use::Reset
            | Use::Upgrade
            | Use::StoredCluster
            | Use::StoredKubelet
            | Use::StoredProxy => {
                self.remarks.warn(at, Caution::ForeignDocument { api_version, kind });
            }
        }
    }

    fn warn(&mut self, role: DocumentRole, origin: &Origin, tree: &Spotted<Node>) {
        if let DocumentRole::Own(_, ConfigFormat::V1Beta3) = role {
            self.remarks.warn(&origin.at(tree.spot, "apiVersion"), Caution::OldApiVersion);
        }
        if let Node::Map(entries) = &tree.value
            && let Some((key, _)) = entries.iter().find(|(key, _)| key.value == "metadata")
        {
            self.remarks.warn(&origin.at(key.spot, "metadata"), Caution::IgnoredMetadata);
        }
    }
}

/// A kind that this version does not have: another one has it, or its name is misspelt.
fn wrong_kind(version: &str, kind: &str) -> Problem {
    let group = |text: &str| text.split('/').next().map(str::to_owned);
    let (api_version, name) = (version.to_owned(), kind.to_owned());
    let elsewhere = KINDS.iter().find(|known| known.1 == kind && group(known.0) == group(version));
    if let Some((known, ..)) = elsewhere {
        return Problem::KindElsewhere { api_version, kind: name, known };
    }
    let kinds = KINDS.iter().filter(|known| known.0 == version).map(|known| known.1);
    Problem::UnknownKind { api_version, kind: name, suggestion: nearest(kind, kinds) }
}

/// A group or a kind that only a cluster's configuration has.
fn is_ours(api_version: &str, kind: &str) -> bool {
    let group = |text: &str| text.split('/').next().unwrap_or(text).to_owned();
    KINDS.iter().any(|known| group(known.0) == group(api_version) || known.1 == kind)
}

/// The first field of a document's head that stands twice: where it does so, and where it stood before.
fn run_together(tree: &Spotted<Node>) -> Option<(&'static str, Spot, Spot)> {
    let Node::Map(entries) = &tree.value else { return None };
    let twice = ["apiVersion", "kind"].into_iter().filter_map(|name| {
        let mut spots = entries.iter().filter(|(key, _)| key.value == name).map(|(key, _)| key.spot);
        let first = spots.next()?;
        Some((name, spots.next()?, first))
    });
    twice.min_by_key(|(_, second, _)| *second)
}

/// As git marks both sides.
fn is_conflict(line: &str) -> bool {
    line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")
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
