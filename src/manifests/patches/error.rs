//! Why patches cannot be used.

use std::path::PathBuf;

use super::{BadOperation, MergeError, OperationError, PatchType};
use crate::yaml::BadYaml;

/// Why patches cannot be used. Nothing was written yet.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// A file for a known target, of a type that is not known.
    #[error("patch file {}: unknown or missing patch type behind '+'; write +json, +merge or +strategic", .file.display())]
    UnknownType {
        /// The file's path below the patches' directory.
        file: PathBuf,
    },
    /// Text behind the `---` between two documents.
    #[error("patch file {} line {line}: only a comment may follow '---'", .file.display())]
    Separator {
        /// The file's path below the patches' directory.
        file: PathBuf,
        /// The line's number, counted from 1.
        line: usize,
    },
    /// A document that is neither YAML nor JSON.
    #[error("cannot read document {document} of patch file {}", .file.display())]
    Unreadable {
        /// The file's path below the patches' directory.
        file: PathBuf,
        /// The document's place in the file, counted from 1.
        document: usize,
        /// What the reader says.
        source: BadYaml,
    },
    /// A document of another form than its type asks for.
    #[error("document {document} of patch file {} is not {}", .file.display(), wanted(*.kind))]
    NotAPatch {
        /// The file's path below the patches' directory.
        file: PathBuf,
        /// The document's place in the file, counted from 1.
        document: usize,
        /// The type that the file's name gives it.
        kind: PatchType,
        /// The element that is no operation, in a JSON patch that is a list.
        #[source]
        source: Option<BadOperation>,
    },
    /// A patch that does not go together with its document.
    #[error("cannot apply document {document} of patch file {} to {target}", .file.display())]
    Apply {
        /// The file's path below the patches' directory.
        file: PathBuf,
        /// The document's place in the file, counted from 1.
        document: usize,
        /// What it should change.
        target: &'static str,
        /// What is in the way.
        source: PatchApplyError,
    },
    /// The document behind its patches is one that nobody takes.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The document behind its patches cannot be read as what it was.
    #[error("{target} is not a {kind} any more after its patches")]
    WrongShape {
        /// What was patched.
        target: &'static str,
        /// What it was, such as `Pod`.
        kind: &'static str,
        /// What a reader of that kind says.
        source: serde_json::Error,
    },
}

/// What patches and the configuration have made of a document, and nobody takes.
#[derive(Debug, thiserror::Error)]
#[error("{}", .faults.iter().map(|fault| format!("{what}: {fault}")).collect::<Vec<_>>().join("\n"))]
pub struct Unfit {
    /// As in `the kubelet would refuse the static pod etcd`.
    pub what: String,
    /// Each with its field.
    pub faults: Vec<String>,
    /// The patch files that it has gone through.
    pub patches: Vec<PathBuf>,
}

impl Unfit {
    /// Each fault as a message of its own.
    pub fn messages(&self) -> impl Iterator<Item = String> {
        self.faults.iter().map(|fault| format!("{}: {fault}", self.what))
    }

    /// Where the fault has come from: the patches, or else the configuration.
    pub fn hint(&self) -> String {
        let files: Vec<String> = self.patches.iter().map(|file| file.display().to_string()).collect();
        if files.is_empty() {
            "look at extraVolumes, extraArgs and extraEnvs of the component in the configuration".to_owned()
        } else {
            format!("look at the patches that it has gone through: {}", files.join(", "))
        }
    }
}

/// Why a patch does not go together with its document.
#[derive(Debug, thiserror::Error)]
pub enum PatchApplyError {
    /// Of a JSON patch.
    #[error(transparent)]
    Json(#[from] OperationError),
    /// Of a strategic merge.
    #[error(transparent)]
    Strategic(#[from] MergeError),
}

fn wanted(kind: PatchType) -> &'static str {
    match kind {
        PatchType::Json => "a list of JSON patch operations (RFC 6902)",
        PatchType::Merge | PatchType::Strategic => "a mapping",
    }
}
