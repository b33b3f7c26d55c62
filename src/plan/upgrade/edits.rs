//! What somebody has changed in this host's manifests.

use std::collections::BTreeMap;

use crate::config::Spec;
use crate::facts::{EditedFlag, ManifestEdit};
use crate::manifests::edits::{self, Edit};
use crate::manifests::patches::Patches;
use crate::manifests::static_pod::{PodInputs, StaticPod, static_pods};
use crate::plan::Files;
use crate::plan::inputs::manifest_path;

/// By static pod; none of those that nobody has changed.
pub type LocalEdits = BTreeMap<StaticPod, Vec<Edit>>;

/// What neither the stored configuration nor the patches make of the manifests among `files`.
pub fn local_edits(spec: Spec<'_>, files: &Files, inputs: &PodInputs, patches: &Patches) -> LocalEdits {
    let of = |pod| edits::edits(pod, text(files, pod)?, spec, inputs, patches).map(|edits| (pod, edits));
    static_pods(spec).into_iter().filter_map(of).filter(|(_, edits)| !edits.is_empty()).collect()
}

/// The same as facts. Patches mostly add something; of flags, and of values that are others, an administrator's edit keeps the form as well.
pub fn edit_facts(files: &Files, all: &LocalEdits) -> Vec<ManifestEdit> {
    let of = |(component, edits): (&StaticPod, &Vec<Edit>)| -> Vec<ManifestEdit> {
        let is_as_written = text(files, *component).is_some_and(edits::is_as_written);
        let is_as_patched =
            is_as_written && edits.iter().any(|edit| edit.base.is_none() && edit.place.flag().is_none());
        edits.iter().map(|edit| fact(*component, edit, is_as_patched)).collect()
    };
    all.iter().flat_map(of).collect()
}

fn fact(component: StaticPod, edit: &Edit, is_as_patched: bool) -> ManifestEdit {
    let flag = edit.place.flag().map(|(name, entry)| EditedFlag {
        name: name.to_owned(),
        entry: entry.map(str::to_owned),
        value: edit.found_text(),
    });
    ManifestEdit { component, field: edit.place.to_string(), flag, change: edit.to_string(), is_as_patched }
}

fn text(files: &Files, pod: StaticPod) -> Option<&str> {
    std::str::from_utf8(files.get(&manifest_path(pod))?.bytes()).ok()
}
