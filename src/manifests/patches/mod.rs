//! `--patches DIR`: files named `TARGET[SUFFIX][+TYPE].EXT` → changes to the documents that init writes.
//!
//! Format and order are kubeadm's (<https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches>).

mod error;
mod file;
mod json;
mod schema;
mod strategic;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use error::{PatchApplyError, PatchError, Unfit};
pub use json::{BadOperation, OperationError};
pub use strategic::MergeError;

use super::static_pod::StaticPod;

/// A document that can be patched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchTarget {
    /// etcd's static pod.
    Etcd,
    /// kube-apiserver's static pod.
    ApiServer,
    /// kube-controller-manager's static pod.
    ControllerManager,
    /// kube-scheduler's static pod.
    Scheduler,
    /// This node's KubeletConfiguration.
    KubeletConfiguration,
    /// CoreDNS' Deployment.
    CoreDnsDeployment,
    /// kube-proxy's DaemonSet.
    KubeProxyDaemonSet,
}

impl PatchTarget {
    /// Every target that some minor has.
    pub const ALL: [Self; 7] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::KubeletConfiguration,
        Self::CoreDnsDeployment,
        Self::KubeProxyDaemonSet,
    ];

    /// As it begins a patch's file name, and as `versions::Minor::patch_targets` lists it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => StaticPod::Etcd.name(),
            Self::ApiServer => StaticPod::ApiServer.name(),
            Self::ControllerManager => StaticPod::ControllerManager.name(),
            Self::Scheduler => StaticPod::Scheduler.name(),
            Self::KubeletConfiguration => "kubeletconfiguration",
            Self::CoreDnsDeployment => "corednsdeployment",
            Self::KubeProxyDaemonSet => "kubeproxydaemonset",
        }
    }
}

/// How a patch is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchType {
    /// Kubernetes' strategic merge: lists of named things merge by name.
    Strategic,
    /// JSON merge patch, RFC 7386.
    Merge,
    /// JSON patch, RFC 6902.
    Json,
}

impl PatchType {
    const ALL: [Self; 3] = [Self::Json, Self::Merge, Self::Strategic];

    /// As it follows the `+` in a patch's file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strategic => "strategic",
            Self::Merge => "merge",
            Self::Json => "json",
        }
    }
}

/// All patches of a directory, in the order in which they apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patches {
    patches: Vec<Patch>,
    /// Files that are no patches, each with the reason.
    pub ignored: Vec<Ignored>,
}

#[derive(Debug, Clone, PartialEq)]
struct Patch {
    file: PathBuf,
    /// Which of the file's documents this is, from 1.
    document: usize,
    target: PatchTarget,
    kind: PatchType,
    content: Value,
}

/// A file of the patches' directory that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The file's path below the patches' directory.
    pub file: PathBuf,
    /// Why it is none of the patches.
    pub reason: IgnoredBecause,
}

/// Why a file changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredBecause {
    /// Neither `.yaml` nor `.json`.
    Extension,
    /// Its name begins with no target of this Kubernetes version.
    UnknownTarget,
    /// It has no document with a content.
    Empty,
}

impl std::fmt::Display for IgnoredBecause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Extension => "its name ends in neither .yaml nor .json",
            Self::UnknownTarget => "its name begins with no target that this Kubernetes version has",
            Self::Empty => "it is empty",
        })
    }
}

impl Patches {
    /// Files below the patches' directory (relative path → text) → patches. Sub-directories count; only the last
    /// part of a path says what the file is. Order is that of the paths, part by part.
    ///
    /// # Errors
    /// A file that names a target cannot be read as patches for it.
    pub fn parse(files: &BTreeMap<PathBuf, String>, targets: &[&str]) -> Result<Self, PatchError> {
        let mut all = Self::default();
        for (path, text) in files {
            all.add_file(path, text, targets)?;
        }
        Ok(all)
    }

    /// Whether the file of this path is one for [`Self::parse`], by its name.
    pub fn takes(path: &Path, targets: &[&str]) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !matches!(file::parse_name(&name, targets), Err(file::BadName::NoPatch(_)))
    }

    fn add_file(&mut self, path: &Path, text: &str, targets: &[&str]) -> Result<(), PatchError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = path.to_owned();
        match file::parse_name(&name, targets) {
            Err(file::BadName::NoPatch(reason)) => self.ignored.push(Ignored { file, reason }),
            Err(file::BadName::UnknownType) => return Err(PatchError::UnknownType { file }),
            Ok(_) if text.is_empty() => self.ignored.push(Ignored { file, reason: IgnoredBecause::Empty }),
            Ok((target, kind)) => self.patches.extend(file::parse(path, text, target, kind)?),
        }
        Ok(())
    }

    /// Applies all patches of a target to its document, one after the other.
    ///
    /// # Errors
    /// The first patch that does not fit the document, by file and document.
    pub fn apply(&self, target: PatchTarget, document: Value) -> Result<Value, PatchError> {
        let mut ours = self.patches.iter().filter(|patch| patch.target == target);
        ours.try_fold(document, |document, patch| patch.apply(document))
    }

    /// The files with patches for this target, each once.
    pub fn files(&self, target: PatchTarget) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self
            .patches
            .iter()
            .filter(|patch| patch.target == target)
            .map(|patch| patch.file.clone())
            .collect();
        files.dedup();
        files
    }

    /// Whether any patch is for this target.
    pub fn touch(&self, target: PatchTarget) -> bool {
        self.patches.iter().any(|patch| patch.target == target)
    }
}

