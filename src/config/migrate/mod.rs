//! A configuration file → the same configuration in the format that a minor's kubeadm writes: complete, with the file's
//! comments, and with each field named that stands elsewhere now or is left out.

mod changes;
mod notes;
mod order;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use super::complete::{self, Fields};
use super::config_file::{Assumed, ConfigFile, OwnTree};
use super::document::{DocumentRole, Part};
use super::format::MinorFormat;
use super::given::object;
use super::kind::ConfigKind;
use super::resolve::{Need, resolve, resolve_join};
use super::{
    Caution, Config, ConfigErrors, ConfigWarning, HostDefaults, Join, Reset, ResetDefaults, Unknown, write,
};
use crate::config::given::Tree;
use crate::versions::{ConfigFormat, Minor};
use crate::yaml;
pub use changes::{FieldChange, What};
use notes::Notes;

/// A file that was read, and the minor that it is to be written for.
pub struct Migration {
    whole: ConfigFile,
    minor: &'static Minor,
}

/// What a file has become.
pub struct Migrated {
    /// All documents, the generated ones among them, as one YAML stream.
    pub text: String,
    /// In the order of the documents.
    pub changes: Vec<FieldChange>,
    /// To be shown, once.
    pub warnings: Vec<ConfigWarning>,
    /// The format in which the documents of kubeadm's own are written: that of the minor's kubeadm.
    pub format: ConfigFormat,
}

/// None of them shows what it holds: there may be tokens in it.
impl fmt::Debug for Migration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Migration").finish_non_exhaustive()
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Resolved").finish_non_exhaustive()
    }
}

impl fmt::Debug for Migrated {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Migrated").field("changes", &self.changes).finish_non_exhaustive()
    }
}

impl Migration {
    /// Reads `text`. The minor is that of `asked`, or else that of the documents' `kubernetesVersion`, or else what `assume` says;
    /// `asked` also is the version of a cluster whose documents name none.
    ///
    /// # Errors
    /// All offences at once, as in [`super::validate`].
    pub fn read(
        text: &str,
        asked: Option<Assumed>,
        assume: &dyn Fn() -> Assumed,
    ) -> Result<Self, ConfigErrors> {
        let minor = asked.as_ref().map(|asked| asked.1);
        let whole = ConfigFile::parse(text, Some(asked.unwrap_or_else(assume)), Unknown::LeftOut)?;
        Ok(Self { minor: minor.unwrap_or(whole.minor), whole })
    }

    /// How many tokens are to be made.
    pub fn fresh_tokens(&self) -> usize {
        self.whole.init.as_ref().map_or(0, super::Requested::fresh_tokens)
    }

    /// Fills in what the host says of itself, as kubeadm does.
    ///
    /// # Errors
    /// What the host had to say and could not.
    pub fn resolve(self, host: &HostDefaults) -> Result<Resolved, ConfigErrors> {
        let ConfigFile { parts, init, join, reset, trees, warnings, .. } = self.whole;
        let need = Need::File;
        Ok(Resolved {
            init: init.map(|init| resolve(init, host, need)).transpose()?,
            join: join.map(|join| resolve_join(join, host, need)).transpose()?,
            reset: reset.map(|reset| reset.resolve(runtimes(host))).transpose()?,
            target: MinorFormat::of(self.minor),
            is_named: host.names_a_node(),
            parts,
            trees,
            // That it is in an old format is why it is migrated.
            warnings: warnings
                .into_iter()
                .filter(|warning| warning.caution != Caution::OldApiVersion)
                .collect(),
        })
    }
}

/// `reset` looks for the runtime like the others, and not for an earlier kubelet's.
fn runtimes(host: &HostDefaults) -> ResetDefaults {
    // Of several, whoever reads the file chooses one.
    let only = if host.cri_sockets.len() == 1 { host.cri_sockets.clone() } else { Vec::new() };
    ResetDefaults { cri_sockets: only, ..ResetDefaults::default() }
}

/// What a file comes to on this host.
pub struct Resolved {
    /// Where InitConfiguration or ClusterConfiguration is given.
    pub init: Option<Config>,
    join: Option<Join>,
    reset: Option<Reset>,
    /// Whether the host has a name that a node can have.
    is_named: bool,
    target: MinorFormat,
    parts: Vec<Part>,
    trees: Vec<OwnTree>,
    warnings: Vec<ConfigWarning>,
}

impl Resolved {
    /// Everything written down.
    pub fn write(self) -> Migrated {
        let documents = self.documents();
        let stream = Stream { trees: &self.trees, documents: &documents, target: self.target };
        Migrated {
            text: stream.text(&self.parts),
            changes: changes::changes(&self.trees, self.target),
            warnings: self.warnings,
            format: self.target.format,
        }
    }

