//! Whole documents of `templates/objects`, parsed, to be set field by field, and checked once patched.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::BadObject;
use crate::manifests::patches::Unfit;
use crate::manifests::pod_check::faults_of_template;
use crate::yaml;

/// The embedded document.
pub(super) fn parse(text: &'static str) -> Value {
    yaml::from_str(text).expect("the templates are fixed texts, and a test reads each of them")
}

/// Sets a field that the template has, named by its JSON pointer.
pub(super) fn set(document: &mut Value, at: &'static str, value: impl Into<Value>) {
    let field = document.pointer_mut(at).expect("the templates and what is set in them are both fixed");
    *field = value.into();
}

/// What the error says of a document that patches have broken.
pub(super) struct Patched {
    /// As in `Deployment`.
    pub kind: &'static str,
    /// The object's own name.
    pub name: &'static str,
    /// What its patches' files are called.
    pub target: &'static str,
}

/// A patched document read as what it should be: fields that the type does not know are gone, as they are when the
/// reference reads it.
pub(super) fn typed<T: DeserializeOwned + Serialize>(
    document: Value,
    patched: &Patched,
) -> Result<Value, BadObject> {
    let Patched { kind, name, target } = *patched;
    let written = serde_json::from_value::<T>(document)
        .and_then(serde_json::to_value)
        .map_err(|source| BadObject::Patched { kind, name, target, source })?;
    let template = written.pointer("/spec/template/spec").cloned().unwrap_or_default();
    let faults =
        serde_json::from_value(template).map(|spec| faults_of_template(&spec, name)).unwrap_or_default();
    if faults.is_empty() {
        return Ok(written);
    }
    let what = format!("the cluster would refuse the {kind} {name}");
    let faults = faults.iter().map(ToString::to_string).collect();
    Err(Unfit { what, faults, patches: vec![format!("{target}*").into()] }.into())
}