impl Patch {
    fn apply(&self, document: Value) -> Result<Value, PatchError> {
        let not_a_patch = |source| {
            let (file, document, kind) = (self.file.clone(), self.document, self.kind);
            PatchError::NotAPatch { file, document, kind, source }
        };
        let applied = match (self.kind, &self.content) {
            (PatchType::Merge, Value::Object(_)) => Ok(merged(document, &self.content)),
            (PatchType::Strategic, Value::Object(patch)) => {
                strategic::merge(document, patch, schema::of(self.target)).map_err(PatchApplyError::from)
            }
            (PatchType::Json, Value::Array(_)) => {
                let operations = json::read(&self.content).map_err(|bad| not_a_patch(Some(bad)))?;
                json::apply(document, operations).map_err(PatchApplyError::from)
            }
            (PatchType::Merge | PatchType::Strategic | PatchType::Json, _) => return Err(not_a_patch(None)),
        };
        applied.map_err(|source| PatchError::Apply {
            file: self.file.clone(),
            document: self.document,
            target: self.target.name(),
            source,
        })
    }
}

fn merged(mut document: Value, patch: &Value) -> Value {
    json_patch::merge(&mut document, patch);
    document
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::versions;

    fn parse(files: &[(&str, &str)]) -> Result<Patches, PatchError> {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        Patches::parse(&files, versions::newest().patch_targets)
    }

    #[test]
    fn every_target_of_every_minor_is_known() {
        for name in versions::MINORS.iter().flat_map(|minor| minor.patch_targets) {
            assert!(PatchTarget::ALL.iter().any(|target| target.name() == *name), "{name}");
        }
    }

    #[test]
    fn patches_apply_file_by_file_and_document_by_document() {
        let patches = parse(&[
            ("etcd1+json.yaml", "- {op: replace, path: /a, value: 2}\n"),
            ("etcd0+merge.yaml", "a: 1\nb: 1\n---\nb: null\n"),
            ("sub/etcd.yaml", "c: {d: 1}\n"),
            ("kube-scheduler.yaml", "a: 9\n"),
        ])
        .unwrap();
        assert_eq!(patches.apply(PatchTarget::Etcd, json!({})).unwrap(), json!({"a": 2, "c": {"d": 1}}));
        assert!(patches.touch(PatchTarget::Scheduler) && !patches.touch(PatchTarget::ApiServer));
    }

    #[test]
    fn copies_of_copies_are_refused_before_they_fill_the_memory() {
        let text = "- {op: copy, from: /a, path: /a/-}\n".repeat(60);
        let patches = parse(&[("etcd+json.yaml", text.as_str())]).unwrap();
        let error = patches.apply(PatchTarget::Etcd, json!({ "a": [1] })).unwrap_err();
        let too_large = |error: &OperationError| matches!(error, OperationError::TooLarge { .. });
        let PatchError::Apply { source: PatchApplyError::Json(source), .. } = error else {
            panic!("{error}")
        };
        assert!(too_large(&source), "{source}");
    }

    #[test]
    fn a_patch_that_does_not_apply_is_named_by_file_and_document() {
        let said = |files: &[(&str, &str)]| match parse(files) {
            Ok(patches) => patches.apply(PatchTarget::Etcd, json!({"a": 1})).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            said(&[("etcd+json.yaml", "[]\n---\n- {op: remove, path: /b}")]),
            "cannot apply document 2 of patch file etcd+json.yaml to etcd"
        );
        assert_eq!(said(&[("etcd.yaml", "- a")]), "document 1 of patch file etcd.yaml is not a mapping");
        assert_eq!(
            said(&[("etcd+json.yaml", "- {op: jump}")]),
            "document 1 of patch file etcd+json.yaml is not a list of JSON patch operations (RFC 6902)"
        );
        assert_eq!(said(&[("etcd.json", "{\"a\": ")]), "cannot read document 1 of patch file etcd.json");
        assert_eq!(
            said(&[("etcd+jump.yaml", "a: 1")]),
            "patch file etcd+jump.yaml: unknown or missing patch type behind '+'; write +json, +merge or +strategic"
        );
    }

    #[test]
    fn what_is_no_patch_is_reported_as_ignored() {
        let patches = parse(&[("README.md", "x"), ("etcd.yaml", ""), ("other.yaml", "a: 1")]).unwrap();
        let reasons: Vec<_> = patches.ignored.iter().map(|ignored| ignored.reason).collect();
        assert_eq!(
            reasons,
            [IgnoredBecause::Extension, IgnoredBecause::Empty, IgnoredBecause::UnknownTarget]
        );
    }
}