    /// Every document of kubeadm's own: InitConfiguration and ClusterConfiguration always come together.
    pub(super) fn documents(&self) -> Vec<(ConfigKind, Value)> {
        let written = |kind, fields| (kind, write::own(kind, &fields, self.target));
        let mut documents = Vec::new();
        if let Some(config) = &self.init {
            let mut fields = self.given(ConfigKind::Init).unwrap_or_default();
            let node = self.node_name(&fields, config.node.name.as_str());
            complete::init(&mut fields, config, node.as_deref());
            documents.push(written(ConfigKind::Init, fields));
            let cluster = write::stored(&config.cluster, &config.node.timeouts, self.target);
            documents.push((ConfigKind::Cluster, cluster));
        }
        if let (Some(mut fields), Some(join)) = (self.given(ConfigKind::Join), &self.join) {
            let node = self.node_name(&fields, join.node.name.as_str());
            complete::join(&mut fields, join, node.as_deref());
            documents.push(written(ConfigKind::Join, fields));
        }
        if let (Some(mut fields), Some(reset)) = (self.given(ConfigKind::Reset), &self.reset) {
            complete::reset(&mut fields, reset);
            documents.push(written(ConfigKind::Reset, fields));
        }
        if let Some(mut fields) = self.given(ConfigKind::Upgrade) {
            complete::upgrade(&mut fields);
            documents.push(written(ConfigKind::Upgrade, fields));
        }
        documents
    }

    /// The placeholder of a host without a name is written to no file.
    fn node_name(&self, fields: &Fields, name: &str) -> Option<String> {
        let is_given = fields.get("nodeRegistration").and_then(|node| node["name"].as_str()).is_some();
        (self.is_named || is_given).then(|| name.to_owned())
    }

    fn given(&self, kind: ConfigKind) -> Option<Fields> {
        self.trees.iter().find(|own| own.kind == kind).map(own_fields)
    }
}

fn own_fields(own: &OwnTree) -> Fields {
    match &own.tree.value {
        Tree::Map(fields) => object(fields),
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => Fields::new(),
    }
}

/// Puts the documents where they stood in the file, the components' own just as they were.
struct Stream<'a> {
    trees: &'a [OwnTree],
    documents: &'a [(ConfigKind, Value)],
    target: MinorFormat,
}

impl Stream<'_> {
    fn text(&self, parts: &[Part]) -> String {
        let notes = Notes::of(parts, self.documents, self.target);
        let mut texts = Vec::new();
        for part in parts {
            match part.role {
                Some(DocumentRole::Own(kind, _)) => texts.extend(self.with_counterpart(kind, &notes)),
                Some(DocumentRole::Kubelet | DocumentRole::KubeProxy) => {
                    texts.push(notes.before(part) + &plain(&part.text));
                }
                None => {}
            }
        }
        texts.join("---\n") + &notes.at_the_end()
    }

    /// The document, and the one of InitConfiguration and ClusterConfiguration that the file does not have.
    fn with_counterpart(&self, kind: ConfigKind, notes: &Notes) -> Vec<String> {
        let is_given = |kind| self.trees.iter().any(|own| own.kind == kind);
        let kinds = match kind {
            ConfigKind::Cluster if !is_given(ConfigKind::Init) => vec![ConfigKind::Init, ConfigKind::Cluster],
            ConfigKind::Init if !is_given(ConfigKind::Cluster) => vec![ConfigKind::Init, ConfigKind::Cluster],
            ConfigKind::Init
            | ConfigKind::Cluster
            | ConfigKind::Join
            | ConfigKind::Reset
            | ConfigKind::Upgrade => vec![kind],
        };
        kinds.into_iter().filter_map(|kind| self.document(kind, notes)).collect()
    }

    fn document(&self, kind: ConfigKind, notes: &Notes) -> Option<String> {
        let (_, document) = self.documents.iter().find(|(found, _)| *found == kind)?;
        let given = self.trees.iter().find(|own| own.kind == kind);
        let document = order::as_given(document, given.map(|own| &own.tree.value));
        // A tree of texts, numbers, lists and maps can always be written.
        let text = yaml::to_string(&document).unwrap_or_default();
        Some(yaml::commented(&text, notes.of_kind(kind)))
    }
}

/// With one line end behind its last line, whatever it had.
fn plain(text: &str) -> String {
    let body = text.trim_end();
    let body = body.strip_suffix("\n...").unwrap_or(body);
    format!("{body}\n")
}
