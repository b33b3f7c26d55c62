//! The documents as given and the target → each field that stands elsewhere now, has another form, or is left out.

use std::fmt;

use serde_json::Value;

use super::own_fields;
use crate::config::config_file::OwnTree;
use crate::config::format::{Lost, MinorFormat, UnsupportedReason, format};
use crate::config::given::{Located, Tree};
use crate::config::kind::ConfigKind;
use crate::versions::ConfigFormat;

/// A field of a document that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The document's, such as `ClusterConfiguration`.
    pub kind: &'static str,
    /// As in `apiServer.timeoutForControlPlane`; empty where the whole document is meant.
    pub field: String,
    /// What has become of it.
    pub what: What,
}

/// How a field differs in the format that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The document is in another format.
    Format {
        /// The apiVersion that the document has: `kubeadm.k8s.io/v1beta3`.
        from: &'static str,
        /// The apiVersion that is written.
        to: &'static str,
    },
    /// The format keeps it in another place.
    Moved {
        /// Of the document in which it is now.
        kind: &'static str,
        /// Its path there, such as `timeouts.discovery`.
        field: &'static str,
    },
    /// A map of arguments is a list.
    IntoList,
    /// A list of arguments is a map.
    IntoMap,
    /// The format has no such field.
    LeftOut,
    /// The same argument is given behind it, and a map holds one value.
    Overridden,
}

/// One field in two formats.
pub struct Move {
    /// The document and the field's path there.
    pub v1beta3: (ConfigKind, &'static str),
    /// The document and the field's path there.
    pub v1beta4: (ConfigKind, &'static str),
}

/// Where v1beta3 has what v1beta4 keeps among the timeouts.
pub const MOVES: [Move; 2] = [
    Move {
        v1beta3: (ConfigKind::Cluster, "apiServer.timeoutForControlPlane"),
        v1beta4: (ConfigKind::Init, "timeouts.controlPlaneComponentHealthCheck"),
    },
    Move {
        v1beta3: (ConfigKind::Join, "discovery.timeout"),
        v1beta4: (ConfigKind::Join, "timeouts.discovery"),
    },
];

/// Maps in v1beta3, lists in v1beta4.
pub const ARGUMENTS: [(ConfigKind, &[&str]); 6] = [
    (ConfigKind::Cluster, &["apiServer", "extraArgs"]),
    (ConfigKind::Cluster, &["controllerManager", "extraArgs"]),
    (ConfigKind::Cluster, &["scheduler", "extraArgs"]),
    (ConfigKind::Cluster, &["etcd", "local", "extraArgs"]),
    (ConfigKind::Init, &["nodeRegistration", "kubeletExtraArgs"]),
    (ConfigKind::Join, &["nodeRegistration", "kubeletExtraArgs"]),
];

/// Of each document that was given, in the order of the kinds.
pub fn changes(trees: &[OwnTree], target: MinorFormat) -> Vec<FieldChange> {
    trees.iter().flat_map(|own| of_document(own, target)).collect()
}

fn of_document(own: &OwnTree, target: MinorFormat) -> Vec<FieldChange> {
    let formatted = format(own.kind, own_fields(own), target);
    let change = |field: &str, what| FieldChange { kind: own.kind.name(), field: field.to_owned(), what };
    let to = target.written(own.kind);
    let mut all = Vec::new();
    if own.format != to {
        let [from, to] = [own.format, to].map(ConfigFormat::api_version);
        all.push(change("", What::Format { from, to }));
        all.extend(
            arguments(own, to == ConfigFormat::V1Beta4.api_version())
                .map(|(field, what)| change(&field, what)),
        );
        all.extend(moved(own).map(|(field, what)| change(field, what)));
    }
    let is_moved = |lost: &&Lost| !all.iter().any(|known| known.field == lost.field);
    let lost = formatted.lost.iter().filter(is_moved);
    let lost: Vec<FieldChange> = lost.map(|lost| change(&lost.field, what(lost.why))).collect();
    all.into_iter().chain(lost).collect()
}

const fn what(why: UnsupportedReason) -> What {
    match why {
        UnsupportedReason::NoSuchField => What::LeftOut,
        UnsupportedReason::GivenTwice => What::Overridden,
    }
}

fn arguments(own: &OwnTree, into_list: bool) -> impl Iterator<Item = (String, What)> {
    let given = ARGUMENTS.iter().filter(|row| row.0 == own.kind && at(&own.tree, row.1).is_some());
    given.map(move |row| (row.1.join("."), if into_list { What::IntoList } else { What::IntoMap }))
}

/// The moves of a document's given fields, by the names that they had.
fn moved(own: &OwnTree) -> impl Iterator<Item = (&'static str, What)> {
    MOVES.iter().filter_map(|row| {
        let (from, to) = match own.format {
            ConfigFormat::V1Beta3 => (row.v1beta3, row.v1beta4),
            ConfigFormat::V1Beta4 => (row.v1beta4, row.v1beta3),
        };
        // The tree is in the form of v1beta4, in which only the ClusterConfiguration's timeout has kept its place.
        let place = if from.0 == ConfigKind::Cluster { from.1 } else { row.v1beta4.1 };
        let is_given = from.0 == own.kind && at(&own.tree, &place.split('.').collect::<Vec<_>>()).is_some();
        is_given.then_some((from.1, What::Moved { kind: to.0.name(), field: to.1 }))
    })
}

fn at<'a>(tree: &'a Located<Tree>, path: &[&str]) -> Option<&'a Located<Tree>> {
    match (path, &tree.value) {
        ([], _) => Some(tree),
        ([name, rest @ ..], Tree::Map(fields)) => at(fields.get(*name)?, rest),
        (_, _) => None,
    }
}

impl FieldChange {
    /// For programs: `kind` and `field`, what has happened, and where it stands now.
    pub fn json(&self) -> Value {
        let mut document =
            serde_json::json!({ "kind": self.kind, "field": self.field, "change": self.what.id() });
        match &self.what {
            What::Format { from, to } => {
                document["from"] = (*from).into();
                document["to"] = (*to).into();
            }
            What::Moved { kind, field } => {
                document["newKind"] = (*kind).into();
                document["newField"] = (*field).into();
            }
            What::IntoList | What::IntoMap | What::LeftOut | What::Overridden => {}
        }
        document
    }
}

impl What {
    const fn id(&self) -> &'static str {
        match self {
            Self::Format { .. } => "format",
            Self::Moved { .. } => "moved",
            Self::IntoList => "into-list",
            Self::IntoMap => "into-map",
            Self::LeftOut => "left-out",
            Self::Overridden => "overridden",
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, field, what } = self;
        match what {
            What::Format { from, to } => write!(out, "{kind}: from {from} to {to}"),
            What::Moved { kind: to, field: new } => write!(out, "{kind}: {field} has moved to {to}'s {new}"),
            What::IntoList => write!(out, "{kind}: {field} is a list now"),
            What::IntoMap => write!(out, "{kind}: {field} is a map now"),
            What::LeftOut => write!(out, "{kind}: {field} is left out: there is no such field"),
            What::Overridden => {
                write!(out, "{kind}: {field} is given more than once, and the last value stays")
            }
        }
    }
}
